/* SPDX-License-Identifier: MIT
 *
 * POST stream/{session} at a pod's control port: Goose's reply as server-sent events (WHATWG HTML,
 * section 9.2). All events are made when the stream begins. A stream that waits between events is
 * parked.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "call/handler.h"
#include "pods/goose_script.h"
#include "pods/session_webhook.h"

enum {
    EVENTS_MAX_BYTES = 4 * 1024 * 1024,
    PIECE_BYTES = 60 * 1024, /* about a FastCGI record */
    BYTES_PER_TOKEN = 4,     /* about a token's length */
    CALL_ID_MAX = 32,        /* bytes of "call-<n>" */
};

#define EVENT_END TEXT("\n\n")

struct stream {
    struct continuation continuation;
    const struct clock *clock;
    struct buffer events; /* one after another; each ends with an empty line, and has no other */
    size_t count;         /* of the events */
    size_t next, next_at; /* the next event, and where it begins */
    size_t waits_from;    /* the first event that is delayed, */
    size_t waits_until;   /* and one past the last */
    int64_t delay_us;
    bool waited;
    struct session_webhook *webhook; /* NULL: none */
};

static void stream_free(struct continuation *continuation)
{
    struct stream *stream = (struct stream *)continuation;

    buffer_free(&stream->events);
    session_webhook_free(stream->webhook);
    free(stream);
}

static void put_next(struct stream *stream, struct buffer *out)
{
    struct text rest = text_from(buffer_text(&stream->events), stream->next_at);
    const char *empty_line = memmem(rest.at, rest.length, EVENT_END.at, EVENT_END.length);

    CHECK(empty_line);
    rest.length = (size_t)(empty_line - rest.at) + EVENT_END.length;
    buffer_put_text(out, rest);
    stream->next_at += rest.length;
    session_webhook_pass(stream->webhook, stream->next);
    stream->next++;
    stream->waited = false;
}

/* Sends events up to the next wait. */
static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct stream *stream = (struct stream *)continuation;

    while (stream->next < stream->count) {
        if (response->body.length >= PIECE_BYTES)
            return CONTINUATION_MORE;
        bool waits = stream->delay_us > 0 && stream->next >= stream->waits_from &&
                     stream->next < stream->waits_until && !stream->waited;
        if (waits && response->body.length > 0)
            return CONTINUATION_MORE;
        if (waits) {
            stream->waited = true;
            continuation->wake_mono_us = stream->clock->mono_us + stream->delay_us;
            return CONTINUATION_WAIT;
        }
        put_next(stream, &response->body);
    }
    return response->body.failed ? CONTINUATION_BROKEN : CONTINUATION_DONE;
}

static struct writer begin_event(struct stream *stream, const char *type)
{
    buffer_put_text(&stream->events, TEXT("data: "));
    struct writer writer = writer_new(&stream->events);
    writer_object(&writer);
    writer_member_text(&writer, "type", text_of(type));
    return writer;
}

static void note_end(struct stream *stream)
{
    buffer_put_text(&stream->events, EVENT_END);
    stream->count++;
}

static void end_event(struct stream *stream, struct writer *writer)
{
    writer_end_object(writer);
    note_end(stream);
}

static void add_text_event(struct stream *stream, const char *type, struct text delta)
{
    struct writer writer = begin_event(stream, type);

    writer_member_text(&writer, "id", TEXT("text-1"));
    if (delta.at) {
        writer_member_text(&writer, "delta", delta);
    }
    end_event(stream, &writer);
}

/* Begins the webhook's message for the last event. The stream has a webhook. */
static struct writer begin_message(struct stream *stream, const char *type)
{
    struct writer writer = session_webhook_begin(stream->webhook, stream->count - 1);

    writer_member_text(&writer, "type", text_of(type));
    return writer;
}

static void add_text_message(struct stream *stream, struct text text)
{
    if (!stream->webhook)
        return;
    struct writer writer = begin_message(stream, "text");
    writer_member_text(&writer, "id", TEXT("text-1"));
    writer_member_text(&writer, "text", text);
    session_webhook_end(stream->webhook);
}

static void add_text(struct stream *stream, struct text whole, int64_t pieces)
{
    struct text text = whole;

    add_text_event(stream, "text-start", (struct text){0});
    stream->waits_from = stream->count;
    for (size_t left = (size_t)pieces; text.length > 0; left--)
        add_text_event(stream, "text-delta", goose_script_cut_piece(&text, left));
    stream->waits_until = stream->count;
    add_text_event(stream, "text-end", (struct text){0});
    add_text_message(stream, whole);
}

static void put_tool(struct writer *writer, size_t number, const struct tool_call *call,
                     bool result)
{
    char id[CALL_ID_MAX];
    int length = snprintf(id, sizeof(id), "call-%zu", number);

    writer_member_text(writer, "toolCallId", ((struct text){id, (size_t)length}));
    writer_member_text(writer, "toolName", call->name);
    if (result)
        writer_member_raw(writer, "output", call->output);
    else
        writer_member_raw(writer, "input", call->input);
}

static void add_tool(struct stream *stream, size_t number, const struct tool_call *call,
                     bool result)
{
    const char *type = result ? "tool-result" : "tool-call";
    struct writer writer = begin_event(stream, type);

    put_tool(&writer, number, call, result);
    end_event(stream, &writer);
    if (!stream->webhook)
        return;
    writer = begin_message(stream, type);
    put_tool(&writer, number, call, result);
    session_webhook_end(stream->webhook);
}

static void put_usage(struct writer *writer, int64_t input, int64_t output)
{
    writer_object(writer);
    writer_member_number(writer, "inputTokens", input);
    writer_member_number(writer, "outputTokens", output);
    writer_member_number(writer, "totalTokens", input + output);
    writer_end_object(writer);
}

static void put_finish(struct writer *writer, const char *reason, int64_t input, int64_t output)
{
    writer_member_text(writer, "finishReason", text_of(reason));
    writer_key(writer, "totalUsage");
    put_usage(writer, input, output);
}

/* The event gives the tokens twice: older clients read `totalUsage`, newer ones `usage`. */
static void add_finish(struct stream *stream, const char *reason, size_t input_bytes,
                       size_t output_bytes)
{
    int64_t input = (int64_t)(input_bytes / BYTES_PER_TOKEN + 1);
    int64_t output = (int64_t)(output_bytes / BYTES_PER_TOKEN + 1);
    struct writer writer = begin_event(stream, "finish");

    put_finish(&writer, reason, input, output);
    writer_key(&writer, "usage");
    put_usage(&writer, input, output);
    end_event(stream, &writer);
    if (stream->webhook) {
        writer = begin_message(stream, "finish");
        put_finish(&writer, reason, input, output);
        session_webhook_end(stream->webhook);
    }
    buffer_put_text(&stream->events, TEXT("data: [DONE]"));
    note_end(stream);
}

/* Adds all events of the reply. The pieces of its text are delayed, or its error. */
static void add_events(struct stream *stream, const struct goose_reply *reply, struct text prompt)
{
    struct writer writer = begin_event(stream, "start");

    end_event(stream, &writer);
    if (reply->error.at) {
        stream->waits_from = stream->count;
        stream->waits_until = stream->waits_from + 1;
        writer = begin_event(stream, "error");
        writer_member_text(&writer, "errorText", reply->error);
        end_event(stream, &writer);
        add_finish(stream, "error", prompt.length, 0);
        return;
    }
    add_text(stream, reply->text, reply->pieces);
    for (size_t i = 0; i < reply->tool_calls_count; i++) {
        add_tool(stream, i + 1, &reply->tool_calls[i], false);
        add_tool(stream, i + 1, &reply->tool_calls[i], true);
    }
    add_finish(stream, "stop", prompt.length, reply->text.length);
}

/* Finds the session, and checks the token of the query. */
static enum err check_session(struct call *call, struct goose_session *session)
{
    struct text id = router_parameter(&call->match, TEXT("session"));
    struct text token;
    enum err err;

    if ((err = call_query(call, "token", &token)))
        return err;
    if (token.length == 0)
        return ERR_NO_TOKEN;
    err = pool_state_get_session(call->state, call->pod->number, id, call->arena, session);
    if (!err && !text_equal(token, session->token))
        err = ERR_BAD_TOKEN;
    return err;
}

/* Makes the stream of a reply. Takes the webhook, even on failure. */
static struct stream *stream_new(struct call *call, const struct goose_reply *reply,
                                 struct text prompt, struct session_webhook *webhook)
{
    struct stream *stream = malloc(sizeof(*stream));

    if (!stream) {
        session_webhook_free(webhook);
        return NULL;
    }
    *stream = (struct stream){
        .continuation = {.step = step, .free = stream_free, .is_detached = true},
        .clock = call->clock,
        .events = buffer_new(EVENTS_MAX_BYTES),
        .delay_us = reply->delay_ms * 1000,
        .webhook = webhook,
    };
    add_events(stream, reply, prompt);
    buffer_shrink(&stream->events, 0);
    return stream;
}

static enum err begin_stream(struct call *call, struct stream *stream)
{
    struct response *response = call->response;

    response->continuation = &stream->continuation;
    if (stream->events.failed || !session_webhook_complete(stream->webhook))
        return ERR_NO_MEMORY;
    response->status = 200;
    response->content_type = "text/event-stream";
    response_pass_at_once(response);
    put_next(stream, &response->body);
    return response->body.failed ? ERR_NO_MEMORY : OK;
}

enum err handle_pod_stream(struct call *call)
{
    struct goose_session session;
    struct session_webhook *webhook;
    struct reader_node root, node;
    struct goose_reply reply;
    struct text prompt;
    enum err err;

    if ((err = check_session(call, &session)) || (err = call_body(call, &root)) ||
        (err = reader_required(&root, "prompt", &node, call->problem)) ||
        (err = reader_text(&node, CONFIG_TEXT_MAX, &prompt, call->problem)) ||
        (err = goose_script_choose(call->state, prompt, call->arena, &reply)) ||
        (err = session_webhook_new(call, &session, &webhook)))
        return err;
    struct stream *stream = stream_new(call, &reply, prompt, webhook);
    return stream ? begin_stream(call, stream) : ERR_NO_MEMORY;
}
