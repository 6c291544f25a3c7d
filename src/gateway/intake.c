/* SPDX-License-Identifier: MIT */
#include "gateway/intake.h"

enum { ROLE_RESPONDER = 1, FLAG_KEEP_CONNECTION = 1, BEGIN_BODY_BYTES = 8 };

struct intake intake_new(const struct intake_limits *limits)
{
    return (struct intake){.limits = limits};
}

void intake_restart(struct intake *intake)
{
    *intake = intake_new(intake->limits);
}

size_t intake_buffer_max(const struct intake_limits *limits)
{
    return INTAKE_PARAMS_MAX + INTAKE_OVERHEAD_MAX + body_limits_max(&limits->bodies);
}

/* Removes `count` bytes from `in`, at `from` after the walked ones. */
static void excise(const struct intake *intake, struct buffer *in, size_t from, size_t count)
{
    size_t at = intake->walked + from;

    memmove(in->bytes + at, in->bytes + at + count, in->length - at - count);
    in->length -= count;
}

static enum intake_event begin_request(struct intake *intake, struct buffer *in,
                                       const struct record *record, struct buffer *out, bool refuse)
{
    const unsigned char *body = (unsigned char *)in->bytes + intake->walked + RECORD_HEADER_BYTES;

    if (record->content_bytes != BEGIN_BODY_BYTES || record->id == 0)
        return INTAKE_HOSTILE;
    if (intake->open) {
        if (record->id == intake->id)
            return INTAKE_HOSTILE;
        record_put_refusal(out, record->id, RECORD_CANT_MULTIPLEX);
        excise(intake, in, 0, record_total_bytes(record));
        return INTAKE_MORE;
    }
    unsigned role = (unsigned)body[0] << 8 | body[1];
    bool keep = body[2] & FLAG_KEEP_CONNECTION;
    if (role != ROLE_RESPONDER) {
        record_put_refusal(out, record->id, RECORD_UNKNOWN_ROLE);
        excise(intake, in, 0, record_total_bytes(record));
        return keep ? INTAKE_MORE : INTAKE_CLOSE;
    }
    intake->open = true;
    intake->keep = keep;
    intake->id = record->id;
    intake->refused = refuse;
    return INTAKE_MORE;
}

static enum intake_event take_params(struct intake *intake, const struct buffer *in,
                                     const struct record *record)
{
    if (intake->params_ended)
        return INTAKE_HOSTILE;
    if (record->content_bytes == 0) {
        intake->params_ended = true;
        return pairs_are_whole(&intake->pairs) ? INTAKE_MORE : INTAKE_HOSTILE;
    }
    const char *content = in->bytes + intake->walked + RECORD_HEADER_BYTES;
    intake->params_bytes += record->content_bytes;
    return intake->params_bytes <= INTAKE_PARAMS_MAX &&
                   pairs_walk(&intake->pairs, (const unsigned char *)content, record->content_bytes,
                              INTAKE_PARAMS_MAX)
               ? INTAKE_MORE
               : INTAKE_HOSTILE;
}

/* Joins the contents of all PARAMS records. */
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

/* Returns the last value of that name, as request_variable does; absent if there is none. */
static struct text find_value(struct text params, struct text wanted)
{
    struct text name, value, last = {0};

    while (record_cut_pair(&params, &name, &value))
        if (text_equal(name, wanted))
            last = value;
    return last;
}

/* Returns the body limit of the request at the front of `records`, whose PARAMS are whole and
 * sound; the normal limit without memory. */
static size_t find_body_max(const struct body_limits *bodies, struct text records)
{
    struct buffer params = buffer_new(INTAKE_PARAMS_MAX);

    gather_params(records, &params);
    struct text all = buffer_text(&params), target = find_value(all, TEXT("REQUEST_URI"));
    if (target.length == 0)
        target = find_value(all, TEXT("PATH_INFO"));
    size_t max = params.failed
                     ? bodies->normal_bytes
                     : body_limits_of(bodies, find_value(all, TEXT("REQUEST_METHOD")), target,
                                      find_value(all, TEXT("HTTP_AUTHORIZATION")));
    buffer_free(&params);
    return max;
}

/* Returns true if the body is too long. Looks up the request's own limit only beyond the normal
 * one. */
static bool is_too_long(struct intake *intake, const struct buffer *in)
{
    const struct body_limits *bodies = &intake->limits->bodies;

    if (intake->body_bytes <= bodies->normal_bytes)
        return false;
    if (intake->body_max == 0 && !intake->body_dropped && !intake->refused)
        intake->body_max = find_body_max(bodies, (struct text){in->bytes, intake->walked});
    return intake->body_bytes > intake->body_max;
}

static enum intake_event take_body(struct intake *intake, const struct buffer *in,
                                   const struct record *record)
{
    if (!intake->params_ended)
        return INTAKE_HOSTILE;
    if (record->content_bytes == 0) {
        intake->ended = true;
        return INTAKE_REQUEST;
    }
    intake->body_bytes += record->content_bytes;
    if (is_too_long(intake, in))
        intake->body_dropped = true;
    return INTAKE_MORE;
}

/* Limits headers and padding, so that tiny records with much padding can't take much memory. */
static enum intake_event count_overhead(struct intake *intake, const struct record *record)
{
    intake->overhead_bytes += record_total_bytes(record) - record->content_bytes;
    if (intake->overhead_bytes <= INTAKE_OVERHEAD_MAX / 2)
        return INTAKE_MORE;
    if (!intake->params_ended)
        return INTAKE_HOSTILE;
    intake->body_dropped = true;
    return INTAKE_MORE;
}

/* Moves past a record. Removes the padding of a BEGIN_REQUEST and of the end of PARAMS, which
 * libfcgi does not skip: it would read records in it. */
static void move_past(struct intake *intake, struct buffer *in, const struct record *record)
{
    char *header = in->bytes + intake->walked;
    size_t padding_at = RECORD_HEADER_BYTES + record->content_bytes;

    if (record->type == RECORD_BEGIN_REQUEST ||
        (record->type == RECORD_PARAMS && record->content_bytes == 0)) {
        excise(intake, in, padding_at, record->padding_bytes);
        header[6] = 0;
        intake->walked += padding_at;
    } else {
        intake->walked += record_total_bytes(record);
    }
}

/* Answers a management record (section 4), and removes it. */
static enum intake_event take_management(const struct intake *intake, struct buffer *in,
                                         const struct record *record, struct buffer *out)
{
    const char *content = in->bytes + intake->walked + RECORD_HEADER_BYTES;

    if (record->type == RECORD_GET_VALUES)
        record_put_values(out, (struct text){content, record->content_bytes},
                          intake->limits->requests_max);
    else
        record_put_unknown_type(out, record->type);
    excise(intake, in, 0, record_total_bytes(record));
    return INTAKE_MORE;
}

/* Moves past a record that libfcgi is to read; removes the records of a refused request and of a
 * dropped body. */
static void keep_or_cut(struct intake *intake, struct buffer *in, const struct record *record)
{
    bool dropped = record->type == RECORD_STDIN && intake->body_dropped &&
                   record->content_bytes > 0;

    if (intake->refused || dropped)
        excise(intake, in, 0, record_total_bytes(record));
    else
        move_past(intake, in, record);
}

/* Takes a whole record: moves past it, or removes it. */
static enum intake_event take(struct intake *intake, struct buffer *in, const struct record *record,
                              struct buffer *out, bool refuse)
{
    enum intake_event event = INTAKE_MORE;

    if (record->type == RECORD_BEGIN_REQUEST) {
        bool was_open = intake->open;
        event = begin_request(intake, in, record, out, refuse);
        if (event == INTAKE_HOSTILE || was_open || !intake->open)
            return event;
    } else if (record->id == 0) {
        return take_management(intake, in, record, out);
    } else if (!intake->open || record->id != intake->id) {
        excise(intake, in, 0,
               record_total_bytes(record)); /* belongs to no open request (section 3.3) */
        return INTAKE_MORE;
    } else if (record->type == RECORD_ABORT_REQUEST) {
        excise(intake, in, 0, record_total_bytes(record));
        record_put_refusal(out, record->id, RECORD_COMPLETE);
        return INTAKE_ABORTED;
    } else if (record->type == RECORD_PARAMS) {
        event = take_params(intake, in, record);
    } else if (record->type == RECORD_STDIN) {
        event = take_body(intake, in, record);
    } else {
        return INTAKE_HOSTILE;
    }
    if (event == INTAKE_HOSTILE || count_overhead(intake, record) == INTAKE_HOSTILE)
        return INTAKE_HOSTILE;
    keep_or_cut(intake, in, record);
    return event;
}

/* Returns true if the next record is whole and belongs to the body, or aborts the request. */
static bool goes_on(const struct intake *intake, const struct buffer *in)
{
    struct text next = text_from(buffer_text(in), intake->walked);

    if (next.length < RECORD_HEADER_BYTES)
        return false;
    struct record record = record_read_header((const unsigned char *)next.at);
    return record.version == RECORD_VERSION && record.id == intake->id &&
           (record.type == RECORD_STDIN || record.type == RECORD_ABORT_REQUEST) &&
           next.length >= record_total_bytes(&record);
}

/* Returns true if all CONTENT_LENGTH bytes of the body are there (RFC 3875, section 4.2), with or
 * without the record that ends it: HAProxy sends none for an empty chunked body. Whole records of
 * the body that follow are walked first, so that a longer body is noticed. */
static bool is_whole(const struct intake *intake, const struct buffer *in)
{
    uint64_t length;

    return intake->params_ended && pairs_content_length(&intake->pairs, &length) &&
           intake->body_bytes == length && !goes_on(intake, in);
}

enum intake_event intake_walk(struct intake *intake, struct buffer *in, struct buffer *out,
                              bool refuse)
{
    enum intake_event event = INTAKE_MORE;

    while (event == INTAKE_MORE && in->length - intake->walked >= RECORD_HEADER_BYTES) {
        struct record record = record_read_header((unsigned char *)in->bytes + intake->walked);
        if (record.version != RECORD_VERSION)
            return INTAKE_HOSTILE;
        if (in->length - intake->walked < record_total_bytes(&record))
            break;
        event = take(intake, in, &record, out, refuse);
        if (event == INTAKE_MORE && is_whole(intake, in))
            event = INTAKE_REQUEST;
    }
    return event;
}

bool intake_drop_rest(struct buffer *in, unsigned id)
{
    struct record record;

    do {
        if (in->length < RECORD_HEADER_BYTES)
            return false;
        record = record_read_header((unsigned char *)in->bytes);
        if (record.version != RECORD_VERSION || record.type != RECORD_STDIN || record.id != id ||
            in->length < record_total_bytes(&record))
            return false;
        buffer_drop(in, record_total_bytes(&record));
    } while (record.content_bytes > 0);
    return true;
}

bool intake_take_abort(struct buffer *in, unsigned id)
{
    if (in->length < RECORD_HEADER_BYTES)
        return false;
    struct record record = record_read_header((unsigned char *)in->bytes);
    if (record.version != RECORD_VERSION || record.type != RECORD_ABORT_REQUEST ||
        record.id != id || in->length < record_total_bytes(&record))
        return false;
    buffer_drop(in, record_total_bytes(&record));
    return true;
}
