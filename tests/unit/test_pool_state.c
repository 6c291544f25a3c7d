/* SPDX-License-Identifier: MIT
 *
 * The state (store/pool_state.h): pools, claims, releases, limits, lists, reset. */
#include "state_rig.h"

#include <string.h>

#include "state_dump.h"

/* Notes the pods' numbers, each with a space after it. Ends the page at pod 4. */
static bool note_number(const struct pod *of, void *context)
{
    struct buffer *out = context;

    assert_text(of->pool_name, "default-pool");
    buffer_put_number(out, of->number);
    buffer_put_char(out, ' ');
    return of->number != 4;
}

static void assert_page(int64_t after, int64_t limit, const char *numbers)
{
    struct buffer out = buffer_new(1000);

    assert_int_equal(pool_state_list_pods(pools, &pool, after, limit, &arena, note_number, &out),
                     OK);
    assert_text(buffer_text(&out), numbers);
    buffer_free(&out);
}

SUITE(.set_up = open_state, .tear_down = close_state);

/* The flow of a client: claim, look, release. */
TEST(source_document_should_claim_and_release_pod)
{
    struct pod released;
    struct buffer id = buffer_new(100);

    reset_state(0);
    assert_int_equal(
        pool_state_get_or_create_pool(pools, TEXT("test-pool"), TEXT("test-key"), &arena, &pool),
        OK);
    assert_int_equal(
        pool_state_claim_pod(pools,
                             &(struct claim_wish){.pool_name = TEXT("test-pool"),
                                                  .workspace_id = TEXT("workspace-123")},
                             &arena, &pod, &(struct claim_refusal){0}),
        OK);
    assert_int_equal(pod.usage, POD_USED);
    assert_text(pod.claimed_by, "workspace-123");
    pod_put_id(&id, &pod);
    assert_int_equal(release_pod_by_name(pools, buffer_text(&id), &arena, &released), OK);
    assert_int_equal(released.usage, POD_FREE);
    assert_null(released.claimed_by.at);
    assert_int_equal(pool_state_load_config(pools, &arena, &pool), OK);
    assert_text(pool.spec.texts[POOL_API_KEY], "test-key");
    buffer_free(&id);
}

TEST(start_up_has_the_default_pool_with_five_free_pods)
{
    assert_totals(1, 5);
    assert_counts("default-pool", 5, 0);
    assert_int_equal(pool.number, 1);
    assert_int_equal(pool.spec.minimum_vms, 5);
    assert_int_equal(pool.created_ms, START_MS);
    assert_page(0, 100, "1 2 3 4 ");
    assert_page(4, 100, "5 ");
    assert_id(show("mock-pod-5"), "pod-pool-1-5");
    assert_int_equal(pod.usage, POD_FREE);
    assert_int_equal(pod.state, POD_RUNNING);
    assert_int_equal(pool_state_generation(pools), 0);
}

TEST(unknown_pool_is_made_with_three_pods)
{
    assert_counts("other", 3, 0);
    assert_int_equal(pool.number, 2);
    assert_int_equal(pool.spec.minimum_vms, 3);
    assert_int_equal(pool_state_load_config(pools, &arena, &pool), OK);
    assert_null(pool.spec.texts[POOL_API_KEY].at);
    assert_id(claim("third"), "pod-pool-3-9");
    assert_counts("third", 3, 1);
    assert_counts("default-pool", 5, 0);
}

TEST(claims_go_in_the_order_of_creation)
{
    for (int64_t number = 1; number <= 3; number++)
        assert_int_equal(claim("default-pool")->number, number);
    release("mock-pod-2");
    assert_int_equal(claim("default-pool")->number, 2);
    assert_int_equal(claim("default-pool")->number, 4);
    assert_text(pod.pool_name, "default-pool");
}

/* Claims pods until the state has read some further ones ahead. Returns the number of the last. */
static int64_t claim_many(const char *pool_name)
{
    int64_t number = 0;

    for (int i = 0; i < 8; i++) /* reads 1, 2, 4 and 8 pods: 7 are left */
        number = claim(pool_name)->number;
    return number;
}

TEST(claim_takes_the_first_pod_whatever_changes_between_claims)
{
    assert_int_equal(scale("p", 40), OK);
    int64_t last = claim_many("p"), first = last - 7;
    release(arena_printf(&arena, "mock-pod-%lld", (long long)first + 2).at);
    assert_int_equal(claim("p")->number, first + 2);
    assert_int_equal(claim("p")->number, last + 1);

    last = claim_many("p");
    delete_pod(arena_printf(&arena, "mock-pod-%lld", (long long)last + 1).at);
    assert_int_equal(claim("p")->number, last + 2);

    last = claim_many("p");
    claim("default-pool");
    assert_int_equal(claim("p")->number, last + 1);
    end_turn();

    last = claim_many("p");
    lose_turn();
    assert_int_equal(claim("p")->number, last - 7);

    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    last = claim_many("p");
    pool_state_rehearsal_end(pools);
    assert_int_equal(claim("p")->number, last - 7);

    const struct text repositories[] = {TEXT("x")};
    last = claim_many("p");
    struct text next = arena_printf(&arena, "mock-pod-%lld", (long long)last + 1);
    assert_int_equal(set_repositories_by_name(pools, next, repositories, 1, NULL, 0, &arena, &pod),
                     OK);
    assert_int_equal(claim("p")->number, last + 1);
    assert_int_equal(pod.repositories_count, 1);
}

TEST(claim_when_all_are_used_makes_a_pod)
{
    for (int64_t number = 1; number <= 7; number++)
        assert_int_equal(claim("default-pool")->number, number);
    assert_counts("default-pool", 7, 7);
    assert_int_equal(pool.spec.minimum_vms, 5);
}

TEST(pod_that_becomes_free_after_all_were_taken_is_claimed_before_one_is_made)
{
    for (int64_t number = 1; number <= 8; number++) /* the last ones are made for the claim */
        assert_int_equal(claim("default-pool")->number, number);
    release("mock-pod-4");
    assert_int_equal(claim("default-pool")->number, 4);
    assert_int_equal(claim("default-pool")->number, 9);
    release("mock-pod-9");
    release("mock-pod-3");
    assert_int_equal(claim("default-pool")->number, 3);
    assert_int_equal(claim("default-pool")->number, 9);
    assert_int_equal(scale("default-pool", 12), OK);
    for (int64_t number = 10; number <= 14; number++)
        assert_int_equal(claim("default-pool")->number, number);
}

TEST(pod_is_found_by_id_and_subdomain_only)
{
    static const char *const unknown[] = {
        "pod-pool-2-1",
        "pod-pool-1-6",
        "mock-pod-6",
        "mock-pod-0",
        "mock-pod-01",
        "mock-pod-",
        "mock-pod-1 ",
        "mock-pod--1",
        "1",
        "",
        "pod-pool-1",
        "pod-pool-1-",
        "pod-pool--1",
        "pod-pool-1-1-1",
        "Mock-pod-1",
        "pod-pool-01-1",
        "mock-pod-1x",
        "pod-pool-1-9223372036854775808",
        "mock-pod-9223372036854775807",
        "mock-pod-18446744073709551617",
    };
    const struct pool_state_config config = fresh_config();

    get("other");
    assert_int_equal(show("pod-pool-1-1")->number, 1);
    assert_int_equal(show("mock-pod-6")->pool_number, 2);
    assert_int_equal(show("pod-pool-2-6")->pool_number, 2);
    open_with(&config);
    for (size_t i = 0; i < UNIT_COUNT(unknown); i++) {
        struct text name = text_of(unknown[i]);
        assert_int_equal(get_pod_by_name(pools, name, &arena, &pod), ERR_POD_NOT_FOUND);
        assert_int_equal(release_pod_by_name(pools, name, &arena, &pod), ERR_POD_NOT_FOUND);
        assert_int_equal(mark_pod_used_by_name(pools, name, (struct text){0}, &arena, &pod),
                         ERR_POD_NOT_FOUND);
        assert_int_equal(set_repositories_by_name(pools, name, NULL, 0, NULL, 0, &arena, &pod),
                         ERR_POD_NOT_FOUND);
    }
    end_turn();
}

TEST(release_clears_claim_user_info_repositories_and_branches)
{
    const struct text texts[] = {TEXT("a/b"), TEXT("c/d")};

    claim("default-pool");
    pass_us(5000);
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), TEXT("task-7"), &arena, &pod),
                     OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), texts, 2, texts, 1, &arena, &pod), OK);
    assert_text(pod.user_info, "task-7");
    assert_text(pod.claimed_by, "w");
    assert_int_equal(pod.since_ms, START_MS);
    assert_int_equal(pod.repositories_count, 2);
    assert_text(pod.repositories[1], "c/d");
    assert_int_equal(pod.branches_count, 1);
    assert_text(pod.branches[0], "a/b");
    release("mock-pod-1");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pod.usage, POD_FREE);
        assert_null(pod.claimed_by.at);
        assert_null(pod.user_info.at);
        assert_int_equal(pod.repositories_count, 0);
        assert_int_equal(pod.branches_count, 0);
        assert_int_equal(pod.since_ms, START_MS + 5);
        show("mock-pod-1");
    }
}

TEST(release_of_a_free_pod_changes_nothing)
{
    struct buffer before = state_dump(pools);
    uint64_t changes = pool_state_changes(pools);

    pass_us(1000000);
    release("mock-pod-1");
    assert_int_equal(pod.usage, POD_FREE);
    assert_int_equal(pool_state_changes(pools), changes);
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
}

TEST(mark_used_takes_a_free_pod_once)
{
    assert_int_equal(
        mark_pod_used_by_name(pools, TEXT("mock-pod-2"), (struct text){0}, &arena, &pod), OK);
    assert_int_equal(pod.usage, POD_USED);
    assert_null(pod.claimed_by.at);
    assert_int_equal(pod.since_ms, START_MS);
    assert_counts("default-pool", 5, 1);
    pass_us(1000000);
    uint64_t changes = pool_state_changes(pools);
    assert_int_equal(
        mark_pod_used_by_name(pools, TEXT("mock-pod-2"), (struct text){0}, &arena, &pod), OK);
    assert_int_equal(pod.since_ms, START_MS);
    assert_int_equal(pool_state_changes(pools), changes);
    assert_counts("default-pool", 5, 1);
}

TEST(mark_used_keeps_claim_and_time_of_a_used_pod)
{
    claim("default-pool");
    pass_us(1000000);
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), TEXT("t"), &arena, &pod), OK);
    for (int i = 0; i < 2; i++) {
        assert_text(pod.claimed_by, "w");
        assert_text(pod.user_info, "t");
        assert_int_equal(pod.since_ms, START_MS);
        show("mock-pod-1");
    }
    assert_int_equal(
        mark_pod_used_by_name(pools, TEXT("mock-pod-1"), (struct text){0}, &arena, &pod), OK);
    assert_text(pod.user_info, "t");
    assert_counts("default-pool", 5, 1);
}

TEST(repositories_are_replaced_and_branches_kept_unless_given)
{
    const struct text first[] = {TEXT("a"), TEXT("b"), TEXT("c")}, second[] = {TEXT("z")},
                      none[] = {TEXT("")};

    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), first, 3, first, 2, &arena, &pod), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), second, 1, NULL, 0, &arena, &pod), OK);
    assert_int_equal(pod.repositories_count, 1);
    assert_text(pod.repositories[0], "z");
    assert_int_equal(pod.branches_count, 2);
    assert_text(pod.branches[1], "b");
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), NULL, 0, none, 0, &arena, &pod), OK);
    assert_int_equal(pod.repositories_count, 0);
    assert_int_equal(pod.branches_count, 0);
    assert_int_equal(show("mock-pod-2")->repositories_count, 0);
}

/* Asserts that the state refuses a change with this error and sentence. */
static void assert_limit(enum err returned, enum err err, const char *sentence)
{
    struct problem problem = {0};

    assert_int_equal(pool_state_explain(pools, returned, &problem), err);
    assert_text(problem_sentence(&problem, err), sentence);
}

TEST(limits_refuse_and_change_nothing)
{
    struct pool_state_config config = fresh_config();
    bool created;

    config.pools_max = 2;
    config.pods_max = 7;
    open_with(&config);
    struct buffer before = state_dump(pools);
    assert_limit(try_claim("p"), ERR_POD_LIMIT,
                 "3 more pods would exceed the limit of 7 (--pods-max); 5 exist");
    assert_int_equal(
        pool_state_get_or_create_pool(pools, TEXT("p"), (struct text){0}, &arena, &pool),
        ERR_POD_LIMIT);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 3), ERR_POD_LIMIT);
    assert_int_equal(pool_state_add_pods(pools, TEXT("p"), 1), ERR_POOL_NOT_FOUND);
    assert_int_equal(
        pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("p"), .minimum_vms = 3},
                               &arena, &pool, &created),
        ERR_POD_LIMIT);
    state_assert_unchanged(pools, &before);
    end_turn();
    state_assert_unchanged(pools, &before);
    buffer_free(&before);

    assert_int_equal(
        pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("p"), .minimum_vms = 1},
                               &arena, &pool, &created),
        OK);
    assert_true(created);
    end_turn();
    before = state_dump(pools);
    assert_limit(try_claim("q"), ERR_POOL_LIMIT,
                 "the limit of 2 pools is reached (--pools-max); delete one");
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    claim("p");
    claim("p");
    end_turn();
    before = state_dump(pools);
    assert_limit(try_claim("p"), ERR_POD_LIMIT,
                 "the limit of 7 pods is reached (--pods-max); delete one");
    state_assert_unchanged(pools, &before);
    claim("default-pool");
    buffer_free(&before);
}

TEST(create_pool_stores_every_field_and_leaves_an_existing_pool_unchanged)
{
    const struct env_var env_vars[] = {
        {TEXT("B"), TEXT("2")}, {TEXT("A"), TEXT("")}, {TEXT("B"), TEXT("3")}};
    const struct pool_spec spec = {.name = TEXT("p/ü"),
                                   .minimum_vms = 4,
                                   .texts[POOL_API_KEY] = TEXT("k"),
                                   .texts[POOL_REPO_NAME] = TEXT("r"),
                                   .texts[POOL_BRANCH_NAME] = TEXT("b"),
                                   .texts[POOL_GITHUB_PAT] = TEXT("pat"),
                                   .texts[POOL_GITHUB_USERNAME] = TEXT("u"),
                                   .env_vars = env_vars,
                                   .env_vars_count = 3};
    bool created = false;

    assert_int_equal(pool_state_create_pool(pools, &spec, &arena, &pool, &created), OK);
    assert_true(created);
    end_turn();
    struct buffer before = state_dump(pools);
    pass_us(9000000);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pool.number, 2);
        assert_text(pool.spec.name, "p/ü");
        assert_int_equal(pool.spec.minimum_vms, 4);
        assert_text(pool.spec.texts[POOL_API_KEY], "k");
        assert_text(pool.spec.texts[POOL_REPO_NAME], "r");
        assert_text(pool.spec.texts[POOL_BRANCH_NAME], "b");
        assert_text(pool.spec.texts[POOL_GITHUB_PAT], "pat");
        assert_text(pool.spec.texts[POOL_GITHUB_USERNAME], "u");
        assert_int_equal(pool.spec.env_vars_count, 3);
        assert_text(pool.spec.env_vars[0].name, "B");
        assert_text(pool.spec.env_vars[1].value, "");
        assert_text(pool.spec.env_vars[2].value, "3");
        assert_int_equal(pool.created_ms, START_MS);
        assert_int_equal(pool_state_create_pool(
                             pools, &(struct pool_spec){.name = TEXT("p/ü"), .minimum_vms = 9},
                             &arena, &pool, &created),
                         OK);
        assert_false(created);
    }
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_counts("p/ü", 4, 0);
}

TEST(numbers_that_contain_a_control_port_are_skipped)
{
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 15544), OK);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 3), OK);
    get("default-pool");
    assert_int_equal(pool.counts.total, 15552);
    assert_page(15547, 10, "15548 15549 15550 15553 15554 ");
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-15551"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    end_turn();
}

TEST(lists_are_read_page_by_page)
{
    get("other");
    get("default-pool");
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 3), OK);
    assert_page(0, 2, "1 2 ");
    assert_page(2, 2, "3 4 ");
    assert_page(4, 2, "5 9 ");
    assert_page(9, 100, "10 11 ");
    assert_page(11, 100, "");
    assert_page(1000, 100, "");
    pool.number = 99;
    assert_page(0, 100, "");
}

static bool note_lists_of(const struct pod *of, void *context)
{
    struct buffer *out = context;

    buffer_printf(out, "%lld:%zu/%zu ", (long long)of->number, of->repositories_count,
                  of->branches_count);
    if (of->repositories_count > 0)
        buffer_put_text(out, of->repositories[of->repositories_count - 1]);
    return true;
}

TEST(list_of_pods_has_each_pods_lists)
{
    const struct text texts[] = {TEXT("x"), TEXT("y")};
    struct buffer out = buffer_new(1000);

    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-2"), texts, 2, NULL, 0, &arena, &pod), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-3"), NULL, 0, texts, 1, &arena, &pod), OK);
    assert_int_equal(
        pool_state_list_pods(pools, get("default-pool"), 0, 100, &arena, note_lists_of, &out), OK);
    assert_text(buffer_text(&out), "1:0/0 2:2/0 y3:0/1 4:0/0 5:0/0 ");
    buffer_free(&out);
}

TEST(reset_restores_the_start_state_and_its_ids)
{
    struct pool_state_totals dropped;
    const struct text texts[] = {TEXT("x")};

    struct buffer start = state_dump_rows(pools);
    claim("other");
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), texts, 1, texts, 1, &arena, &pod), OK);
    assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
    assert_int_equal(dropped.pools, 2);
    assert_int_equal(dropped.pods, 8);
    assert_int_equal(pool_state_generation(pools), 1);
    end_turn();
    state_assert_rows(pools, &start);
    buffer_free(&start);
    assert_id(claim("new"), "pod-pool-2-6");
}

TEST(texts_of_any_length_are_stored)
{
    static char longest[CONFIG_TEXT_MAX];
    const struct text text = {longest, sizeof(longest)};

    memset(longest, 'x', sizeof(longest));
    assert_int_equal(
        pool_state_claim_pod(
            pools,
            &(struct claim_wish){.pool_name = TEXT("default-pool"),
                                 .workspace_id = (struct text){longest, WORKSPACE_ID_MAX}},
            &arena, &pod, &(struct claim_refusal){0}),
        OK);
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), text, &arena, &pod), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), &text, 1, NULL, 0, &arena, &pod), OK);
    show("mock-pod-1");
    assert_int_equal(pod.claimed_by.length, WORKSPACE_ID_MAX);
    assert_true(text_equal(pod.user_info, text));
    assert_true(text_equal(pod.repositories[0], text));
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), TEXT(""), &arena, &pod), OK);
    assert_non_null(show("mock-pod-1")->user_info.at);
    assert_int_equal(pod.user_info.length, 0);
}

TEST(two_states_share_nothing)
{
    const struct pool_state_config config = fresh_config();
    struct pool_state *other = NULL;
    struct problem problem;

    assert_int_equal(pool_state_open(&config, &now, &other, &problem), OK);
    struct buffer before = state_dump(other);
    claim("default-pool");
    end_turn();
    state_assert_unchanged(other, &before);
    buffer_free(&before);
    pool_state_close(&other);
    assert_null(other);
    pool_state_close(&other);
}
