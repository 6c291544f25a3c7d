/* SPDX-License-Identifier: MIT
 *
 * The deliveries of callbacks (model/delivery.h, tenant/deliveries.h), with a clock set by hand. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "chaos.h"
#include "tenant/callback_rules.h"
#include "tenant/deliveries.h"

enum { SECOND_US = 1000 * 1000 };

static struct dispatch dispatch;
static struct deliveries one, other;
static struct buffer reported; /* "event detail; " for each report */
static int64_t now_us;

static void report(struct deliveries *deliveries, enum event_type type,
                   const struct delivery *delivery)
{
    (void)deliveries;
    buffer_printf(&reported, "%s %d", event_type_words()[type] + strlen("callback."),
                  (int)delivery->number);
    if (delivery->state == DELIVERY_FAILED)
        buffer_printf(&reported, " %s", delivery_fault_words()[delivery->fault]);
    buffer_put_text(&reported, TEXT("; "));
}

static void set_up(void)
{
    dispatch_init(&dispatch);
    deliveries_init(&one, &dispatch, report);
    deliveries_init(&other, &dispatch, report);
    reported = buffer_new(1 << 20);
    now_us = 5 * SECOND_US;
}

static void tear_down(void)
{
    deliveries_free(&one);
    deliveries_free(&other);
    buffer_free(&reported);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void assert_reported(const char *expected)
{
    assert_text(buffer_text(&reported), expected);
    buffer_clear(&reported);
}

/* Adds a message of that session of pod 1; NULL: a pod that failed. */
static void add(struct deliveries *deliveries, const char *session)
{
    deliveries_add(deliveries,
                   &(struct delivery){.on = session ? CALLBACK_ON_SESSION : CALLBACK_ON_POD_FAILED,
                                      .session = text_of(session),
                                      .pod_number = 1,
                                      .body = TEXT("{}"),
                                      .attempts_max = DELIVERY_ATTEMPTS_DEFAULT});
}

static void queue(struct deliveries *deliveries, const char *session)
{
    add(deliveries, session);
    deliveries_turn_end(deliveries, true);
}

/* Fails unless exactly the deliveries with these numbers can be taken now; "" for none. */
static struct taken_delivery taken[8];
static void assert_taken(const char *numbers)
{
    char text[128];
    struct buffer out = buffer_on(text, sizeof(text));
    size_t count = dispatch_take(&dispatch, NULL, now_us, taken, UNIT_COUNT(taken));

    for (size_t i = 0; i < count; i++)
        buffer_printf(&out, "%s%d", i > 0 ? " " : "", (int)taken[i].delivery->number);
    assert_text(buffer_text(&out), numbers);
}

/* Enters a result for the first of the deliveries that were taken last. */
static void enter(int status, int64_t retry_after_s)
{
    deliveries_enter_result(
        &taken[0], taken[0].take,
        &(struct delivery_attempt){.status = status, .retry_after_s = retry_after_s}, now_us);
}

static void assert_next_after_s(int64_t seconds)
{
    assert_int_equal(dispatch_next_us(&dispatch, NULL), now_us + seconds * SECOND_US);
}

TEST(delivery_can_be_taken_once_its_turn_is_kept)
{
    add(&one, NULL);
    assert_taken("");
    deliveries_turn_end(&one, true);
    assert_taken("1");
    assert_taken("");
    enter(200, 0);
    assert_reported("queued 1; delivered 1; ");
    assert_int_equal(dispatch_next_us(&dispatch, NULL), INT64_MAX);
}

TEST(lost_turn_leaves_none)
{
    queue(&one, NULL);
    add(&one, "s");
    add(&one, "s");
    deliveries_turn_end(&one, false);
    queue(&one, "s");
    assert_taken("1 4");
}

TEST(attempts_have_growing_pauses_until_none_is_left)
{
    static const int pauses_s[] = {1, 5, 30, 120};

    queue(&one, NULL);
    for (size_t i = 0; i < UNIT_COUNT(pauses_s); i++) {
        assert_taken("1");
        enter(i % 2 ? 500 : 0, 0);
        assert_next_after_s(pauses_s[i]);
        now_us += (int64_t)pauses_s[i] * SECOND_US - 1;
        assert_taken("");
        now_us++;
    }
    assert_taken("1");
    enter(500, 0);
    assert_taken("");
    assert_reported("queued 1; failed 1 attempts; ");
}

TEST(retry_after_replaces_the_pause_up_to_two_minutes)
{
    queue(&one, NULL);
    assert_taken("1");
    enter(429, 7);
    assert_next_after_s(7);
    now_us += 7 * SECOND_US;
    assert_taken("1");
    enter(503, 3600);
    assert_next_after_s(120);
}

TEST(statuses_end_a_delivery_or_do_not)
{
    static const struct {
        int status;
        enum delivery_state state;
    } rows[] = {
        {200, DELIVERY_DELIVERED}, {299, DELIVERY_DELIVERED}, {301, DELIVERY_DUE},
        {400, DELIVERY_FAILED},    {404, DELIVERY_FAILED},    {408, DELIVERY_DUE},
        {410, DELIVERY_FAILED},    {422, DELIVERY_FAILED},    {429, DELIVERY_DUE},
        {500, DELIVERY_DUE},       {599, DELIVERY_DUE},       {0, DELIVERY_DUE},
        {199, DELIVERY_DUE},       {600, DELIVERY_DUE},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct delivery delivery = {.attempts_max = 2};
        delivery_take_attempt(&delivery, &(struct delivery_attempt){.status = rows[i].status});
        assert_int_equal(delivery.state, rows[i].state);
        assert_int_equal(delivery.attempts, 1);
        assert_int_equal(delivery.status, rows[i].status);
    }
}

TEST(delivery_of_a_relay_that_does_not_report_is_taken_again)
{
    queue(&one, NULL);
    assert_taken("1");
    now_us += (int64_t)DELIVERIES_LEASE_S * SECOND_US - 1;
    assert_taken("");
    now_us++;
    assert_taken("1");
    assert_int_equal(taken[0].take, 2);
    assert_int_equal(taken[0].delivery->attempts, 0);
}

TEST(late_failure_of_an_earlier_take_is_ignored_but_a_late_success_counts)
{
    queue(&one, NULL);
    assert_taken("1");
    now_us += (int64_t)DELIVERIES_LEASE_S * SECOND_US;
    assert_taken("1");
    deliveries_enter_result(&taken[0], 1, &(struct delivery_attempt){.status = 500}, now_us);
    assert_int_equal(taken[0].delivery->state, DELIVERY_TAKEN);
    assert_int_equal(taken[0].delivery->attempts, 0);
    deliveries_enter_result(&taken[0], 1, &(struct delivery_attempt){.status = 200}, now_us);
    enter(500, 0);
    assert_int_equal(taken[0].delivery->state, DELIVERY_DELIVERED);
    assert_reported("queued 1; delivered 1; ");
}

TEST(repeated_report_counts_once)
{
    queue(&one, NULL);
    assert_taken("1");
    enter(500, 0);
    enter(500, 0);
    assert_int_equal(taken[0].delivery->attempts, 1);
}

TEST(messages_of_a_session_go_one_at_a_time_and_in_order)
{
    queue(&one, "a");
    queue(&one, "a");
    queue(&one, "b");
    queue(&one, "a");
    queue(&one, NULL);
    assert_taken("1 3 5");
    enter(500, 0);
    assert_taken("");
    now_us += SECOND_US;
    assert_taken("1");
    enter(200, 0);
    assert_taken("2");
    enter(410, 0);
    assert_taken("4");
}

TEST(tenants_take_turns)
{
    for (int i = 0; i < 9; i++)
        queue(&one, NULL);
    for (int i = 0; i < 2; i++)
        queue(&other, NULL);
    assert_taken("1 2 3 4 5 6 7 8");
    assert_taken("10 11 9");
}

TEST(relay_of_one_tenant_takes_from_no_other)
{
    queue(&one, NULL);
    queue(&other, NULL);
    assert_int_equal(dispatch_take(&dispatch, &other, now_us, taken, UNIT_COUNT(taken)), 1);
    assert_int_equal(taken[0].delivery->number, 2);
    assert_int_equal(dispatch_next_us(&dispatch, &one), 0);
}

static struct taken_delivery found;
static bool finds(const char *id, struct deliveries *only)
{
    return dispatch_find(&dispatch, only, text_of(id), &found);
}

TEST(ids_find_deliveries_that_were_taken)
{
    char id[DELIVERY_ID_MAX], foreign[DELIVERY_ID_MAX];

    queue(&one, NULL);
    delivery_id_write(&dispatch, &(struct delivery){.number = 1}, id);
    assert_false(finds(id, NULL));
    assert_taken("1");
    assert_true(finds(id, NULL) && finds(id, &one));
    assert_false(finds(id, &other));
    snprintf(foreign, sizeof(foreign), "%s", id);
    foreign[0] = foreign[0] == '0' ? '1' : '0';
    assert_false(finds(foreign, NULL));
    id[strlen(id) - 1] = '2';
    assert_false(finds(id, NULL));
    assert_false(finds("", NULL) || finds(".", NULL) || finds("1", NULL));
}

TEST(oldest_goes_when_the_list_is_full_and_is_given_up_unless_it_has_ended)
{
    for (int i = 0; i < DELIVERIES_MAX; i++)
        queue(&one, i < 3 ? "s" : NULL);
    assert_taken("1 4 5 6 7 8 9 10");
    enter(200, 0);
    buffer_clear(&reported);
    queue(&one, NULL);
    assert_reported("queued 1001; ");
    assert_int_equal(one.dropped, 1);
    assert_int_equal(one.given_up, 0);
    queue(&one, NULL);
    assert_reported("queued 1002; failed 2 given-up; ");
    assert_int_equal(one.dropped, 2);
    assert_int_equal(one.given_up, 1);
    assert_int_equal(one.count, DELIVERIES_MAX);
    assert_taken("3 11 12 13 14 15 16 17");
}

TEST(lost_turn_drops_nothing_that_was_kept)
{
    for (int i = 0; i < DELIVERIES_MAX; i++)
        queue(&one, NULL);
    for (int i = 0; i < 3 * DELIVERIES_MAX; i++)
        add(&one, NULL);
    deliveries_turn_end(&one, false);
    assert_int_equal(one.count, DELIVERIES_MAX);
    assert_taken("1 2 3 4 5 6 7 8");
}

TEST(turn_that_queues_too_many_keeps_its_last_ones)
{
    queue(&one, NULL);
    for (int i = 0; i < 3 * DELIVERIES_MAX; i++)
        add(&one, NULL);
    assert_int_equal(one.count, 1 + DELIVERIES_MAX);
    deliveries_turn_end(&one, true);
    assert_int_equal(one.count, DELIVERIES_MAX);
    assert_int_equal(one.given_up, 2 * DELIVERIES_MAX + 1);
    assert_taken("2002 2003 2004 2005 2006 2007 2008 2009");
}

TEST(bytes_are_limited_too)
{
    enum { LARGE = DELIVERIES_BYTES_MAX / 4 };
    char *bytes = calloc(1, DELIVERIES_BYTES_MAX);
    struct delivery delivery = {.body = {bytes, LARGE}, .attempts_max = 1};

    assert_non_null(bytes);
    for (int i = 0; i < 5; i++) {
        deliveries_add(&one, &delivery);
        deliveries_turn_end(&one, true);
    }
    assert_int_equal(one.count, 3);
    delivery.body.length = DELIVERIES_BYTES_MAX;
    deliveries_add(&one, &delivery);
    deliveries_turn_end(&one, true);
    assert_int_equal(one.count, 3);
    assert_int_equal(one.given_up, 3);
    free(bytes);
}

TEST(delivery_without_memory_counts_as_given_up)
{
    chaos_fail_at(1);
    add(&one, NULL);
    assert_true(chaos_failed());
    chaos_fail_at(0);
    deliveries_turn_end(&one, true);
    assert_int_equal(one.count, 0);
    assert_int_equal(one.given_up, 1);
}

TEST(replaced_state_fails_what_has_not_ended)
{
    queue(&one, "s");
    queue(&one, "s");
    queue(&one, NULL);
    assert_taken("1 3");
    enter(200, 0);
    buffer_clear(&reported);
    deliveries_fail_all(&one, DELIVERY_FAULT_STALE);
    assert_reported("failed 2 stale; failed 3 stale; ");
    assert_taken("");
}

/* --- watches --- */

static int told;
static void count_told(struct deliveries_watch *watch)
{
    (void)watch;
    told++;
}

TEST(watches_are_told_of_every_change)
{
    struct deliveries_watch of_one = {.told = count_told}, of_all = {.told = count_told};

    told = 0;
    deliveries_watch(&one, &of_one);
    dispatch_watch(&dispatch, &of_all);
    add(&one, NULL);
    assert_int_equal(told, 0);
    deliveries_turn_end(&one, true);
    assert_int_equal(told, 2);
    assert_taken("1");
    enter(200, 0);
    assert_int_equal(told, 6);
    queue(&other, NULL);
    assert_int_equal(told, 7);
    deliveries_unwatch(&of_all);
    deliveries_unwatch(&of_one);
    deliveries_unwatch(&of_one);
    queue(&one, NULL);
    assert_int_equal(told, 7);
}

/* --- rules --- */

TEST(rules_queue_a_delivery_for_each_pod_that_fails)
{
    const struct callback_rule list[] = {
        {.to = TEXT("a"), .members = TEXT("\"x\":1"), .attempts_max = 2},
        {.id = TEXT("callback-1"), .to = TEXT("b"), .attempts_max = 5},
    };
    struct callback_rules rules = {0};

    assert_int_equal(callback_rules_replace(&rules, list, UNIT_COUNT(list)), OK);
    assert_text(rules.list[0].id, "callback-2");
    callback_rules_apply(
        &rules,
        &(struct event){
            .type = EVENT_PODS_CREATED, .pod_number = 3, .last_pod_number = 4, .state = POD_FAILED},
        &one);
    callback_rules_apply(
        &rules, &(struct event){.type = EVENT_POD_STATE, .pod_number = 9, .state = POD_FAILED},
        &one);
    assert_int_equal(one.count, 6);
    callback_rules_apply(
        &rules, &(struct event){.type = EVENT_POD_STATE, .pod_number = 9, .state = POD_RUNNING},
        &one);
    callback_rules_apply(
        &rules, &(struct event){.type = EVENT_POD_CLAIMED, .pod_number = 9, .state = POD_FAILED},
        &one);
    assert_int_equal(one.count, 6);
    callback_rules_clear(&rules);
}

TEST(rules_stay_without_memory_for_others)
{
    const struct callback_rule list[] = {{.to = TEXT("a"), .attempts_max = 2}};
    struct callback_rules rules = {0};

    assert_int_equal(callback_rules_replace(&rules, list, 1), OK);
    chaos_fail_at(1);
    assert_int_equal(callback_rules_replace(&rules, list, 1), ERR_NO_MEMORY);
    chaos_fail_at(0);
    assert_int_equal(rules.count, 1);
    callback_rules_clear(&rules);
}

/* --- URLs --- */

TEST(urls_are_shown_without_their_secrets)
{
    static const char *const rows[][2] = {
        {"http://h/p?token=t", "http://h/p"},
        {"HTTPS://h:1/p/q#f", "HTTPS://h:1/p/q"},
        {"https://u:p@h/a@b?c", "https://h/a@b"},
        {"http://u@x@h?t", "http://h"},
        {"http://h", "http://h"},
        {"http://h?t=http://u:p@x/", "http://h"},
    };
    char out[CALLBACK_URL_MAX];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_true(callback_url_is_valid(text_of(rows[i][0])));
        assert_text(callback_url_shown(text_of(rows[i][0]), out), rows[i][1]);
    }
}

TEST(urls_of_other_kinds_are_not_valid)
{
    static const char *const rows[] = {
        "",        "http://",    "ftp://h",   "h/p",          "http://h /",        "http:///p",
        "http:/h", "http://h\n", "file:///x", "http://h\x7f", "http://h/\xc3\xbc", "http://?"};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (callback_url_is_valid(text_of(rows[i])))
            fail_msg("valid: %s", rows[i]);
}
