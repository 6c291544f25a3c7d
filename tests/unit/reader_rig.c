/* SPDX-License-Identifier: MIT */
#include "reader_rig.h"

#include "unit.h"

struct reader *reader;
struct reader_node root;
struct problem problem;

void close_reader(void)
{
    reader_close(&reader);
    reader_close(&reader); /* NULL is legal */
}

void open_body(const char *body)
{
    reader_close(&reader);
    problem = (struct problem){0};
    assert_int_equal(reader_open(text_of(body), READER_RIG_VALUES_MAX, &reader, &problem), OK);
    assert_int_equal(reader_root(reader, &root, &problem), OK);
}

void check_refused(enum err err, enum err expected, const char *sentence)
{
    assert_int_equal(err, expected);
    assert_text(problem_sentence(&problem, expected), sentence);
}

struct reader_node member_of(const struct reader_node *object, const char *key)
{
    struct reader_node node;

    assert_true(reader_member(object, key, &node));
    return node;
}
