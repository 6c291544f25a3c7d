/* SPDX-License-Identifier: MIT */
#include "model/pool.h"

#include "base/check.h"

enum { SHOWN_AT_EACH_END = 2 };

struct pool_text_names pool_text_names(enum pool_text text)
{
    static const struct pool_text_names rows[POOL_TEXT__MAX] = {
#define POOL_TEXT(name, key, shown, file) [POOL_##name] = {key, shown, file},
#include "model/pool_text.def"
#undef POOL_TEXT
    };

    CHECK(text < POOL_TEXT__MAX);
    return rows[text];
}

void pool_counts_add(struct pool_counts *counts, const struct pod *pod, int64_t times)
{
    counts->total += times;
    if (pod->usage == POD_USED)
        counts->used += times;
    else if (pod->state == POD_RUNNING)
        counts->available += times;
    if (pod->state == POD_PENDING || pod->state == POD_STARTING)
        counts->pending += times;
    else if (pod->state == POD_FAILED)
        counts->failed += times;
}

void pool_put_id(struct buffer *out, int64_t number)
{
    buffer_put_text(out, TEXT("pool-"));
    buffer_put_number(out, number);
}

bool pool_id_parse(struct text text, int64_t *number)
{
    const struct text prefix = TEXT("pool-");
    uint64_t parsed;

    if (!text_starts_with(text, prefix) ||
        !text_to_number(text_from(text, prefix.length), INT64_MAX, &parsed) || parsed == 0)
        return false;
    *number = (int64_t)parsed;
    return true;
}

/* Returns the length of the first character. A byte that is not UTF-8 counts as one. */
static size_t first_length(struct text text)
{
    size_t length = text_utf8_length(text);
    return length > 0 ? length : 1;
}

static size_t count_characters(struct text text)
{
    size_t count = 0;

    for (; text.length > 0; count++)
        text = text_from(text, first_length(text));
    return count;
}

void secret_put_masked(struct buffer *out, struct text secret)
{
    size_t count = count_characters(secret);

    for (size_t i = 0; i < count; i++) {
        size_t length = first_length(secret);
        if (count > 2 * SHOWN_AT_EACH_END &&
            (i < SHOWN_AT_EACH_END || i >= count - SHOWN_AT_EACH_END))
            buffer_put(out, secret.at, length);
        else
            buffer_put_char(out, '*');
        secret = text_from(secret, length);
    }
}
