/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "views/document.h"
#include "views/sorted.h"

static void put_number(struct writer *writer, struct text quoted_key, int64_t number)
{
    writer_quoted_key(writer, quoted_key);
    writer_number(writer, number);
}

static void put_text(struct writer *writer, struct text quoted_key, struct text value)
{
    writer_quoted_key(writer, quoted_key);
    writer_text(writer, value);
}

/* A time that is always known, be it 0. */
static void put_time(struct writer *writer, struct text quoted_key, int64_t wall_ms)
{
    char time[CLOCK_TEXT_MAX];

    clock_format(wall_ms, time);
    put_text(writer, quoted_key, text_of(time));
}

static void put_optional_time(struct writer *writer, struct text quoted_key, int64_t wall_ms)
{
    writer_quoted_key(writer, quoted_key);
    writer_time(writer, wall_ms);
}

static void put_texts(struct writer *writer, struct text quoted_key, const struct text *texts,
                      size_t count)
{
    writer_quoted_key(writer, quoted_key);
    writer_texts(writer, texts, count);
}

static struct text secret(struct text text, bool with_secrets)
{
    return with_secrets ? text : (struct text){0};
}

static void put_environment(struct writer *writer, const struct env_var *env_vars, size_t count,
                            bool with_secrets)
{
    writer_key(writer, "environment");
    writer_array(writer);
    for (size_t i = 0; i < count; i++) {
        writer_object(writer);
        put_text(writer, TEXT("\"name\":"), env_vars[i].name);
        put_text(writer, TEXT("\"value\":"), secret(env_vars[i].value, with_secrets));
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_counters(struct writer *writer, const struct counters *counters)
{
    writer_object(writer);
    put_number(writer, TEXT("\"lastPod\":"), counters->pod);
    put_number(writer, TEXT("\"lastPool\":"), counters->pool);
    put_number(writer, TEXT("\"lastSession\":"), counters->session);
    put_number(writer, TEXT("\"lastToken\":"), counters->token);
    writer_end_object(writer);
}

static void put_sessions(struct writer *writer, const struct pod *pod)
{
    writer_key(writer, "sessions");
    writer_array(writer);
    for (size_t i = 0; i < pod->sessions_count; i++) {
        writer_object(writer);
        put_text(writer, TEXT("\"id\":"), pod->sessions[i].id);
        put_number(writer, TEXT("\"number\":"), pod->sessions[i].number);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_pod(struct writer *writer, const struct pod *pod, bool with_secrets)
{
    writer_object(writer);
    put_texts(writer, TEXT("\"branches\":"), pod->branches, pod->branches_count);
    put_text(writer, TEXT("\"claimedBy\":"), pod->claimed_by);
    put_time(writer, TEXT("\"createdAt\":"), pod->created_ms);
    writer_key(writer, "doomed");
    writer_bool(writer, pod->doomed);
    put_optional_time(writer, TEXT("\"dueAt\":"), pod->due_ms);
    put_environment(writer, pod->env_vars, pod->env_vars_count, with_secrets);
    put_optional_time(writer, TEXT("\"gooseSince\":"), pod->goose_ms);
    put_number(writer, TEXT("\"looks\":"), pod->looks);
    put_number(writer, TEXT("\"number\":"), pod->number);
    put_text(writer, TEXT("\"pool\":"), pod->pool_name);
    put_texts(writer, TEXT("\"repositories\":"), pod->repositories, pod->repositories_count);
    put_sessions(writer, pod);
    put_time(writer, TEXT("\"since\":"), pod->since_ms);
    put_number(writer, TEXT("\"startingMs\":"), pod->starting_ms);
    put_text(writer, TEXT("\"state\":"), text_of(pod_state_name(pod->state)));
    put_text(writer, TEXT("\"usage\":"), pod->usage == POD_USED ? TEXT("used") : TEXT("free"));
    put_text(writer, TEXT("\"userInfo\":"), pod->user_info);
    writer_end_object(writer);
}

/* By the words that clients say them with. */
static void put_config(struct writer *writer, const struct pool_spec *spec, bool with_secrets)
{
    const char *keys[POOL_SETTING__MAX];

    for (int i = 0; i < POOL_SETTING__MAX; i++)
        keys[i] = pool_setting_names((enum pool_setting)i).said;
    writer_key(writer, "config");
    writer_object(writer);
    for (int i = sorted_next(keys, POOL_SETTING__MAX, -1); i < POOL_SETTING__MAX;
         i = sorted_next(keys, POOL_SETTING__MAX, i)) {
        bool is_secret = i == POOL_API_KEY || i == POOL_GITHUB_PAT;
        writer_text_key(writer, text_of(keys[i]));
        writer_text(writer,
                    is_secret ? secret(spec->settings[i], with_secrets) : spec->settings[i]);
    }
    writer_end_object(writer);
}

/* A URL, or an object where it has a branch. */
static void put_repositories(struct writer *writer, const struct pool_spec *spec)
{
    writer_key(writer, "repositories");
    writer_array(writer);
    for (size_t i = 0; i < spec->repositories_count; i++) {
        if (!spec->branches || !spec->branches[i].at) {
            writer_text(writer, spec->repositories[i]);
            continue;
        }
        writer_object(writer);
        put_text(writer, TEXT("\"branch\":"), spec->branches[i]);
        put_text(writer, TEXT("\"url\":"), spec->repositories[i]);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void document_put_pool(struct writer *writer, const struct pool *pool, bool with_secrets)
{
    const struct pool_spec *spec = &pool->spec;

    writer_object(writer);
    put_config(writer, spec, with_secrets);
    put_time(writer, TEXT("\"createdAt\":"), pool->created_ms);
    put_environment(writer, spec->env_vars, spec->env_vars_count, with_secrets);
    put_number(writer, TEXT("\"firstPod\":"), pool->first_pod);
    put_number(writer, TEXT("\"firstPods\":"), pool->first_pods);
    put_number(writer, TEXT("\"minimumVms\":"), spec->minimum_vms);
    put_text(writer, TEXT("\"name\":"), spec->name);
    put_number(writer, TEXT("\"number\":"), pool->number);
    put_repositories(writer, spec);
    put_time(writer, TEXT("\"updatedAt\":"), pool->updated_ms);
    writer_end_object(writer);
}

void document_put_pull(struct writer *writer, const struct pull_count *pull)
{
    writer_object(writer);
    put_number(writer, TEXT("\"newest\":"), pull->newest);
    put_text(writer, TEXT("\"repository\":"), pull->repository);
    writer_end_object(writer);
}

void document_put_user(struct writer *writer, const struct user *user, bool with_secrets)
{
    struct text password = user->password.length > 0 ? user->password : (struct text){0};

    writer_object(writer);
    put_time(writer, TEXT("\"createdAt\":"), user->created_ms);
    put_text(writer, TEXT("\"email\":"), user->email);
    put_optional_time(writer, TEXT("\"lastLoginAt\":"), user->last_login_ms);
    put_text(writer, TEXT("\"name\":"), user->username);
    put_text(writer, TEXT("\"password\":"), secret(password, with_secrets));
    writer_key(writer, "registered");
    writer_bool(writer, user->registered);
    put_text(writer, TEXT("\"token\":"), secret(user->token, with_secrets));
    writer_end_object(writer);
}
