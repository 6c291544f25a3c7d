/* SPDX-License-Identifier: MIT
 *
 * Stores the settings of model/settings.h under the names of pools. A pool need not exist. */
#include "base/check.h"
#include "store/state.h"

static enum err look_for_any(struct pool_state *state)
{
    struct query query = query_start(&state->db, STATEMENT_SETTINGS_ANY);
    bool any = query_step(&query);
    enum err err = query_end(&query);

    if (!err)
        state->settings_there = any ? SETTINGS_SOME : SETTINGS_NONE;
    return err;
}

/* Overwrites `settings` with those that are stored under a name. */
static enum err overlay(struct pool_state *state, struct text name, struct settings *settings)
{
    struct query query = query_start(&state->db, STATEMENT_SETTINGS_SHOW);

    query_bind_text(&query, PARAMETER_name, name);
    while (query_step(&query)) {
        int64_t setting = query_number(&query, 0);
        CHECK(setting >= 0 && setting < SETTING__MAX);
        settings->is_set[setting] = true;
        settings->values[setting] = query_number(&query, 1);
    }
    return query_end(&query);
}

enum err state_settings_of(struct pool_state *state, struct text pool_name,
                           struct settings *settings)
{
    enum err err = OK;

    *settings = settings_initial();
    settings->values[SETTING_NEW_POOL_PODS] = state->config.new_pool_pods;
    if (state->settings_there == SETTINGS_UNKNOWN)
        err = look_for_any(state);
    if (err || state->settings_there == SETTINGS_NONE)
        return err;
    err = overlay(state, TEXT(""), settings); /* of all pools */
    return err ? err : overlay(state, pool_name, settings);
}

enum err pool_state_get_settings(struct pool_state *state, struct text pool_name,
                                 struct settings *effective, struct settings *own)
{
    enum err err = state_check(state);

    *own = (struct settings){0};
    if (!err)
        err = overlay(state, pool_name, own);
    return err ? err : state_settings_of(state, pool_name, effective);
}

static enum err set(struct pool_state *state, struct text name, enum setting setting, int64_t value)
{
    struct query query = query_start(&state->db, STATEMENT_SETTING_SET);

    query_bind_text(&query, PARAMETER_name, name);
    query_bind_number(&query, PARAMETER_setting, setting);
    query_bind_number(&query, PARAMETER_value, value);
    return query_run(&query);
}

static enum err unset(struct pool_state *state, struct text name, enum setting setting)
{
    struct query query = query_start(&state->db, STATEMENT_SETTING_UNSET);

    query_bind_text(&query, PARAMETER_name, name);
    query_bind_number(&query, PARAMETER_setting, setting);
    return query_run(&query);
}

enum err pool_state_change_settings(struct pool_state *state, struct text pool_name,
                                    const struct settings_patch *patch)
{
    enum err err = state_begin_change(state);

    for (int setting = 0; setting < SETTING__MAX && !err; setting++) {
        if (patch->settings.is_set[setting])
            err = set(state, pool_name, (enum setting)setting, patch->settings.values[setting]);
        else if (patch->taken_back[setting])
            err = unset(state, pool_name, (enum setting)setting);
    }
    state->settings_there = SETTINGS_UNKNOWN;
    state->freed_count++;
    if (!err)
        state_report(state, (struct event){.type = EVENT_SETTINGS_CHANGED,
                                           .pool_name = text_or_absent(pool_name)});
    return err;
}

enum err state_drop_settings(struct pool_state *state, struct text pool_name)
{
    struct query query = query_start(&state->db, STATEMENT_SETTINGS_DROP);

    query_bind_text(&query, PARAMETER_name, pool_name);
    state->settings_there = SETTINGS_UNKNOWN;
    return query_run(&query);
}

enum err pool_state_list_settings(struct pool_state *state, struct text after, int64_t limit,
                                  pool_state_visit_settings *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_SETTINGS_POOLS);
    query_bind_text(&query, PARAMETER_name, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    while (!err && query_step(&query)) {
        struct settings own = {0};
        struct text name = query_text(&query, 0);
        err = overlay(state, name, &own);
        if (!err && !visit(name, &own, context))
            break;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}
