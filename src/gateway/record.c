/* SPDX-License-Identifier: MIT */
#include "gateway/record.h"

#include <stdio.h>

#include "base/check.h"

struct record record_read_header(const unsigned char bytes[static RECORD_HEADER_BYTES])
{
    return (struct record){
        .version = bytes[0],
        .type = bytes[1],
        .id = (unsigned)bytes[2] << 8 | bytes[3],
        .content_bytes = (size_t)bytes[4] << 8 | bytes[5],
        .padding_bytes = bytes[6],
    };
}

size_t record_total_bytes(const struct record *record)
{
    return RECORD_HEADER_BYTES + record->content_bytes + record->padding_bytes;
}

static void put_header(struct buffer *out, enum record_type type, unsigned id, size_t content,
                       size_t padding)
{
    const unsigned char header[RECORD_HEADER_BYTES] = {
        RECORD_VERSION,         (unsigned char)type,           (unsigned char)(id >> 8),
        (unsigned char)id,      (unsigned char)(content >> 8), (unsigned char)content,
        (unsigned char)padding,
    };
    buffer_put(out, header, sizeof(header));
}

static void put_padding(struct buffer *out, size_t count)
{
    static const char zeros[8];

    buffer_put(out, zeros, count);
}

/* Returns the padding after content: records should end on a multiple of eight bytes (section 3.3).
 */
static size_t padding_for(size_t content)
{
    return -content & 7;
}

static void put_record(struct buffer *out, enum record_type type, unsigned id, const void *bytes,
                       size_t count)
{
    put_header(out, type, id, count, padding_for(count));
    buffer_put(out, bytes, count);
    put_padding(out, padding_for(count));
}

size_t record_open_stdout(struct buffer *out, unsigned id)
{
    size_t opened = out->length;

    put_header(out, RECORD_STDOUT, id, 0, 0);
    return opened;
}

void record_close(struct buffer *out, size_t opened)
{
    if (out->failed)
        return;
    size_t content = out->length - opened - RECORD_HEADER_BYTES;
    CHECK(content <= RECORD_CONTENT_MAX);
    out->bytes[opened + 4] = (char)(content >> 8);
    out->bytes[opened + 5] = (char)content;
    out->bytes[opened + 6] = (char)padding_for(content);
    put_padding(out, padding_for(content));
}

void record_put_stdout(struct buffer *out, unsigned id, const void *bytes, size_t count)
{
    const char *at = bytes;

    while (count > 0) {
        size_t piece = count < RECORD_CONTENT_MAX ? count : RECORD_CONTENT_MAX;
        put_record(out, RECORD_STDOUT, id, at, piece);
        at += piece;
        count -= piece;
    }
}

void record_put_refusal(struct buffer *out, unsigned id, enum record_end how)
{
    const unsigned char body[8] = {[4] = (unsigned char)how};

    put_record(out, RECORD_END_REQUEST, id, body, sizeof(body));
}

void record_put_end(struct buffer *out, unsigned id)
{
    put_record(out, RECORD_STDOUT, id, "", 0);
    record_put_refusal(out, id, RECORD_COMPLETE);
}

void record_put_break(struct buffer *out)
{
    buffer_put_char(out, '\0'); /* not a version of FastCGI */
}

/* Cuts the length of a name or value off `rest`: one byte, or four with the highest bit set. */
static bool cut_length(struct text *rest, size_t *length)
{
    const unsigned char *b = (const unsigned char *)rest->at;

    if (rest->length == 0)
        return false;
    if (b[0] < 0x80) {
        *length = b[0];
        *rest = text_from(*rest, 1);
        return true;
    }
    if (rest->length < 4)
        return false;
    *length = (size_t)(b[0] & 0x7F) << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    *rest = text_from(*rest, 4);
    return true;
}

bool record_cut_pair(struct text *rest, struct text *name, struct text *value)
{
    size_t name_length, value_length;

    if (!cut_length(rest, &name_length) || !cut_length(rest, &value_length))
        return false;
    if (rest->length < name_length || rest->length - name_length < value_length)
        return false;
    *name = (struct text){rest->at, name_length};
    *value = (struct text){rest->at + name_length, value_length};
    *rest = text_from(*rest, name_length + value_length);
    return true;
}

/* Appends a pair, or leaves it out if it has no room. */
static void put_short_pair(struct buffer *out, struct text name, struct text value)
{
    if (!buffer_reserve(out, 2 + name.length + value.length))
        return;
    buffer_put_char(out, (char)name.length);
    buffer_put_char(out, (char)value.length);
    buffer_put_text(out, name);
    buffer_put_text(out, value);
}

void record_put_values(struct buffer *out, struct text names, size_t requests_max)
{
    struct buffer pairs = buffer_new(1024);
    struct text name, value;
    char number[24];

    snprintf(number, sizeof(number), "%zu", requests_max);
    while (record_cut_pair(&names, &name, &value)) {
        if (text_equal(name, TEXT("FCGI_MPXS_CONNS")))
            put_short_pair(&pairs, name, TEXT("0"));
        else if (text_equal(name, TEXT("FCGI_MAX_CONNS")) ||
                 text_equal(name, TEXT("FCGI_MAX_REQS")))
            put_short_pair(&pairs, name, text_of(number));
    }
    put_record(out, RECORD_GET_VALUES_RESULT, 0, pairs.bytes, pairs.length);
    buffer_free(&pairs);
}

void record_put_unknown_type(struct buffer *out, unsigned type)
{
    const unsigned char body[8] = {(unsigned char)type};

    put_record(out, RECORD_UNKNOWN_TYPE, 0, body, sizeof(body));
}
