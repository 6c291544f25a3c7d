/* SPDX-License-Identifier: MIT
 *
 * The worker with many pods from its start: the worker's main(), with a state that is filled by the
 * store's functions before the first request (the linker's --wrap redirects pool_state_open to this
 * file). For `make bench` only.
 *
 * Environment: BENCH_PODS is the number of pods of the pool BENCH_POOL (default: "default-pool").
 * Without BENCH_PODS the state is not filled. */
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

static enum err seed(struct pool_state *state, struct text name, int64_t pods)
{
    struct arena arena = {0};
    struct pool pool = {0};
    enum err err = pool_state_get_or_create_pool(state, name, (struct text){0}, &arena, &pool);

    arena_free(&arena);
    return err ? err : add_pods(state, name, pods - pool.counts.total);
}

enum err __wrap_pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                                struct pool_state **out, struct problem *problem)
{
    const char *pods = getenv("BENCH_PODS"), *pool = getenv("BENCH_POOL");
    enum err err = __real_pool_state_open(config, clock, out, problem);

    if (!err && pods)
        err = seed(*out, pool ? text_of(pool) : config->default_pool, strtoll(pods, NULL, 10));
    if (err)
        pool_state_close(out);
    return err;
}
