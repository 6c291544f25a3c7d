/* SPDX-License-Identifier: MIT */
#include "live/event_stream.h"

#include <stdlib.h>
#include <string.h>

#include "call/upgrade.h"
#include "http/handshake.h"
#include "live/hub.h"

enum {
    RETRY_MS = 1000,                        /* a browser's wait before it connects again */
    VISITS_MAX = 4096,                      /* events looked at in one reading */
    SLOW_AGAIN_US = 10 * 1000 * 1000,       /* who falls behind twice within this time is closed */
    POSITION_MAX = EVENTS_EPOCH_BYTES + 24, /* bytes */
    OPENING_MAX = 64 * 1024,                /* bytes; a gap repeats the client's position */
    EVENT_MAX = 64 * 1024,                  /* bytes of its JSON */
    MESSAGE_MAX = 4096,                     /* of what a client sends, which is ignored */
};

struct event_stream {
    struct hub_listener listener;
    struct event_filter filter; /* its texts are in `texts` */
    const struct view_defaults *defaults;
    char epoch[EVENTS_EPOCH_BYTES + 1];
    uint64_t after;        /* the last event that was sent or passed by */
    int64_t slow_us;       /* monotonic; when it last fell behind; 0: never */
    struct text token;     /* absent: the stream needs none */
    uint64_t changes;      /* pool_state_changes when the token was last found good */
    struct buffer opening; /* of a WebSocket: what its first reading sends */
    char texts[];
};

/* --- the form --- */

/* A WebSocket: each event is a text frame with its JSON. */
static bool is_socket(const struct event_stream *stream)
{
    return stream->listener.form == METRIC_LISTENER_WEBSOCKET;
}

static void put_position(const struct event_stream *stream, struct buffer *out)
{
    buffer_put_text(out, text_of(stream->epoch));
    buffer_put_char(out, '.');
    buffer_put_number(out, (int64_t)stream->after);
}

/* Writes an event in the form of the stream. `has_id`: a client of server-sent events sends the
 * stream's position back as Last-Event-ID. */
static void put_form(const struct event_stream *stream, const char *type, struct text json,
                     bool has_id, struct buffer *out)
{
    if (is_socket(stream)) {
        socket_put(out, SOCKET_TEXT, json);
        return;
    }
    if (has_id) {
        buffer_put_text(out, TEXT("id: "));
        put_position(stream, out);
        buffer_put_char(out, '\n');
    }
    buffer_put_text(out, TEXT("event: "));
    buffer_put_text(out, text_of(type));
    buffer_put_text(out, TEXT("\ndata: "));
    buffer_put_text(out, json);
    buffer_put_text(out, TEXT("\n\n"));
}

/* Begins the JSON of an event of the stream itself. */
static struct writer begin_own(struct buffer *json, const char *type)
{
    struct writer writer = writer_new(json);

    writer_object(&writer);
    writer_member_text(&writer, "type", text_of(type));
    return writer;
}

/* Ends the JSON, writes the event, and frees the JSON. */
static void end_own(const struct event_stream *stream, struct writer *writer, const char *type,
                    bool has_id, struct buffer *out)
{
    struct buffer *json = writer->out;

    writer_end_object(writer);
    put_form(stream, type, buffer_text(json), has_id, out);
    out->failed |= json->failed;
    buffer_free(json);
}

static void put_here(const struct event_stream *stream, struct buffer *out)
{
    static const char type[] = "stream.position";
    struct buffer json = buffer_new(OPENING_MAX);
    struct writer writer = begin_own(&json, type);

    writer_key(&writer, "id");
    view_position(&writer, &(struct view_position){stream->epoch, stream->after});
    end_own(stream, &writer, type, true, out);
}

static void put_gap(const struct event_stream *stream, const struct beginning *beginning,
                    struct buffer *out)
{
    static const char type[] = "stream.gap";
    struct buffer json = buffer_new(OPENING_MAX);
    struct writer writer = begin_own(&json, type);

    beginning_show_gap(&writer, beginning);
    end_own(stream, &writer, type, true, out);
}

/* The id of this event is where the stream begins, unless a gap follows that has it: a client that
 * loses the connection between the two must be told the gap again. */
static void put_open(const struct event_stream *stream, const struct events *events, bool has_gap,
                     struct buffer *out)
{
    static const char type[] = "stream.open";
    uint64_t first = events_first(events), last = events_last(events);
    struct buffer json = buffer_new(OPENING_MAX);
    struct writer writer = begin_own(&json, type);

    if (!is_socket(stream))
        buffer_printf(out, "retry: %d\n", RETRY_MS);
    writer_key(&writer, "lastId");
    view_position(&writer, &(struct view_position){events->epoch, last});
    writer_key(&writer, "oldestId");
    if (first > last)
        writer_null(&writer);
    else
        view_position(&writer, &(struct view_position){events->epoch, first});
    writer_member_number(&writer, "kept", (int64_t)(last + 1 - first));
    writer_member_number(&writer, "heartbeatMs", HUB_SILENCE_US / 1000);
    end_own(stream, &writer, type, !has_gap, out);
}

static void compose(const struct hub_listener *listener, uint64_t number, const struct event *event,
                    struct buffer *out)
{
    const struct event_stream *stream = (const struct event_stream *)listener;
    const struct view_position at = {stream->epoch, number};
    const struct view view = {.defaults = stream->defaults};
    struct writer writer = writer_new(out);

    view_event(&writer, event, &at, text_of(hub_tenant(listener)->name), &view);
}

/* --- reading --- */

/* Returns true if the token of the stream is still good. */
static bool has_access(struct event_stream *stream)
{
    struct pool_state *state = hub_tenant(&stream->listener)->state;
    uint64_t changes = pool_state_changes(state);

    if (!stream->token.at || stream->changes == changes)
        return true;
    enum err err = pool_state_know_token(state, stream->token);
    if (!err)
        stream->changes = changes;
    return err != ERR_BAD_TOKEN; /* after another error it is asked again */
}

/* Tells a gap between `after` and where the stream goes on. */
static void tell_gap(struct event_stream *stream, const char *reason, struct buffer *out)
{
    const struct events *events = &hub_tenant(&stream->listener)->events;
    char asked[POSITION_MAX];
    struct buffer position = buffer_on(asked, sizeof(asked));
    struct beginning beginning = {.after = stream->after, .gap = reason};

    put_position(stream, &position);
    beginning.asked = buffer_text(&position);
    if (!text_equal(text_of(stream->epoch), text_of(events->epoch))) {
        beginning.missed = -1;
        beginning.after = events_first(events) - 1;
    }
    beginning_skip_dropped(&beginning, events_first(events));
    memcpy(stream->epoch, events->epoch, sizeof(stream->epoch));
    stream->after = beginning.after;
    put_gap(stream, &beginning, out);
}

/* Tells a gap if the events after the last one are not there any more. Returns false if the client
 * is too slow. */
static bool catch_up(struct event_stream *stream, struct buffer *out)
{
    const struct events *events = &hub_tenant(&stream->listener)->events;

    if (!text_equal(text_of(stream->epoch), text_of(events->epoch))) {
        tell_gap(stream, "epoch", out);
        return true;
    }
    if (stream->after + 1 >= events_first(events))
        return true;
    int64_t now_us = hub_now_us(&stream->listener);
    bool is_again = stream->slow_us != 0 && now_us - stream->slow_us < SLOW_AGAIN_US;
    stream->slow_us = now_us;
    tell_gap(stream, "slow", out);
    tenants_metrics(hub_tenant(&stream->listener)->tenants)->listeners_behind++;
    return !is_again;
}

struct reading {
    struct event_stream *stream;
    struct buffer *out;
    struct buffer spare; /* the JSON of an event outside of a pass */
    size_t until_bytes;
    int visits;
};

static bool put_event(uint64_t number, const struct event *event, void *context)
{
    struct reading *reading = context;
    struct event_stream *stream = reading->stream;

    stream->after = number;
    if (event_filter_matches(&stream->filter, event)) {
        struct text json = hub_json(&stream->listener, number, event, compose, &reading->spare);
        put_form(stream, event_type_words()[event->type], json, true, reading->out);
        reading->out->failed |= !json.at;
    }
    return ++reading->visits < VISITS_MAX && reading->out->length < reading->until_bytes;
}

static enum feed_state end(struct event_stream *stream, enum socket_close close)
{
    stream->listener.socket.close = close;
    return FEED_ENDED;
}

static enum feed_state stream_read(struct feed *feed, struct buffer *out, size_t max_bytes)
{
    struct event_stream *stream = (struct event_stream *)feed;
    const struct tenant *tenant = hub_tenant(&stream->listener);
    struct reading reading = {.stream = stream,
                              .out = out,
                              .spare = buffer_new(EVENT_MAX),
                              .until_bytes = out->length + max_bytes};
    size_t before = out->length;

    buffer_put_text(out, buffer_text(&stream->opening));
    buffer_free(&stream->opening);
    if (!has_access(stream))
        return end(stream, SOCKET_CLOSE_POLICY);
    if (!catch_up(stream, out))
        return end(stream, SOCKET_CLOSE_LATER);
    events_each(&tenant->events, stream->after, put_event, &reading);
    buffer_free(&reading.spare);
    bool has_all = stream->after == events_last(&tenant->events);
    if (out->length == before && hub_is_silent(&stream->listener))
        put_here(stream, out);
    if (out->length > before)
        hub_sent(&stream->listener);
    return !has_all ? FEED_HAS_MORE : tenant->removed ? FEED_ENDED : FEED_WAITS;
}

static void stream_free(struct feed *feed)
{
    struct event_stream *stream = (struct event_stream *)feed;

    hub_leave(&stream->listener);
    buffer_free(&stream->opening);
    free(stream);
}

/* --- the beginning --- */

static struct text keep(char **to, struct text text)
{
    if (!text.at)
        return text;
    const char *at = *to;
    *to = mempcpy(*to, text.at, text.length);
    return (struct text){at, text.length};
}

static struct event_stream *stream_new(const struct call *call, const struct event_filter *filter,
                                       uint64_t after)
{
    struct text token = {0};

    if (call->api->require_auth && filter->only_pool.at)
        token = handshake_token(call->request, call->arena);
    size_t bytes = filter->pool_name.length + filter->workspace.length + filter->only_pool.length +
                   token.length;
    struct event_stream *stream = malloc(sizeof(*stream) + bytes);
    if (!stream)
        return NULL;
    *stream = (struct event_stream){
        .listener = {.socket = {.feed = {.read = stream_read, .free = stream_free},
                                .message_bytes_max = MESSAGE_MAX},
                     .form = call_is_upgrade(call) ? METRIC_LISTENER_WEBSOCKET
                                                   : METRIC_LISTENER_SSE},
        .filter = *filter,
        .defaults = call->view.defaults,
        .after = after,
        .changes = pool_state_changes(call->state),
        .opening = buffer_new(OPENING_MAX),
    };
    char *to = stream->texts;
    stream->filter.pool_name = keep(&to, filter->pool_name);
    stream->filter.workspace = keep(&to, filter->workspace);
    stream->filter.only_pool = keep(&to, filter->only_pool);
    stream->token = keep(&to, token);
    memcpy(stream->epoch, call->tenant->events.epoch, sizeof(stream->epoch));
    return stream;
}

static void put_opening(struct event_stream *stream, const struct beginning *beginning,
                        struct buffer *out)
{
    put_open(stream, &hub_tenant(&stream->listener)->events, beginning->gap, out);
    if (beginning->gap)
        put_gap(stream, beginning, out);
}

/* Answers with a ticket to the stream, which it takes. */
static enum err begin_socket(struct call *call, const struct beginning *beginning,
                             struct event_stream *stream)
{
    put_opening(stream, beginning, &stream->opening);
    if (!stream->opening.failed)
        return call_upgrade(call, &stream->listener.socket);
    stream_free(&stream->listener.socket.feed);
    return ERR_NO_MEMORY;
}

static enum err begin_response(struct call *call, const struct beginning *beginning,
                               struct event_stream *stream)
{
    struct response *response = call->response;

    response->feed = &stream->listener.socket.feed;
    response->status = 200;
    response->content_type = "text/event-stream";
    response_pass_at_once(response);
    put_opening(stream, beginning, &response->body);
    return response->body.failed ? ERR_NO_MEMORY : OK;
}

enum err event_stream_begin(struct call *call, const struct beginning *beginning,
                            const struct event_filter *filter)
{
    struct event_stream *stream = stream_new(call, filter, beginning->after);

    if (!stream)
        return ERR_NO_MEMORY;
    enum err err = hub_join(call->api->hubs, call->tenant, &stream->listener, call->problem);
    if (err) {
        stream_free(&stream->listener.socket.feed);
        return err;
    }
    return is_socket(stream) ? begin_socket(call, beginning, stream)
                             : begin_response(call, beginning, stream);
}
