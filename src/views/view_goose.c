/* SPDX-License-Identifier: MIT */
#include "views/views.h"

static void put_tool_call(struct writer *writer, const struct tool_call *call)
{
    writer_object(writer);
    writer_key(writer, "name");
    writer_text(writer, call->name);
    writer_key(writer, "input");
    writer_raw(writer, call->input);
    writer_key(writer, "output");
    writer_raw(writer, call->output);
    writer_end_object(writer);
}

static void put_reply(struct writer *writer, const struct goose_reply *reply)
{
    writer_object(writer);
    writer_key(writer, "pattern");
    writer_text(writer, reply->pattern);
    writer_key(writer, "text");
    writer_text(writer, reply->text);
    writer_key(writer, "pieces");
    writer_number(writer, reply->pieces);
    writer_key(writer, "toolCalls");
    writer_array(writer);
    for (size_t i = 0; i < reply->tool_calls_count; i++)
        put_tool_call(writer, &reply->tool_calls[i]);
    writer_end_array(writer);
    writer_key(writer, "error");
    writer_text(writer, reply->error);
    writer_key(writer, "delay");
    writer_number(writer, reply->delay_ms);
    writer_end_object(writer);
}

void view_replies(struct writer *writer, const struct goose_reply *replies, size_t count)
{
    writer_array(writer);
    for (size_t i = 0; i < count; i++)
        put_reply(writer, &replies[i]);
    writer_end_array(writer);
}
