/* SPDX-License-Identifier: MIT
 *
 * GET /ws at a pod's port of Goose: the WebSocket of `goose web` (block/goose, v1.0 to v1.24). A
 * message of the client is answered by the script, piece by piece, and several at once. The release
 * of the pod closes it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pods/pod_socket.h"
#include "pods/goose_script.h"

enum { FRAMES_MAX = 8 * 1024 * 1024, CALL_ID_MAX = 32, RUNS_MAX = 100 };

struct goose_socket {
    struct pod_socket at_pod;
    size_t values_max;
    struct buffer out; /* frames to be sent */
    TAILQ_HEAD(, run) runs;
    size_t runs_count;
};

/* A message that is being answered. */
struct run {
    struct goose_socket *goose;
    struct buffer frames; /* those that are left begin at `at` */
    size_t at;
    size_t delayed; /* how many of them are delayed */
    int64_t delay_us;
    struct timer timer;
    TAILQ_ENTRY(run) link;
};

/* --- frames --- */

static struct writer begin_frame(struct buffer *json, const char *type)
{
    buffer_clear(json);
    struct writer writer = writer_new(json);
    writer_object(&writer);
    writer_member_text(&writer, "type", text_of(type));
    return writer;
}

static void end_frame(struct buffer *frames, struct writer *writer)
{
    writer_end_object(writer);
    socket_put(frames, SOCKET_TEXT, buffer_text(writer->out));
    frames->failed |= writer->out->failed;
}

static void put_message(struct buffer *frames, const char *type, struct text message)
{
    struct buffer json = buffer_new(FRAMES_MAX);
    struct writer writer = begin_frame(&json, type);

    writer_member_text(&writer, "message", message);
    end_frame(frames, &writer);
    buffer_free(&json);
}

static void put_piece(struct run *run, struct buffer *json, struct text piece)
{
    struct writer writer = begin_frame(json, "response");

    writer_member_text(&writer, "content", piece);
    writer_member_text(&writer, "role", TEXT("assistant"));
    writer_member_number(&writer, "timestamp", run->goose->at_pod.clock->wall_ms);
    end_frame(&run->frames, &writer);
}

static void put_tool(struct run *run, struct buffer *json, size_t number,
                     const struct tool_call *call)
{
    char id[CALL_ID_MAX];
    struct text id_text = {id, (size_t)snprintf(id, sizeof(id), "call-%zu", number)};
    struct writer writer = begin_frame(json, "tool_request");

    writer_member_text(&writer, "id", id_text);
    writer_member_text(&writer, "tool_name", call->name);
    writer_member_raw(&writer, "arguments", call->input);
    end_frame(&run->frames, &writer);
    writer = begin_frame(json, "tool_response");
    writer_member_text(&writer, "id", id_text);
    writer_member_raw(&writer, "result", call->output);
    writer_member_bool(&writer, "is_error", false);
    end_frame(&run->frames, &writer);
}

/* Writes all frames of the reply. Those of its text are delayed, or that of its error. */
static void put_reply(struct run *run, const struct goose_reply *reply)
{
    struct buffer json = buffer_new(FRAMES_MAX);
    struct text rest = reply->text;

    run->delay_us = reply->delay_ms * 1000;
    if (reply->error.at) {
        put_message(&run->frames, "error", reply->error);
        run->delayed = 1;
    }
    for (size_t left = (size_t)reply->pieces; !reply->error.at && rest.length > 0; left--) {
        put_piece(run, &json, goose_script_cut_piece(&rest, left));
        run->delayed++;
    }
    for (size_t i = 0; !reply->error.at && i < reply->tool_calls_count; i++)
        put_tool(run, &json, i + 1, &reply->tool_calls[i]);
    put_message(&run->frames, "complete", TEXT("Response complete"));
    buffer_free(&json);
}

/* --- runs --- */

static void run_free(struct run *run)
{
    timers_disarm(run->goose->at_pod.tenant->timers, &run->timer);
    TAILQ_REMOVE(&run->goose->runs, run, link);
    run->goose->runs_count--;
    buffer_free(&run->frames);
    free(run);
}

/* Moves the next frame of the run to what is sent. */
static void send_frame(struct run *run)
{
    struct text rest = text_from(buffer_text(&run->frames), run->at);
    size_t length = socket_frame_length(rest);

    buffer_put(&run->goose->out, rest.at, length);
    run->at += length;
}

/* Sends what comes without a delay, and waits for the rest. */
static void run_on(struct run *run)
{
    bool waits = run->delay_us > 0 && run->delayed > 0;

    run->goose->out.failed |= run->frames.failed;
    while (!waits && run->at < run->frames.length) {
        send_frame(run);
        waits = run->delay_us > 0 && run->delayed > 0;
    }
    if (waits)
        timers_arm(run->goose->at_pod.tenant->timers, &run->timer,
                   run->goose->at_pod.clock->mono_us + run->delay_us);
    else
        run_free(run);
}

static void delay_passed(struct timer *timer)
{
    struct run *run = TIMER_OWNER(timer, struct run, timer);
    struct goose_socket *goose = run->goose;

    send_frame(run);
    run->delayed--;
    run_on(run);
    pod_socket_wake(&goose->at_pod);
}

static bool answer(struct goose_socket *goose, const struct goose_reply *reply)
{
    struct run *run = malloc(sizeof(*run));

    if (!run)
        return false;
    *run = (struct run){
        .goose = goose, .frames = buffer_new(FRAMES_MAX), .timer = {.fire = delay_passed}};
    TAILQ_INSERT_TAIL(&goose->runs, run, link);
    goose->runs_count++;
    put_reply(run, reply);
    run_on(run);
    return true;
}

static void cancel(struct goose_socket *goose)
{
    while (!TAILQ_EMPTY(&goose->runs))
        run_free(TAILQ_FIRST(&goose->runs));
    put_message(&goose->out, "cancelled", TEXT("Operation cancelled"));
}

/* --- messages --- */

static enum err read_text(const struct reader_node *root, const char *key, struct text *out)
{
    struct problem problem;
    struct reader_node node;

    *out = TEXT("");
    return reader_member(root, key, &node) ? reader_text(&node, FRAMES_MAX, out, &problem) : OK;
}

/* Answers a prompt by the script, if the pod has the session. With a strict script a prompt for
 * another is ignored. */
static enum err take_prompt(struct goose_socket *goose, const struct reader_node *root,
                            struct arena *arena)
{
    struct pool_state *state = goose->at_pod.tenant->state;
    struct goose_session session;
    struct goose_reply reply = {.error = TEXT("there is no such session")};
    struct text prompt, id;
    bool is_silent = false;
    enum err err;

    if ((err = read_text(root, "content", &prompt)) || (err = read_text(root, "session_id", &id)))
        return err;
    if (goose->runs_count >= RUNS_MAX) {
        put_message(&goose->out, "error", TEXT("100 messages are being answered already"));
        return OK;
    }
    err = pool_state_get_session(state, goose->at_pod.pod_name.pod_number, id, arena, &session);
    if (err == ERR_SESSION_NOT_FOUND)
        err = pool_state_get_strict(state, &is_silent);
    else if (!err)
        err = goose_script_choose(state, prompt, arena, &reply);
    if (err || is_silent)
        return err;
    return answer(goose, &reply) ? OK : ERR_NO_MEMORY;
}

static enum err take_object(struct goose_socket *goose, const struct reader_node *root,
                            struct arena *arena)
{
    struct text type;
    enum err err = read_text(root, "type", &type);

    if (!err && text_equal(type, TEXT("message")))
        return take_prompt(goose, root, arena);
    if (!err && text_equal(type, TEXT("cancel")))
        cancel(goose);
    return err;
}

/* Ignores what is no JSON object of a known type, as Goose does. */
static void goose_take(struct socket *socket, enum socket_frame frame, struct text message)
{
    struct goose_socket *goose = (struct goose_socket *)socket;
    struct reader_node root;
    struct problem problem;
    struct arena arena = {0};
    struct reader *reader = NULL;

    if (frame != SOCKET_TEXT || message.length == 0)
        return;
    enum err err = reader_open(message, goose->values_max, &reader, &problem);
    if (!err)
        err = reader_root(reader, &root, &problem);
    if (!err)
        err = take_object(goose, &root, &arena);
    goose->out.failed |= err == ERR_NO_MEMORY;
    reader_close(&reader);
    arena_free(&arena);
}

/* --- the feed, and its end --- */

static enum feed_state goose_read(struct feed *feed, struct buffer *out, size_t max_bytes)
{
    struct goose_socket *goose = (struct goose_socket *)feed;

    (void)max_bytes;
    if (goose->out.failed)
        goose->at_pod.socket.close = SOCKET_CLOSE_FAILURE;
    else
        buffer_put_text(out, buffer_text(&goose->out));
    buffer_free(&goose->out);
    return goose->at_pod.socket.close ? FEED_ENDED : FEED_WAITS;
}

static void goose_free(struct feed *feed)
{
    struct goose_socket *goose = (struct goose_socket *)feed;

    while (!TAILQ_EMPTY(&goose->runs))
        run_free(TAILQ_FIRST(&goose->runs));
    pod_socket_end(&goose->at_pod);
    buffer_free(&goose->out);
    free(goose);
}

enum err handle_goose_socket(struct call *call)
{
    struct goose_socket *goose;

    if (!call_is_upgrade(call))
        return problem_set(call->problem, ERR_BAD_REQUEST,
                           "there is a WebSocket at this path (Upgrade: websocket)");
    if (!(goose = malloc(sizeof(*goose))))
        return ERR_NO_MEMORY;
    *goose = (struct goose_socket){
        .at_pod.socket = {.feed = {.read = goose_read, .free = goose_free},
                          .take = goose_take,
                          .message_bytes_max = call->api->body_max_bytes},
        .values_max = call->api->json_values_max,
        .out = buffer_new(FRAMES_MAX),
        .runs = TAILQ_HEAD_INITIALIZER(goose->runs),
    };
    return pod_socket_begin(call, &goose->at_pod);
}
