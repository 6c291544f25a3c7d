/* SPDX-License-Identifier: MIT
 *
 * POST __admin/verify where an entry is still pending; the tests write the entries themselves.
 * Other cases are in tests/stack/rows/journal.rows and journal_full.rows. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "journal_front.h"

static int verify(const char *body, struct json_object **json)
{
    return front_ask("POST", ADMIN("verify"), body, json);
}

SUITE(.set_up = set_up_journal, .tear_down = front_tear_down);

TEST(verify_holds_the_count_against_the_times)
{
    static const struct {
        const char *body;
        int status, count;
        const char *part; /* of the sentence */
    } rows[] = {
        {"", 200, 6, NULL},
        {"{\"match\":{\"operation\":\"claim\"}}", 200, 4, NULL},
        {"{\"match\":{\"operation\":[\"claim\",\"release\"]}}", 200, 5, NULL},
        {"{\"match\":{\"operation\":\"exec\"}}", 409, 0,
         "expected at least 1 exec request, found 0"},
        {"{\"match\":{\"operation\":\"exec\"},\"times\":{\"exactly\":0}}", 200, 0, NULL},
        {"{\"match\":{\"pool\":\"team-*\"},\"times\":{\"exactly\":4}}", 200, 4, NULL},
        {"{\"match\":{\"pool\":\"team-*\"},\"times\":{\"exactly\":3}}", 409, 4,
         "expected exactly 3 matching requests, found 4"},
        {"{\"match\":{\"workspaceId\":\"w-1\"},\"times\":{\"atLeast\":2}}", 200, 2, NULL},
        {"{\"match\":{\"workspaceId\":\"w-1\"},\"times\":{\"atLeast\":3}}", 409, 2,
         "expected at least 3"},
        {"{\"match\":{\"status\":200},\"times\":{\"atMost\":4}}", 200, 4, NULL},
        {"{\"match\":{\"status\":200},\"times\":{\"atMost\":3}}", 409, 4, "expected at most 3"},
        {"{\"match\":{\"pod\":\"mock-pod-1\"},\"times\":{\"atLeast\":1,\"atMost\":2}}", 200, 2,
         NULL},
        {"{\"match\":{\"pod\":\"mock-pod-1\"},\"times\":{\"atLeast\":3,\"atMost\":4}}", 409, 2,
         "expected 3 to 4"},
        {"{\"match\":{\"operation\":\"claim\",\"after\":3},\"times\":{\"exactly\":2}}", 200, 2,
         NULL},
    };

    fill();
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct json_object *json;
        int status = verify(rows[i].body, &json);
        if (status != rows[i].status || json_number_at(json, "count") != rows[i].count)
            fail_msg("%s: %s", rows[i].body, json_object_to_json_string(json));
        if (status == 409)
            assert_string_equal(json_text_at(json, "code"), "not_verified");
        assert_int_equal(json_number_at(json, "dropped"), 0);
        if (rows[i].part)
            assert_non_null(strstr(json_text_at(json, "error"), rows[i].part));
        json_object_put(json);
    }
}

TEST(verify_shows_what_differs_in_one_criterion_only)
{
    struct json_object *json;

    fill();
    assert_int_equal(
        verify("{\"match\":{\"operation\":\"claim\",\"pool\":\"team-a\",\"status\":200},"
               "\"times\":{\"exactly\":2}}",
               &json),
        409);
    assert_int_equal(json_number_at(json, "count"), 1);
    assert_int_equal(json_object_array_length(json_at(json, "misses")), 3);
    assert_string_equal(json_text_at(json, "misses.0.differs"), "pool");
    assert_int_equal(json_number_at(json, "misses.0.request.seq"), 2);
    assert_string_equal(json_text_at(json, "misses.1.differs"), "operation");
    assert_int_equal(json_number_at(json, "misses.1.request.seq"), 3);
    assert_string_equal(json_text_at(json, "misses.2.differs"), "status");
    assert_int_equal(json_number_at(json, "misses.2.request.seq"), 4);
    json_object_put(json);
}

TEST(pending_request_that_fell_off_is_not_passed_over)
{
    request_begin(OPERATION_CLAIM, "p", 0, "slow");
    overfill();
    struct json_object *json;
    assert_int_equal(
        verify("{\"match\":{\"workspaceId\":\"slow\"},\"times\":{\"exactly\":0}}", &json), 409);
    assert_string_equal(json_text_at(json, "code"), "journal_incomplete");
    assert_int_equal(json_number_at(json, "dropped"), 6);
    json_object_put(json);
}
