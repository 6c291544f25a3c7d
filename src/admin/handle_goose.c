/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/goose: the replies of Goose in the pods. */
#include "call/handler.h"
#include "views/document.h"

static enum err answer_script(struct call *call, const struct goose_reply *replies, size_t count,
                              bool is_strict)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_key(&writer, "replies");
    view_replies(&writer, replies, count);
    writer_member_bool(&writer, "strict", is_strict);
    return call_end_answer(call, &writer);
}

enum err handle_set_goose(struct call *call)
{
    const struct document_reading reading = {.arena = call->arena, .problem = call->problem};
    static const char *const keys[] = {"replies", "strict", NULL};
    struct reader_node root, array;
    bool is_strict = false;
    size_t count;
    enum err err;

    if ((err = call_body(call, &root)) || (err = reader_only_keys(&root, keys, call->problem)) ||
        (err = reader_required(&root, "replies", &array, call->problem)) ||
        (err = reader_member_bool(&root, "strict", &is_strict, call->problem)) ||
        (err = reader_array(&array, REPLIES_MAX, &count, call->problem)))
        return err;
    struct goose_reply *replies = arena_alloc(call->arena, count * sizeof(*replies));
    if (!replies)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = document_read_reply(&reading, &element, &replies[i])))
            return err;
    }
    if ((err = pool_state_set_replies(call->state, replies, count)) ||
        (err = pool_state_set_strict(call->state, is_strict)))
        return err;
    return answer_script(call, replies, count, is_strict);
}

enum err handle_goose_script(struct call *call)
{
    const struct goose_reply *replies;
    size_t count;
    bool is_strict;
    enum err err;

    if ((err = pool_state_get_replies(call->state, call->arena, &replies, &count)) ||
        (err = pool_state_get_strict(call->state, &is_strict)))
        return err;
    return answer_script(call, replies, count, is_strict);
}
