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
    size_t body_max = limits->body_max_bytes > limits->large.body_max_bytes
                          ? limits->body_max_bytes
                          : limits->large.body_max_bytes;

    return INTAKE_PARAMS_MAX + INTAKE_OVERHEAD_MAX + body_max;
}

/* Takes bytes out of the middle, where the next record to be looked at begins. */
static void excise(struct intake *intake, struct buffer *in, size_t from, size_t count)
{
    size_t at = intake->walked + from;

    memmove(in->bytes + at, in->bytes + at + count, in->length - at - count);
    in->length -= count;
}

static size_t read_length(const unsigned char *b)
{
    return b[0] < 0x80
               ? b[0]
               : (size_t)(b[0] & 0x7F) << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static size_t length_bytes(unsigned char first)
{
    return first < 0x80 ? 1 : 4;
}

/* True when both lengths of a pair have been read. */
static bool pair_lengths_known(const struct intake *intake, size_t *name, size_t *value)
{
    const unsigned char *b = intake->pair.length;

    if (intake->pair.have == 0)
        return false;
    size_t name_bytes = length_bytes(b[0]);
    if (intake->pair.have <= name_bytes ||
        intake->pair.have < name_bytes + length_bytes(b[name_bytes]))
        return false;
    *name = read_length(b);
    *value = read_length(b + name_bytes);
    return true;
}

/* Follows the name-value pairs through the content of one PARAMS record. False if a length can't be
 * true. */
static bool walk_pairs(struct intake *intake, const unsigned char *content, size_t count)
{
    size_t at = 0, name, value;

    intake->params_bytes += count;
    if (intake->params_bytes > INTAKE_PARAMS_MAX)
        return false;
    while (at < count) {
        if (intake->pair.skip > 0) {
            size_t skip = intake->pair.skip < count - at ? intake->pair.skip : count - at;
            intake->has_nul |= memchr(content + at, '\0', skip) != NULL;
            intake->pair.skip -= skip;
            at += skip;
            continue;
        }
        intake->pair.length[intake->pair.have++] = content[at++];
        if (!pair_lengths_known(intake, &name, &value))
            continue;
        if (name == 0 || name > INTAKE_PARAMS_MAX || value > INTAKE_PARAMS_MAX)
            return false;
        intake->pair.have = 0;
        intake->pair.skip = name + value;
    }
    return true;
}

static enum intake_event begin(struct intake *intake, struct buffer *in,
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

static enum intake_event params(struct intake *intake, const struct buffer *in,
                                const struct record *record)
{
    if (intake->params_ended)
        return INTAKE_HOSTILE;
    if (record->content_bytes == 0) {
        intake->params_ended = true;
        return intake->pair.have > 0 || intake->pair.skip > 0 ? INTAKE_HOSTILE : INTAKE_MORE;
    }
    const char *content = in->bytes + intake->walked + RECORD_HEADER_BYTES;
    return walk_pairs(intake, (const unsigned char *)content, record->content_bytes)
               ? INTAKE_MORE
               : INTAKE_HOSTILE;
}

/* True for a body that is longer than it may be. What request it is of is looked at only then. */
static bool is_too_long(struct intake *intake, const struct buffer *in)
{
    const struct intake_limits *limits = intake->limits;

    if (intake->body_bytes <= limits->body_max_bytes)
        return false;
    if (!intake->is_large && !intake->body_dropped && !intake->refused)
        intake->is_large = large_body_is_for(&limits->large,
                                             (struct text){in->bytes, intake->walked});
    return !intake->is_large || intake->body_bytes > limits->large.body_max_bytes;
}

static enum intake_event body(struct intake *intake, const struct buffer *in,
                              const struct record *record)
{
    if (!intake->params_ended)
        return INTAKE_HOSTILE;
    if (record->content_bytes == 0)
        return INTAKE_REQUEST;
    intake->body_bytes += record->content_bytes;
    if (is_too_long(intake, in))
        intake->body_dropped = true;
    return INTAKE_MORE;
}

/* Counts what a record has beside its content. Tiny records with much padding can't hold more
 * memory than this. */
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

/* Takes a record that is there in whole. What it stays for is moved past; the rest is cut out. */
static enum intake_event take(struct intake *intake, struct buffer *in, const struct record *record,
                              struct buffer *out, bool refuse)
{
    size_t total = record_total_bytes(record);
    enum intake_event event = INTAKE_MORE;
    const char *content = in->bytes + intake->walked + RECORD_HEADER_BYTES;

    if (record->type == RECORD_BEGIN_REQUEST) {
        bool was_open = intake->open;
        event = begin(intake, in, record, out, refuse);
        if (event == INTAKE_HOSTILE || was_open || !intake->open)
            return event;
    } else if (record->id == 0) {
        if (record->type == RECORD_GET_VALUES)
            record_put_values(out, (struct text){content, record->content_bytes},
                              intake->limits->requests_max);
        else
            record_put_unknown_type(out, record->type);
        excise(intake, in, 0, total);
        return INTAKE_MORE;
    } else if (!intake->open || record->id != intake->id) {
        excise(intake, in, 0, total); /* of a request that is not open: ignored (section 3.3) */
        return INTAKE_MORE;
    } else if (record->type == RECORD_ABORT_REQUEST) {
        excise(intake, in, 0, total);
        record_put_refusal(out, record->id, RECORD_COMPLETE);
        return INTAKE_ABORTED;
    } else if (record->type == RECORD_PARAMS) {
        event = params(intake, in, record);
    } else if (record->type == RECORD_STDIN) {
        event = body(intake, in, record);
    } else {
        return INTAKE_HOSTILE;
    }
    if (event != INTAKE_HOSTILE && count_overhead(intake, record) == INTAKE_HOSTILE)
        return INTAKE_HOSTILE;
    bool dropped = record->type == RECORD_STDIN && intake->body_dropped &&
                   record->content_bytes > 0;
    if (intake->refused || dropped)
        excise(intake, in, 0, total);
    else
        intake->walked += total;
    return event;
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
    }
    return event;
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
