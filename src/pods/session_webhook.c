/* SPDX-License-Identifier: MIT */
#include "pods/session_webhook.h"

#include <stdlib.h>
#include <string.h>

#include "tenant/tenant.h"

enum { MESSAGES_MAX_BYTES = 4 * 1024 * 1024, BODY_MAX_BYTES = MESSAGES_MAX_BYTES + 2048 };

struct session_webhook {
    struct tenant *tenant;
    struct buffer messages; /* of each a line with the number of its event, and a line of JSON */
    size_t passed;          /* bytes of the messages that are queued */
    int64_t pool_number, pod_number;
    struct text url, session, pool_name; /* in `bytes` */
    char bytes[];
};

/* Copies a text to `*to`, and moves `*to` past the copy. */
static struct text put(char **to, struct text text)
{
    char *at = *to;

    memcpy(at, text.at, text.length);
    *to += text.length;
    return (struct text){at, text.length};
}

enum err session_webhook_new(struct call *call, const struct goose_session *session,
                             struct session_webhook **out)
{
    const struct pod *pod = call->pod;
    size_t bytes = session->webhook_url.length + session->id.length + pod->pool_name.length;

    *out = NULL;
    if (!session->webhook_url.at)
        return OK;
    struct session_webhook *webhook = malloc(sizeof(*webhook) + bytes);
    if (!webhook)
        return ERR_NO_MEMORY;
    *webhook = (struct session_webhook){.tenant = call->tenant,
                                        .messages = buffer_new(MESSAGES_MAX_BYTES),
                                        .pool_number = pod->pool_number,
                                        .pod_number = pod->number};
    char *to = webhook->bytes;
    webhook->url = put(&to, session->webhook_url);
    webhook->session = put(&to, session->id);
    webhook->pool_name = put(&to, pod->pool_name);
    *out = webhook;
    return OK;
}

void session_webhook_free(struct session_webhook *webhook)
{
    if (!webhook)
        return;
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

bool session_webhook_complete(struct session_webhook *webhook)
{
    if (!webhook)
        return true;
    buffer_shrink(&webhook->messages, 0);
    return !webhook->messages.failed;
}

static void queue(const struct session_webhook *webhook, struct text members)
{
    struct tenant *tenant = webhook->tenant;
    struct buffer body = buffer_new(BODY_MAX_BYTES);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    writer_member_text(&writer, "sessionId", webhook->session);
    writer_raw(&writer, members);
    writer_member_number(&writer, "timestamp", tenant->clock.wall_ms);
    writer_end_object(&writer);
    const struct delivery delivery = {
        .on = CALLBACK_ON_SESSION,
        .url = webhook->url,
        .session = webhook->session,
        .pool_name = webhook->pool_name,
        .pool_number = webhook->pool_number,
        .pod_number = webhook->pod_number,
        .at_ms = tenant->clock.wall_ms,
        .body = buffer_text(&body),
        .attempts_max = DELIVERY_ATTEMPTS_DEFAULT,
    };
    if (body.failed)
        deliveries_give_up(&tenant->deliveries);
    else
        deliveries_add(&tenant->deliveries, &delivery);
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
