/* SPDX-License-Identifier: MIT
 *
 * Writes and reads a reply of Goose's script, in a state document and in `PUT __admin/goose`. */
#include "views/document.h"

enum { PIECES_BY_DEFAULT = 5 };

static void put_tool_call(struct writer *writer, const struct tool_call *call)
{
    writer_object(writer);
    writer_member_raw(writer, "input", call->input);
    writer_member_text(writer, "name", call->name);
    writer_member_raw(writer, "output", call->output);
    writer_end_object(writer);
}

void document_put_reply(struct writer *writer, const struct goose_reply *reply)
{
    writer_object(writer);
    writer_member_number(writer, "delay", reply->delay_ms);
    writer_member_text(writer, "error", reply->error);
    writer_member_text(writer, "pattern", reply->pattern);
    writer_member_number(writer, "pieces", reply->pieces);
    writer_member_text(writer, "text", reply->text);
    writer_member_array(writer, "toolCalls");
    for (size_t i = 0; i < reply->tool_calls_count; i++)
        put_tool_call(writer, &reply->tool_calls[i]);
    writer_end_array(writer);
    writer_end_object(writer);
}

static enum err read_json(const struct document_reading *reading, const struct reader_node *object,
                          const char *key, struct text *out)
{
    struct reader_node node;

    *out = TEXT("null");
    return reader_member(object, key, &node) ? reader_json(&node, reading->arena, out) : OK;
}

static enum err read_tool_call(const struct document_reading *reading,
                               const struct reader_node *node, struct tool_call *out)
{
    struct problem *problem = reading->problem;
    static const char *const keys[] = {"input", "name", "output", NULL};
    struct reader_node name;
    enum err err = reader_only_keys(node, keys, problem);

    if (err || (err = reader_required(node, "name", &name, problem)) ||
        (err = reader_text(&name, CONFIG_TEXT_MAX, &out->name, problem)) ||
        (err = read_json(reading, node, "input", &out->input)))
        return err;
    return read_json(reading, node, "output", &out->output);
}

static enum err read_tool_calls(const struct document_reading *reading,
                                const struct reader_node *node, struct goose_reply *reply)
{
    struct reader_node array;
    size_t count;
    enum err err;

    if (!reader_member(node, "toolCalls", &array))
        return OK;
    if ((err = reader_array(&array, REPLY_TOOL_CALLS_MAX, &count, reading->problem)))
        return err;
    struct tool_call *calls = arena_alloc(reading->arena, count * sizeof(*calls));
    if (!calls)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = read_tool_call(reading, &element, &calls[i])))
            return err;
    }
    reply->tool_calls = calls;
    reply->tool_calls_count = count;
    return OK;
}

enum err document_read_reply(const struct document_reading *reading, const struct reader_node *node,
                             struct goose_reply *out)
{
    static const char *const keys[] = {"pattern", "text",  "pieces", "toolCalls",
                                       "error",   "delay", NULL};
    struct problem *problem = reading->problem;
    struct reader_node delay;
    enum err err;

    *out = (struct goose_reply){.pattern = TEXT(""), .pieces = PIECES_BY_DEFAULT};
    if ((err = reader_only_keys(node, keys, problem)) ||
        (err = reader_member_text(node, "pattern", CONFIG_TEXT_MAX, &out->pattern, problem)) ||
        (err = reader_member_text(node, "text", CONFIG_TEXT_MAX, &out->text, problem)) ||
        (err = reader_member_text(node, "error", CONFIG_TEXT_MAX, &out->error, problem)) ||
        (err = reader_member_number(node, "pieces", 1, REPLY_PIECES_MAX, &out->pieces, problem)))
        return err;
    if (reader_member(node, "delay", &delay) &&
        (err = reader_duration(&delay, REPLY_DELAY_MAX_MS, &out->delay_ms, problem)))
        return err;
    return read_tool_calls(reading, node, out);
}
