/* SPDX-License-Identifier: MIT
 *
 * Counts the pull requests of each repository. The count is also the number of the newest. */
#include "store/rows.h"
#include "store/state.h"

static enum err find_newest(struct pool_state *state, struct text repository, int64_t *number)
{
    struct query query = query_start(&state->db, STATEMENT_PULL_NEWEST);

    query_bind_text(&query, PARAMETER_name, repository);
    *number = query_step(&query) ? query_number(&query, 0) : 0;
    return query_end(&query);
}

enum err pool_state_pull_request(struct pool_state *state, struct text repository, bool newest,
                                 int64_t *number)
{
    enum err err = state_check(state);

    *number = 0;
    if (!err && newest)
        err = find_newest(state, repository, number);
    if (err || *number > 0 || (err = state_begin_change(state)))
        return err;
    struct query query = query_start(&state->db, STATEMENT_PULL_NEXT);
    query_bind_text(&query, PARAMETER_name, repository);
    while (query_step(&query))
        *number = query_number(&query, 0);
    return query_end(&query);
}

enum err rows_list_pulls(struct pool_state *state, int64_t after, int64_t limit,
                         rows_visit_pull *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_ROWS_PULLS);
    query_bind_number(&query, PARAMETER_after, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    while (query_step(&query)) {
        const struct pull_count pull = {.number = query_number(&query, 0),
                                        .repository = query_text(&query, 1),
                                        .newest = query_number(&query, 2)};
        if (!visit(&pull, context))
            break;
    }
    return query_end(&query);
}

enum err rows_add_pull(struct pool_state *state, const struct pull_count *pull, bool *added)
{
    struct query query = query_start(&state->db, STATEMENT_ROWS_PULL_ADD);

    query_bind_text(&query, PARAMETER_name, pull->repository);
    query_bind_number(&query, PARAMETER_newest, pull->newest);
    return query_add(&query, added);
}
