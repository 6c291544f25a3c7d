/* SPDX-License-Identifier: MIT */
#include "views/views.h"

/* The share of its requested resources that a pod uses, in percent. */
enum { USAGE_WHEN_FREE = 5, USAGE_WHEN_USED = 25 };

enum { SAME_MEMBERS_MAX = 1024 * 1024 }; /* bytes */

void view_pod_id(struct writer *writer, const struct pod *pod)
{
    writer_begin_text(writer);
    pod_put_id(writer->out, pod);
    writer_end_text(writer);
}

void view_pod_subdomain(struct writer *writer, const struct pod *pod)
{
    writer_begin_text(writer);
    pod_put_subdomain(writer->out, pod);
    writer_end_text(writer);
}

/* Writes the address of a pod or of one of its ports. It needs no escaping: neither do the values
 * that a template is filled with. */
static void put_url(struct writer *writer, struct text subdomain, const struct view *view, int port)
{
    writer_begin_text(writer);
    pod_put_address(writer->out, view->templates, &view->pod_base, subdomain, port);
    writer_end_text(writer);
}

void view_pod_url(struct writer *writer, const struct pod *pod, const struct view *view)
{
    char text[POD_NAME_TEXT_MAX];

    put_url(writer, pod_subdomain(pod, text), view, POD_PORT_NONE);
}

static void put_port_mappings(struct writer *writer, struct text subdomain, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "15551");
    put_url(writer, subdomain, view, POD_PORT_GOOSE);
    writer_key(writer, "15552");
    put_url(writer, subdomain, view, POD_PORT_CONTROL);
    writer_key(writer, "3000");
    put_url(writer, subdomain, view, POD_PORT_FRONTEND);
    writer_end_object(writer);
}

static void put_quantity(struct writer *writer, int64_t amount, struct text unit)
{
    writer_begin_text(writer);
    buffer_put_number(writer->out, amount);
    buffer_put_text(writer->out, unit);
    writer_end_text(writer);
}

static void put_resources(struct writer *writer, int64_t cpu_millicores, int64_t memory_mib)
{
    writer_object(writer);
    writer_key(writer, "cpu");
    put_quantity(writer, cpu_millicores, TEXT("m"));
    writer_key(writer, "memory");
    put_quantity(writer, memory_mib, TEXT("Mi"));
    writer_end_object(writer);
}

static void put_resource_usage(struct writer *writer, enum pod_usage usage,
                               const struct view_defaults *defaults)
{
    int64_t percent = usage == POD_USED ? USAGE_WHEN_USED : USAGE_WHEN_FREE;

    writer_object(writer);
    writer_member_bool(writer, "available", true);
    writer_key(writer, "requests");
    put_resources(writer, defaults->pod_cpu_millicores, defaults->pod_memory_mib);
    writer_key(writer, "usage");
    put_resources(writer, defaults->pod_cpu_millicores * percent / 100,
                  defaults->pod_memory_mib * percent / 100);
    writer_end_object(writer);
}

/* Writes the members that are the same in every pod of a usage. They are the last of the shape. */
static void put_same_members(struct writer *writer, enum pod_usage usage,
                             const struct view_defaults *defaults)
{
    writer_member_text(writer, "image", defaults->pod_image);
    writer_member_bool(writer, "customImage", false);
    writer_member_bool(writer, "useDevContainer", false);
    writer_member_bool(writer, "flagged_for_recreation", false);
    writer_key(writer, "resource_usage");
    put_resource_usage(writer, usage, defaults);
}

enum err view_prepare(struct view_defaults *defaults, struct arena *arena)
{
    for (int usage = 0; usage < POD_USAGE__MAX; usage++) {
        struct buffer members = buffer_new(SAME_MEMBERS_MAX);
        struct writer writer = writer_new(&members);
        put_same_members(&writer, (enum pod_usage)usage, defaults);
        defaults->same_members[usage] = arena_take(arena, &members);
        if (!defaults->same_members[usage].at)
            return ERR_NO_MEMORY;
    }
    return OK;
}

struct text view_usage(enum pod_usage usage, const struct view *view)
{
    if (usage == POD_USED)
        return TEXT("used");
    return view->defaults->real_vocabulary ? TEXT("unused") : TEXT("free");
}

static void put_used_since(struct writer *writer, const struct pod *pod)
{
    writer_time(writer, pod->usage == POD_USED ? pod->since_ms : 0);
}

/* Writes the members that every client reads. */
static void put_source_members(struct writer *writer, const struct pod *pod, struct text subdomain,
                               const struct view *view)
{
    writer_key(writer, "id");
    view_pod_id(writer, pod);
    writer_member_text(writer, "poolName", pod->pool_name);
    writer_key(writer, "url");
    put_url(writer, subdomain, view, POD_PORT_NONE);
    writer_member_text(writer, "password", view->defaults->pod_password);
    writer_member_text(writer, "usage_status", view_usage(pod->usage, view));
    writer_member_text(writer, "claimedBy", pod->claimed_by);
    writer_key(writer, "claimedAt");
    put_used_since(writer, pod);
    writer_key(writer, "portMappings");
    put_port_mappings(writer, subdomain, view);
}

/* Writes the members that some clients read. */
static void put_client_members(struct writer *writer, const struct pod *pod, struct text subdomain,
                               const struct view *view)
{
    writer_member_text(writer, "subdomain", subdomain);
    writer_key(writer, "fqdn");
    writer_begin_text(writer);
    pod_put_host(writer->out, view->templates, &view->pod_base, subdomain);
    writer_end_text(writer);
    writer_member_text(writer, "state", text_of(pod_state_name(pod->state)));
    writer_member_text(writer, "internal_state", text_of(pod_state_name(pod->state)));
    writer_member_text(writer, "user_info", pod->user_info);
    writer_key(writer, "marked_at");
    put_used_since(writer, pod);
    writer_member_time(writer, "created", pod->created_ms);
    writer_member_texts(writer, "branches", pod->branches, pod->branches_count);
    writer_member_texts(writer, "repositories", pod->repositories, pod->repositories_count);
    writer_member_text(writer, "primaryRepo", pod_primary_repository(pod));
    writer_member_text(writer, "repoName", pod_repository_name(pod));
    struct text same = view->defaults->same_members[pod->usage];
    if (same.at)
        writer_raw(writer, same);
    else
        put_same_members(writer, pod->usage, view->defaults);
}

static void put_environment(struct writer *writer, const struct pod *pod)
{
    writer_member_object(writer, "environment");
    for (size_t i = 0; i < pod->env_vars_count; i++) {
        writer_text_key(writer, pod->env_vars[i].name);
        view_masked(writer, pod->env_vars[i].value);
    }
    writer_end_object(writer);
}

/* Writes when the claim's lease ends, if it has one. */
static void put_lease(struct writer *writer, const struct pod *pod, const struct view *view)
{
    int64_t expires_ms = pod_expires_ms(pod);

    if (expires_ms == 0)
        return;
    writer_member_time(writer, "expiresAt", expires_ms);
    writer_member_number(writer, "remainingMs",
                         expires_ms > view->now_ms ? expires_ms - view->now_ms : 0);
}

void view_pod_members(struct writer *writer, const struct pod *pod, const struct view *view)
{
    char text[POD_NAME_TEXT_MAX];
    struct text subdomain = pod_subdomain(pod, text);

    put_source_members(writer, pod, subdomain, view);
    put_client_members(writer, pod, subdomain, view);
    put_lease(writer, pod, view);
    if (pod->env_vars_count > 0)
        put_environment(writer, pod);
}

void view_pod(struct writer *writer, const struct pod *pod, const struct view *view)
{
    writer_object(writer);
    view_pod_members(writer, pod, view);
    writer_end_object(writer);
}

void view_pod_status(struct writer *writer, const struct pod *pod, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_pod_id(writer, pod);
    writer_member_text(writer, "status", text_of(pod_usage_words()[pod->usage]));
    writer_member_text(writer, "claimed_by", pod->claimed_by);
    writer_key(writer, "claimed_at");
    put_used_since(writer, pod);
    writer_key(writer, "url");
    view_pod_url(writer, pod, view);
    writer_end_object(writer);
}

static void put_process(struct writer *writer, int pid, const char *name, const char *port,
                        int64_t since_ms)
{
    writer_object(writer);
    writer_member_number(writer, "pid", pid);
    writer_member_text(writer, "name", text_of(name));
    writer_member_text(writer, "status", TEXT("online"));
    /* the time of its start in milliseconds since 1970, like PM2 */
    writer_member_number(writer, "pm_uptime", since_ms);
    writer_member_text(writer, "port", text_of(port));
    writer_member_text(writer, "cwd", TEXT("/workspaces"));
    writer_end_object(writer);
}

void view_processes(struct writer *writer, const struct pod *pod, int64_t goose_until_ms)
{
    writer_array(writer);
    put_process(writer, 1001, "frontend", "3000", pod->created_ms);
    put_process(writer, 1002, "staklink-proxy", "15552", pod->created_ms);
    if (pod->goose_ms && pod->goose_ms <= goose_until_ms)
        put_process(writer, 1003, "goose", "15551", pod->goose_ms);
    writer_end_array(writer);
}
