/* SPDX-License-Identifier: MIT
 *
 * A reader of one body, whose root is an object.
 */
#ifndef READER_RIG_H
#define READER_RIG_H

#include "json/reader.h"

enum { READER_RIG_VALUES_MAX = 1000 };

extern struct reader *reader;
extern struct reader_node root;
extern struct problem problem;

/* Opens a body whose root is an object, and closes the one before. */
void open_body(const char *body);

/* Tear-down of a test. */
void close_reader(void);

void check_refused(enum err err, enum err expected, const char *sentence);

/* Returns the node of a member that must exist. */
struct reader_node member_of(const struct reader_node *object, const char *key);

#endif
