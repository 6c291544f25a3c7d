/* SPDX-License-Identifier: MIT
 *
 * Leaks (tenant/leaks.h): claims whose answer was lost. */
#include "unit.h"

#include <stdio.h>

#include "by_name.h"
#include "chaos.h"
#include "tenant/leaks.h"

static struct clock now;
static struct pool_state *state_of_pools;
static struct arena arena;
static struct leaks leaks;

static void open_state(void)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
    struct problem problem;

    clock_set(&now, 1705314600000, 1000000);
    leaks = (struct leaks){0};
    assert_int_equal(pool_state_open(&config, &now, &state_of_pools, &problem), 0);
}

static void close_state(void)
{
    leaks_clear(&leaks);
    pool_state_close(&state_of_pools);
    arena_free(&arena);
}

SUITE(.set_up = open_state, .tear_down = close_state);

static struct pod claim(void)
{
    struct pod pod;

    assert_int_equal(pool_state_claim_pod(state_of_pools,
                                          &(struct claim_wish){.pool_name = TEXT("default-pool"),
                                                               .workspace_id = TEXT("w")},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    return pod;
}

static void release(const struct pod *pod)
{
    char name[32];
    struct pod out;

    snprintf(name, sizeof(name), "mock-pod-%d", (int)pod->number);
    assert_int_equal(release_pod_by_name(state_of_pools, text_of(name), &arena, &out), OK);
}

static void lose(const struct pod *pod)
{
    char id[] = "id", workspace[] = "w";
    const struct leak leak = {.pod_name = {pod->number, pod->pool_number},
                              .since_ms = pod->since_ms,
                              .at_ms = now.wall_ms,
                              .seq = 3,
                              .request_id = text_of(id),
                              .workspace = text_of(workspace)};

    leaks_add(&leaks, &leak);
    id[0] = workspace[0] = '?';
}

/* The leaks on a page. */
struct page {
    int64_t pods[32];
    size_t count, max;
    bool ended;
};

static bool see(const struct leak *leak, const struct pod *pod, void *context)
{
    struct page *page = context;

    assert_int_equal(leak->pod_name.pod_number, pod->number);
    assert_text(pod->pool_name, "default-pool");
    assert_text(leak->request_id, "id");
    assert_text(leak->workspace, "w");
    assert_int_equal(leak->seq, 3);
    page->pods[page->count++] = pod->number;
    return page->max == 0 || page->count < page->max;
}

static struct page list(size_t max, uint64_t *after)
{
    struct page page = {.count = 0};

    assert_int_equal(leaks_list(&leaks, state_of_pools, max, after, &page.ended, see, &page), OK);
    return page;
}

static struct page list_all(void)
{
    uint64_t after = 0;
    struct page page = list(100, &after);

    assert_true(page.ended);
    return page;
}

TEST(nothing_lost_means_nothing_listed)
{
    assert_int_equal(list_all().count, 0);
}

TEST(lost_claim_is_listed_until_its_pod_is_released)
{
    struct pod first = claim(), second = claim();

    lose(&first);
    lose(&second);
    struct page page = list_all();
    assert_int_equal(page.count, 2);
    assert_int_equal(page.pods[0], first.number);
    assert_int_equal(page.pods[1], second.number);
    release(&first);
    page = list_all();
    assert_int_equal(page.count, 1);
    assert_int_equal(page.pods[0], second.number);
    assert_int_equal(leaks.count, 1);
}

TEST(later_claim_of_the_pod_is_no_leak_even_with_a_frozen_clock)
{
    struct pod pod = claim();

    lose(&pod);
    release(&pod);
    for (struct pod next = claim(); next.number != pod.number; next = claim())
        assert_true(next.number < 100);
    assert_int_equal(list_all().count, 0);
    assert_int_equal(leaks.count, 0);
}

TEST(deleted_pod_and_pod_of_a_reset_state_are_no_leaks)
{
    struct pod first = claim(), second = claim(), out;
    struct pool_state_totals dropped;

    lose(&first);
    lose(&second);
    assert_int_equal(delete_pod_by_name(state_of_pools, TEXT("mock-pod-1"), &arena, &out), OK);
    assert_int_equal(list_all().count, 1);
    assert_int_equal(pool_state_reset(state_of_pools, 0, &dropped), OK);
    assert_int_equal(list_all().count, 0);
}

TEST(claim_answered_after_all_is_settled)
{
    struct pod first = claim(), second = claim();

    lose(&first);
    lose(&second);
    lose(&first); /* the request was repeated, and its answer was lost again */
    assert_int_equal(leaks.count, 2);
    leaks_settle(&leaks, first.number);
    leaks_settle(&leaks, 99);
    struct page page = list_all();
    assert_int_equal(page.count, 1);
    assert_int_equal(page.pods[0], second.number);
}

TEST(page_continues_where_the_last_one_ended)
{
    struct pod pods[7];
    uint64_t after = 0;

    for (size_t i = 0; i < UNIT_COUNT(pods); i++) {
        pods[i] = claim();
        lose(&pods[i]);
    }
    release(&pods[1]);
    struct page page = list(3, &after);
    assert_int_equal(page.count, 2);
    assert_false(page.ended);
    release(&pods[3]);
    page = (struct page){.max = 1};
    assert_int_equal(leaks_list(&leaks, state_of_pools, 3, &after, &page.ended, see, &page), OK);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.pods[0], pods[4].number);
    assert_false(page.ended);
    page = list(3, &after);
    assert_int_equal(page.count, 2);
    assert_true(page.ended);
    assert_int_equal(list(3, &after).count, 0);
    assert_int_equal(list_all().count, 5);
}

TEST(past_the_maximum_the_oldest_are_dropped)
{
    for (int64_t number = 1; number <= LEAKS_MAX + 3; number++) {
        const struct pod pod = {.number = number, .pool_number = 1};
        lose(&pod);
    }
    assert_int_equal(leaks.count, LEAKS_MAX);
    assert_int_equal(leaks.dropped, 3);
    leaks_clear(&leaks);
    assert_int_equal(leaks.count, 0);
    assert_int_equal(leaks.dropped, 0);
}

TEST(without_memory_a_leak_is_only_counted)
{
    long before = chaos_blocks();
    uint64_t failures = 0;

    for (int64_t number = 1; number <= 40; number++) {
        const struct pod pod = {.number = number, .pool_number = 1};
        for (unsigned long n = 1;; n++) {
            chaos_fail_at(n);
            lose(&pod);
            bool failed = chaos_failed();
            chaos_fail_at(0);
            if (!failed)
                break;
            assert_int_equal(leaks.dropped, ++failures);
        }
        assert_int_equal(leaks.count, number);
    }
    leaks_clear(&leaks);
    assert_int_equal(chaos_blocks(), before);
}
