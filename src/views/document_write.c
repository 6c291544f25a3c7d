/* SPDX-License-Identifier: MIT */
#include "views/document.h"
#include "views/sorted.h"

static struct text secret(struct text text, bool with_secrets)
{
    return with_secrets ? text : (struct text){0};
}

static void put_environment(struct writer *writer, const struct env_var *env_vars, size_t count,
                            bool with_secrets)
{
    writer_member_array(writer, "environment");
    for (size_t i = 0; i < count; i++) {
        writer_object(writer);
        writer_member_text(writer, "name", env_vars[i].name);
        writer_member_text(writer, "value", secret(env_vars[i].value, with_secrets));
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_counters(struct writer *writer, const struct counters *counters)
{
    writer_object(writer);
    writer_member_number(writer, "lastPod", counters->pod);
    writer_member_number(writer, "lastPool", counters->pool);
    writer_member_number(writer, "lastSession", counters->session);
    writer_member_number(writer, "lastToken", counters->token);
    writer_end_object(writer);
}

static void put_sessions(struct writer *writer, const struct pod *pod, bool with_secrets)
{
    writer_member_array(writer, "sessions");
    for (size_t i = 0; i < pod->sessions_count; i++) {
        writer_object(writer);
        writer_member_text(writer, "id", pod->sessions[i].id);
        writer_member_number(writer, "number", pod->sessions[i].number);
        writer_member_text(writer, "webhookUrl",
                           with_secrets ? pod->sessions[i].webhook_url : (struct text){0});
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_pod(struct writer *writer, const struct pod *pod, bool with_secrets)
{
    writer_object(writer);
    writer_member_texts(writer, "branches", pod->branches, pod->branches_count);
    writer_member_text(writer, "claimedBy", pod->claimed_by);
    writer_member_known_time(writer, "createdAt", pod->created_ms);
    writer_member_bool(writer, "doomed", pod->will_fail);
    writer_member_time(writer, "dueAt", pod->due_ms);
    put_environment(writer, pod->env_vars, pod->env_vars_count, with_secrets);
    writer_member_time(writer, "gooseSince", pod->goose_ms);
    writer_member_number(writer, "looks", pod->looks_left);
    writer_member_number(writer, "number", pod->number);
    writer_member_text(writer, "pool", pod->pool_name);
    writer_member_texts(writer, "repositories", pod->repositories, pod->repositories_count);
    put_sessions(writer, pod, with_secrets);
    writer_member_known_time(writer, "since", pod->since_ms);
    writer_member_number(writer, "startingMs", pod->starting_ms);
    writer_member_text(writer, "state", text_of(pod_state_name(pod->state)));
    writer_member_text(writer, "usage", text_of(pod_usage_words()[pod->usage]));
    writer_member_text(writer, "userInfo", pod->user_info);
    writer_end_object(writer);
}

/* Writes the texts of a pool under the keys that clients set them with. */
static void put_config(struct writer *writer, const struct pool_spec *spec, bool with_secrets)
{
    const char *keys[POOL_TEXT__MAX];

    for (int i = 0; i < POOL_TEXT__MAX; i++)
        keys[i] = pool_text_names((enum pool_text)i).key;
    writer_member_object(writer, "config");
    for (int i = sorted_next(keys, POOL_TEXT__MAX, -1); i < POOL_TEXT__MAX;
         i = sorted_next(keys, POOL_TEXT__MAX, i)) {
        bool is_secret = i == POOL_API_KEY || i == POOL_GITHUB_PAT;
        writer_text_key(writer, text_of(keys[i]));
        writer_text(writer, is_secret ? secret(spec->texts[i], with_secrets) : spec->texts[i]);
    }
    writer_end_object(writer);
}

/* Each is a URL, or an object if it has a branch. */
static void put_repositories(struct writer *writer, const struct pool_spec *spec)
{
    writer_member_array(writer, "repositories");
    for (size_t i = 0; i < spec->repositories_count; i++) {
        if (!spec->branches || !spec->branches[i].at) {
            writer_text(writer, spec->repositories[i]);
            continue;
        }
        writer_object(writer);
        writer_member_text(writer, "branch", spec->branches[i]);
        writer_member_text(writer, "url", spec->repositories[i]);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_pool(struct writer *writer, const struct pool *pool, bool with_secrets)
{
    const struct pool_spec *spec = &pool->spec;

    writer_object(writer);
    put_config(writer, spec, with_secrets);
    writer_member_known_time(writer, "createdAt", pool->created_ms);
    put_environment(writer, spec->env_vars, spec->env_vars_count, with_secrets);
    writer_member_number(writer, "firstPod", pool->first_pod);
    writer_member_number(writer, "firstPods", pool->first_pods);
    writer_member_number(writer, "minimumVms", spec->minimum_vms);
    writer_member_text(writer, "name", spec->name);
    writer_member_number(writer, "number", pool->number);
    put_repositories(writer, spec);
    writer_member_known_time(writer, "updatedAt", pool->updated_ms);
    writer_end_object(writer);
}

void document_put_pull(struct writer *writer, const struct pull_count *pull)
{
    writer_object(writer);
    writer_member_number(writer, "newest", pull->newest);
    writer_member_text(writer, "repository", pull->repository);
    writer_end_object(writer);
}

void document_put_user(struct writer *writer, const struct user *user, bool with_secrets)
{
    struct text password = text_or_absent(user->password);

    writer_object(writer);
    writer_member_known_time(writer, "createdAt", user->created_ms);
    writer_member_text(writer, "email", user->email);
    writer_member_time(writer, "lastLoginAt", user->last_login_ms);
    writer_member_text(writer, "name", user->username);
    writer_member_text(writer, "password", secret(password, with_secrets));
    writer_member_bool(writer, "registered", user->registered);
    writer_member_text(writer, "token", secret(user->token, with_secrets));
    writer_end_object(writer);
}
