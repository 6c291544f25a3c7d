/* SPDX-License-Identifier: MIT */
#include "admin/fault_content.h"

#include <stdio.h>
#include <strings.h>

enum {
    HEADERS_TEXT_MAX = FAULT_HEADERS_MAX * (FAULT_HEADER_NAME_MAX + FAULT_HEADER_VALUE_MAX + 4),
    NO_CONTENT = 204,
    RESET_CONTENT = 205,
    NOT_MODIFIED = 304,
};

/* Headers that no rule may set: nginx acts on them, they belong to a connection, or each answer has
 * them already. */
static const char *const reserved_names[] = {
    "cache-control", "connection", "content-length",    "keep-alive", "status", "te",
    "trailer",       "upgrade",    "transfer-encoding", NULL};
static const char *const reserved_prefixes[] = {"x-accel-", "x-mock-", "access-control-", "proxy-",
                                                NULL};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; reserved_names[i]; i++)
        if (strcasecmp(name, reserved_names[i]) == 0)
            return true;
    for (size_t i = 0; reserved_prefixes[i]; i++)
        if (strncasecmp(name, reserved_prefixes[i], strlen(reserved_prefixes[i])) == 0)
            return true;
    return false;
}

/* The headers read so far. */
struct headers {
    struct call *call;
    struct fault_rule *rule;
    const char *names[FAULT_HEADERS_MAX];
    size_t count;
    struct buffer lines;
};

static enum err check_name(struct headers *headers, const char *name,
                           const struct reader_node *member)
{
    struct problem *problem = headers->call->problem;

    if (strlen(name) > FAULT_HEADER_NAME_MAX)
        return reader_refuse(member, problem, "the name is longer than 64 bytes");
    if (!http_header_name_is_valid(text_of(name)))
        return reader_refuse(member, problem, "not a valid header name");
    if (is_reserved(name))
        return reader_refuse(member, problem, "a rule may not set this header");
    for (size_t i = 0; i < headers->count; i++)
        if (strcasecmp(name, headers->names[i]) == 0)
            return reader_refuse(member, problem, "given twice; header names ignore case");
    return OK;
}

static enum err read_header(const char *name, const struct reader_node *member, void *context)
{
    struct headers *headers = context;
    struct problem *problem = headers->call->problem;
    struct text value;
    enum err err = check_name(headers, name, member);

    if (err || (err = reader_text(member, FAULT_HEADER_VALUE_MAX, &value, problem)))
        return err;
    if (!http_header_value_is_valid(value))
        return reader_refuse(member, problem, "expected visible ASCII, spaces and tabs");
    struct text kept = arena_copy(headers->call->arena, (struct text){name, strlen(name) + 1});
    if (!kept.at)
        return ERR_NO_MEMORY;
    headers->names[headers->count++] = kept.at;
    headers->rule->answer.has_content_type |= strcasecmp(name, "content-type") == 0;
    buffer_put_text(&headers->lines, text_of(name));
    buffer_put_text(&headers->lines, TEXT(": "));
    buffer_put_text(&headers->lines, value);
    buffer_put_text(&headers->lines, TEXT("\r\n"));
    return OK;
}

static enum err read_headers(struct call *call, const struct reader_node *answer,
                             struct fault_rule *rule)
{
    struct headers headers = {.call = call, .rule = rule, .lines = buffer_new(HEADERS_TEXT_MAX)};
    struct reader_node node;

    if (!reader_member(answer, "headers", &node))
        return OK;
    enum err err = reader_each(&node, FAULT_HEADERS_MAX, read_header, &headers, call->problem);
    if (err || headers.count == 0) {
        buffer_free(&headers.lines);
        return err;
    }
    rule->headers = arena_take(call->arena, &headers.lines);
    return rule->headers.at ? OK : ERR_NO_MEMORY;
}

/* The context of read_content. */
struct content {
    struct call *call;
    struct fault_rule *rule;
};

static enum err take_content(struct content *content, enum fault_content kind, struct text text,
                             const struct reader_node *member)
{
    struct fault_rule *rule = content->rule;
    int status = rule->answer.status;

    if (rule->answer.content != FAULT_CONTENT_ERROR)
        return reader_refuse(member, content->call->problem,
                             "json and text can't be given together");
    if (text.length > FAULT_CONTENT_MAX)
        return reader_refuse(member, content->call->problem, "longer than 65536 bytes");
    if (text.length > 0 &&
        (status == NO_CONTENT || status == RESET_CONTENT || status == NOT_MODIFIED))
        return reader_refuse(member, content->call->problem,
                             "statuses 204, 205 and 304 have no content; expected an empty text");
    rule->answer.content = kind;
    rule->content = text;
    return OK;
}

static enum err read_content(const char *key, const struct reader_node *member, void *context)
{
    struct content *content = context;
    struct text text;
    enum err err;

    if (strcmp(key, "json") == 0) {
        err = reader_json(member, content->call->arena, &text);
        return err ? err : take_content(content, FAULT_CONTENT_JSON, text, member);
    }
    if (strcmp(key, "text") != 0 || reader_type(member) == READER_NULL)
        return OK;
    err = reader_text(member, FAULT_CONTENT_MAX, &text, content->call->problem);
    return err ? err : take_content(content, FAULT_CONTENT_TEXT, text, member);
}

/* Reads the members that only an error may have. */
static enum err read_error(struct call *call, const struct reader_node *answer,
                           struct fault_rule *rule)
{
    static const char *const keys[] = {"retryAfter", "error"};
    struct reader_node member;
    enum err err;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (rule->answer.content != FAULT_CONTENT_ERROR && reader_member(answer, keys[i], &member))
            return reader_refuse(&member, call->problem, "can't be given with json or text");
    if ((err = reader_member_number(answer, "retryAfter", 1, FAULT_RETRY_AFTER_MAX_S,
                                    &rule->answer.retry_after_s, call->problem)))
        return err;
    return reader_member_text(answer, "error", FAULT_ERROR_MAX, &rule->error, call->problem);
}

static enum err check_status(struct call *call, const struct reader_node *answer,
                             const struct fault_rule *rule)
{
    struct reader_node status;

    return rule->answer.content != FAULT_CONTENT_ERROR || rule->answer.status >= FAULT_STATUS_MIN ||
                   !reader_member(answer, "status", &status)
               ? OK
               : reader_refuse(&status, call->problem,
                               "expected 400 to 599; a lower status needs json or text");
}

/* Refuses the members that need a status, for an answer without one. */
static enum err refuse_without_status(struct call *call, const struct reader_node *answer)
{
    static const char *const keys[] = {"retryAfter", "error", "headers", "json", "text"};
    struct reader_node member;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (reader_member(answer, keys[i], &member))
            return reader_refuse(&member, call->problem, "needs status beside it");
    return OK;
}

enum err fault_content_read(struct call *call, const struct reader_node *answer,
                            struct fault_rule *rule)
{
    struct content content = {call, rule};
    enum err err;

    if (rule->answer.kind != FAULT_ANSWER_STATUS)
        return refuse_without_status(call, answer);
    if ((err = reader_each(answer, SIZE_MAX, read_content, &content, call->problem)) ||
        (err = read_error(call, answer, rule)) || (err = check_status(call, answer, rule)))
        return err;
    return read_headers(call, answer, rule);
}
