/* SPDX-License-Identifier: MIT
 *
 * What the store reports to its observer, and the ring of events (tenant/events.h). That no event
 * is missing after any call is shown by state_replay.h, in the suites of random steps. */
#include "state_rig.h"

#include <string.h>

#include "chaos.h"
#include "tenant/events.h"

/* --- reports --- */

static struct buffer reported;

/* Appends the event as "type pool:pods usage state workspace (detail) @ms; ". */
static void append(void *context, const struct event *event)
{
    struct buffer *out = context;

    buffer_printf(out, "%s %.*s", event_type_words()[event->type], TEXT_ARGS(event->pool_name));
    if (event->pod_number)
        buffer_printf(out, ":%lld", (long long)event->pod_number);
    if (event->last_pod_number)
        buffer_printf(out, "-%lld", (long long)event->last_pod_number);
    if (event->pod_number)
        buffer_printf(out, " %c%c", "fu"[event->usage], "psrf"[event->state]);
    if (event->workspace.at)
        buffer_printf(out, " %.*s", TEXT_ARGS(event->workspace));
    if (event->detail)
        buffer_printf(out, " (%s)", event->detail);
    if (event->origin.cause == EVENT_BY_LOOK)
        buffer_put_text(out, TEXT(" (look)"));
    if (event->at_ms != now.wall_ms)
        buffer_printf(out, " @%lld", (long long)(event->at_ms - START_MS));
    buffer_put_text(out, TEXT("; "));
}

static void observe(void)
{
    open_small_state();
    reported = buffer_new(100000);
    pool_state_observe(pools, append, &reported);
}

static void stop_observing(void)
{
    buffer_free(&reported);
    close_state();
}

SUITE(.set_up = observe, .tear_down = stop_observing);

static void assert_reported(const char *events)
{
    assert_text(buffer_text(&reported), events);
    buffer_clear(&reported);
}

TEST(claim_use_and_release_are_reported)
{
    claim("default-pool");
    assert_reported("pod.claimed default-pool:1 ur w; ");
    release("mock-pod-1");
    assert_reported("pod.released default-pool:1 fr w (request); ");
    release("mock-pod-1");
    assert_reported("");
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-2"), TEXT("x"), &arena, &pod), OK);
    assert_reported("pod.used default-pool:2 ur; pod.updated default-pool:2 ur (user_info); ");
}

TEST(end_of_a_lease_is_reported_before_its_release_at_the_time_when_it_was_due)
{
    claim_for_ms(1000, "default-pool");
    buffer_clear(&reported);
    assert_events(2500, "1000:lease-expired:1:default-pool ");
    assert_reported("lease.expired default-pool:1 ur w @1000; "
                    "pod.released default-pool:1 fr w (lease) @1000; ");
}

TEST(pools_and_their_pods_are_reported_in_ranges)
{
    get("p");
    assert_reported("pool.created p; pods.created p:3-5 fr; ");
    assert_int_equal(scale("p", 5), OK);
    assert_reported("pods.created p:6-7 fr; pool.updated p; ");
    assert_int_equal(scale("p", 4), OK);
    assert_reported("pod.deleted p:7 fr; pool.updated p; ");
    delete_pod("mock-pod-3");
    assert_reported("pod.deleted p:3 fr; ");
    assert_int_equal(pool_state_reset_pool(pools, TEXT("p"), &arena, &pool), OK);
    assert_reported("pool.reset p; pods.created p:3-5 fr; ");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_reported("pool.deleted p; ");
}

TEST(range_ends_before_a_number_that_no_pod_has_and_where_the_state_differs)
{
    for (int i = 0; i < 16; i++)
        assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), i < 15 ? 1000 : 548), OK);
    buffer_clear(&reported);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 2), OK);
    assert_reported("pods.created default-pool:15553-15554 fr; ");
    set_setting("p", SETTING_FAIL_NEXT, 1);
    get("p");
    assert_reported("settings.changed p; pool.created p; pods.created p:15555-15555 ff; "
                    "pods.created p:15556-15557 fr; ");
}

TEST(states_are_reported_by_time_and_by_looks)
{
    set_times("p", 100, 50);
    buffer_clear(&reported);
    get("p");
    assert_reported("pool.created p; pods.created p:3-5 fp; ");
    assert_first_events(120, 1, "100:starting:3:p ");
    assert_reported("pod.state p:3 fs @100; ");
    set_looks("q", 2);
    get("q");
    buffer_clear(&reported);
    look(3);
    assert_reported("pod.state q:6 fs (look); pod.state q:7 fs (look); pod.state q:8 fs (look); ");
    look(3);
    assert_reported("pod.state q:6 fr (look); pod.state q:7 fr (look); pod.state q:8 fr (look); ");
    look(3);
    assert_reported("");
}

TEST(rehearsal_and_the_pods_of_a_reset_are_not_reported)
{
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("p");
    pool_state_rehearsal_end(pools);
    reset_state(0);
    assert_reported("");
    claim("default-pool");
    assert_reported("pod.claimed default-pool:1 ur w; ");
}

/* --- the ring --- */

static struct events_budget budget;

static struct events new_ring(size_t max)
{
    budget = (struct events_budget){.max_bytes = 1 << 20};
    return events_new(max, &budget);
}

static void note(struct events *events, int64_t pod_number)
{
    events_note(events, &(struct event){.pod_number = pod_number, .pool_name = TEXT("p")});
}

static char workspace[200];

/* Notes an event with a workspace of that length. */
static void note_with(struct events *events, int64_t pod_number, size_t length)
{
    assert_in_range(length, 1, sizeof(workspace));
    memset(workspace, 'w', length);
    events_note(events, &(struct event){.pod_number = pod_number,
                                        .pool_name = TEXT("p"),
                                        .workspace = {workspace, length}});
}

static bool append_number(uint64_t number, const struct event *event, void *context)
{
    buffer_printf(context, "%llu:%lld ", (unsigned long long)number, (long long)event->pod_number);
    assert_text(event->pool_name, "p");
    return true;
}

static void assert_kept(const struct events *events, uint64_t after, const char *numbers)
{
    struct buffer out = buffer_new(10000);

    events_each(events, after, append_number, &out);
    assert_text(buffer_text(&out), numbers);
    buffer_free(&out);
}

static bool check_workspace(uint64_t number, const struct event *event, void *context)
{
    (void)context;
    assert_text(event->pool_name, "p");
    assert_int_equal(event->workspace.length, number);
    assert_ptr_not_equal(event->workspace.at, workspace);
    for (size_t i = 0; i < number; i++)
        assert_int_equal(event->workspace.at[i], 'w');
    return true;
}

TEST(texts_of_any_length_are_copied_and_stay_while_the_ring_grows)
{
    long before = chaos_blocks();
    struct events events = new_ring(1000);

    for (size_t length = 1; length <= sizeof(workspace); length++) {
        note_with(&events, 1, length);
        memset(workspace, 'x', sizeof(workspace));
    }
    events_turn_end(&events, true);
    events_each(&events, 0, check_workspace, NULL);
    events_free(&events);
    assert_int_equal(chaos_blocks(), before);
}

TEST(pending_events_are_kept_or_dropped_with_their_turn)
{
    struct events events = new_ring(100);

    note(&events, 10);
    assert_kept(&events, 0, "");
    assert_int_equal(events_last(&events), 0);
    events_turn_end(&events, true);
    note(&events, 11);
    note(&events, 12);
    events_turn_end(&events, false);
    note(&events, 13);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "1:10 2:13 ");
    assert_kept(&events, 1, "2:13 ");
    assert_kept(&events, 2, "");
    assert_int_equal(events_last(&events), 2);
    events_free(&events);
}

static int told;

static void note_told(struct events_listener *listener)
{
    (void)listener;
    told++;
}

TEST(listener_is_told_of_turns_that_keep_events)
{
    struct events events = new_ring(100);
    struct events_listener first = {.told = note_told}, second = {.told = note_told};

    told = 0;
    events_listen(&events, &first);
    events_listen(&events, &second);
    note(&events, 1);
    note(&events, 2);
    assert_int_equal(told, 0);
    events_turn_end(&events, true);
    assert_int_equal(told, 2);
    note(&events, 3);
    events_turn_end(&events, false);
    events_turn_end(&events, true);
    events_unlisten(&first);
    events_unlisten(&first);
    assert_int_equal(told, 2);
    note(&events, 4);
    events_turn_end(&events, true);
    assert_int_equal(told, 3);
    events_free(&events);
    events_unlisten(&second); /* the ring is gone */
}

TEST(full_ring_drops_the_oldest_even_in_one_turn)
{
    struct events events = new_ring(3);

    for (int64_t i = 1; i <= 5; i++)
        note(&events, i);
    events_turn_end(&events, true);
    assert_int_equal(events_first(&events), 3);
    assert_kept(&events, 0, "3:3 4:4 5:5 ");
    for (int64_t i = 6; i <= 10; i++)
        note(&events, i);
    events_turn_end(&events, false);
    assert_kept(&events, 0, "");
    note(&events, 11);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "6:11 ");
    events_free(&events);
}

TEST(ring_keeps_within_the_budget_and_gives_its_bytes_back)
{
    struct events events = new_ring(100);

    note(&events, 1); /* the smallest ring has room for four */
    budget.max_bytes = budget.bytes;
    for (int64_t i = 2; i <= 6; i++)
        note(&events, i);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "3:3 4:4 5:5 6:6 ");
    note_with(&events, 7, 200); /* its texts have no room */
    note(&events, 8);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "8:8 ");
    assert_true(budget.bytes <= budget.max_bytes);
    events_free(&events);
    assert_int_equal(budget.bytes, 0);
    assert_true(LIST_EMPTY(&budget.rings));
}

TEST(ring_that_needs_memory_takes_it_from_the_fullest_one)
{
    enum { RINGS = 8, MANY = 200 };
    long before = chaos_blocks();
    struct events rings[RINGS];

    rings[0] = new_ring(MANY);
    for (int i = 1; i < RINGS; i++)
        rings[i] = events_new(MANY, &budget);
    for (int64_t i = 1; i <= MANY; i++)
        note(&rings[0], i);
    events_turn_end(&rings[0], true);
    budget.max_bytes = budget.bytes;
    for (int64_t i = 1; i <= MANY; i++)
        for (int ring = 1; ring < RINGS; ring++) {
            note(&rings[ring], i);
            events_turn_end(&rings[ring], true);
            assert_int_equal(events_last(&rings[ring]), i);
            assert_true(events_first(&rings[ring]) <= (uint64_t)i); /* the newest is kept */
            assert_true(budget.bytes <= budget.max_bytes);
        }
    for (int ring = 0; ring < RINGS; ring++)
        assert_true(events_last(&rings[ring]) - events_first(&rings[ring]) + 1 >= MANY / RINGS / 4);
    for (int ring = 0; ring < RINGS; ring++)
        events_free(&rings[ring]);
    assert_int_equal(budget.bytes, 0);
    assert_int_equal(chaos_blocks(), before);
}

TEST(ring_gives_no_pending_event_to_another)
{
    struct events events = new_ring(100), other = events_new(100, &budget);

    for (int64_t i = 1; i <= 8; i++)
        note(&events, i);
    budget.max_bytes = budget.bytes;
    note(&other, 1); /* nothing is kept that could be dropped */
    events_turn_end(&events, true);
    assert_kept(&events, 0, "1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 ");
    note(&other, 2);
    events_turn_end(&other, true);
    assert_kept(&other, 0, "2:2 ");
    assert_kept(&events, 0, "5:5 6:6 7:7 8:8 ");
    events_free(&events);
    events_free(&other);
}

TEST(first_kept_event_is_not_a_pending_one)
{
    struct events events = new_ring(3);

    for (int64_t i = 1; i <= 5; i++)
        note(&events, i);
    assert_int_equal(events_first(&events), 1);
    assert_int_equal(events_last(&events), 0);
    events_turn_end(&events, false);
    assert_int_equal(events_first(&events), 1);
    note(&events, 6);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "1:6 ");
    events_free(&events);
}

TEST(new_epoch_begins_with_1_and_ring_that_is_off_keeps_none)
{
    struct events events = new_ring(3), off = events_new(0, &budget);
    char epoch[EVENTS_EPOCH_BYTES + 1];

    note(&events, 1);
    events_turn_end(&events, true);
    memcpy(epoch, events.epoch, sizeof(epoch));
    events_restart(&events);
    assert_string_not_equal(epoch, events.epoch);
    assert_kept(&events, 0, "");
    note(&events, 2);
    events_turn_end(&events, true);
    assert_kept(&events, 0, "1:2 ");
    note(&off, 1);
    events_turn_end(&off, true);
    assert_int_equal(events_last(&off), 0);
    events_free(&events);
    events_free(&off);
}

TEST(event_without_memory_leaves_a_gap_that_shows)
{
    long before = chaos_blocks();
    struct events events = new_ring(100);

    note(&events, 1);
    events_turn_end(&events, true);
    chaos_fail_at(1);
    note_with(&events, 2, 100);
    chaos_fail_at(0);
    note(&events, 3);
    events_turn_end(&events, true);
    assert_int_equal(events_first(&events), 3);
    assert_kept(&events, 0, "3:3 ");
    events_free(&events);
    assert_int_equal(chaos_blocks(), before);
}
