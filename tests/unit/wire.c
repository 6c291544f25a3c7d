/* SPDX-License-Identifier: MIT */
#include "wire.h"

void wire_put_record(struct buffer *out, unsigned type, unsigned id, struct text content,
                     size_t padding)
{
    static const char zeros[255];
    const unsigned char header[RECORD_HEADER_BYTES] = {
        RECORD_VERSION,
        (unsigned char)type,
        (unsigned char)(id >> 8),
        (unsigned char)id,
        (unsigned char)(content.length >> 8),
        (unsigned char)content.length,
        (unsigned char)padding,
    };

    buffer_put(out, header, sizeof(header));
    buffer_put_text(out, content);
    buffer_put(out, zeros, padding);
}

void wire_put_begin(struct buffer *out, unsigned id, unsigned role, unsigned flags)
{
    const char body[8] = {(char)(role >> 8), (char)role, (char)flags};

    wire_put_record(out, RECORD_BEGIN_REQUEST, id, (struct text){body, sizeof(body)}, 0);
}

static void put_length(struct buffer *out, size_t length)
{
    const unsigned char four[4] = {(unsigned char)(0x80 | length >> 24),
                                   (unsigned char)(length >> 16), (unsigned char)(length >> 8),
                                   (unsigned char)length};

    if (length < 0x80)
        buffer_put_char(out, (char)length);
    else
        buffer_put(out, four, sizeof(four));
}

void wire_put_pair(struct buffer *out, struct text name, struct text value)
{
    put_length(out, name.length);
    put_length(out, value.length);
    buffer_put_text(out, name);
    buffer_put_text(out, value);
}

void wire_put_stream(struct buffer *out, unsigned type, unsigned id, struct text content,
                     size_t piece)
{
    while (content.length > 0) {
        size_t count = content.length < piece ? content.length : piece;
        wire_put_record(out, type, id, (struct text){content.at, count}, -count & 7);
        content = text_from(content, count);
    }
    wire_put_record(out, type, id, TEXT(""), 0);
}

void wire_put_request(struct buffer *out, unsigned id, struct text pairs, struct text body)
{
    wire_put_begin(out, id, 1, 1);
    wire_put_stream(out, RECORD_PARAMS, id, pairs, 65528);
    wire_put_stream(out, RECORD_STDIN, id, body, 65528);
}
