/* SPDX-License-Identifier: MIT */
#include "json/scan.h"

#include <limits.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/check.h"
#include "json/foreign.h"
#include "json/keys.h"

enum { KEY_SHOWN_MAX = 64 }; /* bytes; an error does not name a longer key */

struct scan {
    const char *start, *at, *end;
    size_t values, values_max;
    size_t objects;
    struct keys keys;
    struct arena decoded; /* keys with escapes, decoded */
    struct arena scratch; /* a string with escapes, decoded, while the sink has it */
    const struct scan_sink *sink;
    struct problem *problem;
};

static enum err refuse(struct scan *scan, const char *at, const char *what)
{
    return problem_set(scan->problem, ERR_BAD_JSON, "the body is not valid JSON: %s, at byte %zu",
                       what, (size_t)(at - scan->start));
}

static enum err hand_out(struct scan *scan, enum scan_event event, struct text text)
{
    return scan->sink ? scan->sink->take(scan->sink->context, event, text) : OK;
}

static bool read_hex(const char *at, const char *end, uint32_t *code)
{
    if (end - at < 4)
        return false;
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char digit = at[i];
        if (digit >= '0' && digit <= '9')
            *code = *code << 4 | (uint32_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            *code = *code << 4 | (uint32_t)(digit - 'a' + 10);
        else if (digit >= 'A' && digit <= 'F')
            *code = *code << 4 | (uint32_t)(digit - 'A' + 10);
        else
            return false;
    }
    return true;
}

/* Reads the second half of a surrogate pair. Returns false if there is none at `at`. */
static bool read_low_surrogate(const char *at, const char *end, uint32_t *code)
{
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && read_hex(at + 2, end, code) &&
           *code >= 0xDC00 && *code <= 0xDFFF;
}

/* Reads the escape that begins with the backslash at `*at`, and moves `*at` past it. Returns NULL,
 * or what is wrong with the escape. */
static const char *read_escape(const char **at, const char *end, uint32_t *code)
{
    static const char meanings[128] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                       ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    const char *p = *at + 1;
    unsigned char letter = p < end ? (unsigned char)*p++ : 0;

    if (letter == 'u') {
        uint32_t low;
        if (!read_hex(p, end, code))
            return "an escape lacks its four hexadecimal digits";
        p += 4;
        if (*code >= 0xD800 && *code <= 0xDBFF && read_low_surrogate(p, end, &low)) {
            *code = 0x10000 + ((*code - 0xD800) << 10 | (low - 0xDC00));
            p += 6;
        }
        if (*code >= 0xD800 && *code <= 0xDFFF)
            return "half of a surrogate pair";
        if (*code == 0)
            return "an escaped NUL";
    } else if (letter < sizeof(meanings) && meanings[letter]) {
        *code = (uint32_t)meanings[letter];
    } else {
        return "an unknown escape";
    }
    *at = p;
    return NULL;
}

/* Writes a code point as UTF-8. Returns its length, which is never more than that of its escape. */
static size_t put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        to[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    to[0] = (char)(leads[length] | code);
    return length;
}

/* Decodes a valid string with escapes. Returns an absent text if out of memory. */
static struct text decode(struct arena *arena, struct text raw)
{
    const char *at = raw.at, *end = raw.at + raw.length;
    char *to = arena_alloc(arena, raw.length);
    size_t length = 0;

    if (!to)
        return (struct text){0};
    while (at < end) {
        if (*at != '\\') {
            to[length++] = *at++;
            continue;
        }
        uint32_t code;
        const char *wrong = read_escape(&at, end, &code);
        CHECK(!wrong);
        length += put_utf8(to + length, code);
    }
    return (struct text){to, length};
}

static enum err refuse_key(struct scan *scan, const char *at, struct text key)
{
    char what[KEY_SHOWN_MAX + 48];

    if (key.length > KEY_SHOWN_MAX)
        return refuse(scan, at, "a key appears twice");
    snprintf(what, sizeof(what), "the key \"%.*s\" appears twice", TEXT_ARGS(key));
    return refuse(scan, at, what);
}

/* Records a key of the object with the number `object`. Returns ERR_BAD_JSON if the object has the
 * key already. */
static enum err note_key(struct scan *scan, size_t object, struct text raw, bool has_escapes)
{
    struct text key = has_escapes ? decode(&scan->decoded, raw) : raw;
    bool is_new;

    if (!key.at || !keys_add(&scan->keys, object, key, &is_new))
        return ERR_NO_MEMORY;
    return is_new ? hand_out(scan, SCAN_KEY, key) : refuse_key(scan, raw.at - 1, key);
}

static char peek(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : '\0';
}

static bool take(struct scan *scan, char byte)
{
    if (scan->at == scan->end || *scan->at != byte)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool skip_digits(struct scan *scan)
{
    const char *start = scan->at;

    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > start;
}

static enum err scan_number(struct scan *scan)
{
    const char *start = scan->at;

    take(scan, '-');
    if (!take(scan, '0') && !skip_digits(scan))
        return refuse(scan, start, "malformed number");
    if (take(scan, '.') && !skip_digits(scan))
        return refuse(scan, start, "malformed number");
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+'))
            take(scan, '-');
        if (!skip_digits(scan))
            return refuse(scan, start, "malformed number");
    }
    return hand_out(scan, SCAN_NUMBER, (struct text){start, (size_t)(scan->at - start)});
}

static enum err scan_word(struct scan *scan, struct text word, enum scan_event event)
{
    if (!text_starts_with((struct text){scan->at, (size_t)(scan->end - scan->at)}, word))
        return refuse(scan, scan->at, "expected a value");
    scan->at += word.length;
    return hand_out(scan, event, word);
}

/* Moves past the characters of a string that need no check: ASCII except control characters, '"'
 * and '\\'. */
static void skip_plain(struct scan *scan)
{
    static const bool is_plain[UCHAR_MAX + 1] = {
        [' ' ... '!'] = true, ['#' ... '['] = true, [']' ... 0x7F] = true};
    const char *at = scan->at;

    while (at < scan->end && is_plain[(unsigned char)*at])
        at++;
    scan->at = at;
}

/* Scans a character of a string that is not plain, not an escape and not the closing quote. */
static enum err scan_character(struct scan *scan)
{
    if ((unsigned char)*scan->at < 0x20)
        return refuse(scan, scan->at, "a raw control character in a string");
    size_t length = text_utf8_length((struct text){scan->at, (size_t)(scan->end - scan->at)});
    if (length == 0)
        return refuse(scan, scan->at, "invalid UTF-8");
    scan->at += length;
    return OK;
}

/* Scans a string, from its opening quote on. `raw` is what is between the quotes, not decoded. */
static enum err scan_string(struct scan *scan, struct text *raw, bool *has_escapes)
{
    const char *start = ++scan->at;

    *has_escapes = false;
    for (skip_plain(scan); scan->at < scan->end && *scan->at != '"'; skip_plain(scan)) {
        if (*scan->at == '\\') {
            uint32_t code;
            const char *wrong = read_escape(&scan->at, scan->end, &code);
            if (wrong)
                return refuse(scan, scan->at, wrong);
            *has_escapes = true;
            continue;
        }
        enum err err = scan_character(scan);
        if (err)
            return err;
    }
    *raw = (struct text){start, (size_t)(scan->at - start)};
    return take(scan, '"') ? OK : refuse(scan, start - 1, "a string has no closing quote");
}

static enum err scan_text(struct scan *scan)
{
    struct text text;
    bool has_escapes;
    enum err err = scan_string(scan, &text, &has_escapes);

    if (err || !scan->sink)
        return err;
    if (has_escapes)
        text = decode(&scan->scratch, text);
    err = text.at ? hand_out(scan, SCAN_TEXT, text) : ERR_NO_MEMORY;
    arena_reset(&scan->scratch);
    return err;
}

static enum err scan_value(struct scan *scan, unsigned depth);

static enum err scan_member(struct scan *scan, size_t object, unsigned depth)
{
    struct text key;
    bool has_escapes;
    enum err err;

    skip_space(scan);
    if (peek(scan) != '"')
        return refuse(scan, scan->at, "expected a key in quotes");
    if ((err = scan_string(scan, &key, &has_escapes)))
        return err;
    if ((err = note_key(scan, object, key, has_escapes)))
        return err;
    skip_space(scan);
    if (!take(scan, ':'))
        return refuse(scan, scan->at, "expected ':'");
    return scan_value(scan, depth);
}

static enum err scan_object(struct scan *scan, unsigned depth)
{
    size_t object = scan->objects++;
    enum err err = hand_out(scan, SCAN_OBJECT, TEXT("{"));

    if (err)
        return err;
    scan->at++;
    skip_space(scan);
    if (take(scan, '}'))
        return hand_out(scan, SCAN_END, TEXT("}"));
    do {
        if ((err = scan_member(scan, object, depth)))
            return err;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, '}') ? hand_out(scan, SCAN_END, TEXT("}"))
                           : refuse(scan, scan->at, "expected ',' or '}'");
}

static enum err scan_array(struct scan *scan, unsigned depth)
{
    enum err err = hand_out(scan, SCAN_ARRAY, TEXT("["));

    if (err)
        return err;
    scan->at++;
    skip_space(scan);
    if (take(scan, ']'))
        return hand_out(scan, SCAN_END, TEXT("]"));
    do {
        if ((err = scan_value(scan, depth)))
            return err;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, ']') ? hand_out(scan, SCAN_END, TEXT("]"))
                           : refuse(scan, scan->at, "expected ',' or ']'");
}

/* Refuses a text because it exceeds a limit. */
static enum err refuse_many(struct scan *scan, size_t max, const char *of_what)
{
    return problem_set(scan->problem, ERR_BAD_JSON, "the body has more than %zu %s, at byte %zu",
                       max, of_what, (size_t)(scan->at - scan->start));
}

/* Scans a value inside `depth` arrays and objects, and the white space before it. */
static enum err scan_value(struct scan *scan, unsigned depth)
{
    skip_space(scan);
    if (scan->values++ == scan->values_max)
        return refuse_many(scan, scan->values_max, "JSON values");
    switch (peek(scan)) {
    case '{':
    case '[':
        if (depth == SCAN_DEPTH_MAX)
            return refuse_many(scan, SCAN_DEPTH_MAX, "levels of arrays and objects");
        return *scan->at == '{' ? scan_object(scan, depth + 1) : scan_array(scan, depth + 1);
    case '"':
        return scan_text(scan);
    case 't':
        return scan_word(scan, TEXT("true"), SCAN_TRUE);
    case 'f':
        return scan_word(scan, TEXT("false"), SCAN_FALSE);
    case 'n':
        return scan_word(scan, TEXT("null"), SCAN_NULL);
    case '-':
    case '0' ... '9':
        return scan_number(scan);
    default:
        return refuse(scan, scan->at, "expected a value");
    }
}

static struct scan scan_new(struct text whole, struct text part, size_t values_max,
                            struct problem *problem)
{
    return (struct scan){.start = whole.at,
                         .at = part.at,
                         .end = part.at + part.length,
                         .values_max = values_max,
                         .problem = problem};
}

enum err scan_json_part(struct text whole, struct text part, size_t values_max,
                        const struct scan_sink *sink, struct problem *problem)
{
    struct scan scan = scan_new(whole, part, values_max, problem);
    enum err err;

    scan.sink = sink;
    err = scan_value(&scan, 0);
    if (!err) {
        skip_space(&scan);
        if (scan.at < scan.end)
            err = refuse(&scan, scan.at, "unexpected text after the value");
    }
    arena_free(&scan.decoded);
    arena_free(&scan.scratch);
    keys_free(&scan.keys);
    return err;
}

enum err scan_foreign(struct text body, struct problem *problem)
{
    const char *what = foreign_what(body);

    return what ? problem_set(problem, ERR_BAD_JSON, "the body is not valid JSON: %s", what) : OK;
}

enum err scan_json(struct text json, size_t values_max, const struct scan_sink *sink,
                   struct problem *problem)
{
    enum err err = scan_foreign(json, problem);

    return err ? err : scan_json_part(json, json, values_max, sink, problem);
}

enum err scan_string_part(struct text whole, struct text quoted, struct arena *arena,
                          struct text *out, struct problem *problem)
{
    struct scan scan = scan_new(whole, quoted, 0, problem);
    bool has_escapes;
    enum err err = scan_string(&scan, out, &has_escapes);

    if (err || !has_escapes)
        return err;
    *out = decode(arena, *out);
    return out->at ? OK : ERR_NO_MEMORY;
}
