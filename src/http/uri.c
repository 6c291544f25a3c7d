/* SPDX-License-Identifier: MIT */
#include "http/uri.h"

#include <string.h>

void uri_cut(struct text target, struct text *path, struct text *query)
{
    struct text rest = target;

    *path = target; /* for an absent target, text_cut sets nothing */
    text_cut(&rest, '?', path);
    *query = rest;
    if (path->length > 0 && path->at[0] == '/')
        return;
    const char *authority = path->length >= 3 ? memmem(path->at, path->length, "://", 3) : NULL;
    if (!authority)
        return;
    struct text after = text_from(*path, (size_t)(authority - path->at) + 3);
    const char *slash = memchr(after.at, '/', after.length);
    *path = slash ? text_from(after, (size_t)(slash - after.at)) : TEXT("/");
}

bool uri_strip_mount(struct text path, struct text mount, struct text *rest)
{
    if (!text_starts_with(path, mount))
        return false;
    struct text left = text_from(path, mount.length);
    if (left.length > 0 && left.at[0] != '/')
        return false;
    *rest = left;
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool is_encoded(struct text raw, bool plus_is_space)
{
    return memchr(raw.at, '%', raw.length) || (plus_is_space && memchr(raw.at, '+', raw.length));
}

/* Decodes `raw` into the arena, or returns `raw` itself if nothing in it is encoded.
 * `plus_is_space`: as in a form. Returns OK, ERR_BAD_ENCODING or ERR_NO_MEMORY. */
static enum err decode(struct text raw, bool plus_is_space, struct arena *arena, struct text *out)
{
    size_t length = 0;

    if (!is_encoded(raw, plus_is_space)) {
        *out = raw;
        return OK;
    }
    char *to = arena_alloc(arena, raw.length);
    if (!to)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < raw.length; i++) {
        char byte = raw.at[i];
        if (byte == '%') {
            int high = i + 2 < raw.length ? hex_value(raw.at[i + 1]) : -1;
            int low = high >= 0 ? hex_value(raw.at[i + 2]) : -1;
            if (low < 0)
                return ERR_BAD_ENCODING;
            byte = (char)(high << 4 | low);
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        to[length++] = byte;
    }
    *out = (struct text){to, length};
    return OK;
}

/* Flags: how a path is to be split. */
enum form { FORM_RAW = 0, FORM_SITE = 1, FORM_DECODED = 2 };

static enum err split(struct text path, unsigned form, struct arena *arena,
                      struct text segments[static URI_SEGMENTS_MAX], size_t *count)
{
    struct text rest = path, raw;

    *count = 0;
    if (path.length == 0)
        return OK;
    text_cut(&rest, '/', &raw); /* drops the empty text before the first slash */
    while (text_cut(&rest, '/', &raw)) {
        if (raw.length == 0 && form & FORM_SITE)
            continue;
        if (raw.length == 0 || *count == URI_SEGMENTS_MAX)
            return ERR_NOT_FOUND;
        enum err err = OK;
        if (form & FORM_DECODED)
            segments[*count] = raw;
        else
            err = decode(raw, false, arena, &segments[*count]);
        if (err)
            return err;
        ++*count;
    }
    return OK;
}

enum err uri_split(struct text path, struct arena *arena,
                   struct text segments[static URI_SEGMENTS_MAX], size_t *count)
{
    return split(path, FORM_RAW, arena, segments, count);
}

enum err uri_split_site(struct text path, struct arena *arena,
                        struct text segments[static URI_SEGMENTS_MAX], size_t *count)
{
    return split(path, FORM_SITE, arena, segments, count);
}

enum err uri_split_decoded(struct text path, struct arena *arena,
                           struct text segments[static URI_SEGMENTS_MAX], size_t *count)
{
    return split(path, FORM_DECODED, arena, segments, count);
}

enum err uri_split_site_decoded(struct text path, struct arena *arena,
                                struct text segments[static URI_SEGMENTS_MAX], size_t *count)
{
    return split(path, FORM_SITE | FORM_DECODED, arena, segments, count);
}

enum err uri_query_next(struct text *query, struct arena *arena, struct text *key,
                        struct text *raw_value)
{
    struct text pair, name;

    do {
        if (!text_cut(query, '&', &pair))
            return ERR_NOT_FOUND;
    } while (pair.length == 0);
    text_cut(&pair, '=', &name);
    *raw_value = text_or_empty(pair);
    enum err err = decode(name, true, arena, key);
    return err == ERR_BAD_ENCODING ? ERR_BAD_QUERY : err;
}

enum err uri_query_value(struct text query, struct text key, struct arena *arena,
                         struct text *value)
{
    struct text name, raw;
    enum err err;

    *value = (struct text){0};
    while ((err = uri_query_next(&query, arena, &name, &raw)) == OK || err == ERR_BAD_QUERY) {
        if (err || !text_equal(name, key))
            continue;
        err = decode(raw, true, arena, value);
        return err == ERR_BAD_ENCODING ? ERR_BAD_QUERY : err;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}
