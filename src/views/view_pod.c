/* SPDX-License-Identifier: MIT */
#include "views/views.h"

/* What a pod uses of what it asked for, in percent. */
enum { USAGE_WHEN_FREE = 5, USAGE_WHEN_USED = 25 };

enum { SAME_MEMBERS_MAX = 1024 * 1024 }; /* bytes */

/* A text that is made in place; what is written in between needs no escape. */
static void open_quote(struct writer *writer)
{
    writer_raw(writer, TEXT("\""));
}

static void close_quote(struct writer *writer)
{
    buffer_put_char(writer->out, '"');
}

void view_pod_id(struct writer *writer, const struct pod *pod)
{
    open_quote(writer);
    pod_put_id(writer->out, pod);
    close_quote(writer);
}

void view_pod_subdomain(struct writer *writer, const struct pod *pod)
{
    open_quote(writer);
    pod_put_subdomain(writer->out, pod);
    close_quote(writer);
}

/* The address of a pod, or of one of its ports. It stands between quotes as it is: what a template
 * is filled in with needs no escape. */
static void put_url(struct writer *writer, const struct pod *pod, const struct view *view, int port)
{
    open_quote(writer);
    pod_put_address(writer->out, view->templates, &view->front, pod, port);
    close_quote(writer);
}

void view_pod_url(struct writer *writer, const struct pod *pod, const struct view *view)
{
    put_url(writer, pod, view, POD_PORT_NONE);
}

static void put_port_mappings(struct writer *writer, const struct pod *pod, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "15551");
    put_url(writer, pod, view, POD_PORT_GOOSE);
    writer_key(writer, "15552");
    put_url(writer, pod, view, POD_PORT_CONTROL);
    writer_key(writer, "3000");
    put_url(writer, pod, view, POD_PORT_FRONTEND);
    writer_end_object(writer);
}

static void put_quantity(struct writer *writer, int64_t amount, struct text unit)
{
    open_quote(writer);
    buffer_put_number(writer->out, amount);
    buffer_put_text(writer->out, unit);
    close_quote(writer);
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
    writer_key(writer, "available");
    writer_bool(writer, true);
    writer_key(writer, "requests");
    put_resources(writer, defaults->pod_cpu_millicores, defaults->pod_memory_mib);
    writer_key(writer, "usage");
    put_resources(writer, defaults->pod_cpu_millicores * percent / 100,
                  defaults->pod_memory_mib * percent / 100);
    writer_end_object(writer);
}

/* What every pod of that usage shows alike, as the last members of the shape. */
static void put_same_members(struct writer *writer, enum pod_usage usage,
                             const struct view_defaults *defaults)
{
    writer_key(writer, "image");
    writer_text(writer, defaults->pod_image);
    writer_key(writer, "customImage");
    writer_bool(writer, false);
    writer_key(writer, "useDevContainer");
    writer_bool(writer, false);
    writer_key(writer, "flagged_for_recreation");
    writer_bool(writer, false);
    writer_key(writer, "resource_usage");
    put_resource_usage(writer, usage, defaults);
}

enum err view_prepare(struct view_defaults *defaults, struct arena *arena)
{
    bool failed = false;

    for (int usage = 0; usage < POD_USAGE__MAX && !failed; usage++) {
        struct buffer members = buffer_new(SAME_MEMBERS_MAX);
        struct writer writer = writer_new(&members);
        put_same_members(&writer, (enum pod_usage)usage, defaults);
        defaults->same_members[usage] = arena_copy(arena, buffer_text(&members));
        failed = members.failed || !defaults->same_members[usage].at;
        buffer_free(&members);
    }
    return failed ? ERR_NO_MEMORY : OK;
}

/* The pod shape's word, which an option makes the real service's. */
static struct text usage_status(const struct pod *pod, const struct view *view)
{
    if (pod->usage == POD_USED)
        return TEXT("used");
    return view->defaults->real_vocabulary ? TEXT("unused") : TEXT("free");
}

static struct text usage_word(const struct pod *pod)
{
    return pod->usage == POD_USED ? TEXT("used") : TEXT("free");
}

static void put_used_since(struct writer *writer, const struct pod *pod)
{
    writer_time(writer, pod->usage == POD_USED ? pod->since_ms : 0);
}

/* The fields of the source document's example. */
static void put_source_members(struct writer *writer, const struct pod *pod,
                               const struct view *view)
{
    writer_key(writer, "id");
    view_pod_id(writer, pod);
    writer_key(writer, "poolName");
    writer_text(writer, pod->pool_name);
    writer_key(writer, "url");
    view_pod_url(writer, pod, view);
    writer_key(writer, "password");
    writer_text(writer, view->defaults->pod_password);
    writer_key(writer, "usage_status");
    writer_text(writer, usage_status(pod, view));
    writer_key(writer, "claimedBy");
    writer_text(writer, pod->claimed_by);
    writer_key(writer, "claimedAt");
    put_used_since(writer, pod);
    writer_key(writer, "portMappings");
    put_port_mappings(writer, pod, view);
}

/* The fields that the clients read besides. */
static void put_client_members(struct writer *writer, const struct pod *pod,
                               const struct view *view)
{
    writer_key(writer, "subdomain");
    view_pod_subdomain(writer, pod);
    writer_key(writer, "fqdn");
    open_quote(writer);
    pod_put_host(writer->out, view->templates, &view->front, pod);
    close_quote(writer);
    writer_key(writer, "state");
    writer_text(writer, text_of(pod_state_name(pod->state)));
    writer_key(writer, "internal_state");
    writer_text(writer, text_of(pod_state_name(pod->state)));
    writer_key(writer, "user_info");
    writer_text(writer, pod->user_info);
    writer_key(writer, "marked_at");
    put_used_since(writer, pod);
    writer_key(writer, "created");
    writer_time(writer, pod->created_ms);
    writer_key(writer, "branches");
    writer_texts(writer, pod->branches, pod->branches_count);
    writer_key(writer, "repositories");
    writer_texts(writer, pod->repositories, pod->repositories_count);
    writer_key(writer, "primaryRepo");
    writer_text(writer, pod_primary_repository(pod));
    writer_key(writer, "repoName");
    writer_text(writer, pod_repository_name(pod));
    struct text same = view->defaults->same_members[pod->usage];
    if (same.at)
        writer_raw(writer, same);
    else
        put_same_members(writer, pod->usage, view->defaults);
}

static void put_environment(struct writer *writer, const struct pod *pod)
{
    writer_key(writer, "environment");
    writer_object(writer);
    for (size_t i = 0; i < pod->env_vars_count; i++) {
        writer_text_key(writer, pod->env_vars[i].name);
        view_masked(writer, pod->env_vars[i].value);
    }
    writer_end_object(writer);
}

/* The end of a claim that ends by itself. */
static void put_lease(struct writer *writer, const struct pod *pod, const struct view *view)
{
    int64_t expires_ms = pod_expires_ms(pod);

    if (expires_ms == 0)
        return;
    writer_key(writer, "expiresAt");
    writer_time(writer, expires_ms);
    writer_key(writer, "remainingMs");
    writer_number(writer, expires_ms > view->now_ms ? expires_ms - view->now_ms : 0);
}

void view_pod_members(struct writer *writer, const struct pod *pod, const struct view *view)
{
    put_source_members(writer, pod, view);
    put_client_members(writer, pod, view);
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
    writer_key(writer, "status");
    writer_text(writer, usage_word(pod));
    writer_key(writer, "claimed_by");
    writer_text(writer, pod->claimed_by);
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
    writer_key(writer, "pid");
    writer_number(writer, pid);
    writer_key(writer, "name");
    writer_text(writer, text_of(name));
    writer_key(writer, "status");
    writer_text(writer, TEXT("online"));
    writer_key(writer, "pm_uptime"); /* since when, in milliseconds since 1970, as PM2 has it */
    writer_number(writer, since_ms);
    writer_key(writer, "port");
    writer_text(writer, text_of(port));
    writer_key(writer, "cwd");
    writer_text(writer, TEXT("/workspaces"));
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
