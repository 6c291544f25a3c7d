/* SPDX-License-Identifier: MIT */
#include "pods/session_webhook.h"

#include <stdlib.h>

#include "tenant/tenant.h"

enum { MESSAGES_MAX_BYTES = 4 * 1024 * 1024, BODY_MAX_BYTES = MESSAGES_MAX_BYTES + 2048 };

struct session_webhook {
    struct tenant *tenant;
    struct arena arena;       /* of the texts of `delivery` */
    struct delivery delivery; /* of a message, without its body */
    struct buffer messages;   /* of each a line with the number of its event, and a line of JSON */
    size_t passed;            /* bytes of the messages that are queued */
};

enum err session_webhook_new(struct call *call, const struct goose_session *session,
                             struct session_webhook **out)
{
    const struct pod *pod = call->pod;
    struct session_webhook *webhook = session->webhook_url.at ? malloc(sizeof(*webhook)) : NULL;

    *out = webhook;
    if (!webhook)
        return session->webhook_url.at ? ERR_NO_MEMORY : OK;
    *webhook = (struct session_webhook){.tenant = call->tenant,
                                        .messages = buffer_new(MESSAGES_MAX_BYTES)};
    struct delivery *delivery = &webhook->delivery;
    *delivery = (struct delivery){
        .on = CALLBACK_ON_SESSION,
        .url = arena_copy(&webhook->arena, session->webhook_url),
        .session = arena_copy(&webhook->arena, session->id),
        .pool_name = arena_copy(&webhook->arena, pod->pool_name),
        .pool_number = pod->pool_number,
        .pod_number = pod->number,
        .attempts_max = DELIVERY_ATTEMPTS_DEFAULT,
    };
    if (delivery->url.at && delivery->session.at && delivery->pool_name.at)
        return OK;
    session_webhook_free(webhook);
    *out = NULL;
    return ERR_NO_MEMORY;
}

void session_webhook_free(struct session_webhook *webhook)
{
    if (!webhook)
        return;
    arena_free(&webhook->arena);
    buffer_free(&webhook->messages);
    free(webhook);
}

struct writer session_webhook_begin(struct session_webhook *webhook, size_t event)
{
    buffer_put_number(&webhook->messages, (int64_t)event);
    buffer_put_char(&webhook->messages, '\n');
    return writer_new(&webhook->messages);
}

void session_webhook_end(struct session_webhook *webhook)
{
    buffer_put_char(&webhook->messages, '\n');
}

bool session_webhook_failed(const struct session_webhook *webhook)
{
    return webhook && webhook->messages.failed;
}

static void queue(struct session_webhook *webhook, struct text members)
{
    struct tenant *tenant = webhook->tenant;
    struct buffer body = buffer_new(BODY_MAX_BYTES);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    writer_member_text(&writer, "sessionId", webhook->delivery.session);
    writer_raw(&writer, members);
    writer_member_number(&writer, "timestamp", tenant->clock.wall_ms);
    writer_end_object(&writer);
    webhook->delivery.body = buffer_text(&body);
    webhook->delivery.at_ms = tenant->clock.wall_ms;
    if (body.failed)
        deliveries_give_up(&tenant->deliveries);
    else
        deliveries_add(&tenant->deliveries, &webhook->delivery);
    buffer_free(&body);
}

void session_webhook_pass(struct session_webhook *webhook, size_t event)
{
    struct text rest, line, members;
    uint64_t number;

    if (!webhook)
        return;
    rest = text_from(buffer_text(&webhook->messages), webhook->passed);
    while (rest.length > 0 && text_cut(&rest, '\n', &line) &&
           text_to_number(line, UINT64_MAX, &number) && number <= event) {
        text_cut(&rest, '\n', &members);
        queue(webhook, members);
        webhook->passed = webhook->messages.length - rest.length;
    }
}
