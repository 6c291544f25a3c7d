/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_pool_id(struct writer *writer, int64_t number)
{
    writer_raw(writer, TEXT("\""));
    pool_put_id(writer->out, number);
    buffer_put_char(writer->out, '"');
}

static void put_count(struct writer *writer, struct text quoted_key, int64_t count)
{
    writer_quoted_key(writer, quoted_key);
    writer_number(writer, count);
}

void view_pool_summary(struct writer *writer, const struct pool *pool)
{
    writer_object(writer);
    writer_key(writer, "name");
    writer_text(writer, pool->spec.name);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    put_count(writer, TEXT("\"total_workspaces\":"), pool->counts.total);
    put_count(writer, TEXT("\"available_workspaces\":"), pool->counts.available);
    put_count(writer, TEXT("\"used_workspaces\":"), pool->counts.used);
    writer_end_object(writer);
}

void view_pool_status(struct writer *writer, const struct pool *pool, int64_t now_ms)
{
    const struct pool_counts *counts = &pool->counts;

    writer_object(writer);
    put_count(writer, TEXT("\"running_vms\":"), counts->total - counts->pending - counts->failed);
    put_count(writer, TEXT("\"pending_vms\":"), counts->pending);
    put_count(writer, TEXT("\"failed_vms\":"), counts->failed);
    put_count(writer, TEXT("\"used_vms\":"), counts->used);
    put_count(writer, TEXT("\"unused_vms\":"), counts->available);
    put_count(writer, TEXT("\"minimum_vms\":"), pool->spec.minimum_vms);
    put_count(writer, TEXT("\"current_vms\":"), counts->total);
    writer_key(writer, "last_check");
    writer_time(writer, now_ms);
    writer_end_object(writer);
}

/* Text of the configuration that was never set is "" (contract, section 4). */
static void put_setting(struct writer *writer, struct text quoted_key, struct text value)
{
    writer_quoted_key(writer, quoted_key);
    writer_text(writer, value.at ? value : TEXT(""));
}

/* A secret of more than CONFIG_TEXT_MAX bytes can't have been stored. */
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
    writer_key(writer, "masked");
    writer_bool(writer, secret.length > 0);
}

static void put_env_vars(struct writer *writer, const struct pool_spec *spec)
{
    writer_array(writer);
    for (size_t i = 0; i < spec->env_vars_count; i++) {
        writer_object(writer);
        writer_key(writer, "name");
        writer_text(writer, spec->env_vars[i].name);
        put_secret_members(writer, spec->env_vars[i].value);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

static void put_secrets(struct writer *writer, const struct pool_spec *spec)
{
    writer_key(writer, "github_pat");
    writer_object(writer);
    put_secret_members(writer, spec->settings[POOL_GITHUB_PAT]);
    writer_end_object(writer);
    writer_key(writer, "env_vars");
    put_env_vars(writer, spec);
}

static void put_owner(struct writer *writer, const struct view *view)
{
    writer_key(writer, "owner_id");
    writer_text(writer, view->defaults->owner);
    writer_key(writer, "owner_username");
    writer_text(writer, view->defaults->owner);
}

void view_pool_created(struct writer *writer, const struct pool *pool, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_key(writer, "name");
    writer_text(writer, pool->spec.name);
    writer_key(writer, "pool_name");
    writer_text(writer, pool->spec.name);
    writer_key(writer, "created_at");
    writer_time(writer, pool->created_ms);
    writer_key(writer, "updated_at");
    writer_time(writer, pool->updated_ms);
    writer_key(writer, "status");
    writer_text(writer, TEXT("active"));
    writer_key(writer, "minimum_vms");
    writer_number(writer, pool->spec.minimum_vms);
    put_setting(writer, TEXT("\"repo_name\":"), pool->spec.settings[POOL_REPO_NAME]);
    put_setting(writer, TEXT("\"branch_name\":"), pool->spec.settings[POOL_BRANCH_NAME]);
    put_setting(writer, TEXT("\"github_username\":"), pool->spec.settings[POOL_GITHUB_USERNAME]);
    put_secrets(writer, &pool->spec);
    put_owner(writer, view);
    writer_key(writer, "description");
    writer_text(writer, TEXT(""));
    writer_end_object(writer);
}

void view_pool_entry(struct writer *writer, const struct pool *pool)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_pool_id(writer, pool->number);
    writer_key(writer, "name");
    writer_text(writer, pool->spec.name);
    put_count(writer, TEXT("\"total_workspaces\":"), pool->counts.total);
    put_count(writer, TEXT("\"available_workspaces\":"), pool->counts.available);
    put_count(writer, TEXT("\"used_workspaces\":"), pool->counts.used);
    writer_key(writer, "created_at");
    writer_time(writer, pool->created_ms);
    writer_end_object(writer);
}

/* As clients say them: a URL, or {url, branch} where it has a branch. So what is shown can be said
 * again. */
static void put_repositories(struct writer *writer, const struct pool_spec *spec)
{
    writer_array(writer);
    for (size_t i = 0; i < spec->repositories_count; i++) {
        if (!spec->branches || !spec->branches[i].at) {
            writer_text(writer, spec->repositories[i]);
            continue;
        }
        writer_object(writer);
        writer_key(writer, "url");
        writer_text(writer, spec->repositories[i]);
        writer_key(writer, "branch");
        writer_text(writer, spec->branches[i]);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

void view_pool_config(struct writer *writer, const struct pool *pool, const struct view *view)
{
    const struct pool_spec *spec = &pool->spec;

    writer_object(writer);
    writer_key(writer, "pool_name");
    writer_text(writer, spec->name);
    writer_key(writer, "minimum_vms");
    writer_number(writer, spec->minimum_vms);
    for (int setting = 0; setting < POOL_SETTING__MAX; setting++) {
        const char *shown = pool_setting_names((enum pool_setting)setting).shown;
        struct text value = spec->settings[setting];
        if (!shown[0])
            continue;
        writer_text_key(writer, text_of(shown));
        writer_text(writer, value.at ? value : TEXT(""));
    }
    writer_key(writer, "repositories");
    put_repositories(writer, spec);
    writer_key(writer, "created_at");
    writer_time(writer, pool->created_ms);
    put_secrets(writer, spec);
    writer_key(writer, "owner_username");
    writer_text(writer, view->defaults->owner);
    writer_end_object(writer);
}
