/* SPDX-License-Identifier: MIT
 *
 * The routes that look into the journal, over entries that the tests write themselves: pending
 * ones, lists in pieces, and waits. Other cases are in tests/stack/rows/journal.rows and
 * journal_full.rows. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "by_name.h"
#include "journal_front.h"

/* Fails unless GET requests shows exactly these seqs, given as their digits. */
static void assert_requests(const char *target, const char *seqs)
{
    struct json_object *json = get_json(target), *list = json_at(json, "requests");
    char shown[64] = "";

    assert_true(json_object_array_length(list) < sizeof(shown));
    for (size_t i = 0; i < json_object_array_length(list); i++)
        shown[i] = (char)('0' + json_number_at(json_object_array_get_idx(list, i), "seq"));
    if (strcmp(shown, seqs) != 0)
        fail_msg("%s shows %s, not %s", target, shown, seqs);
    json_object_put(json);
}

SUITE(.set_up = set_up_journal, .tear_down = front_tear_down);

TEST(requests_are_shown_as_the_query_picks_them)
{
    static const struct {
        const char *query, *seqs;
    } rows[] = {
        {"", "123456"},
        {"?", "123456"},
        {"?operation=&pool=&pod=&workspaceId=&status=&after=&limit=", "123456"},
        {"?operation=claim", "1246"},
        {"?operation=claim,login", "12456"},
        {"?operation=*", "123456"},
        {"?operation=exec", ""},
        {"?pool=team-a", "134"},
        {"?pool=team-*", "1234"},
        {"?pool=*", "12346"},
        {"?pool=team", ""},
        {"?pod=mock-pod-1", "13"},
        {"?pod=pod-pool-1-2", "2"},
        {"?pod=pod-pool-2-2", ""},
        {"?workspaceId=w-1", "16"},
        {"?workspaceId=w-*&pool=team-*", "124"},
        {"?status=200", "1235"},
        {"?status=503", "4"},
        {"?after=4", "56"},
        {"?after=6", ""},
        {"?after=99", ""},
        {"?limit=2", "12"},
        {"?limit=100", "123456"},
        {"?operation=claim&after=1&limit=2", "24"},
    };
    char target[256];

    fill();
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(target, sizeof(target), "%s%s", ADMIN("requests"), rows[i].query);
        assert_requests(target, rows[i].seqs);
    }
}

TEST(deleted_requests_are_gone_and_seqs_count_on)
{
    fill();
    assert_int_equal(front_ask("DELETE", ADMIN("requests"), "", NULL), 200);
    assert_requests(ADMIN("requests"), "");
    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    assert_requests(ADMIN("requests"), "7");
}

/* Entries that take more than a piece. */
static void fill_with_long_paths(void)
{
    static const struct subject about = {.operation = OPERATION_CLAIM};
    char path[JOURNAL_PATH_MAX];

    memset(path, 'x', sizeof(path));
    for (int i = 0; i < RING_MAX; i++) {
        struct journal_request *request = &requests[journal->next % UNIT_COUNT(requests)];
        *request = (struct journal_request){.path = {path, sizeof(path)}, .about = &about};
        request_end(journal_begin(journal, request), 200);
    }
}

TEST(long_list_comes_in_pieces_and_ends_where_it_began)
{
    struct client client = client_new();

    fill_with_long_paths();
    assert_true(client_submit(&client, "GET", ADMIN("requests"), ""));
    service_turn_end(front.service);
    assert_int_equal(client.part, EXCHANGE_PIECE);
    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"),
                200); /* the first falls off, and this is not meant */
    while (!client.ended) {
        client_pull(&client);
        service_turn_end(front.service);
    }
    assert_true(client.pieces > 1);
    struct json_object *json = client_json(&client);
    assert_int_equal(json_object_array_length(json_at(json, "requests")), RING_MAX);
    assert_int_equal(json_number_at(json, "requests.99.seq"), RING_MAX);
    assert_int_equal(json_number_at(json, "dropped"), 1);
    json_object_put(json);
    client_free(&client);
}

TEST(long_list_is_whole_where_the_state_is_replaced_and_ends_where_the_journal_is)
{
    static const struct {
        const char *target;
        bool is_whole;
    } rows[] = {{ADMIN("reset?keep=journal"), true}, {ADMIN("reset"), false}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        fill_with_long_paths();
        assert_true(client_submit(&client, "GET", ADMIN("requests"), ""));
        service_turn_end(front.service);
        assert_int_equal(client.part, EXCHANGE_PIECE);
        assert_int_equal(front_ask("POST", rows[i].target, "", NULL), 200);
        while (!client.ended) {
            client_pull(&client);
            service_turn_end(front.service);
        }
        struct json_object *json = client_json(&client);
        size_t count = json_object_array_length(json_at(json, "requests"));
        assert_int_equal(count == RING_MAX, rows[i].is_whole);
        json_object_put(json);
        client_free(&client);
    }
}

TEST(entries_that_fall_off_meanwhile_are_left_out)
{
    struct client client = client_new();

    fill_with_long_paths();
    assert_true(client_submit(&client, "GET", ADMIN("requests"), ""));
    service_turn_end(front.service);
    for (int i = 0; i < RING_MAX - 1; i++)
        request_begin(OPERATION_CLAIM, "p", 1, "w");
    while (!client.ended) {
        client_pull(&client);
        service_turn_end(front.service);
    }
    struct json_object *json = client_json(&client);
    struct json_object *list = json_at(json, "requests");
    size_t count = json_object_array_length(list);
    assert_true(count < RING_MAX);
    assert_int_equal(json_number_at(json_object_array_get_idx(list, count - 1), "seq"), RING_MAX);
    json_object_put(json);
    client_free(&client);
}

/* --- GET requests/wait --- */

static void pass_ms(int64_t ms)
{
    front_pass_us(ms * 1000);
    service_turn_end(front.service);
}

static void assert_waited(struct client *client, int64_t count, int64_t last_seq)
{
    assert_true(client->ended);
    assert_int_equal(client_status(client), 200);
    struct json_object *json = client_json(client);
    assert_true(json_object_get_boolean(json_at(json, "success")));
    assert_int_equal(json_number_at(json, "count"), count);
    assert_int_equal(json_number_at(json, "dropped"), (int64_t)journal_dropped(journal));
    assert_int_equal(json_number_at(json, "lastSeq"), last_seq);
    json_object_put(json);
    client_free(client);
}

TEST(wait_that_ends_in_vain_tells_what_was_gone_when_it_began)
{
    static const struct {
        const char *query, *error;
    } rows[] = {
        {"?workspaceId=w-1&timeout=1s",
         "0 of 1 requests were answered within 1s; 5 older requests are no longer in the journal: "
         "clear it first, set after to 5 or more, or start the worker with a larger --journal"},
        {"?count=102&timeout=1s&after=4",
         "100 of 102 requests were answered within 1s; 1 older request is no longer in the "
         "journal: clear it first, set after to 5 or more, or start the worker with a larger "
         "--journal"},
        {"?workspaceId=w-1&timeout=1s&after=5", "0 of 1 requests were answered within 1s"},
    };
    char target[256];

    overfill();
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        snprintf(target, sizeof(target), "%s%s", ADMIN("requests/wait"), rows[i].query);
        assert_true(client_submit(&client, "GET", target, ""));
        service_turn_end(front.service);
        assert_false(client.ended);
        pass_ms(1000);
        assert_int_equal(client_status(&client), 408);
        struct json_object *json = client_json(&client);
        assert_string_equal(json_text_at(json, "error"), rows[i].error);
        assert_int_equal(json_number_at(json, "dropped"), 5);
        json_object_put(json);
        client_free(&client);
    }
}

TEST(wait_counts_all_that_come_while_it_waits_however_small_the_ring_is)
{
    struct client client = client_new();
    char target[256];

    snprintf(target, sizeof(target), "%s?count=%d", ADMIN("requests/wait"), RING_MAX + 6);
    uint64_t slow = request_begin(OPERATION_CLAIM, "p", 0, "slow");
    assert_true(client_submit(&client, "GET", target, ""));
    service_turn_end(front.service);
    overfill();
    pass_ms(0);
    assert_false(client.ended);
    request_end(slow, 200);
    pass_ms(0);
    assert_waited(&client, RING_MAX + 6, RING_MAX + 6);
}

TEST(wait_for_what_has_been_answered_is_over_at_once)
{
    fill();
    struct client client = client_new();
    client_ask(&client, "GET", ADMIN("requests/wait?operation=claim&count=3"), "");
    assert_waited(&client, 3, 6);
}

TEST(wait_is_over_with_the_answer_that_it_lacks)
{
    fill();
    struct client client = client_new();
    assert_true(client_submit(&client, "GET", ADMIN("requests/wait?pool=p&count=2"), ""));
    service_turn_end(front.service);
    assert_false(client.ended);
    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    pass_ms(1000);
    assert_false(client.ended);
    uint64_t ticket = request_begin(OPERATION_CLAIM, "p", 1, "w");
    pass_ms(1000);
    assert_false(client.ended);
    request_end(ticket, 503);
    pass_ms(0);
    assert_waited(&client, 2, 8);
}

TEST(wait_ends_as_408_when_its_time_is_over)
{
    static const struct {
        const char *query;
        int64_t timeout_ms;
        const char *error;
    } rows[] = {
        {"", 5000, "1 of 2 requests were answered within 5s"},
        {"&timeout=250ms", 250, "1 of 2 requests were answered within 250ms"},
        {"&timeout=4m", 240000, "1 of 2 requests were answered within 4m"},
    };

    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char target[256];
        struct client client = client_new();
        snprintf(target, sizeof(target), "%s%s", ADMIN("requests/wait?count=2"), rows[i].query);
        assert_true(client_submit(&client, "GET", target, ""));
        service_turn_end(front.service);
        pass_ms(rows[i].timeout_ms - 1);
        assert_false(client.ended);
        pass_ms(1);
        assert_true(client.ended);
        assert_int_equal(client_status(&client), 408);
        struct json_object *json = client_json(&client);
        assert_string_equal(json_text_at(json, "code"), "wait_timeout");
        assert_string_equal(json_text_at(json, "error"), rows[i].error);
        assert_int_equal(json_number_at(json, "count"), 1);
        json_object_put(json);
        client_free(&client);
    }
    assert_true(LIST_EMPTY(&journal->waits));
}

TEST(wait_of_a_client_that_has_gone_is_taken_off)
{
    struct client client = client_new();
    assert_true(client_submit(&client, "GET", ADMIN("requests/wait"), ""));
    assert_false(LIST_EMPTY(&journal->waits));
    client_free(&client);
    assert_true(LIST_EMPTY(&journal->waits));
    request_end(request_begin(OPERATION_CLAIM, "p", 1, "w"), 200);
    pass_ms(10000);
}

TEST(every_wait_is_woken_by_its_own_filter)
{
    struct client a = client_new(), b = client_new();
    assert_true(client_submit(&a, "GET", ADMIN("requests/wait?pool=a"), ""));
    assert_true(client_submit(&b, "GET", ADMIN("requests/wait?pool=b"), ""));
    service_turn_end(front.service);
    request_end(request_begin(OPERATION_CLAIM, "b", 1, "w"), 200);
    pass_ms(0);
    assert_false(a.ended);
    assert_waited(&b, 1, 1);
    request_end(request_begin(OPERATION_CLAIM, "a", 1, "w"), 200);
    pass_ms(0);
    assert_waited(&a, 1, 2);
}

TEST(wait_over_a_reset_is_stale)
{
    struct client client = client_new();

    assert_true(client_submit(&client, "GET", ADMIN("requests/wait"), ""));
    service_turn_end(front.service);
    assert_int_equal(front_ask("POST", ADMIN("reset"), "", NULL), 200);
    assert_true(client.ended);
    client_assert_error(&client, ERR_STALE);
    assert_true(LIST_EMPTY(&journal->waits));
    client_free(&client);
}

TEST(head_of_a_wait_waits_for_nothing)
{
    struct client client = client_new();

    client_ask(&client, "HEAD", ADMIN("requests/wait"), "");
    assert_int_equal(client_status(&client), 200);
    assert_true(LIST_EMPTY(&journal->waits));
    client_free(&client);
}

/* --- GET leaks --- */

TEST(leaks_show_lost_claims_until_their_pods_are_released)
{
    struct pod pod;
    struct arena arena = {0};

    assert_int_equal(front_ask("GET", FRONT_MOUNT "/pools/p/workspace?workspaceId=w", "", NULL),
                     200);
    assert_int_equal(get_pod_by_name(front.state, TEXT("mock-pod-6"), &arena, &pod), OK);
    const struct leak leak = {.pod_name = {pod.number, pod.pool_number},
                              .since_ms = pod.since_ms,
                              .at_ms = front.clock.wall_ms,
                              .workspace = TEXT("w")};
    leaks_add(&tenants_default(front.tenants)->leaks, &leak);
    arena_free(&arena);
    pass_ms(1500);
    struct json_object *json = get_json(ADMIN("leaks"));
    assert_int_equal(json_object_array_length(json_at(json, "leaks")), 1);
    assert_string_equal(json_text_at(json, "leaks.0.pod"), "pod-pool-2-6");
    assert_string_equal(json_text_at(json, "leaks.0.pool"), "p");
    assert_int_equal(json_number_at(json, "leaks.0.ageMs"), 1500);
    json_object_put(json);
    assert_int_equal(front_ask("POST", FRONT_MOUNT "/workspaces/mock-pod-6/release", "", NULL),
                     200);
    json = get_json(ADMIN("leaks"));
    assert_int_equal(json_object_array_length(json_at(json, "leaks")), 0);
    assert_int_equal(json_number_at(json, "dropped"), 0);
    json_object_put(json);
}

/* An empty list proves nothing once some were dropped. */
TEST(leaks_tell_how_many_were_dropped)
{
    struct leaks *leaks = &tenants_default(front.tenants)->leaks;

    for (int i = 0; i < LEAKS_MAX + 3; i++) {
        const struct leak leak = {.pod_name = {i + 1000, 1}};
        leaks_add(leaks, &leak);
    }
    struct json_object *json = get_json(ADMIN("leaks"));
    assert_int_equal(json_object_array_length(json_at(json, "leaks")), 0);
    assert_int_equal(json_number_at(json, "dropped"), 3);
    json_object_put(json);
    assert_int_equal(front_ask("DELETE", ADMIN("requests"), "", NULL), 200);
    json = get_json(ADMIN("leaks"));
    assert_int_equal(json_number_at(json, "dropped"), 3);
    json_object_put(json);
    assert_int_equal(front_ask("POST", ADMIN("reset"), "", NULL), 200);
    json = get_json(ADMIN("leaks"));
    assert_int_equal(json_number_at(json, "dropped"), 0);
    json_object_put(json);
}
