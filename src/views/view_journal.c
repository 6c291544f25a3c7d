/* SPDX-License-Identifier: MIT */
#include "views/views.h"

static void put_pod_name(struct writer *writer, struct pod_name name)
{
    const struct pod pod = {.number = name.number, .pool = name.pool, .tenant = name.tenant};

    if (name.number == 0)
        writer_null(writer);
    else if (name.pool == 0)
        view_pod_subdomain(writer, &pod);
    else
        view_pod_id(writer, &pod);
}

static void put_delivery(struct writer *writer, enum delivery delivery)
{
    if (delivery == DELIVERY_PENDING)
        writer_null(writer);
    else
        writer_bool(writer, delivery == DELIVERED);
}

void view_journal_entry(struct writer *writer, const struct journal_entry *entry)
{
    writer_object(writer);
    writer_key(writer, "seq");
    writer_number(writer, (int64_t)entry->seq);
    writer_key(writer, "at");
    writer_time(writer, entry->at_ms);
    writer_key(writer, "requestId");
    writer_text(writer, entry->request_id);
    writer_key(writer, "method");
    writer_text(writer, entry->method);
    writer_key(writer, "path");
    writer_text(writer, entry->path);
    writer_key(writer, "operation");
    writer_text(writer, text_of(operation_name(entry->operation)));
    writer_key(writer, "pool");
    writer_text(writer, entry->about.pool);
    writer_key(writer, "pod");
    put_pod_name(writer, entry->about.pod);
    writer_key(writer, "workspaceId");
    writer_text(writer, entry->about.workspace);
    writer_key(writer, "status");
    writer_number(writer, entry->status);
    writer_key(writer, "durationMs");
    if (entry->status == 0)
        writer_null(writer);
    else
        writer_real(writer, (double)entry->duration_us / 1000);
    writer_key(writer, "fault");
    writer_text(writer, entry->fault);
    writer_key(writer, "delivered");
    put_delivery(writer, entry->delivery);
    writer_end_object(writer);
}

void view_leak(struct writer *writer, const struct leak *leak, const struct pod *pod,
               int64_t now_ms)
{
    writer_object(writer);
    writer_key(writer, "pod");
    view_pod_id(writer, pod);
    writer_key(writer, "pool");
    writer_text(writer, pod->pool_name);
    writer_key(writer, "workspaceId");
    writer_text(writer, leak->workspace);
    writer_key(writer, "claimedAt");
    writer_time(writer, leak->since_ms);
    writer_key(writer, "lostAt");
    writer_time(writer, leak->at_ms);
    writer_key(writer, "ageMs");
    writer_number(writer, now_ms - leak->at_ms);
    writer_key(writer, "seq");
    if (leak->seq == 0)
        writer_null(writer);
    else
        writer_number(writer, (int64_t)leak->seq);
    writer_key(writer, "requestId");
    writer_text(writer, leak->request_id);
    writer_end_object(writer);
}
