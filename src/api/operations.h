/* SPDX-License-Identifier: MIT
 *
 * Sets of operations as clients say them: one, several, or "*" for all.
 */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "api/handler.h"
#include "model/operation.h"

/* The member `operation` of a body's object: a word, or an array of words; all where it is not
 * there. Returns OK, or ERR_BAD_FIELD with a sentence that names the operations. */
enum err operations_read(struct call *call, const struct reader_node *object, uint32_t *out);

/* The parameter `operation`: words, with a comma between two; all where it is not there. Returns
 * OK, or ERR_BAD_QUERY with such a sentence. */
enum err operations_read_query(struct call *call, uint32_t *out);

#endif
