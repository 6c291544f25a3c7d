/* SPDX-License-Identifier: MIT
 *
 * What a session's webhook is told while its reply is streamed (docs/callbacks.md, "Messages of a
 * session"). The messages are made when the stream begins. Each belongs to an event of the stream,
 * and is queued for delivery when that event is sent. So the webhook gets what was streamed, and no
 * more.
 */
#ifndef PODS_SESSION_WEBHOOK_H
#define PODS_SESSION_WEBHOOK_H

#include "call/handler.h"
#include "model/goose.h"

struct session_webhook;

/* Makes a webhook without messages, for a session of the call's pod. It does not use the call
 * afterwards. `out` is NULL if the session has none. Returns OK or ERR_NO_MEMORY. */
enum err session_webhook_new(struct call *call, const struct goose_session *session,
                             struct session_webhook **out);

/* NULL is legal. */
void session_webhook_free(struct session_webhook *webhook);

/* Begin and end a message that belongs to the event with this number. The caller writes its
 * members, without braces; the session and the time are added when it is queued. */
struct writer session_webhook_begin(struct session_webhook *webhook, size_t event);
void session_webhook_end(struct session_webhook *webhook);

/* Gives back the memory that the messages do not need, after the last one. Returns false if a
 * message had no room. NULL is legal. */
bool session_webhook_complete(struct session_webhook *webhook);

/* Queues the messages of the events up to this one. NULL is legal. */
void session_webhook_pass(struct session_webhook *webhook, size_t event);

#endif
