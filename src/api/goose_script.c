/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/goose: what Goose says in the pods. */
#include "api/handler.h"

enum { PIECES_BY_DEFAULT = 5 };

static enum err read_json(const struct reader_node *object, const char *key, struct text *out)
{
    struct reader_node node;

    *out = TEXT("null");
    return reader_member(object, key, &node) ? reader_json(&node, out) : OK;
}

static enum err read_tool_call(struct call *call, const struct reader_node *node,
                               struct tool_call *out)
{
    struct reader_node name;
    enum err err;

    if (reader_type(node) != READER_OBJECT)
        return reader_refuse(node, call->problem, "expected an object");
    if (!reader_member(node, "name", &name))
        return reader_missing(node, "name", call->problem);
    if ((err = reader_text(&name, CONFIG_TEXT_MAX, &out->name, call->problem)) ||
        (err = read_json(node, "input", &out->input)))
        return err;
    return read_json(node, "output", &out->output);
}

static enum err read_tool_calls(struct call *call, const struct reader_node *node,
                                struct goose_reply *reply)
{
    struct reader_node array;
    size_t count;
    enum err err;

    if (!reader_member(node, "toolCalls", &array))
        return OK;
    if ((err = reader_array(&array, REPLY_TOOL_CALLS_MAX, &count, call->problem)))
        return err;
    struct tool_call *calls = arena_alloc(call->arena, count * sizeof(*calls));
    if (!calls)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = read_tool_call(call, &element, &calls[i])))
            return err;
    }
    reply->tool_calls = calls;
    reply->tool_calls_count = count;
    return OK;
}

static enum err read_reply(struct call *call, const struct reader_node *node,
                           struct goose_reply *out)
{
    static const char *const keys[] = {"pattern", "text",  "pieces", "toolCalls",
                                       "error",   "delay", NULL};
    struct reader_node delay;
    enum err err;

    *out = (struct goose_reply){.pattern = TEXT(""), .pieces = PIECES_BY_DEFAULT};
    if ((err = reader_only_keys(node, keys, call->problem)) ||
        (err = reader_member_text(node, "pattern", CONFIG_TEXT_MAX, &out->pattern,
                                  call->problem)) ||
        (err = reader_member_text(node, "text", CONFIG_TEXT_MAX, &out->text, call->problem)) ||
        (err = reader_member_text(node, "error", CONFIG_TEXT_MAX, &out->error, call->problem)) ||
        (err = reader_member_number(node, "pieces", 1, REPLY_PIECES_MAX, &out->pieces,
                                    call->problem)))
        return err;
    if (reader_member(node, "delay", &delay) &&
        (err = reader_duration(&delay, REPLY_DELAY_MAX_MS, &out->delay_ms, call->problem)))
        return err;
    return read_tool_calls(call, node, out);
}

enum err handle_set_goose(struct call *call)
{
    struct reader_node root, array;
    size_t count;
    enum err err;

    if ((err = call_body(call, &root)))
        return err;
    if (!reader_member(&root, "replies", &array))
        return reader_missing(&root, "replies", call->problem);
    if ((err = reader_array(&array, REPLIES_MAX, &count, call->problem)))
        return err;
    struct goose_reply *replies = arena_alloc(call->arena, count * sizeof(*replies));
    if (!replies)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = read_reply(call, &element, &replies[i])))
            return err;
    }
    if ((err = pool_state_set_replies(call->state, replies, count)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "replies");
    view_replies(&writer, replies, count);
    return call_end_answer(call, &writer);
}

enum err handle_goose_script(struct call *call)
{
    const struct goose_reply *replies;
    size_t count;
    enum err err = pool_state_get_replies(call->state, call->arena, &replies, &count);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "replies");
    view_replies(&writer, replies, count);
    return call_end_answer(call, &writer);
}
