/* SPDX-License-Identifier: MIT */
#include "callbacks/callback_rule.h"

#include "call/rule_id.h"

enum { MEMBERS_MAX = CALLBACK_BODY_MAX + 1024 /* bytes, with the defaults */ };

static enum err read_cause(struct call *call, const struct reader_node *node,
                           enum callback_cause *on)
{
    static const char *const words[] = {"pod.failed", NULL};
    struct reader_node member;
    size_t index;
    enum err err = reader_required(node, "on", &member, call->problem);

    if (!err)
        err = reader_word(&member, words, &index, call->problem);
    *on = CALLBACK_ON_POD_FAILED;
    return err;
}

static enum err read_target(struct call *call, const struct reader_node *node, struct text *to)
{
    struct reader_node member;
    enum err err;

    if ((err = reader_required(node, "to", &member, call->problem)) ||
        (err = reader_text(&member, CALLBACK_TARGET_MAX, to, call->problem)))
        return err;
    return callback_target_is_valid(*to)
               ? OK
               : reader_refuse(&member, call->problem,
                               "expected the name of a target of the relay, of a-z, 0-9 and -");
}

/* Refuses the members that the event gives. */
static enum err check_members(struct call *call, const struct reader_node *body)
{
    static const char *const keys[] = {"poolName", "podId", "timestamp"};
    struct reader_node member;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (reader_member(body, keys[i], &member))
            return reader_refuse(&member, call->problem, "comes from the pod that fails");
    return OK;
}

/* Writes the members of the body that the rule leaves out, as of a container that ends again and
 * again. */
static void put_defaults(struct writer *writer, const struct reader_node *body)
{
    struct reader_node member;

    if (!body || !reader_member(body, "eventMessage", &member))
        writer_member_text(writer, "eventMessage",
                           TEXT("Back-off restarting failed container workspace"));
    if (!body || !reader_member(body, "reason", &member))
        writer_member_text(writer, "reason", TEXT("BackOff"));
    if (body && reader_member(body, "containers", &member))
        return;
    writer_member_array(writer, "containers");
    writer_object(writer);
    writer_member_text(writer, "name", TEXT("workspace"));
    writer_member_text(writer, "type", TEXT("container"));
    writer_member_text(writer, "status", TEXT("waiting"));
    writer_null(writer_key(writer, "exitCode"));
    writer_member_text(writer, "reason", TEXT("CrashLoopBackOff"));
    writer_member_text(writer, "logs", TEXT("[mock] the container has ended"));
    writer_member_number(writer, "lastExitCode", 1);
    writer_member_text(writer, "lastReason", TEXT("Error"));
    writer_end_object(writer);
    writer_end_array(writer);
}

static enum err put_given(struct call *call, struct writer *writer, const struct reader_node *body)
{
    struct text json;
    enum err err;

    if (reader_type(body) != READER_OBJECT)
        return reader_refuse(body, call->problem, "expected an object");
    if ((err = check_members(call, body)) || (err = reader_json(body, call->arena, &json)))
        return err;
    if (json.length > CALLBACK_BODY_MAX)
        return reader_refuse(body, call->problem, "longer than 65536 bytes");
    writer_members(writer, json);
    return OK;
}

static enum err read_body(struct call *call, const struct reader_node *node, struct text *members)
{
    struct buffer out = buffer_new(MEMBERS_MAX);
    struct writer writer = writer_new(&out);
    struct reader_node body;
    bool is_given = reader_member(node, "body", &body);
    enum err err = is_given ? put_given(call, &writer, &body) : OK;

    if (err) {
        buffer_free(&out);
        return err;
    }
    put_defaults(&writer, is_given ? &body : NULL);
    *members = arena_take(call->arena, &out);
    return members->at ? OK : ERR_NO_MEMORY;
}

enum err callback_rule_read(struct call *call, const struct reader_node *node,
                            struct callback_rule *out)
{
    static const char *const keys[] = {"id", "on", "to", "body", "maxAttempts", NULL};
    int64_t attempts_max = DELIVERY_ATTEMPTS_DEFAULT;
    enum err err;

    *out = (struct callback_rule){0};
    if ((err = reader_only_keys(node, keys, call->problem)) ||
        (err = rule_id_read(call, node, &out->id)) || (err = read_cause(call, node, &out->on)) ||
        (err = read_target(call, node, &out->to)) ||
        (err = reader_member_number(node, "maxAttempts", 1, DELIVERY_ATTEMPTS_MAX, &attempts_max,
                                    call->problem)))
        return err;
    out->attempts_max = (int)attempts_max;
    return read_body(call, node, &out->members);
}
