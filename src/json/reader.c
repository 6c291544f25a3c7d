/* SPDX-License-Identifier: MIT */
#include "json/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/words.h"
#include "json/number.h"
#include "json/tree.h"
#include "json/writer.h"

enum {
    FOUND_SHOWN_MAX = 40,  /* bytes of a value that an error shows */
    FOUND_TEXT_MAX = 64,   /* bytes, with quotes, dots and the NUL */
    SIMILAR_START_MIN = 3, /* bytes of the start of a key that counts as similar */
};

struct reader {
    struct tree tree;
};

enum err reader_open_part(struct text whole, struct text part, size_t values_max,
                          struct reader **out, struct problem *problem)
{
    struct reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        return ERR_NO_MEMORY;
    enum err err = tree_build(&reader->tree, whole, part, values_max, problem);
    if (err)
        reader_close(&reader);
    else
        *out = reader;
    return err;
}

enum err reader_open(struct text body, size_t values_max, struct reader **out,
                     struct problem *problem)
{
    if (body.length == 0)
        body = TEXT("{}");
    return reader_open_part(body, body, values_max, out, problem);
}

void reader_close(struct reader **reader)
{
    if (!*reader)
        return;
    tree_free(&(*reader)->tree);
    free(*reader);
    *reader = NULL;
}

/* Writes "/" and a key as in a JSON Pointer (RFC 6901, section 3). Returns the length as snprintf
 * does. */
static int put_pointer_key(const char *key, char *to, size_t size)
{
    int length = snprintf(to, size, "/");

    for (; *key && (size_t)length < size; key++) {
        const char byte[] = {*key, '\0'};
        const char *as = *key == '~' ? "~0" : *key == '/' ? "~1" : byte;
        length += snprintf(to + length, size - (size_t)length, "%s", as);
    }
    return length;
}

static int put_step(const struct reader_node *node, bool is_pointer, bool is_first, char *to,
                    size_t size)
{
    if (node->key && is_pointer)
        return put_pointer_key(node->key, to, size);
    if (node->key)
        return snprintf(to, size, "%s%s", is_first ? "" : ".", node->key);
    return snprintf(to, size, is_pointer ? "/%zu" : "[%zu]", node->index);
}

/* Writes the path of a node, cut to `size` bytes including the NUL. Returns its length. The path of
 * the root is empty, or its pointer. */
static size_t put_path(const struct reader_node *node, char *path, size_t size, bool *is_pointer)
{
    size_t length;

    if (!node->parent) {
        *is_pointer = node->key != NULL;
        length = (size_t)snprintf(path, size, "%s", *is_pointer ? node->key : "");
    } else {
        length = put_path(node->parent, path, size, is_pointer);
        length += (size_t)put_step(node, *is_pointer, length == 0, path + length, size - length);
    }
    return length < size ? length : size - 1;
}

enum err reader_refuse(const struct reader_node *node, struct problem *problem,
                       const char *sentence)
{
    char path[PROBLEM_TEXT_MAX / 2];
    bool is_pointer;

    if (put_path(node, path, sizeof(path), &is_pointer) == 0)
        return problem_set(problem, ERR_BAD_FIELD, "the body: %s", sentence);
    return problem_set(problem, ERR_BAD_FIELD, "%s: %s", path, sentence);
}

/* Returns true if the node is in a document. Documents must not have unknown keys. */
static bool is_in_document(const struct reader_node *node)
{
    while (node->parent)
        node = node->parent;
    return node->key != NULL;
}

/* Returns the key of a member that a client may have meant by `key`: one that is almost the same,
 * or is the start of it. NULL if there is none. */
static const char *find_similar_key(const struct reader_node *object, const char *key)
{
    const char *const keys[] = {key, NULL};

    json_object_object_foreach(object->value, found, value)
    {
        size_t length = strlen(found);
        bool is_start = length >= SIMILAR_START_MIN && strncmp(found, key, length) == 0;
        bool is_similar = is_start || words_nearest(keys, text_of(found));
        if (value && is_similar && strcmp(found, key) != 0)
            return found;
    }
    return NULL;
}

enum err reader_missing(const struct reader_node *object, const char *key, struct problem *problem)
{
    const struct reader_node member = {.parent = object, .key = key};
    const char *similar = is_in_document(object) ? NULL : find_similar_key(object, key);
    char sentence[PROBLEM_TEXT_MAX];

    if (!similar)
        return reader_refuse(&member, problem, "required");
    snprintf(sentence, sizeof(sentence), "required; found %s instead", similar);
    return reader_refuse(&member, problem, sentence);
}

enum err reader_required(const struct reader_node *object, const char *key, struct reader_node *out,
                         struct problem *problem)
{
    return reader_member(object, key, out) ? OK : reader_missing(object, key, problem);
}

struct reader_node reader_any_root(const struct reader *reader)
{
    return (struct reader_node){.value = reader->tree.root};
}

static const char *const type_names[] = {
    [READER_NULL] = "null",     [READER_BOOL] = "a boolean", [READER_NUMBER] = "a number",
    [READER_TEXT] = "a string", [READER_ARRAY] = "an array", [READER_OBJECT] = "an object",
};

/* Refuses a node with "expected <type>, not <its type>". */
static enum err refuse_type(const struct reader_node *node, enum reader_type expected,
                            struct problem *problem)
{
    const char *name = type_names[expected], *found = type_names[reader_type(node)];
    char sentence[64];

    if (node->parent || node->key)
        snprintf(sentence, sizeof(sentence), "expected %s, not %s", name, found);
    else
        snprintf(sentence, sizeof(sentence), "expected a JSON %s, not %s", strchr(name, ' ') + 1,
                 found);
    return reader_refuse(node, problem, sentence);
}

/* Writes what a node is, for an error: a number itself, a string itself if `shows_string`,
 * otherwise the type. */
static void put_found(const struct reader_node *node, bool shows_string,
                      char found[static FOUND_TEXT_MAX])
{
    const char *string = type_names[reader_type(node)], *quote = "", *dots = "";
    char written[TREE_NUMBER_MAX];

    if (reader_type(node) == READER_NUMBER) {
        string = tree_number(node->value, written).at;
    } else if (reader_type(node) == READER_TEXT && shows_string) {
        string = json_object_get_string(node->value);
        quote = "'";
    }
    size_t length = strlen(string);
    if (length > FOUND_SHOWN_MAX) {
        length = FOUND_SHOWN_MAX;
        while (((unsigned char)string[length] & 0xC0) == 0x80) /* cut between characters */
            length--;
        dots = "...";
    }
    snprintf(found, FOUND_TEXT_MAX, "%s%.*s%s%s", quote, (int)length, string, dots, quote);
}

/* Refuses a node with "<expected>, not <what it is>". A string is shown only if `shows_string`:
 * where no string is expected, it may be a secret in the wrong field. */
static enum err refuse_value(const struct reader_node *node, bool shows_string,
                             const char *expected, struct problem *problem)
{
    char sentence[PROBLEM_TEXT_MAX], found[FOUND_TEXT_MAX];

    put_found(node, shows_string, found);
    snprintf(sentence, sizeof(sentence), "%s, not %s", expected, found);
    return reader_refuse(node, problem, sentence);
}

enum err reader_root(const struct reader *reader, struct reader_node *root, struct problem *problem)
{
    *root = reader_any_root(reader);
    return reader_type(root) == READER_OBJECT ? OK : refuse_type(root, READER_OBJECT, problem);
}

struct reader_node reader_root_at(const struct reader *reader, const struct reader_node *position)
{
    struct reader_node root = *position;

    root.value = reader->tree.root;
    return root;
}

enum reader_type reader_type(const struct reader_node *node)
{
    switch (json_object_get_type(node->value)) {
    case json_type_boolean:
        return READER_BOOL;
    case json_type_double:
    case json_type_int:
        return READER_NUMBER;
    case json_type_string:
        return READER_TEXT;
    case json_type_array:
        return READER_ARRAY;
    case json_type_object:
        return READER_OBJECT;
    case json_type_null:
        break;
    }
    return READER_NULL;
}

bool reader_member(const struct reader_node *object, const char *key, struct reader_node *out)
{
    struct json_object *value;

    CHECK(reader_type(object) == READER_OBJECT);
    if (!json_object_object_get_ex(object->value, key, &value) || !value)
        return false;
    *out = (struct reader_node){.value = value, .parent = object, .key = key};
    return true;
}

enum err reader_array(const struct reader_node *node, size_t max, size_t *length,
                      struct problem *problem)
{
    char sentence[64];

    if (reader_type(node) != READER_ARRAY)
        return refuse_type(node, READER_ARRAY, problem);
    size_t found = json_object_array_length(node->value);
    if (found > max) {
        snprintf(sentence, sizeof(sentence), "more than %zu elements", max);
        return reader_refuse(node, problem, sentence);
    }
    *length = found;
    return OK;
}

enum err reader_each(const struct reader_node *node, size_t max, reader_visit *visit, void *context,
                     struct problem *problem)
{
    char sentence[64];

    if (reader_type(node) != READER_OBJECT)
        return refuse_type(node, READER_OBJECT, problem);
    if ((size_t)json_object_object_length(node->value) > max) {
        snprintf(sentence, sizeof(sentence), "more than %zu members", max);
        return reader_refuse(node, problem, sentence);
    }
    json_object_object_foreach(node->value, key, value)
    {
        const struct reader_node member = {.value = value, .parent = node, .key = key};
        enum err err = visit(key, &member, context);
        if (err)
            return err;
    }
    return OK;
}

struct key_choice {
    const char *const *keys;
    size_t next; /* the index after the key of the previous member */
    struct problem *problem;
};

/* Members often come in the order of `keys`, so the next key is tried first. */
static bool is_known(struct key_choice *choice, const char *key)
{
    const char *next = choice->keys[choice->next];

    if (!next || strcmp(next, key) != 0)
        choice->next = words_find(choice->keys, text_of(key));
    return choice->keys[choice->next] && choice->keys[choice->next++];
}

static enum err refuse_unknown(const char *key, const struct reader_node *member, void *context)
{
    struct key_choice *choice = context;
    char sentence[PROBLEM_TEXT_MAX];

    if (is_known(choice, key))
        return OK;
    const char *nearest = words_nearest(choice->keys, text_of(key));
    if (nearest)
        snprintf(sentence, sizeof(sentence), "unknown; did you mean %s?", nearest);
    else
        words_write(choice->keys, "unknown; expected ", sentence, sizeof(sentence));
    return reader_refuse(member, choice->problem, sentence);
}

enum err reader_only_keys(const struct reader_node *object, const char *const *keys,
                          struct problem *problem)
{
    struct key_choice choice = {.keys = keys, .problem = problem};

    return reader_each(object, SIZE_MAX, refuse_unknown, &choice, problem);
}

enum err reader_one_key(const struct reader_node *object, const char *const *keys, size_t *index,
                        struct reader_node *member, struct problem *problem)
{
    char sentence[PROBLEM_TEXT_MAX];
    struct reader_node found;
    size_t count = 0;

    for (size_t i = 0; keys[i]; i++) {
        if (!reader_member(object, keys[i], &found))
            continue;
        *member = found;
        *index = i;
        count++;
    }
    if (count == 1)
        return OK;
    words_write(keys, "expected exactly one of ", sentence, sizeof(sentence));
    return reader_refuse(object, problem, sentence);
}

struct reader_node reader_element(const struct reader_node *array, size_t index)
{
    CHECK(reader_type(array) == READER_ARRAY && index < json_object_array_length(array->value));
    return (struct reader_node){
        .value = json_object_array_get_idx(array->value, index), .parent = array, .index = index};
}

enum err reader_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                     struct problem *problem)
{
    char sentence[64];

    if (reader_type(node) != READER_TEXT)
        return refuse_type(node, READER_TEXT, problem);
    size_t length = (size_t)json_object_get_string_len(node->value);
    if (length > max_bytes) {
        snprintf(sentence, sizeof(sentence), "longer than %zu bytes", max_bytes);
        return reader_refuse(node, problem, sentence);
    }
    *out = (struct text){json_object_get_string(node->value), length};
    return OK;
}

enum err reader_filled_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                            struct problem *problem)
{
    enum err err = reader_text(node, max_bytes, out, problem);

    if (!err && out->length == 0)
        err = reader_refuse(node, problem, "is empty");
    return err;
}

enum err reader_number(const struct reader_node *node, int64_t min, int64_t max, int64_t *out,
                       struct problem *problem)
{
    char sentence[96];
    int64_t number;

    /* tree_whole returns INT64_MIN or INT64_MAX for any number outside of int64_t. */
    CHECK(INT64_MIN < min && min <= max && max < INT64_MAX);
    if (reader_type(node) != READER_NUMBER || !tree_whole(node->value, &number))
        return refuse_value(node, false, "expected a whole number", problem);
    if (number < min || number > max) {
        if (min == max)
            snprintf(sentence, sizeof(sentence), "expected %" PRId64, min);
        else
            snprintf(sentence, sizeof(sentence), "expected a number from %" PRId64 " to %" PRId64,
                     min, max);
        return refuse_value(node, false, sentence, problem);
    }
    *out = number;
    return OK;
}

enum err reader_real(const struct reader_node *node, double min, double max, double *out,
                     struct problem *problem)
{
    char sentence[96];
    double number = json_object_get_double(node->value);

    if (reader_type(node) != READER_NUMBER || !(number >= min && number <= max)) {
        snprintf(sentence, sizeof(sentence), "expected a number from %g to %g", min, max);
        return refuse_value(node, false, sentence, problem);
    }
    *out = number;
    return OK;
}

enum err reader_bool(const struct reader_node *node, bool *out, struct problem *problem)
{
    if (reader_type(node) != READER_BOOL)
        return refuse_value(node, false, "expected true or false", problem);
    *out = json_object_get_boolean(node->value);
    return OK;
}

enum err reader_time(const struct reader_node *node, int64_t *out_ms, struct problem *problem)
{
    struct text text;
    enum err err = reader_text(node, SIZE_MAX, &text, problem);

    if (err || clock_parse(text, out_ms))
        return err;
    return refuse_value(node, true, "expected a time such as 2026-01-31T10:00:00.000Z", problem);
}

enum err reader_word(const struct reader_node *node, const char *const *words, size_t *index,
                     struct problem *problem)
{
    char sentence[PROBLEM_TEXT_MAX];
    struct text text = {0};

    if (reader_type(node) == READER_TEXT)
        text = text_of(json_object_get_string(node->value)); /* the scanner lets no NUL through */
    size_t found = words_find(words, text);
    if (words[found]) {
        *index = found;
        return OK;
    }
    const char *nearest = text.at ? words_nearest(words, text) : NULL;
    if (nearest) {
        snprintf(sentence, sizeof(sentence), "'%.*s' is not known; did you mean %s?",
                 TEXT_ARGS(text), nearest);
        return reader_refuse(node, problem, sentence);
    }
    words_write(words, "expected ", sentence, sizeof(sentence));
    return refuse_value(node, true, sentence, problem);
}

enum err reader_member_text(const struct reader_node *object, const char *key, size_t max_bytes,
                            struct text *out, struct problem *problem)
{
    struct reader_node member;

    return reader_member(object, key, &member) ? reader_text(&member, max_bytes, out, problem) : OK;
}

enum err reader_member_number(const struct reader_node *object, const char *key, int64_t min,
                              int64_t max, int64_t *out, struct problem *problem)
{
    struct reader_node member;

    return reader_member(object, key, &member) ? reader_number(&member, min, max, out, problem)
                                               : OK;
}

enum err reader_member_bool(const struct reader_node *object, const char *key, bool *out,
                            struct problem *problem)
{
    struct reader_node member;

    return reader_member(object, key, &member) ? reader_bool(&member, out, problem) : OK;
}

static void put_value(struct writer *writer, struct json_object *value);

static void put_members(struct writer *writer, struct json_object *object)
{
    writer_object(writer);
    json_object_object_foreach(object, key, value)
    {
        writer_text_key(writer, text_of(key));
        put_value(writer, value);
    }
    writer_end_object(writer);
}

static void put_elements(struct writer *writer, struct json_object *array)
{
    writer_array(writer);
    for (size_t i = 0; i < json_object_array_length(array); i++)
        put_value(writer, json_object_array_get_idx(array, i));
    writer_end_array(writer);
}

static void put_value(struct writer *writer, struct json_object *value)
{
    char number[TREE_NUMBER_MAX];

    switch (json_object_get_type(value)) {
    case json_type_null:
        writer_null(writer);
        break;
    case json_type_boolean:
        writer_bool(writer, json_object_get_boolean(value));
        break;
    case json_type_double:
    case json_type_int:
        writer_raw(writer, tree_number(value, number));
        break;
    case json_type_string:
        writer_text(writer, text_of(json_object_get_string(value)));
        break;
    case json_type_array:
        put_elements(writer, value);
        break;
    case json_type_object:
        put_members(writer, value);
        break;
    }
}

enum err reader_json(const struct reader_node *node, struct arena *arena, struct text *out)
{
    struct buffer json = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&json);

    put_value(&writer, node->value);
    *out = arena_take(arena, &json);
    return out->at ? OK : ERR_NO_MEMORY;
}

enum err reader_duration(const struct reader_node *node, int64_t max_ms, int64_t *out_ms,
                         struct problem *problem)
{
    char fault[DURATION_FAULT_MAX];
    struct text text = {0};

    if (reader_type(node) == READER_NUMBER)
        return reader_number(node, 0, max_ms, out_ms, problem);
    if (reader_type(node) == READER_TEXT && reader_text(node, SIZE_MAX, &text, problem))
        return problem->err;
    if (duration_read(text, max_ms, out_ms))
        return OK;
    duration_fault(text, max_ms, fault);
    return refuse_value(node, true, fault, problem);
}
