/* SPDX-License-Identifier: MIT */
#include "gateway/large.h"

#include "gateway/intake.h"
#include "http/message.h"

/* The content of all PARAMS records as one. */
static void gather_params(struct text records, struct buffer *params)
{
    while (records.length >= RECORD_HEADER_BYTES) {
        struct record record = record_read_header((const unsigned char *)records.at);
        const char *content = records.at + RECORD_HEADER_BYTES;
        if (record.type == RECORD_STDIN)
            break;
        if (record.type == RECORD_PARAMS)
            buffer_put(params, content, record.content_bytes);
        records = text_from(records, record_total_bytes(&record));
    }
}

/* The last value of that name, as request_variable has it; absent if there is none. */
static struct text find_value(struct text params, struct text wanted)
{
    struct text name, value, last = {0};

    while (record_cut_pair(&params, &name, &value))
        if (text_equal(name, wanted))
            last = value;
    return last;
}

static bool ends_with(struct text text, struct text end)
{
    return text.length >= end.length && text_equal(text_from(text, text.length - end.length), end);
}

bool large_body_is_of(const struct large_body *large, struct text method, struct text target,
                      struct text authorization)
{
    struct text path;

    return large->method.length > 0 && text_equal(method, large->method) &&
           text_cut(&target, '?', &path) && ends_with(path, large->path_end) &&
           (large->token.length == 0 || text_equal(http_bearer_token(authorization), large->token));
}

bool large_body_is_for(const struct large_body *large, struct text records)
{
    struct buffer params = buffer_new(INTAKE_PARAMS_MAX);

    gather_params(records, &params);
    struct text all = buffer_text(&params), target = find_value(all, TEXT("REQUEST_URI"));
    if (target.length == 0)
        target = find_value(all, TEXT("PATH_INFO"));
    bool is_for = !params.failed &&
                  large_body_is_of(large, find_value(all, TEXT("REQUEST_METHOD")), target,
                                   find_value(all, TEXT("HTTP_AUTHORIZATION")));
    buffer_free(&params);
    return is_for;
}
