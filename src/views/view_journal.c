/* SPDX-License-Identifier: MIT */
#include "views/views.h"

static void put_pod_name(struct writer *writer, struct pod_name name)
{
    const struct pod pod = {
        .number = name.pod_number, .pool_number = name.pool_number, .tenant = name.tenant};

    if (name.pod_number == 0)
        writer_null(writer);
    else if (name.pool_number == 0)
        view_pod_subdomain(writer, &pod);
    else
        view_pod_id(writer, &pod);
}

static void put_fate(struct writer *writer, enum answer_fate fate)
{
    if (fate == ANSWER_PENDING)
        writer_null(writer);
    else
        writer_bool(writer, fate == ANSWER_DELIVERED);
}

void view_journal_entry(struct writer *writer, const struct journal_entry *entry)
{
    writer_object(writer);
    writer_member_number(writer, "seq", (int64_t)entry->seq);
    writer_member_time(writer, "at", entry->at_ms);
    writer_member_text(writer, "requestId", entry->request_id);
    writer_member_text(writer, "method", entry->method);
    writer_member_text(writer, "path", entry->path);
    writer_member_text(writer, "operation", text_of(operation_name(entry->about.operation)));
    writer_member_text(writer, "pool", entry->about.pool_name);
    writer_key(writer, "pod");
    put_pod_name(writer, entry->about.pod_name);
    writer_member_text(writer, "workspaceId", entry->about.workspace);
    writer_member_number(writer, "status", entry->status);
    writer_key(writer, "durationMs");
    if (entry->status == 0)
        writer_null(writer);
    else
        writer_real(writer, (double)entry->duration_us / 1000);
    writer_member_text(writer, "fault", entry->fault);
    writer_key(writer, "delivered");
    put_fate(writer, entry->fate);
    writer_end_object(writer);
}

void view_leak(struct writer *writer, const struct leak *leak, const struct pod *pod,
               int64_t now_ms)
{
    writer_object(writer);
    writer_key(writer, "pod");
    view_pod_id(writer, pod);
    writer_member_text(writer, "pool", pod->pool_name);
    writer_member_text(writer, "workspaceId", leak->workspace);
    writer_member_time(writer, "claimedAt", leak->since_ms);
    writer_member_time(writer, "lostAt", leak->at_ms);
    writer_member_number(writer, "ageMs", now_ms - leak->at_ms);
    writer_member_number_or_null(writer, "seq", (int64_t)leak->seq);
    writer_member_text(writer, "requestId", leak->request_id);
    writer_end_object(writer);
}
