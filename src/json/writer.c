/* SPDX-License-Identifier: MIT */
#include "json/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"

/* Writes the comma before a value or key, if it needs one. */
static void separate(struct writer *writer)
{
    if (writer->comma)
        buffer_put_char(writer->out, ',');
}

static void open_with(struct writer *writer, char bracket)
{
    separate(writer);
    buffer_put_char(writer->out, bracket);
    writer->comma = false;
}

static void close_with(struct writer *writer, char bracket)
{
    buffer_put_char(writer->out, bracket);
    writer->comma = true;
}

void writer_object(struct writer *writer)
{
    open_with(writer, '{');
}

void writer_end_object(struct writer *writer)
{
    close_with(writer, '}');
}

void writer_array(struct writer *writer)
{
    open_with(writer, '[');
}

void writer_end_array(struct writer *writer)
{
    close_with(writer, ']');
}

struct writer *writer_quoted_key(struct writer *writer, struct text quoted)
{
    buffer_put_text(writer->out, writer->comma ? quoted : text_from(quoted, 1));
    writer->comma = false;
    return writer;
}

static void put_quoted(struct buffer *out, struct text text)
{
    buffer_put_char(out, '"');
    buffer_put_escaped(out, text);
    buffer_put_char(out, '"');
}

void writer_text_key(struct writer *writer, struct text key)
{
    separate(writer);
    put_quoted(writer->out, key);
    buffer_put_char(writer->out, ':');
    writer->comma = false;
}

void writer_raw(struct writer *writer, struct text json)
{
    separate(writer);
    buffer_put_text(writer->out, json);
    writer->comma = true;
}

void writer_members(struct writer *writer, struct text object)
{
    if (object.length > 2)
        writer_raw(writer, (struct text){object.at + 1, object.length - 2});
}

void writer_text(struct writer *writer, struct text value)
{
    if (!value.at) {
        writer_null(writer);
        return;
    }
    separate(writer);
    put_quoted(writer->out, value);
    writer->comma = true;
}

void writer_texts(struct writer *writer, const struct text *values, size_t count)
{
    writer_array(writer);
    for (size_t i = 0; i < count; i++)
        writer_text(writer, values[i]);
    writer_end_array(writer);
}

void writer_begin_text(struct writer *writer)
{
    separate(writer);
    buffer_put_char(writer->out, '"');
}

void writer_end_text(struct writer *writer)
{
    buffer_put_char(writer->out, '"');
    writer->comma = true;
}

void writer_prefixed_text(struct writer *writer, struct text prefix, struct text value)
{
    writer_begin_text(writer);
    buffer_put_text(writer->out, prefix);
    buffer_put_escaped(writer->out, value);
    writer_end_text(writer);
}

void writer_number(struct writer *writer, int64_t value)
{
    separate(writer);
    buffer_put_number(writer->out, value);
    writer->comma = true;
}

void writer_number_or_null(struct writer *writer, int64_t value)
{
    if (value == 0)
        writer_null(writer);
    else
        writer_number(writer, value);
}

void writer_real(struct writer *writer, double value)
{
    enum { DIGITS_MAX = 17 }; /* enough for every double */
    char digits[32];

    CHECK(isfinite(value));
    for (int precision = 1; precision <= DIGITS_MAX; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    writer_raw(writer, text_of(digits));
}

void writer_bool(struct writer *writer, bool value)
{
    writer_raw(writer, value ? TEXT("true") : TEXT("false"));
}

void writer_null(struct writer *writer)
{
    writer_raw(writer, TEXT("null"));
}

void writer_time(struct writer *writer, int64_t wall_ms)
{
    if (wall_ms == 0)
        writer_null(writer);
    else
        writer_known_time(writer, wall_ms);
}

void writer_known_time(struct writer *writer, int64_t wall_ms)
{
    char quoted[1 + CLOCK_TEXT_MAX] = "\"";

    clock_format(wall_ms, quoted + 1);
    quoted[CLOCK_TEXT_MAX] = '"'; /* where the NUL was */
    writer_raw(writer, (struct text){quoted, sizeof(quoted)});
}
