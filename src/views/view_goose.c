/* SPDX-License-Identifier: MIT */
#include "views/views.h"

static void put_tool_call(struct writer *writer, const struct tool_call *call)
{
    writer_object(writer);
    writer_member_text(writer, "name", call->name);
    writer_member_raw(writer, "input", call->input);
    writer_member_raw(writer, "output", call->output);
    writer_end_object(writer);
}

static void put_reply(struct writer *writer, const struct goose_reply *reply)
{
    writer_object(writer);
    writer_member_text(writer, "pattern", reply->pattern);
    writer_member_text(writer, "text", reply->text);
    writer_member_number(writer, "pieces", reply->pieces);
    writer_member_array(writer, "toolCalls");
    for (size_t i = 0; i < reply->tool_calls_count; i++)
        put_tool_call(writer, &reply->tool_calls[i]);
    writer_end_array(writer);
    writer_member_text(writer, "error", reply->error);
    writer_member_number(writer, "delay", reply->delay_ms);
    writer_end_object(writer);
}

void view_replies(struct writer *writer, const struct goose_reply *replies, size_t count)
{
    writer_array(writer);
    for (size_t i = 0; i < count; i++)
        put_reply(writer, &replies[i]);
    writer_end_array(writer);
}
