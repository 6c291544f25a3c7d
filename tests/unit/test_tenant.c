/* SPDX-License-Identifier: MIT
 *
 * What steers a tenant: its clock, its queues of claims, and the registry of all tenants. */
#include "unit.h"

#include <stdio.h>

#include "chaos.h"
#include "tenant/tenant.h"

enum { START_MS = 1705314600000, TENANTS_MAX = 3 };

static struct clock real;
static struct timers timers;
static struct tenants *tenants;

static void set_clock(int64_t ms)
{
    clock_set(&real, START_MS + ms, ms * 1000);
}

/* --- the clock --- */

TEST(state_clock_goes_with_real_time)
{
    struct state_clock time = {0};

    set_clock(0);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS);
    set_clock(7);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 7);
}

TEST(state_clock_that_is_frozen_stands_and_goes_on_from_there)
{
    struct state_clock time = {0};

    set_clock(10);
    state_clock_freeze(&time, &real);
    set_clock(1000);
    state_clock_freeze(&time, &real);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 10);
    state_clock_resume(&time, &real);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 10);
    set_clock(1005);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 15);
    state_clock_resume(&time, &real);
    assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 15);
}

TEST(state_clock_is_set_standing_or_going_but_never_back)
{
    for (int frozen = 0; frozen < 2; frozen++) {
        struct state_clock time = {0};
        set_clock(0);
        if (frozen)
            state_clock_freeze(&time, &real);
        assert_true(state_clock_set(&time, &real, START_MS));
        assert_true(state_clock_set(&time, &real, START_MS + 50));
        assert_false(state_clock_set(&time, &real, START_MS + 49));
        assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 50);
        set_clock(3);
        assert_int_equal(state_clock_now_ms(&time, &real), START_MS + 50 + (frozen ? 0 : 3));
        assert_true(state_clock_set(&time, &real, STATE_CLOCK_MAX_MS));
        assert_false(state_clock_set(&time, &real, STATE_CLOCK_MAX_MS + 1));
        assert_int_equal(state_clock_now_ms(&time, &real), STATE_CLOCK_MAX_MS);
    }
}

/* --- the queues --- */

enum { WAITERS = 4 };

/* Who waits, and how often each was woken. */
static struct waiter {
    struct continuation continuation;
    struct claim_place place;
    int woken;
} waiters[WAITERS];
static struct claim_queues queues;

static void count_wake(struct continuation *continuation)
{
    ((struct waiter *)continuation)->woken++;
}

static void begin_waiting(void)
{
    claim_queues_init(&queues);
    for (int i = 0; i < WAITERS; i++)
        waiters[i] = (struct waiter){.continuation = {.wake = count_wake},
                                     .place = {.waiter = &waiters[i].continuation}};
}

static void end_waiting(void)
{
    for (int i = 0; i < WAITERS; i++)
        claim_queue_leave(&queues, &waiters[i].place);
    assert_true(LIST_EMPTY(&queues.queues));
    assert_true(TAILQ_EMPTY(&queues.places));
}

static void join(int waiter, const char *pool)
{
    assert_int_equal(claim_queue_join(&queues, text_of(pool), &waiters[waiter].place), OK);
}

static void leave(int waiter)
{
    claim_queue_leave(&queues, &waiters[waiter].place);
}

/* Asserts who stands first in a queue, as bits. */
static void assert_first(unsigned expected)
{
    unsigned first = 0;

    for (int i = 0; i < WAITERS; i++)
        if (claim_queue_is_first(&waiters[i].place))
            first |= 1U << i;
    assert_int_equal(first, expected);
}

static void assert_woken(int first, int second, int third, int fourth)
{
    const int expected[WAITERS] = {first, second, third, fourth};

    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(waiters[i].woken, expected[i]);
}

#define QUEUE_TEST(name) TEST_BETWEEN(name, begin_waiting, end_waiting)

QUEUE_TEST(queue_is_first_come_first_served)
{
    for (int i = 0; i < WAITERS; i++)
        join(i, "p");
    for (int i = 0; i < WAITERS; i++) {
        assert_first(1U << i);
        leave(i);
    }
    assert_first(0);
}

QUEUE_TEST(queue_closes_the_gap_of_who_leaves_from_anywhere)
{
    for (int i = 0; i < WAITERS; i++)
        join(i, "p");
    leave(1);
    leave(3);
    leave(3);
    join(1, "p");
    leave(0);
    assert_first(1U << 2);
    leave(2);
    assert_first(1U << 1);
}

QUEUE_TEST(queues_of_pools_have_nothing_to_do_with_each_other)
{
    join(0, "p");
    join(1, "pq");
    join(2, "q");
    join(3, "pq");
    assert_first(1U << 0 | 1U << 1 | 1U << 2);
    assert_true(claim_queues_hold(&queues, TEXT("pq")));
    leave(1);
    assert_true(claim_queues_hold(&queues, TEXT("pq")));
    leave(3);
    assert_false(claim_queues_hold(&queues, TEXT("pq")));
    assert_true(claim_queues_hold(&queues, TEXT("p")));
    assert_false(claim_queues_hold(&queues, TEXT("")));
}

QUEUE_TEST(queue_wakes_its_first_alone)
{
    join(0, "p");
    join(1, "p");
    join(2, "q");
    join(3, "q");
    claim_queues_wake_pool(&queues, TEXT("p"));
    claim_queues_wake_pool(&queues, TEXT("nobody's"));
    assert_woken(1, 0, 0, 0);
    claim_queues_wake_all(&queues);
    assert_woken(2, 0, 1, 0);
    waiters[0].continuation.wake = NULL; /* it does not wait at the moment */
    claim_queues_wake_all(&queues);
    assert_woken(2, 0, 2, 0);
}

QUEUE_TEST(queue_that_has_no_memory_is_not_joined)
{
    chaos_fail_at(1);
    assert_int_equal(claim_queue_join(&queues, TEXT("p"), &waiters[0].place), ERR_NO_MEMORY);
    chaos_fail_at(0);
    assert_false(claim_queues_hold(&queues, TEXT("p")));
    assert_first(0);
}

/* --- tenants --- */

/* The names of the tenants that were forgotten, each with a comma behind it. */
static char forgotten[64];
static int64_t idle_us;

static void note_forgotten(void *context, const char *name)
{
    strncat(context, name, sizeof(forgotten) - strlen(forgotten) - 1);
    strncat(context, ",", sizeof(forgotten) - strlen(forgotten) - 1);
}

static enum err open_registry(void)
{
    const struct tenants_config config = {
        .state = {.default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3},
        .tenants_max = TENANTS_MAX,
        .journal_max = 10,
        .timers = &timers,
        .idle_us = idle_us,
        .on_forgotten = note_forgotten,
        .context = forgotten};
    struct problem problem;

    forgotten[0] = '\0';
    set_clock(0);
    return tenants_open(&config, &real, &tenants, &problem);
}

static void open_tenants(void)
{
    assert_int_equal(open_registry(), 0);
}

enum { IDLE_MS = 100 };

static void open_tenants_that_end(void)
{
    idle_us = IDLE_MS * 1000;
    open_tenants();
    idle_us = 0;
}

static void close_tenants(void)
{
    tenants_close(&tenants);
    assert_null(tenants);
    tenants_close(&tenants);
}

static struct tenant *get(const char *name)
{
    struct tenant *tenant;
    struct problem problem;

    assert_int_equal(tenants_get(tenants, text_of(name), &tenant, &problem), OK);
    return tenant;
}

static int64_t count_pods(struct tenant *tenant)
{
    struct pool_state_totals totals;

    assert_int_equal(pool_state_totals(tenant->state, &totals), OK);
    return totals.pods;
}

static void claim(struct tenant *tenant)
{
    const struct claim_wish wish = {.pool_name = TEXT("p"), .workspace_id = TEXT("w")};
    struct arena arena = {0};
    struct claim_refusal refusal;
    struct pod pod;

    assert_int_equal(pool_state_claim_pod(tenant->state, &wish, &arena, &pod, &refusal), OK);
    assert_text(pod.tenant, tenant->name);
    assert_int_equal(pool_state_turn_end(tenant->state), OK);
    arena_free(&arena);
}

#define TENANT_TEST(name) TEST_BETWEEN(name, open_tenants, close_tenants)

TENANT_TEST(tenant_is_made_once_and_found_by_its_name)
{
    assert_ptr_equal(tenants_find(tenants, TEXT("")), tenants_default(tenants));
    assert_string_equal(tenants_default(tenants)->name, "");
    assert_null(tenants_find(tenants, TEXT("a")));
    assert_int_equal(tenants_count(tenants), 0);
    struct tenant *a = get("a"), *b = get("b");
    assert_ptr_equal(get("a"), a);
    assert_ptr_equal(tenants_find(tenants, TEXT("b")), b);
    assert_ptr_equal(get(""), tenants_default(tenants));
    assert_int_equal(tenants_count(tenants), 2);
    assert_ptr_equal(tenants_first(tenants), a);
    assert_ptr_equal(tenants_next(a), b);
    assert_null(tenants_next(b));
}

TENANT_TEST(tenant_has_a_state_of_its_own)
{
    int64_t claims;

    struct tenant *a = get("a"), *b = get("b");
    claim(a);
    claim(a);
    assert_int_equal(count_pods(a), 8);
    assert_int_equal(count_pods(b), 5);
    assert_int_equal(count_pods(tenants_default(tenants)), 5);
    claim(tenants_default(tenants));
    assert_int_equal(tenants_count_claims(tenants, &claims), OK);
    assert_int_equal(claims, 3);
}

TENANT_TEST(tenant_is_refused_where_its_name_is_none)
{
    static const char *const names[] = {
        "A", "a_b", "a.b", "a b", "~", "\xc3\xa4", "abcdefghijklmnopqrstuvwxyz0123456"};
    struct tenant *tenant;

    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct problem problem = {0};
        char sentence[128];
        assert_int_equal(tenants_get(tenants, text_of(names[i]), &tenant, &problem), ERR_BAD_NAME);
        assert_null(tenant);
        snprintf(sentence, sizeof(sentence),
                 "a tenant's name is 1 to 32 characters of a-z, 0-9 and -, not '%s'", names[i]);
        assert_string_equal(problem.text, sentence);
    }
    get("abcdefghijklmnopqrstuvwxyz012345");
    get("-");
    assert_int_equal(tenants_count(tenants), 2);
}

TENANT_TEST(tenant_too_many_is_refused_until_one_is_removed)
{
    struct tenant *refused;
    struct problem problem;

    struct tenant *a = get("a"), *b = get("b"), *c = get("c");
    assert_int_equal(tenants_get(tenants, TEXT("d"), &refused, &problem), ERR_TENANT_LIMIT);
    assert_null(refused);
    assert_ptr_equal(get("b"), b);
    tenants_remove(tenants, b);
    assert_ptr_equal(tenants_next(a), c);
    assert_null(tenants_next(c));
    assert_null(tenants_find(tenants, TEXT("b")));
    struct tenant *d = get("d");
    assert_ptr_equal(tenants_next(c), d);
    tenants_remove(tenants, a);
    assert_ptr_equal(tenants_first(tenants), c);
    assert_int_equal(tenants_count(tenants), 2);
    assert_int_equal(tenants_removed(tenants), 2);
}

TENANT_TEST(removed_tenant_lasts_until_its_requests_have_left)
{
    struct tenant *old = get("a");
    claim(old);
    tenant_join(old);
    tenant_join(old);
    old->in_turn = true;
    tenants_remove(tenants, old);
    assert_true(old->removed);
    struct tenant *new = get("a");
    assert_ptr_not_equal(new, old);
    assert_int_equal(count_pods(new), 5);
    tenant_leave(old);
    assert_int_equal(count_pods(old), 8);
    tenant_leave(old);
    assert_int_equal(count_pods(old), 8);
    long blocks = chaos_blocks();
    old->in_turn = false;
    tenant_sweep(old);
    assert_true(chaos_blocks() < blocks);
    tenant_sweep(new);
    assert_ptr_equal(tenants_find(tenants, TEXT("a")), new);
}

/* Sets real time to `ms` milliseconds after the start, and runs what is due. */
static void run_until(int64_t ms)
{
    set_clock(ms);
    timers_run(&timers, real.mono_us, 100);
}

#define IDLE_TEST(name) TEST_BETWEEN(name, open_tenants_that_end, close_tenants)

IDLE_TEST(idle_tenants_are_forgotten_and_asked_ones_stay)
{
    struct tenant *asked = get("asked");
    get("idle");
    get("other");
    run_until(IDLE_MS - 1);
    assert_int_equal(tenants_count(tenants), 3);
    tenant_join(asked);
    tenant_leave(asked);
    run_until(IDLE_MS);
    assert_string_equal(forgotten, "idle,other,");
    assert_ptr_equal(tenants_first(tenants), asked);
    run_until(2 * IDLE_MS - 2);
    assert_int_equal(tenants_count(tenants), 1);
    run_until(2 * IDLE_MS - 1);
    assert_string_equal(forgotten, "idle,other,asked,");
    assert_int_equal(tenants_count(tenants), 0);
    assert_int_equal(tenants_removed(tenants), 3);
    assert_int_equal(timers_next_due_us(&timers), INT64_MAX);
    get("idle");
    run_until(1000 * IDLE_MS);
    assert_non_null(tenants_default(tenants)->state);
    assert_int_equal(tenants_count(tenants), 0);
}

IDLE_TEST(tenant_with_a_request_in_it_is_not_idle)
{
    struct tenant *tenant = get("a");
    tenant_join(tenant);
    for (int n = 1; n <= 10; n++)
        run_until(n * IDLE_MS);
    assert_ptr_equal(tenants_first(tenants), tenant);
    set_clock(10 * IDLE_MS + IDLE_MS / 2);
    tenant_leave(tenant);
    run_until(11 * IDLE_MS);
    assert_ptr_equal(tenants_first(tenants), tenant);
    run_until(11 * IDLE_MS + IDLE_MS / 2);
    assert_string_equal(forgotten, "a,");
}

IDLE_TEST(tenant_in_the_turn_is_freed_at_its_end)
{
    struct tenant *tenant = get("a");
    tenant->in_turn = true;
    run_until(IDLE_MS);
    assert_string_equal(forgotten, "a,");
    assert_int_equal(count_pods(tenant), 5);
    tenant->in_turn = false;
    tenant_sweep(tenant);
}

TENANT_TEST(no_tenant_is_forgotten_unless_asked_for)
{
    get("a");
    assert_int_equal(timers_next_due_us(&timers), INT64_MAX);
    run_until(1000 * IDLE_MS);
    assert_int_equal(tenants_count(tenants), 1);
}

TENANT_TEST(nothing_is_left_of_removed_tenants)
{
    tenants_remove(tenants, get("a")); /* what is allocated once is allocated */
    long blocks = chaos_blocks();
    for (int i = 0; i < 10; i++) {
        claim(get("a"));
        get("b");
        tenants_remove(tenants, get("a"));
        tenants_remove(tenants, get("b"));
    }
    assert_int_equal(chaos_blocks(), blocks);
}

TENANT_TEST(tenant_that_has_no_memory_is_not_made)
{
    unsigned long n = 1;
    struct tenant *tenant;
    struct problem problem;

    for (;; n += chaos_stride()) {
        long blocks = chaos_blocks();
        chaos_fail_at(n);
        enum err err = tenants_get(tenants, TEXT("a"), &tenant, &problem);
        bool failed = chaos_failed();
        chaos_fail_at(0);
        if (!failed)
            break;
        assert_int_equal(err, ERR_NO_MEMORY);
        assert_null(tenant);
        assert_int_equal(tenants_count(tenants), 0);
        assert_int_equal(chaos_blocks(), blocks);
    }
    assert_non_null(tenant);
    assert_true(n > 1);
}

static void add_rule(struct tenant *tenant, int64_t ttl_ms)
{
    const struct fault_rule rule = {.match = {.operations = OPERATIONS_ALL},
                                    .every = 1,
                                    .probability = 1,
                                    .ttl_ms = ttl_ms,
                                    .answer = {.kind = FAULT_ANSWER_HANG}};

    assert_int_equal(faults_add(&tenant->faults, &rule, tenant->clock.wall_ms), OK);
}

/* Gives the entry's place in the journal. */
static uint64_t put_in_journal(struct tenant *tenant)
{
    static const struct subject about = {.operation = OPERATION_CLAIM};
    static struct journal_request request = {
        .method = TEXT("GET"), .path = TEXT("/"), .about = &about};

    return journal_seq(&tenant->journal, journal_begin(&tenant->journal, &request));
}

static void advance(struct tenant *tenant, int64_t ms)
{
    assert_true(state_clock_set(&tenant->time, &real, tenant->clock.wall_ms + ms));
    tenant_tick(tenant, &real);
}

TENANT_TEST(reset_tenant_is_steered_as_a_new_one)
{
    struct tenant *tenant = tenants_default(tenants);

    state_clock_freeze(&tenant->time, &real);
    advance(tenant, 60000);
    add_rule(tenant, 0);
    faults_reseed(&tenant->faults, 7);
    assert_int_equal(put_in_journal(tenant), 1);
    leaks_add(&tenant->leaks, &(struct leak){.pod_name = {.pod_number = 1, .pool_number = 1}});
    set_clock(5);
    assert_int_equal(tenant_reset(tenant, &real, (struct tenant_kept){0}), OK);
    assert_int_equal(tenant->clock.wall_ms, START_MS + 5);
    assert_int_equal(tenant->faults.seed, TENANT_FIRST_SEED);
    assert_int_equal(tenant->faults.count, 0);
    assert_int_equal(put_in_journal(tenant), 1);
    assert_int_equal(tenant->leaks.count, 0);
}

TENANT_TEST(reset_tenant_keeps_what_it_is_told_to)
{
    struct tenant *tenant = tenants_default(tenants);

    advance(tenant, 60000);
    add_rule(tenant, 1000);
    assert_int_equal(put_in_journal(tenant), 1);
    const struct tenant_kept kept = {.faults = true, .journal = true};
    assert_int_equal(tenant_reset(tenant, &real, kept), OK);
    assert_int_equal(put_in_journal(tenant), 2);
    assert_int_equal(faults_armed(&tenant->faults, tenant->clock.wall_ms), 1);
    advance(tenant, 999);
    assert_int_equal(faults_armed(&tenant->faults, tenant->clock.wall_ms), 1);
    advance(tenant, 1);
    assert_int_equal(faults_armed(&tenant->faults, tenant->clock.wall_ms), 0);
}
