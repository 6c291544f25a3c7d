/* SPDX-License-Identifier: MIT
 *
 * POST __admin/verify, over entries that the tests write themselves. */
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
        {"{\"match\":{\"operation\":\"exec\"}}", 409, 0, "expected at least 1, and"},
        {"{\"match\":{\"operation\":\"exec\"},\"times\":{\"exactly\":0}}", 200, 0, NULL},
        {"{\"match\":{\"pool\":\"team-*\"},\"times\":{\"exactly\":4}}", 200, 4, NULL},
        {"{\"match\":{\"pool\":\"team-*\"},\"times\":{\"exactly\":3}}", 409, 4,
         "expected exactly 3, and found 4 such requests"},
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

TEST(verify_shows_the_nearest_where_nothing_is_near)
{
    struct json_object *json;

    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    request_end(request_begin(OPERATION_STATUS, "p", 1, "w"), 200);
    request_end(request_begin(OPERATION_CLAIM, "p", 2, "v"), 503);
    assert_int_equal(
        verify("{\"match\":{\"operation\":\"claim\",\"pool\":\"q\",\"workspaceId\":\"x\"}}", &json),
        409);
    assert_int_equal(json_object_array_length(json_at(json, "misses")), 2);
    assert_string_equal(json_text_at(json, "misses.0.differs"), "pool, workspaceId");
    assert_int_equal(json_number_at(json, "misses.0.request.seq"), 1);
    assert_int_equal(json_number_at(json, "misses.1.request.seq"), 3);
    json_object_put(json);
}

TEST(verify_shows_the_five_newest_misses)
{
    struct json_object *json;

    for (int i = 0; i < 9; i++)
        request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    assert_int_equal(verify("{\"match\":{\"pool\":\"q\"}}", &json), 409);
    assert_int_equal(json_object_array_length(json_at(json, "misses")), 5);
    assert_int_equal(json_number_at(json, "misses.0.request.seq"), 5);
    assert_int_equal(json_number_at(json, "misses.4.request.seq"), 9);
    json_object_put(json);
}

/* --- what the journal no longer has --- */

TEST(verify_never_passes_or_fails_by_what_is_gone)
{
#define REMEDY                                                                            \
    " such requests, but 5 older requests are no longer in the journal: clear it first, " \
    "give an after of 5 or more, or start the worker with a larger --journal"
    static const struct {
        const char *body, *code; /* NULL: it passes */
        int count;
        const char *error;
    } rows[] = {
        {"{\"times\":{\"exactly\":100}}", "journal_incomplete", 100,
         "expected exactly 100, and found 100" REMEDY},
        {"{\"times\":{\"exactly\":105}}", "journal_incomplete", 100, NULL},
        {"{\"times\":{\"exactly\":99}}", "not_verified", 100,
         "expected exactly 99, and found 100 such requests"},
        {"{\"times\":{\"atMost\":100}}", "journal_incomplete", 100, NULL},
        {"{\"times\":{\"atMost\":200}}", "journal_incomplete", 100, NULL},
        {"{\"times\":{\"atMost\":99}}", "not_verified", 100, NULL},
        {"{\"times\":{\"atLeast\":100}}", NULL, 100, NULL},
        {"{\"times\":{\"atLeast\":101}}", "journal_incomplete", 100, NULL},
        {"{\"times\":{\"atLeast\":3,\"atMost\":200}}", "journal_incomplete", 100, NULL},
        {"{\"times\":{\"atLeast\":3,\"atMost\":4}}", "not_verified", 100, NULL},
        {"{}", NULL, 100, NULL},
        {"{\"match\":{\"workspaceId\":\"w-1\"},\"times\":{\"exactly\":0}}", "journal_incomplete", 0,
         "expected exactly 0, and found 0" REMEDY},
        {"{\"match\":{\"workspaceId\":\"w-9\"},\"times\":{\"exactly\":0}}", "not_verified", 1,
         NULL},
        {"{\"match\":{\"operation\":\"release\"}}", "journal_incomplete", 0,
         "expected at least 1, and found 0" REMEDY},
        {"{\"match\":{\"after\":4},\"times\":{\"exactly\":100}}", "journal_incomplete", 100,
         "expected exactly 100, and found 100 such requests, but 1 older request is no longer in "
         "the journal: clear it first, give an after of 5 or more, or start the worker with a "
         "larger --journal"},
        {"{\"match\":{\"after\":5},\"times\":{\"exactly\":100}}", NULL, 100, NULL},
        {"{\"match\":{\"after\":100},\"times\":{\"atMost\":4}}", "not_verified", 5, NULL},
        {"{\"match\":{\"after\":105},\"times\":{\"exactly\":0}}", NULL, 0, NULL},
    };

    overfill();
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct json_object *json;
        int status = verify(rows[i].body, &json);
        if (status != (rows[i].code ? 409 : 200) || json_number_at(json, "count") != rows[i].count)
            fail_msg("%s: %s", rows[i].body, json_object_to_json_string(json));
        assert_int_equal(json_number_at(json, "dropped"), 5);
        if (rows[i].code)
            assert_string_equal(json_text_at(json, "code"), rows[i].code);
        if (rows[i].error)
            assert_string_equal(json_text_at(json, "error"), rows[i].error);
        json_object_put(json);
    }
#undef REMEDY
}

TEST(emptied_journal_is_whole_again)
{
    static const char *const ways[][2] = {{"DELETE", ADMIN("requests")},
                                          {"POST", ADMIN("reset")},
                                          {"POST", ADMIN("reset?keep=faults,settings")}};

    for (size_t i = 0; i < UNIT_COUNT(ways); i++) {
        struct json_object *json;
        overfill();
        assert_int_equal(verify("{\"times\":{\"exactly\":100}}", NULL), 409);
        assert_int_equal(front_ask(ways[i][0], ways[i][1], "", NULL), 200);
        assert_int_equal(verify("{\"times\":{\"exactly\":0}}", &json), 200);
        assert_int_equal(json_number_at(json, "dropped"), 0);
        json_object_put(json);
    }
    overfill();
    assert_int_equal(front_ask("POST", ADMIN("reset?keep=journal"), "", NULL), 200);
    assert_int_equal(verify("{\"times\":{\"exactly\":100}}", NULL), 409);
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

/* One from before a reset would make every count 0. */
TEST(after_past_the_newest_request_is_a_mistake)
{
    fill();
    assert_refused("POST", ADMIN("verify"), "{\"match\":{\"after\":7},\"times\":{\"exactly\":0}}",
                   "bad_field",
                   "match.after: the newest request is 6; a reset counts from 1 again");
    assert_refused("GET", ADMIN("requests/wait?after=7"), "", "bad_query",
                   "after: the newest request is 6; a reset counts from 1 again");
    assert_int_equal(verify("{\"match\":{\"after\":6},\"times\":{\"exactly\":0}}", NULL), 200);
}
