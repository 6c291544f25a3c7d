/* SPDX-License-Identifier: MIT */
#include "json/split.h"

#include <string.h>

#include "json/scan.h"

struct split split_new(struct text json)
{
    if (json.length == 0)
        json = TEXT("{}");
    return (struct split){.whole = json, .at = json.at, .place = SPLIT_AT_START};
}

void split_free(struct split *split)
{
    keys_free(&split->keys);
    arena_free(&split->decoded);
    *split = (struct split){0};
}

static const char *end_of(const struct split *split)
{
    return split->whole.at + split->whole.length;
}

static enum err refuse(const struct split *split, const char *what, struct problem *problem)
{
    return problem_set(problem, ERR_BAD_JSON, "the body is not valid JSON: %s, at byte %zu", what,
                       (size_t)(split->at - split->whole.at));
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void skip_space(struct split *split)
{
    while (split->at < end_of(split) && is_space(*split->at))
        split->at++;
}

/* Skips white space, and then the byte. Returns false if another byte is next. */
static bool take(struct split *split, char byte)
{
    skip_space(split);
    if (split->at == end_of(split) || *split->at != byte)
        return false;
    split->at++;
    return true;
}

/* Returns true if the byte at `at` follows an odd number of backslashes, of which none is before
 * `start`. */
static bool is_escaped(const char *start, const char *at)
{
    bool odd = false;

    while (at > start && *--at == '\\')
        odd = !odd;
    return odd;
}

/* Returns the place after the string that begins at `at`, or NULL if the string has no end. */
static const char *string_end(const char *at, const char *end)
{
    do {
        const char *start = at + 1;
        at = memchr(start, '"', (size_t)(end - start));
        if (at && !is_escaped(start, at))
            return at + 1;
    } while (at);
    return NULL;
}

/* Returns the place after the array or object that begins at `at`, or NULL if it has no end. Counts
 * brackets only, without checking that they match. */
static const char *nest_end(const char *at, const char *end)
{
    size_t depth = 0;

    while (at && at < end) {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        if (*at == '[' || *at == '{')
            depth++;
        else if ((*at == ']' || *at == '}') && --depth == 0)
            return at + 1;
        at++;
    }
    return NULL;
}

/* Returns the place after what may be a number, true, false or null; `at` if there is nothing. */
static const char *word_end(const char *at, const char *end)
{
    while (at < end && *at != ',' && *at != ']' && *at != '}' && !is_space(*at))
        at++;
    return at;
}

/* Takes the next value. */
static enum err take_value(struct split *split, struct text *json, struct problem *problem)
{
    const char *end = end_of(split), *after;

    skip_space(split);
    if (split->at == end)
        return refuse(split, "expected a value", problem);
    if (*split->at == '"')
        after = string_end(split->at, end);
    else if (*split->at == '[' || *split->at == '{')
        after = nest_end(split->at, end);
    else if ((after = word_end(split->at, end)) == split->at)
        return refuse(split, "expected a value", problem);
    if (!after)
        return refuse(split, "a value has no end", problem);
    *json = (struct text){split->at, (size_t)(after - split->at)};
    split->at = after;
    return OK;
}

static enum err take_key(struct split *split, struct problem *problem)
{
    struct text quoted;
    bool is_new;
    enum err err;

    skip_space(split);
    if (split->at == end_of(split) || *split->at != '"')
        return refuse(split, "expected a key in quotes", problem);
    const char *start = split->at;
    if ((err = take_value(split, &quoted, problem)) ||
        (err = scan_string_part(split->whole, quoted, &split->decoded, &split->key, problem)))
        return err;
    if (!keys_add(&split->keys, 0, split->key, &is_new))
        return ERR_NO_MEMORY;
    if (!is_new) {
        split->at = start;
        return refuse(split, "a key appears twice", problem);
    }
    return take(split, ':') ? OK : refuse(split, "expected ':'", problem);
}

/* Takes a member, from its key on. */
static enum err take_member(struct split *split, struct split_piece *piece, struct problem *problem)
{
    enum err err = take_key(split, problem);

    if (err)
        return err;
    *piece = (struct split_piece){.kind = SPLIT_VALUE, .key = split->key};
    split->place = SPLIT_AFTER_MEMBER;
    if (!take(split, '['))
        return take_value(split, &piece->json, problem);
    piece->kind = SPLIT_ARRAY;
    split->place = SPLIT_AT_FIRST_ELEMENT;
    split->index = 0;
    return OK;
}

static enum err take_element(struct split *split, struct split_piece *piece,
                             struct problem *problem)
{
    *piece =
        (struct split_piece){.kind = SPLIT_ELEMENT, .key = split->key, .index = split->index++};
    split->place = SPLIT_AFTER_ELEMENT;
    return take_value(split, &piece->json, problem);
}

/* Checks that nothing but white space follows the object. */
static enum err take_end(struct split *split, struct split_piece *piece, struct problem *problem)
{
    *piece = (struct split_piece){.kind = SPLIT_END};
    skip_space(split);
    return split->at == end_of(split) ? OK
                                      : refuse(split, "unexpected text after the value", problem);
}

/* Refuses a text that is not an object. An array or a string is recognised by its first byte and
 * not scanned, because it may be long. */
static enum err refuse_other(const struct split *split, struct problem *problem)
{
    static const struct {
        const char *starts, *name;
    } rows[] = {{"[", "an array"}, {"\"", "a string"}, {"tf", "a boolean"}, {"n", "null"}};
    const char *name = "a number";
    enum err err = OK;

    if (*split->at != '[' && *split->at != '"')
        err = scan_json(split->whole, 1, NULL, problem);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strchr(rows[i].starts, *split->at))
            name = rows[i].name;
    return err ? err
               : problem_set(problem, ERR_BAD_FIELD, "the body: expected a JSON object, not %s",
                             name);
}

static enum err take_start(struct split *split, struct problem *problem)
{
    enum err err = scan_foreign(split->whole, problem);

    if (err)
        return err;
    if (take(split, '{')) {
        split->place = SPLIT_AT_FIRST_MEMBER;
        return OK;
    }
    return split->at < end_of(split) ? refuse_other(split, problem)
                                     : refuse(split, "expected a value", problem);
}

enum err split_next(struct split *split, struct split_piece *piece, struct problem *problem)
{
    if (split->place == SPLIT_AT_START) {
        enum err err = take_start(split, problem);
        if (err)
            return err;
    }
    if (split->place == SPLIT_AT_FIRST_ELEMENT || split->place == SPLIT_AFTER_ELEMENT) {
        bool is_first = split->place == SPLIT_AT_FIRST_ELEMENT;
        if (!take(split, ']')) {
            if (!is_first && !take(split, ','))
                return refuse(split, "expected ',' or ']'", problem);
            return take_element(split, piece, problem);
        }
        split->place = SPLIT_AFTER_MEMBER;
    }
    bool is_first = split->place == SPLIT_AT_FIRST_MEMBER;
    if (take(split, '}'))
        return take_end(split, piece, problem);
    if (!is_first && !take(split, ','))
        return refuse(split, "expected ',' or '}'", problem);
    return take_member(split, piece, problem);
}
