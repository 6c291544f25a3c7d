/* SPDX-License-Identifier: MIT
 *
 * The store's calls on one pod, by a name as a client writes it: each finds the pod and then does
 * what its namesake of store/pool_state.h does, with its errors or those of the finding. `out` is
 * the pod after that.
 */
#ifndef BY_NAME_H
#define BY_NAME_H

#include "store/pool_state.h"

enum err get_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                         struct pod *out);
enum err release_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                             struct pod *out);
enum err mark_pod_used_by_name(struct pool_state *state, struct text name, struct text user_info,
                               struct arena *arena, struct pod *out);
enum err set_repositories_by_name(struct pool_state *state, struct text name,
                                  const struct text *repositories, size_t repositories_count,
                                  const struct text *branches, size_t branches_count,
                                  struct arena *arena, struct pod *out);
enum err set_environment_by_name(struct pool_state *state, struct text name,
                                 const struct env_var *env_vars, size_t count, struct arena *arena,
                                 struct pod *out);
enum err delete_pod_by_name(struct pool_state *state, struct text name, struct arena *arena,
                            struct pod *out);
enum err start_goose_by_name(struct pool_state *state, struct text name, struct arena *arena,
                             struct pod *out);
enum err open_session_by_name(struct pool_state *state, struct text name, struct text id,
                              struct arena *arena, struct goose_session *out);
enum err get_session_by_name(struct pool_state *state, struct text name, struct text id,
                             struct arena *arena, struct goose_session *out);
enum err list_sessions_by_name(struct pool_state *state, struct text name, struct arena *arena,
                               const struct env_var **sessions, size_t *count);

#endif
