/* SPDX-License-Identifier: MIT
 *
 * Turns, waits and pieces, with routes of the test's own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"
#include "service/route.h"
#include "state_dump.h"

/* --- the routes --- */

static enum err next_err;

static enum err answer_ok(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    return call_end_answer(call, &writer);
}

static enum err handle_now(struct call *call)
{
    return answer_ok(call);
}

static enum err handle_fail(struct call *call)
{
    (void)call;
    return next_err;
}

static enum err handle_change(struct call *call)
{
    struct pod pod;
    enum err err = pool_state_claim_pod(
        call->state,
        &(struct claim_wish){.pool_name = TEXT("default-pool"), .workspace_id = TEXT("w")},
        call->arena, &pod, &(struct claim_refusal){0});

    return err ? err : answer_ok(call);
}

static enum err handle_change_and_fail(struct call *call)
{
    enum err err = handle_change(call);

    return err ? err : ERR_INTERNAL;
}

/* A continuation that waits, then gives pieces, then ends or breaks. */
struct plan {
    struct continuation continuation;
    const struct api *api;
    const struct clock *clock;
    int64_t wait_until_us; /* 0: it doesn't wait */
    int pieces;
    bool breaks;
};
static int plans_alive;

static void plan_free(struct continuation *continuation)
{
    plans_alive--;
    free(continuation);
}

static enum continuation_step plan_step(struct continuation *continuation,
                                        struct response *response)
{
    struct plan *plan = (struct plan *)continuation;

    if (plan->clock->mono_us < plan->wait_until_us) {
        continuation->wake_mono_us = plan->wait_until_us;
        return CONTINUATION_WAIT;
    }
    if (response->status == 0) {
        response->status = 200;
        response->content_type = "application/json";
    }
    if (plan->pieces > 1) {
        plan->pieces--;
        buffer_put_text(&response->body, TEXT("[\"piece\"]"));
        return CONTINUATION_MORE;
    }
    if (plan->breaks)
        return CONTINUATION_BROKEN;
    buffer_put_text(&response->body, TEXT("[\"last\"]"));
    return CONTINUATION_DONE;
}

/* What the query says: "wait=", "pieces=", "breaks=". */
static enum err handle_plan(struct call *call)
{
    struct text wait = {0}, pieces = {0}, breaks = {0};
    uint64_t wait_us = 0, count = 0;
    enum err err;

    if ((err = call_query(call, "wait", &wait)) || (err = call_query(call, "pieces", &pieces)) ||
        (err = call_query(call, "breaks", &breaks)))
        return err;
    text_to_number(wait, INT32_MAX, &wait_us);
    text_to_number(pieces, 100, &count);
    struct plan *plan = malloc(sizeof(*plan));
    if (!plan)
        return ERR_NO_MEMORY;
    *plan = (struct plan){.continuation = {.step = plan_step, .free = plan_free},
                          .clock = call->clock,
                          .wait_until_us = wait_us ? call->clock->mono_us + (int64_t)wait_us : 0,
                          .pieces = (int)count,
                          .breaks = breaks.length > 0};
    plans_alive++;
    call->response->continuation = &plan->continuation;
    return OK;
}

static enum err handle_reset_all(struct call *call)
{
    struct pool_state_totals dropped;
    enum err err = pool_state_reset(call->state, 0, &dropped);

    return err ? err : answer_ok(call);
}

static const struct service_route routes[] = {
    {HTTP_GET, "now", OPERATION_STATUS, handle_now, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "fail", OPERATION_SCALE, handle_fail, false, ROUTE_OPEN, NULL},
    {HTTP_POST, "fail/{pool}", OPERATION_SCALE, handle_fail, true, ROUTE_OPEN, NULL},
    {HTTP_POST, "change", OPERATION_UPDATE, handle_change, true, ROUTE_OPEN, NULL},
    {HTTP_POST, "change-and-fail", OPERATION_UPDATE, handle_change_and_fail, true, ROUTE_OPEN,
     NULL},
    {HTTP_GET, "plan", OPERATION_PROCESSES, handle_plan, false, ROUTE_OPEN, NULL},
    {HTTP_POST, "reset", OPERATION_RESET, handle_reset_all, true, ROUTE_OPEN, NULL},
};

static void set_up(void)
{
    front_open(routes, UNIT_COUNT(routes), NULL);
}

static void tear_down(void)
{
    front_close();
    if (plans_alive != 0)
        print_error("%d continuations were not freed\n", plans_alive);
    assert_int_equal(plans_alive, 0);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void submit(struct client *client, const char *method, const char *target)
{
    *client = client_new();
    assert_true(client_submit(client, method, target, ""));
}

static void end_turn(void)
{
    service_turn_end(front.service);
}

static int64_t used_pods(void)
{
    struct arena arena = {0};
    struct pool pool;

    assert_int_equal(pool_state_get_or_create_pool(front.state, TEXT("default-pool"),
                                                   (struct text){0}, &arena, &pool),
                     OK);
    arena_free(&arena);
    return pool.counts.used;
}

static int count_lines(void)
{
    struct buffer log = front_log();
    int count = 0;

    for (size_t i = 0; i < log.length; i++)
        count += log.bytes[i] == '\n';
    buffer_free(&log);
    return count;
}

static void assert_logged(const char *part)
{
    struct buffer log = front_log();

    if (!log.length || !memmem(log.bytes, log.length, part, strlen(part)))
        fail_msg("\"%s\" is not in the log: %.*s", part, TEXT_ARGS(buffer_text(&log)));
    buffer_free(&log);
}

/* --- levels --- */

static void set_up_json(void)
{
    front_log_format = LOG_JSON;
    set_up();
    front_log_format = LOG_TEXT;
}

/* The level of the log's last line, in `level`. */
static void read_last_level(char level[static 16])
{
    struct buffer log = front_log();
    struct text all = buffer_text(&log), line = {0}, next;

    while (text_cut(&all, '\n', &next) && next.length > 0)
        line = next;
    struct json_object *json = json_tokener_parse(strndupa(line.at, line.length));
    snprintf(level, 16, "%s", json_text_at(json, "level"));
    json_object_put(json);
    buffer_free(&log);
}

TEST_BETWEEN(failures_of_the_worker_are_errors_and_other_refusals_warnings, set_up_json, tear_down)
{
    static const enum err own[] = {ERR_INTERNAL, ERR_STATE_DAMAGED, ERR_STATE_FOREIGN,
                                   ERR_TURN_LOST, ERR_STATE_FILE};
    size_t found = 0;
    char level[16];

    assert_int_equal(front_ask("GET", AT("now"), "", NULL), 200);
    read_last_level(level);
    assert_string_equal(level, "info");
    for (int err = OK + 1; err < ERR__MAX; err++) {
        bool is_own = found < UNIT_COUNT(own) && own[found] == (enum err)err;
        next_err = (enum err)err;
        front_ask("GET", AT("fail"), "", NULL);
        read_last_level(level);
        assert_string_equal(level, is_own ? "error" : "warning");
        found += is_own;
    }
    assert_int_equal(found, UNIT_COUNT(own));
}

TEST_BETWEEN(broken_answer_is_a_warning_and_of_a_lost_turn_an_error, set_up_json, tear_down)
{
    struct client pieces = client_new(), failed;
    char level[16];

    client_ask(&pieces, "GET", AT("plan?pieces=2&breaks=1"), "");
    assert_int_equal(pieces.part, EXCHANGE_BROKEN);
    read_last_level(level);
    assert_string_equal(level, "warning");
    client_free(&pieces);

    submit(&pieces, "GET", AT("plan?pieces=3"));
    end_turn();
    submit(&failed, "POST", AT("change-and-fail"));
    client_pull(&pieces);
    end_turn();
    assert_int_equal(pieces.part, EXCHANGE_BROKEN);
    read_last_level(level);
    assert_string_equal(level, "error");
    client_free(&pieces);
    client_free(&failed);
}

/* --- turns --- */

TEST(answer_and_log_line_come_at_the_end_of_the_turn)
{
    struct client first, second;

    submit(&first, "GET", AT("now"));
    submit(&second, "POST", AT("change"));
    assert_int_equal(first.pieces, 0);
    assert_int_equal(count_lines(), 0);
    end_turn();
    assert_true(first.ended && second.ended);
    assert_int_equal(client_status(&first), 200);
    assert_int_equal(first.part, EXCHANGE_WHOLE);
    assert_text(client_header(&first, "Content-Length"), "16");
    assert_text(client_header(&first, "Cache-Control"), "no-store");
    assert_text(buffer_text(&first.body), "{\"success\":true}");
    assert_int_equal(count_lines(), 2);
    assert_logged("🎭 [Mock Pool Manager] 2024-01-15T10:30:00.000Z status method=GET path=" AT(
        "now") " status=200 durationMs=");
    assert_logged("🎭 ✅ [Mock Pool Manager] 2024-01-15T10:30:00.000Z update method=POST");
    client_free(&first);
    client_free(&second);
    assert_int_equal(count_lines(), 2);
}

TEST(every_error_has_its_status_code_and_shape)
{
    for (int err = OK + 1; err < ERR__MAX; err++) {
        struct client client = client_new();
        next_err = (enum err)err;
        client_ask(&client, "GET", AT("fail"), "");
        client_assert_error(&client, next_err);
        assert_int_equal(client_header(&client, "X-Mock-Stale").at != NULL, err == ERR_STALE);
        struct json_object *json = client_json(&client);
        assert_string_equal(json_text_at(json, "error"), err_sentence(next_err));
        json_object_put(json);
        client_free(&client);
    }
    assert_int_equal(count_lines(), ERR__MAX - 1);
    assert_logged("🎭 ❌ [Mock Pool Manager] 2024-01-15T10:30:00.000Z scale method=GET");
    assert_logged("code=pod_limit error=\"the limit of pods is reached (--pods-max); delete one\"");
    assert_logged(
        "code=internal error=\"an internal error of the service, not of the request\" cause=");
}

TEST(failure_after_a_change_gives_the_whole_turn_up)
{
    struct client before, failed, after, pieces, head;
    struct buffer dump = state_dump(front.state);

    submit(&before, "POST", AT("change"));
    submit(&failed, "POST", AT("change-and-fail"));
    submit(&pieces, "GET", AT("plan?pieces=3"));
    submit(&after, "POST", AT("change"));
    submit(&head, "HEAD", AT("now"));
    end_turn();
    client_assert_error(&before, ERR_TURN_LOST);
    client_assert_error(&failed, ERR_TURN_LOST);
    client_assert_error(&after, ERR_TURN_LOST);
    client_assert_error(&pieces, ERR_TURN_LOST);
    assert_int_equal(client_status(&head), 503);
    assert_int_equal(head.body.length, 0);
    assert_true(pieces.ended);
    assert_int_equal(plans_alive, 0);
    state_assert_unchanged(front.state, &dump);
    assert_logged("code=not_committed");
    struct buffer log = front_log();
    assert_null(memmem(log.bytes, log.length, "✅", 3));
    buffer_free(&log);
    client_free(&before);
    client_free(&failed);
    client_free(&pieces);
    client_free(&after);
    client_free(&head);
    buffer_free(&dump);
    assert_int_equal(front_ask("POST", AT("change"), "", NULL), 200);
    assert_int_equal(used_pods(), 1);
}

TEST(failure_before_any_change_leaves_the_turn_alone)
{
    struct client changed, failed;

    next_err = ERR_POD_LIMIT;
    submit(&changed, "POST", AT("change"));
    submit(&failed, "POST", AT("fail/p"));
    end_turn();
    assert_int_equal(client_status(&changed), 200);
    client_assert_error(&failed, ERR_POD_LIMIT);
    assert_int_equal(used_pods(), 1);
    client_free(&changed);
    client_free(&failed);
}

TEST(piece_of_an_answer_that_has_begun_breaks_off_when_its_turn_is_lost)
{
    struct client pieces, failed;

    submit(&pieces, "GET", AT("plan?pieces=3"));
    end_turn();
    assert_int_equal(pieces.part, EXCHANGE_PIECE);
    client_pull(&pieces);
    submit(&failed, "POST", AT("change-and-fail"));
    end_turn();
    assert_int_equal(pieces.part, EXCHANGE_BROKEN);
    assert_true(pieces.ended);
    assert_text(buffer_text(&pieces.body), "[\"piece\"]");
    assert_logged("fate=broken-off");
    client_free(&pieces);
    client_free(&failed);
}

/* --- pieces --- */

TEST(answer_in_pieces_goes_on_as_it_is_pulled)
{
    struct client client;

    submit(&client, "GET", AT("plan?pieces=3"));
    end_turn();
    assert_int_equal(client.part, EXCHANGE_PIECE);
    assert_null(client_header(&client, "Content-Length").at);
    assert_int_equal(count_lines(), 0);
    client_pull(&client);
    assert_int_equal(client.pieces, 1);
    end_turn();
    assert_int_equal(client.part, EXCHANGE_PIECE);
    client_pull(&client);
    end_turn();
    assert_int_equal(client.part, EXCHANGE_LAST);
    assert_text(buffer_text(&client.body), "[\"piece\"][\"piece\"][\"last\"]");
    assert_int_equal(count_lines(), 1);
    client_free(&client);
}

TEST(answer_that_breaks_is_told_to_be_broken)
{
    struct client client = client_new();

    client_ask(&client, "GET", AT("plan?pieces=2&breaks=1"), "");
    assert_int_equal(client.part, EXCHANGE_BROKEN);
    assert_text(buffer_text(&client.body), "[\"piece\"]");
    assert_logged("❌");
    client_free(&client);
    client = client_new();
    client_ask(&client, "GET", AT("plan?breaks=1"), "");
    assert_int_equal(client.part, EXCHANGE_BROKEN);
    assert_int_equal(client.pieces, 0);
    client_free(&client);
}

TEST(abandoned_between_pieces_is_logged_once_and_freed)
{
    struct client taken, ready;

    submit(&taken, "GET", AT("plan?pieces=3"));
    submit(&ready, "GET", AT("plan?pieces=3"));
    end_turn();
    client_pull(&ready);
    client_free(&taken);
    client_free(&ready);
    assert_int_equal(plans_alive, 1); /* what is in the turn stays until its end */
    end_turn();
    assert_int_equal(plans_alive, 0);
    assert_int_equal(count_lines(), 2);
    assert_logged("fate=client-gone");
}

/* --- waits --- */

TEST(waiting_requests_wake_in_the_order_of_their_times)
{
    struct client late, early, same;

    submit(&late, "GET", AT("plan?wait=2000000"));
    submit(&early, "GET", AT("plan?wait=1000000"));
    submit(&same, "GET", AT("plan?wait=1000000&pieces=2"));
    end_turn();
    assert_int_equal(service_parked(front.service), 3);
    assert_int_equal(count_lines(), 0);
    front_pass_us(999999);
    end_turn();
    assert_false(early.ended);
    front_pass_us(1);
    assert_false(early.ended); /* not before the turn ends */
    end_turn();
    assert_true(early.ended);
    assert_int_equal(client_status(&early), 200);
    assert_text(client_header(&early, "Content-Length"), "8");
    assert_text(client_header(&early, "Cache-Control"), "no-store");
    assert_int_equal(same.part, EXCHANGE_PIECE);
    assert_false(late.ended);
    assert_int_equal(service_parked(front.service), 1);
    front_pass_us(1000000);
    end_turn();
    assert_true(late.ended);
    assert_int_equal(service_parked(front.service), 0);
    client_free(&late);
    client_free(&early);
    client_free(&same);
}

TEST(abandoned_while_waiting_never_wakes)
{
    struct client client, other;

    submit(&client, "GET", AT("plan?wait=1000"));
    submit(&other, "GET", AT("plan?wait=1000"));
    end_turn();
    client_free(&client);
    assert_int_equal(plans_alive, 1);
    assert_int_equal(service_parked(front.service), 1);
    assert_logged("fate=client-gone");
    front_pass_us(1000);
    end_turn();
    assert_true(other.ended);
    client_free(&other);
    assert_int_equal(timers_next_due_us(&front.timers), INT64_MAX);
}

TEST(nothing_of_an_earlier_request_is_shown_for_a_later_one)
{
    struct client client;

    front_ask("GET", AT("plan?pieces=2&breaks=1"), "", NULL);
    assert_logged("fate=broken-off");
    submit(&client, "GET", AT("plan?wait=1000"));
    end_turn();
    client_free(&client);
    assert_logged("fate=client-gone");
}

TEST(abandoned_in_its_turn_is_logged_and_its_change_stays)
{
    struct client client;

    submit(&client, "POST", AT("change"));
    client_free(&client);
    assert_int_equal(count_lines(), 0);
    end_turn();
    assert_int_equal(client.pieces, 0);
    assert_int_equal(used_pods(), 1);
    assert_int_equal(count_lines(), 1);
    assert_logged("fate=client-gone");
}

TEST(abandoned_before_it_is_submitted_leaves_no_trace)
{
    struct exchange *exchange = service_exchange(front.service, NULL);

    service_abandon(front.service, &exchange);
    assert_null(exchange);
    service_abandon(front.service, &exchange);
    end_turn();
    assert_int_equal(count_lines(), 0);
}

TEST(stop_answers_all_that_wait_and_lets_none_wait_again)
{
    struct client waiting, later, now;

    submit(&waiting, "GET", AT("plan?wait=1000"));
    end_turn();
    service_stop(front.service);
    assert_int_equal(service_parked(front.service), 0);
    submit(&later, "GET", AT("plan?wait=1000"));
    submit(&now, "GET", AT("now"));
    end_turn();
    client_assert_error(&waiting, ERR_STOPPING);
    client_assert_error(&later, ERR_STOPPING);
    assert_int_equal(client_status(&now), 200);
    client_free(&waiting);
    client_free(&later);
    client_free(&now);
}

TEST(reset_wakes_those_that_waited_before_it_as_stale)
{
    struct client before, reset, after;

    submit(&before, "GET", AT("plan?wait=1000"));
    end_turn();
    submit(&reset, "POST", AT("reset"));
    submit(&after, "GET", AT("plan?wait=1000"));
    end_turn();
    client_assert_error(&before, ERR_STALE);
    assert_text(client_header(&before, "X-Mock-Stale"), "1");
    assert_text(client_header(&before, "Cache-Control"), "no-store");
    assert_int_equal(client_status(&reset), 200);
    assert_false(after.ended);
    front_pass_us(1000);
    end_turn();
    assert_int_equal(client_status(&after), 200);
    client_free(&before);
    client_free(&reset);
    client_free(&after);
}

TEST(request_past_the_limit_of_open_requests_is_busy)
{
    struct client client = client_new();

    client.refused = true;
    client_ask(&client, "GET", AT("now"), "");
    client_assert_error(&client, ERR_BUSY);
    client_free(&client);
}
