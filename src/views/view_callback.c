/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_callback_rule(struct writer *writer, const struct callback_rule *rule)
{
    writer_object(writer);
    writer_member_text(writer, "id", rule->id);
    writer_member_text(writer, "on", text_of(callback_cause_words()[rule->on]));
    writer_member_text(writer, "to", rule->to);
    writer_member_object(writer, "body");
    writer_raw(writer, rule->members);
    writer_end_object(writer);
    writer_member_number(writer, "maxAttempts", rule->attempts_max);
    writer_end_object(writer);
}

/* Writes the body of the request. */
static void put_body(struct writer *writer, const struct delivery *delivery, const struct pod *pod)
{
    if (delivery->on == CALLBACK_ON_SESSION) {
        writer_raw(writer, delivery->body);
        return;
    }
    writer_object(writer);
    writer_member_text(writer, "poolName", delivery->pool_name);
    writer_key(writer, "podId");
    view_pod_subdomain(writer, pod);
    writer_member_known_time(writer, "timestamp", delivery->at_ms);
    writer_raw(writer, delivery->body);
    writer_end_object(writer);
}

static struct text word_of_fault(enum delivery_fault fault)
{
    return text_of(delivery_fault_words()[fault]); /* the closing NULL for no fault */
}

void view_delivery(struct writer *writer, struct text id, const struct delivery *delivery,
                   struct text tenant)
{
    const struct pod pod = {
        .number = delivery->pod_number, .pool_number = delivery->pool_number, .tenant = tenant};
    char url[CALLBACK_URL_MAX];

    writer_object(writer);
    writer_member_text(writer, "id", id);
    writer_member_text(writer, "on", text_of(callback_cause_words()[delivery->on]));
    writer_member_text(writer, "rule", delivery->rule);
    writer_member_text(writer, "to", delivery->to);
    writer_member_text(writer, "url",
                       delivery->url.at ? callback_url_shown(delivery->url, url) : delivery->url);
    writer_member_text(writer, "pool", delivery->pool_name);
    writer_key(writer, "pod");
    view_pod_id(writer, &pod);
    writer_key(writer, "subdomain");
    view_pod_subdomain(writer, &pod);
    writer_member_text(writer, "sessionId", delivery->session);
    writer_member_known_time(writer, "at", delivery->at_ms);
    writer_member_text(writer, "state", text_of(delivery_state_words()[delivery->state]));
    writer_member_text(writer, "reason", word_of_fault(delivery->fault));
    writer_member_number(writer, "attempts", delivery->attempts);
    writer_member_number(writer, "maxAttempts", delivery->attempts_max);
    writer_member_number_or_null(writer, "status", delivery->status);
    writer_member_text(writer, "error", text_or_absent(text_of(delivery->error)));
    writer_key(writer, "body");
    put_body(writer, delivery, &pod);
    writer_end_object(writer);
}

void view_taken_delivery(struct writer *writer, struct text id, int64_t take,
                         const struct delivery *delivery, struct text tenant)
{
    const struct pod pod = {
        .number = delivery->pod_number, .pool_number = delivery->pool_number, .tenant = tenant};

    writer_object(writer);
    writer_member_text(writer, "id", id);
    writer_member_number(writer, "take", take);
    writer_member_text(writer, "tenant", tenant);
    writer_member_text(writer, "to", delivery->to);
    writer_member_text(writer, "url", delivery->url);
    writer_key(writer, "body");
    put_body(writer, delivery, &pod);
    writer_end_object(writer);
}
