/* SPDX-License-Identifier: MIT
 *
 * The worker with many pods from its start: the worker's main(), with a state that is filled by the
 * store's functions before the first request (the linker's --wrap redirects pool_state_open to this
 * file). For `make bench` only.
 *
 * Environment: BENCH_PODS is the number of pods of the default pool, and BENCH_USED how many of
 * them are claimed (default: 0). Without BENCH_PODS the state is not filled. */
#include <stdlib.h>

#include "store/pool_state.h"

enum { PODS_A_TURN = 10000 };

/* The names that the linker's --wrap makes. */
enum err __real_pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                                struct pool_state **out, struct problem *problem);
enum err __wrap_pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                                struct pool_state **out, struct problem *problem);

static enum err add_pods(struct pool_state *state, struct text pool, int64_t count)
{
    enum err err = OK;

    while (count > 0 && !err) {
        int64_t turn = count < PODS_A_TURN ? count : PODS_A_TURN;
        err = pool_state_add_pods(state, pool, turn);
        if (!err)
            err = pool_state_turn_end(state);
        count -= turn;
    }
    return err;
}

static enum err claim_pods(struct pool_state *state, struct text pool, int64_t count)
{
    const struct claim_wish wish = {.pool_name = pool, .workspace_id = TEXT("workspace-123")};
    struct arena arena = {0};
    struct claim_refusal refusal;
    struct pod pod;
    enum err err = OK;

    for (int64_t n = 1; n <= count && !err; n++) {
        err = pool_state_claim_pod(state, &wish, &arena, &pod, &refusal);
        if (!err && (n % PODS_A_TURN == 0 || n == count))
            err = pool_state_turn_end(state);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err;
}

static enum err seed(struct pool_state *state, struct text name, int64_t pods, int64_t used)
{
    struct arena arena = {0};
    struct pool pool = {0};
    enum err err = pool_state_get_or_create_pool(state, name, (struct text){0}, &arena, &pool);

    arena_free(&arena);
    if (!err)
        err = add_pods(state, name, pods - pool.counts.total);
    return err ? err : claim_pods(state, name, used);
}

enum err __wrap_pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                                struct pool_state **out, struct problem *problem)
{
    const char *pods = getenv("BENCH_PODS"), *used = getenv("BENCH_USED");
    enum err err = __real_pool_state_open(config, clock, out, problem);

    if (!err && pods)
        err = seed(*out, config->default_pool, strtoll(pods, NULL, 10),
                   used ? strtoll(used, NULL, 10) : 0);
    if (err)
        pool_state_close(out);
    return err;
}
