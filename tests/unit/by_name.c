/* SPDX-License-Identifier: MIT */
#include "by_name.h"

enum err get_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                         struct pod *out)
{
    struct pod_name parsed;

    pod_name_parse(name, &parsed);
    return pool_state_get_pod(state, parsed, arena, out);
}

enum err release_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                             struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err : pool_state_release_pod(state, out);
}

enum err mark_pod_used_by_name(struct pool_state *state, struct text name, struct text user_info,
                               struct arena *arena, struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err : pool_state_mark_pod_used(state, user_info, arena, out);
}

enum err set_repositories_by_name(struct pool_state *state, struct text name,
                                  const struct text *repositories, size_t repositories_count,
                                  const struct text *branches, size_t branches_count,
                                  struct arena *arena, struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err
               : pool_state_set_repositories(state, repositories, repositories_count, branches,
                                             branches_count, arena, out);
}

enum err set_environment_by_name(struct pool_state *state, struct text name,
                                 const struct env_var *env_vars, size_t count, struct arena *arena,
                                 struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err : pool_state_set_environment(state, env_vars, count, arena, out);
}

enum err delete_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                            struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err : pool_state_delete_pod(state, out);
}

enum err start_goose_by_name(struct pool_state *state, struct text name, struct arena *arena,
                             struct pod *out)
{
    enum err err = get_pod_by_name(state, name, arena, out);

    return err ? err : pool_state_start_goose(state, out);
}

enum err open_session_by_name(struct pool_state *state, struct text name, struct text id,
                              struct arena *arena, struct goose_session *out)
{
    struct pod pod;
    enum err err = get_pod_by_name(state, name, arena, &pod);

    return err ? err : pool_state_open_session(state, pod.number, id, arena, out);
}

enum err get_session_by_name(struct pool_state *state, struct text name, struct text id,
                             struct arena *arena, struct goose_session *out)
{
    struct pod pod;
    enum err err = get_pod_by_name(state, name, arena, &pod);

    return err ? err : pool_state_get_session(state, pod.number, id, arena, out);
}

enum err list_sessions_by_name(struct pool_state *state, struct text name, struct arena *arena,
                               const struct env_var **sessions, size_t *count)
{
    struct pod pod;
    enum err err = get_pod_by_name(state, name, arena, &pod);

    return err ? err : pool_state_list_sessions(state, pod.number, arena, sessions, count);
}
