/* SPDX-License-Identifier: MIT */
#include "views/views.h"

/* Writes which pod the event is about, or which range of pods. */
static void put_pods(struct writer *writer, const struct event *event, struct text tenant)
{
    struct pod pod = {
        .number = event->pod_number, .pool_number = event->pool_number, .tenant = tenant};

    if (event->type == EVENT_PODS_CREATED) {
        writer_key(writer, "first");
        view_pod_id(writer, &pod);
        pod.number = event->last_pod_number;
        writer_key(writer, "last");
        view_pod_id(writer, &pod);
    } else if (pod.number != 0) {
        writer_key(writer, "pod");
        view_pod_id(writer, &pod);
        writer_key(writer, "subdomain");
        view_pod_subdomain(writer, &pod);
    }
    if (event->count > 0)
        writer_member_number(writer, "count", event->count);
}

static void put_state(struct writer *writer, enum pod_usage usage, enum pod_state state,
                      const struct view *view)
{
    writer_member_text(writer, "usage", view_usage(usage, view));
    writer_member_text(writer, "state", text_of(pod_state_name(state)));
}

static bool is_callback(enum event_type type)
{
    return type == EVENT_CALLBACK_QUEUED || type == EVENT_CALLBACK_DELIVERED ||
           type == EVENT_CALLBACK_FAILED;
}

/* Returns true if the event is about one pod and shows its state before the event. */
static bool has_state(const struct event *event)
{
    return event->pod_number != 0 && event->type != EVENT_PODS_CREATED && !is_callback(event->type);
}

/* Returns the key of an event's detail. */
static const char *detail_key(enum event_type type)
{
    switch (type) {
    case EVENT_POD_UPDATED:
        return "updated";
    case EVENT_CLAIM_DEQUEUED:
        return "outcome";
    case EVENT_REQUEST_FAULTED:
        return "phase";
    case EVENT_CALLBACK_QUEUED:
    case EVENT_CALLBACK_DELIVERED:
        return "on";
    case EVENT_CALLBACK_FAILED:
        return "reason";
    default:
        return "by";
    }
}

static void put_detail(struct writer *writer, const struct event *event)
{
    if (is_callback(event->type)) {
        writer_member_text(writer, "delivery", event->rule);
    } else if (event->rule.at) {
        writer_member_array(writer, "rules");
        writer_text(writer, event->rule);
        writer_end_array(writer);
    }
    if (event->operation)
        writer_member_text(writer, "operation", text_of(event->operation));
    if (event->detail) {
        writer_text_key(writer, text_of(detail_key(event->type)));
        writer_text(writer, text_of(event->detail));
    }
    if (event->type == EVENT_CLAIM_DEQUEUED)
        writer_member_number(writer, "waitedMs", event->waited_ms);
}

static void put_origin(struct writer *writer, const struct event *event)
{
    static const char *const causes[] = {
        [EVENT_BY_CLOCK] = "clock",
        [EVENT_BY_REQUEST] = "request",
        [EVENT_BY_CONTROL] = "control",
        [EVENT_BY_LOOK] = "look",
    };
    const struct event_origin *origin = &event->origin;

    writer_member_text(writer, "cause", text_of(causes[origin->cause]));
    if (origin->request_id.length > 0)
        writer_member_text(writer, "requestId", origin->request_id);
    if (origin->request_seq != 0)
        writer_member_number(writer, "requestSeq", (int64_t)origin->request_seq);
}

void view_event(struct writer *writer, const struct event *event, const struct view_position *at,
                struct text tenant, const struct view *view)
{
    writer_object(writer);
    writer_key(writer, "id");
    view_position(writer, at);
    writer_member_number(writer, "seq", (int64_t)at->number);
    writer_member_text(writer, "type", text_of(event_type_words()[event->type]));
    writer_member_time(writer, "at", event->at_ms);
    writer_member_text(writer, "tenant", tenant);
    if (event->pool_name.at)
        writer_member_text(writer, "pool", event->pool_name);
    put_pods(writer, event, tenant);
    if (event->workspace.at)
        writer_member_text(writer, "workspaceId", event->workspace);
    if ((has_state(event) && event->type != EVENT_POD_DELETED) || event->type == EVENT_PODS_CREATED)
        put_state(writer, event->usage, event->state, view);
    if (has_state(event)) {
        writer_member_object(writer, "was");
        put_state(writer, event->was_usage, event->was_state, view);
        writer_end_object(writer);
    }
    put_detail(writer, event);
    put_origin(writer, event);
    writer_end_object(writer);
}

void view_position(struct writer *writer, const struct view_position *at)
{
    writer_begin_text(writer);
    buffer_put_text(writer->out, text_of(at->epoch));
    buffer_put_char(writer->out, '.');
    buffer_put_number(writer->out, (int64_t)at->number);
    writer_end_text(writer);
}
