/* SPDX-License-Identifier: MIT
 *
 * Keys that a reader refuses or misses, and the paths that its sentences name. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "reader_rig.h"

SUITE(.tear_down = close_reader);

TEST(unknown_key_is_refused)
{
    static const char *const keys[] = {"id", "match", "skip", NULL}, *const one[] = {"id", NULL};

    open_body("{\"skip\":1,\"id\":null,\"o\":{\"nope\":null},\"a\":[]}");
    struct reader_node object = member_of(&root, "o"), array = member_of(&root, "a");
    check_refused(reader_only_keys(&root, keys, &problem), ERR_BAD_FIELD,
                  "o: unknown; expected id, match or skip");
    check_refused(reader_only_keys(&object, keys, &problem), ERR_BAD_FIELD,
                  "o.nope: unknown; expected id, match or skip");
    check_refused(reader_only_keys(&object, one, &problem), ERR_BAD_FIELD,
                  "o.nope: unknown; expected id");
    check_refused(reader_only_keys(&array, keys, &problem), ERR_BAD_FIELD,
                  "a: expected an object, not an array");
    open_body("{\"skip\":1,\"id\":null}");
    assert_int_equal(reader_only_keys(&root, keys, &problem), OK);
    open_body("{}");
    assert_int_equal(reader_only_keys(&root, keys, &problem), OK);
    open_body("{\"id\":1,\"match\":1,\"skip\":1,\"last\":1}");
    check_refused(reader_only_keys(&root, keys, &problem), ERR_BAD_FIELD,
                  "last: unknown; expected id, match or skip");
    open_body("{\"i\":1,\"idx\":1}");
    check_refused(reader_only_keys(&root, one, &problem), ERR_BAD_FIELD, "i: unknown; expected id");
}

TEST(misspelt_key_is_answered_with_the_nearest)
{
    static const char *const keys[] = {"id", "match", "skip", NULL};

    open_body("{\"Match\":1}");
    check_refused(reader_only_keys(&root, keys, &problem), ERR_BAD_FIELD,
                  "Match: unknown; did you mean match?");
    open_body("{\"sikp\":null}");
    check_refused(reader_only_keys(&root, keys, &problem), ERR_BAD_FIELD,
                  "sikp: unknown; did you mean skip?");
}

TEST(missing_key_is_answered_with_a_similar_one_that_was_found)
{
    static const char *const rows[][2] = {
        {"{\"repos\":1}", "repositories: required; found repos instead"},
        {"{\"x\":1,\"Repositories\":[]}", "repositories: required; found Repositories instead"},
        {"{\"re\":1}", "repositories: required"},
        {"{\"repos\":null}", "repositories: required"},
        {"{\"repositories\":null}", "repositories: required"},
        {"{\"reports\":1}", "repositories: required"},
        {"{}", "repositories: required"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i][0]);
        check_refused(reader_missing(&root, "repositories", &problem), ERR_BAD_FIELD, rows[i][1]);
    }
    open_body("{\"repositories\":[]}");
    check_refused(reader_missing(&root, "repositories", &problem), ERR_BAD_FIELD,
                  "repositories: required");
}

/* Positions in a document. */
static const struct reader_node document = {.key = ""},
                                pods_member = {.parent = &document, .key = "pods"},
                                first_pod = {.parent = &pods_member, .index = 0},
                                pools_member = {.parent = &document, .key = "pools"},
                                first_pool = {.parent = &pools_member, .index = 0};

TEST(missing_key_of_a_document_is_answered_without_a_similar_one)
{
    open_body("{\"firstPods\":1}");
    struct reader_node part = reader_root_at(reader, &first_pool);
    check_refused(reader_missing(&part, "firstPod", &problem), ERR_BAD_FIELD,
                  "/pools/0/firstPod: required");
}

TEST(object_has_exactly_one_of_some_keys)
{
    static const char *const keys[] = {"status", "hang", NULL};
    struct reader_node member;
    size_t index = 9;

    open_body("{\"other\":1,\"hang\":true,\"status\":null}");
    assert_int_equal(reader_one_key(&root, keys, &index, &member, &problem), OK);
    assert_int_equal(index, 1);
    assert_int_equal(reader_type(&member), READER_BOOL);
    open_body("{\"hang\":true,\"status\":1}");
    check_refused(reader_one_key(&root, keys, &index, &member, &problem), ERR_BAD_FIELD,
                  "the body: expected exactly one of status or hang");
    open_body("{}");
    check_refused(reader_one_key(&root, keys, &index, &member, &problem), ERR_BAD_FIELD,
                  "the body: expected exactly one of status or hang");
}

TEST(errors_name_the_path_from_the_root)
{
    struct reader_node found;
    struct text text;

    open_body("{\"repositories\":[\"a\",{},{\"url\":1,\"refs\":[[0,null]]}]}");
    struct reader_node array = member_of(&root, "repositories"), second = reader_element(&array, 1),
                       third = reader_element(&array, 2), refs = member_of(&third, "refs"),
                       inner = reader_element(&refs, 0), number = reader_element(&inner, 0),
                       none = reader_element(&inner, 1);
    check_refused(reader_text(&second, 10, &text, &problem), ERR_BAD_FIELD,
                  "repositories[1]: expected a string, not an object");
    check_refused(reader_member_text(&third, "url", 10, &text, &problem), ERR_BAD_FIELD,
                  "repositories[2].url: expected a string, not a number");
    check_refused(reader_text(&number, 10, &text, &problem), ERR_BAD_FIELD,
                  "repositories[2].refs[0][0]: expected a string, not a number");
    check_refused(reader_text(&none, 10, &text, &problem), ERR_BAD_FIELD,
                  "repositories[2].refs[0][1]: expected a string, not null");
    check_refused(reader_refuse(&refs, &problem, "not a branch"), ERR_BAD_FIELD,
                  "repositories[2].refs: not a branch");
    check_refused(reader_refuse(&root, &problem, "too strange"), ERR_BAD_FIELD,
                  "the body: too strange");
    check_refused(reader_missing(&root, "name", &problem), ERR_BAD_FIELD, "name: required");
    check_refused(reader_required(&root, "name", &found, &problem), ERR_BAD_FIELD,
                  "name: required");
    assert_int_equal(reader_required(&root, "repositories", &found, &problem), OK);
    assert_int_equal(reader_type(&found), READER_ARRAY);
    check_refused(reader_missing(&second, "url", &problem), ERR_BAD_FIELD,
                  "repositories[1].url: required");
}

TEST(errors_of_a_part_name_the_path_by_a_pointer)
{
    const struct text whole = TEXT("{\"pods\":[{\"a~/b\":[{\"c\":1}]}, tru]}");
    const struct text part = {whole.at + 9, 18}, other = {whole.at + 29, 3};
    struct text out;

    assert_int_equal(reader_open_part(whole, part, READER_RIG_VALUES_MAX, &reader, &problem), OK);
    struct reader_node at = reader_root_at(reader, &first_pod);
    check_refused(reader_text(&at, 10, &out, &problem), ERR_BAD_FIELD,
                  "/pods/0: expected a string, not an object");
    struct reader_node list = member_of(&at, "a~/b"), element = reader_element(&list, 0);
    struct reader_node number = member_of(&element, "c");
    check_refused(reader_text(&number, 10, &out, &problem), ERR_BAD_FIELD,
                  "/pods/0/a~0~1b/0/c: expected a string, not a number");
    check_refused(reader_missing(&element, "d", &problem), ERR_BAD_FIELD,
                  "/pods/0/a~0~1b/0/d: required");
    reader_close(&reader);
    check_refused(reader_open_part(whole, other, READER_RIG_VALUES_MAX, &reader, &problem),
                  ERR_BAD_JSON, "the body is not valid JSON: expected a value, at byte 29");
}

TEST(very_long_path_is_cut_and_the_sentence_is_kept)
{
    char key[1000];

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    open_body("{}");
    const struct reader_node parent = {.parent = &root, .key = key},
                             node = {.parent = &parent, .index = 3};
    assert_int_equal(reader_refuse(&node, &problem, "too strange"), ERR_BAD_FIELD);
    struct text sentence = problem_sentence(&problem, ERR_BAD_FIELD);
    assert_text(text_from(sentence, sentence.length - 14), "k: too strange");
}
