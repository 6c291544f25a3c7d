/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_pool_id(struct writer *writer, int64_t number)
{
    writer_begin_text(writer);
    pool_put_id(writer->out, number);
    writer_end_text(writer);
}

void view_pool_summary(struct writer *writer, const struct pool *pool)
{
    writer_object(writer);
    writer_member_text(writer, "name", pool->spec.name);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_member_number(writer, "total_workspaces", pool->counts.total);
    writer_member_number(writer, "available_workspaces", pool->counts.available);
    writer_member_number(writer, "used_workspaces", pool->counts.used);
    writer_end_object(writer);
}

void view_pool_status(struct writer *writer, const struct pool *pool, int64_t now_ms)
{
    const struct pool_counts *counts = &pool->counts;

    writer_object(writer);
    writer_member_number(writer, "running_vms", counts->total - counts->pending - counts->failed);
    writer_member_number(writer, "pending_vms", counts->pending);
    writer_member_number(writer, "failed_vms", counts->failed);
    writer_member_number(writer, "used_vms", counts->used);
    writer_member_number(writer, "unused_vms", counts->available);
    writer_member_number(writer, "minimum_vms", pool->spec.minimum_vms);
    writer_member_number(writer, "current_vms", counts->total);
    writer_member_time(writer, "last_check", now_ms);
    writer_end_object(writer);
}

void view_pool_counts(struct writer *writer, const struct pool *pool)
{
    const struct pool_counts *counts = &pool->counts;

    writer_object(writer);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_member_text(writer, "name", pool->spec.name);
    writer_member_number(writer, "total", counts->total);
    writer_member_number(writer, "free", counts->available);
    writer_member_number(writer, "used", counts->used);
    writer_member_number(writer, "starting", counts->pending);
    writer_member_number(writer, "failed", counts->failed);
    writer_end_object(writer);
}

/* No stored secret has more than CONFIG_TEXT_MAX bytes, so the mask fits the buffer. */
void view_masked(struct writer *writer, struct text secret)
{
    struct buffer masked = buffer_new(CONFIG_TEXT_MAX);

    secret_put_masked(&masked, secret);
    writer->out->failed |= masked.failed;
    writer_text(writer, buffer_text(&masked));
    buffer_free(&masked);
}

static void put_secret_members(struct writer *writer, struct text secret)
{
    writer_key(writer, "value");
    view_masked(writer, secret);
    writer_member_bool(writer, "masked", secret.length > 0);
}

static void put_env_vars(struct writer *writer, const struct pool_spec *spec)
{
    writer_array(writer);
    for (size_t i = 0; i < spec->env_vars_count; i++) {
        writer_object(writer);
        writer_member_text(writer, "name", spec->env_vars[i].name);
        put_secret_members(writer, spec->env_vars[i].value);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

static void put_secrets(struct writer *writer, const struct pool_spec *spec)
{
    writer_member_object(writer, "github_pat");
    put_secret_members(writer, spec->texts[POOL_GITHUB_PAT]);
    writer_end_object(writer);
    writer_key(writer, "env_vars");
    put_env_vars(writer, spec);
}

static void put_owner(struct writer *writer, const struct view *view)
{
    writer_member_text(writer, "owner_id", view->defaults->owner);
    writer_member_text(writer, "owner_username", view->defaults->owner);
}

void view_pool_created(struct writer *writer, const struct pool *pool, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_member_text(writer, "name", pool->spec.name);
    writer_member_text(writer, "pool_name", pool->spec.name);
    writer_member_time(writer, "created_at", pool->created_ms);
    writer_member_time(writer, "updated_at", pool->updated_ms);
    writer_member_text(writer, "status", TEXT("active"));
    writer_member_number(writer, "minimum_vms", pool->spec.minimum_vms);
    /* a text that was never set is "" here */
    writer_member_text(writer, "repo_name", text_or_empty(pool->spec.texts[POOL_REPO_NAME]));
    writer_member_text(writer, "branch_name", text_or_empty(pool->spec.texts[POOL_BRANCH_NAME]));
    writer_member_text(writer, "github_username",
                       text_or_empty(pool->spec.texts[POOL_GITHUB_USERNAME]));
    put_secrets(writer, &pool->spec);
    put_owner(writer, view);
    writer_member_text(writer, "description", TEXT(""));
    writer_end_object(writer);
}

void view_pool_entry(struct writer *writer, const struct pool *pool)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_member_text(writer, "name", pool->spec.name);
    writer_member_number(writer, "total_workspaces", pool->counts.total);
    writer_member_number(writer, "available_workspaces", pool->counts.available);
    writer_member_number(writer, "used_workspaces", pool->counts.used);
    writer_member_time(writer, "created_at", pool->created_ms);
    writer_end_object(writer);
}

/* Writes repositories in the form that clients send: a URL, or {url, branch} if there is a branch.
 */
static void put_repositories(struct writer *writer, const struct pool_spec *spec)
{
    writer_array(writer);
    for (size_t i = 0; i < spec->repositories_count; i++) {
        if (!spec->branches || !spec->branches[i].at) {
            writer_text(writer, spec->repositories[i]);
            continue;
        }
        writer_object(writer);
        writer_member_text(writer, "url", spec->repositories[i]);
        writer_member_text(writer, "branch", spec->branches[i]);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void view_pool_config(struct writer *writer, const struct pool *pool, const struct view *view)
{
    const struct pool_spec *spec = &pool->spec;

    writer_object(writer);
    writer_member_text(writer, "pool_name", spec->name);
    writer_member_number(writer, "minimum_vms", spec->minimum_vms);
    for (int i = 0; i < POOL_TEXT__MAX; i++) {
        const char *shown = pool_text_names((enum pool_text)i).shown;
        struct text value = spec->texts[i];
        if (!shown[0])
            continue;
        writer_text_key(writer, text_of(shown));
        writer_text(writer, text_or_empty(value));
    }
    writer_key(writer, "repositories");
    put_repositories(writer, spec);
    writer_member_time(writer, "created_at", pool->created_ms);
    put_secrets(writer, spec);
    writer_member_text(writer, "owner_username", view->defaults->owner);
    writer_end_object(writer);
}
