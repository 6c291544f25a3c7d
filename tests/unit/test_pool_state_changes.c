/* SPDX-License-Identifier: MIT
 *
 * Changes of existing pools and pods: configuration, size, deletion. */
#include "state_rig.h"

#include <stdio.h>
#include <string.h>

#include "state_dump.h"
#include "store/state.h"

static struct pool *get_whole(const char *name)
{
    get(name);
    assert_int_equal(pool_state_load_config(pools, &arena, &pool), OK);
    return &pool;
}

static enum err change(const char *name, const struct pool_spec *changes)
{
    get_whole(name);
    return pool_state_update_pool(pools, &pool, changes, &arena, &pool);
}

/* --- size --- */

SUITE(.set_up = open_state, .tear_down = close_state);

TEST(scale_up_makes_pods_up_to_the_minimum)
{
    claim("default-pool");
    assert_int_equal(scale("default-pool", 7), OK);
    assert_int_equal(pool.spec.minimum_vms, 7);
    assert_int_equal(pool.counts.total, 7);
    end_turn();
    assert_numbers("default-pool", "1* 2 3 4 5 6 7 ");
    assert_totals(1, 7);
}

TEST(scale_down_removes_the_newest_free_pods_and_no_used_one)
{
    for (int i = 0; i < 5; i++)
        claim("default-pool");
    release("mock-pod-2");
    release("mock-pod-4");
    assert_int_equal(scale("default-pool", 4), OK);
    assert_numbers("default-pool", "1* 2 3* 5* ");
    assert_int_equal(scale("default-pool", 1), OK);
    assert_numbers("default-pool", "1* 3* 5* ");
    assert_int_equal(pool.spec.minimum_vms, 1);
    assert_totals(1, 3);
    end_turn();
    assert_numbers("default-pool", "1* 3* 5* ");
    /* numbers are never reused */
    assert_int_equal(scale("default-pool", 4), OK);
    assert_numbers("default-pool", "1* 3* 5* 6 ");
}

/* Even if many used pods are newer than the removed ones. */
TEST(scale_down_reads_each_pod_once)
{
    enum { PODS = 500, TO_GO = 100, STEPS_A_POD = 100 };
    char name[32];

    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), PODS - 5), OK);
    for (int i = 0; i < PODS; i++)
        claim("default-pool");
    for (int i = 1; i <= TO_GO; i++) {
        snprintf(name, sizeof(name), "mock-pod-%d", i);
        release(name);
    }
    assert_int_equal(scale("default-pool", PODS - TO_GO), OK);
    assert_int_equal(pool.counts.total, PODS - TO_GO);
    sqlite3_stmt *search = pools->db.prepared[STATEMENT_POD_NEWEST_FREE];
    int steps = sqlite3_stmt_status(search, SQLITE_STMTSTATUS_VM_STEP, 0);
    assert_in_range(steps, TO_GO, PODS * STEPS_A_POD);
}

TEST(scale_to_the_current_size_sets_the_minimum_only)
{
    for (int i = 0; i < 6; i++)
        claim("default-pool");
    assert_int_equal(get("default-pool")->spec.minimum_vms, 5);
    assert_int_equal(scale("default-pool", 6), OK);
    assert_int_equal(pool.spec.minimum_vms, 6);
    assert_numbers("default-pool", "1* 2* 3* 4* 5* 6* ");
}

TEST(scale_down_deletes_the_lists_of_pods)
{
    const struct text texts[] = {TEXT("r")};

    assert_int_equal(scale("default-pool", 6), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-6"), texts, 1, texts, 1, &arena, &pod), OK);
    assert_int_equal(scale("default-pool", 5), OK);
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-6"), &arena, &pod), ERR_POD_NOT_FOUND);
    end_turn();
    struct buffer end = state_dump(pools);
    assert_null(memmem(end.bytes, end.length, "list|", 5));
    buffer_free(&end);
}

TEST(scale_past_the_limit_changes_nothing)
{
    const struct pool_spec changes = {.minimum_vms = 8, .texts = {[POOL_BRANCH_NAME] = TEXT("b")}};
    struct pool_state_config config = fresh_config();

    config.pods_max = 7;
    open_with(&config);
    struct buffer before = state_dump(pools);
    assert_int_equal(change("default-pool", &changes), ERR_POD_LIMIT);
    state_assert_unchanged(pools, &before);
    end_turn();
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_int_equal(scale("default-pool", 7), OK);
    assert_int_equal(scale("default-pool", 2), OK);
    assert_int_equal(scale("default-pool", 7), OK);
    assert_numbers("default-pool", "1 2 8 9 10 11 12 ");
}

/* --- configuration --- */

TEST(update_stores_what_is_given_and_leaves_the_rest)
{
    const struct env_var first[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("2")}},
                         second[] = {{TEXT("C"), TEXT("3")}};
    const struct text repositories[] = {TEXT("r1"), TEXT("r2")};
    struct pool_spec changes = {.env_vars = first,
                                .env_vars_count = 2,
                                .repositories = repositories,
                                .repositories_count = 2};

    for (int i = 0; i < POOL_TEXT__MAX; i++)
        changes.texts[i] = text_of(pool_text_names((enum pool_text)i).key);
    assert_int_equal(change("default-pool", &changes), OK);
    pass_us(5000);
    assert_int_equal(
        change("default-pool",
               &(struct pool_spec){.texts = {[POOL_CPU] = TEXT("4"), [POOL_MEMORY] = TEXT("")},
                                   .env_vars = second,
                                   .env_vars_count = 1}),
        OK);
    end_turn();
    for (int i = 0; i < 2; i++) {
        for (int text = 0; text < POOL_TEXT__MAX; text++)
            assert_text(pool.spec.texts[text], text == POOL_CPU ? "4"
                                               : text == POOL_MEMORY
                                                   ? ""
                                                   : pool_text_names((enum pool_text)text).key);
        assert_int_equal(pool.spec.env_vars_count, 1);
        assert_text(pool.spec.env_vars[0].name, "C");
        assert_text(pool.spec.env_vars[0].value, "3");
        assert_int_equal(pool.spec.repositories_count, 2);
        assert_text(pool.spec.repositories[1], "r2");
        assert_int_equal(pool.spec.minimum_vms, 5);
        assert_int_equal(pool.created_ms, START_MS);
        assert_int_equal(pool.updated_ms, START_MS + 5);
        get_whole("default-pool");
    }
    assert_int_equal(change("default-pool",
                            &(struct pool_spec){.env_vars = first, .repositories = repositories}),
                     OK);
    assert_int_equal(pool.spec.env_vars_count, 0);
    assert_int_equal(pool.spec.repositories_count, 0);
    assert_numbers("default-pool", "1 2 3 4 5 ");
}

TEST(configurations_of_two_pools_are_separate)
{
    get("other");
    assert_int_equal(
        change("default-pool", &(struct pool_spec){.texts = {[POOL_REPO_NAME] = TEXT("r")}}), OK);
    assert_null(get_whole("other")->spec.texts[POOL_REPO_NAME].at);
    assert_text(get_whole("default-pool")->spec.texts[POOL_REPO_NAME], "r");
}

/* --- deletion --- */

TEST(delete_removes_used_and_free_pods)
{
    claim("default-pool");
    delete_pod("pod-pool-1-1");
    assert_int_equal(pod.number, 1);
    assert_text(pod.pool_name, "default-pool");
    delete_pod("mock-pod-3");
    assert_numbers("default-pool", "2 4 5 ");
    assert_totals(1, 3);
    end_turn();
    assert_int_equal(delete_pod_by_name(pools, TEXT("mock-pod-3"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    assert_int_equal(delete_pod_by_name(pools, TEXT("pod-pool-2-2"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    assert_int_equal(claim("default-pool")->number, 2);
    assert_int_equal(get("default-pool")->spec.minimum_vms, 5);
}

TEST(claim_of_a_deleted_pod_is_gone)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    delete_pod("mock-pod-1");
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
    end_turn();
}

TEST(delete_of_a_pool_removes_everything_in_it)
{
    const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}};
    const struct text texts[] = {TEXT("r")};
    struct goose_session session;
    bool created;

    assert_int_equal(
        pool_state_create_pool(pools,
                               &(struct pool_spec){.name = TEXT("p"),
                                                   .minimum_vms = 2,
                                                   .texts = {[POOL_API_KEY] = TEXT("key")},
                                                   .env_vars = env_vars,
                                                   .env_vars_count = 1,
                                                   .repositories = texts,
                                                   .repositories_count = 1},
                               &arena, &pool, &created),
        OK);
    claim("p");
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-6"), texts, 1, texts, 1, &arena, &pod), OK);
    assert_int_equal(set_environment_by_name(pools, TEXT("mock-pod-6"), env_vars, 1, &arena, &pod),
                     OK);
    assert_int_equal(open_session_by_name(pools, TEXT("mock-pod-6"), TEXT("s"), &arena, &session),
                     OK);
    assert_int_equal(pool_state_know_token(pools, TEXT("key")), OK);
    end_turn();
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_totals(1, 5);
    assert_int_equal(pool_state_know_token(pools, TEXT("key")), ERR_BAD_TOKEN);
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-6"), &arena, &pod), ERR_POD_NOT_FOUND);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), ERR_POOL_NOT_FOUND);
    end_turn();
    struct buffer after = state_dump(pools);
    assert_null(memmem(after.bytes, after.length, "list|", 5));
    buffer_free(&after);
    assert_int_equal(claim("p")->number, 8);
    assert_int_equal(pod.pool_number, 3);
    assert_null(get_whole("p")->spec.env_vars);
}

TEST(deleted_default_pool_is_made_anew_with_three_pods)
{
    assert_int_equal(pool_state_delete_pool(pools, TEXT("default-pool")), OK);
    assert_totals(0, 0);
    assert_numbers("default-pool", "6 7 8 ");
    assert_int_equal(pool.number, 2);
    assert_int_equal(pool.spec.minimum_vms, 3);
}

TEST(delete_of_a_pool_in_a_failed_turn_is_undone)
{
    claim("default-pool");
    end_turn();
    struct buffer before = state_dump(pools);
    claim("default-pool");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("default-pool")), OK);
    lose_turn();
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_numbers("default-pool", "1* 2 3 4 5 ");
}
