/* SPDX-License-Identifier: MIT */
#include "poolctl/body.h"

#include <ctype.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "poolctl/delay.h"

/* An option that is a member of an object as it is. */
struct member {
    enum option_id option;
    const char *key;
};

static const struct member rule_members[] = {
    {OPTION_ID, "id"},       {OPTION_SKIP, "skip"},
    {OPTION_TIMES, "times"}, {OPTION_EACH, "every"},
    {OPTION_TTL, "ttl"},     {OPTION_PROBABILITY, "probability"},
    {OPTION_PHASE, "phase"}, {0},
};
static const struct member match_members[] = {
    {OPTION_POOL, "pool"},
    {OPTION_POD, "pod"},
    {OPTION_WORKSPACE, "workspaceId"},
    {OPTION_PORT, "port"},
    {OPTION_METHOD, "method"},
    {OPTION_PATH, "path"},
    {0},
};
static const struct member filter_members[] = {
    {OPTION_STATUS, "status"},
    {OPTION_AFTER, "after"},
    {0},
};
static const struct member times_members[] = {
    {OPTION_EXACTLY, "exactly"},
    {OPTION_AT_LEAST, "atLeast"},
    {OPTION_AT_MOST, "atMost"},
    {0},
};
static const struct member answer_members[] = {
    {OPTION_STATUS, "status"},
    {OPTION_RETRY_AFTER, "retryAfter"},
    {OPTION_ERROR, "error"},
    {OPTION_CONNECTION, "connection"},
    {OPTION_TRUNCATE, "truncate"},
    {OPTION_GARBAGE, "garbage"},
    {OPTION_HANG, "hang"},
    {OPTION_ANSWER_TEXT, "text"},
    {0},
};

/* A JSON value while it is made; once memory has failed, it stays so. */
struct builder {
    bool failed;
};

static struct json_object *made(struct builder *builder, struct json_object *value)
{
    builder->failed |= !value;
    return value;
}

static struct json_object *text_value(struct builder *builder, struct text text)
{
    return made(builder, json_object_new_string_len(text.at, (int)text.length));
}

/* Takes `value`, even where it fails. */
static void put(struct builder *builder, struct json_object *object, const char *key,
                struct json_object *value)
{
    if (!builder->failed && json_object_object_add(object, key, value) == 0)
        return;
    builder->failed = true;
    json_object_put(value);
}

/* A fraction, as it was typed. */
static struct json_object *fraction_value(struct builder *builder, struct text fraction)
{
    char typed[DELAY_FRACTION_MAX] = "";

    memcpy(typed, fraction.at, fraction.length); /* has been checked */
    return made(builder, json_object_new_double_s(strtod(typed, NULL), typed));
}

static struct json_object *value_of(struct builder *builder, enum option_type type,
                                    const char *value)
{
    switch (type) {
    case OPTION_TYPE_COUNT:
        return made(builder, json_object_new_int64(strtoll(value, NULL, 10)));
    case OPTION_TYPE_FRACTION:
        return fraction_value(builder, text_of(value));
    case OPTION_TYPE_FLAG:
        return made(builder, json_object_new_boolean(1));
    default:
        return text_value(builder, text_of(value));
    }
}

static void put_members(struct builder *builder, struct json_object *object,
                        const struct member *member, const struct arguments *arguments)
{
    for (; member->key; member++) {
        const char *value = arguments->options[member->option];
        if (value)
            put(builder, object, member->key,
                value_of(builder, option_rows[member->option].type, value));
    }
}

/* One word is a string, several with commas between are a list. */
static struct json_object *list_of(struct builder *builder, const char *words)
{
    struct text rest = text_of(words), word;
    struct json_object *list;

    if (!strchr(words, ','))
        return text_value(builder, rest);
    list = made(builder, json_object_new_array());
    while (!builder->failed && text_cut(&rest, ',', &word)) {
        struct json_object *value = text_value(builder, word);
        if (builder->failed || json_object_array_add(list, value) != 0) {
            builder->failed = true;
            json_object_put(value);
        }
    }
    return list;
}

static void put_number(struct builder *builder, struct json_object *object, const char *key,
                       int64_t number)
{
    put(builder, object, key, made(builder, json_object_new_int64(number)));
}

static struct json_object *delay_of(struct builder *builder, const char *value)
{
    static const char *const types[] = {
        [DELAY_FIXED] = "fixed", [DELAY_UNIFORM] = "uniform", [DELAY_LOGNORMAL] = "lognormal"};
    struct json_object *object = made(builder, json_object_new_object());
    struct delay delay;

    delay_read(text_of(value), &delay); /* has been checked */
    put(builder, object, "type", text_value(builder, text_of(types[delay.type])));
    if (delay.type == DELAY_FIXED) {
        put_number(builder, object, "ms", delay.low_ms);
    } else if (delay.type == DELAY_UNIFORM) {
        put_number(builder, object, "lowerMs", delay.low_ms);
        put_number(builder, object, "upperMs", delay.high_ms);
    } else {
        put_number(builder, object, "medianMs", delay.low_ms);
        put(builder, object, "sigma", fraction_value(builder, delay.sigma));
        put_number(builder, object, "maxMs", delay.high_ms);
    }
    return object;
}

/* Takes `part`; an empty one is left out. */
static void put_part(struct builder *builder, struct json_object *object, const char *key,
                     struct json_object *part)
{
    if (!builder->failed && json_object_object_length(part) == 0)
        json_object_put(part);
    else
        put(builder, object, key, part);
}

static struct json_object *match_of(struct builder *builder, const struct arguments *arguments)
{
    struct json_object *match = made(builder, json_object_new_object());

    if (arguments->options[OPTION_OPERATION])
        put(builder, match, "operation", list_of(builder, arguments->options[OPTION_OPERATION]));
    put_members(builder, match, match_members, arguments);
    return match;
}

static struct json_object *times_of(struct builder *builder, const struct arguments *arguments)
{
    struct json_object *times = made(builder, json_object_new_object());

    put_members(builder, times, times_members, arguments);
    return times;
}

/* True if all of the text is JSON; then `out` is its value, which is NULL for null. */
static bool parse(struct builder *builder, const char *text, struct json_object **out)
{
    struct json_tokener *tokener = json_tokener_new();
    bool good;

    *out = NULL;
    builder->failed |= !tokener;
    if (!tokener)
        return false;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *out = json_tokener_parse_ex(tokener, text, -1); /* the NUL ends a number */
    good = json_tokener_get_error(tokener) == json_tokener_success &&
           json_tokener_get_parse_end(tokener) == strlen(text);
    json_tokener_free(tokener);
    if (good)
        return true;
    json_object_put(*out);
    return false;
}

static void put_value(struct builder *builder, struct json_object *object, const char *key,
                      const char *text)
{
    struct json_object *value;

    if (!parse(builder, text, &value))
        value = text_value(builder, text_of(text));
    put(builder, object, key, value);
}

/* The headers, each "NAME: VALUE". */
static struct json_object *headers_of(struct builder *builder, const struct arguments *arguments)
{
    struct json_object *headers = made(builder, json_object_new_object());

    for (int i = 0; i < arguments->headers_count; i++) {
        const char *colon = strchr(arguments->headers[i], ':'); /* has been checked */
        char *name = strndup(arguments->headers[i], (size_t)(colon - arguments->headers[i]));
        builder->failed |= !name;
        if (name)
            put(builder, headers, name,
                text_value(builder, text_of(colon + 1 + strspn(colon + 1, " "))));
        free(name);
    }
    return headers;
}

static struct json_object *answer_of(struct builder *builder, const struct arguments *arguments)
{
    const char *dribble = arguments->options[OPTION_DRIBBLE];
    struct json_object *answer = made(builder, json_object_new_object());

    put_members(builder, answer, answer_members, arguments);
    put_part(builder, answer, "headers", headers_of(builder, arguments));
    if (arguments->options[OPTION_ANSWER_JSON])
        put_value(builder, answer, "json", arguments->options[OPTION_ANSWER_JSON]);
    if (dribble) {
        struct json_object *pace = made(builder, json_object_new_object());
        put(builder, pace, "bytesPerSecond", value_of(builder, OPTION_TYPE_COUNT, dribble));
        put(builder, answer, "dribble", pace);
    }
    return answer;
}

/* Takes the object. */
static char *text_of_object(const struct builder *builder, struct json_object *object)
{
    const char *text = builder->failed
                           ? NULL
                           : json_object_to_json_string_ext(
                                 object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    char *copy = text ? strdup(text) : NULL;

    json_object_put(object);
    return copy;
}

char *body_of_rule(const struct arguments *arguments)
{
    struct builder builder = {0};
    struct json_object *rule = made(&builder, json_object_new_object());

    put_part(&builder, rule, "match", match_of(&builder, arguments));
    put_members(&builder, rule, rule_members, arguments);
    if (arguments->options[OPTION_DELAY])
        put(&builder, rule, "delay", delay_of(&builder, arguments->options[OPTION_DELAY]));
    put_part(&builder, rule, "answer", answer_of(&builder, arguments));
    return text_of_object(&builder, rule);
}

char *body_of_action(const struct arguments *arguments)
{
    const struct command_row *row = &command_rows[arguments->command];
    struct builder builder = {0};
    struct json_object *body = made(&builder, json_object_new_object());
    char key[16] = "";

    put(&builder, body, "action", text_value(&builder, text_of(strchr(row->words, ' ') + 1)));
    for (size_t i = 0; row->arguments[i] && i + 1 < sizeof(key); i++)
        key[i] = (char)tolower((unsigned char)row->arguments[i]);
    if (arguments->argument)
        put(&builder, body, key, text_value(&builder, text_of(arguments->argument)));
    return text_of_object(&builder, body);
}

char *body_of_verify(const struct arguments *arguments)
{
    struct builder builder = {0};
    struct json_object *body = made(&builder, json_object_new_object());
    struct json_object *match = match_of(&builder, arguments);

    put_members(&builder, match, filter_members, arguments);
    put_part(&builder, body, "match", match);
    put_part(&builder, body, "times", times_of(&builder, arguments));
    return text_of_object(&builder, body);
}

static void put_pair(struct builder *builder, struct json_object *object, const char *pair)
{
    const char *equals = strchr(pair, '='); /* has been checked */
    char *key = strndup(pair, (size_t)(equals - pair));

    builder->failed |= !key;
    if (key)
        put_value(builder, object, key, equals + 1);
    free(key);
}

char *body_of_pairs(const struct arguments *arguments)
{
    struct builder builder = {0};
    struct json_object *body = made(&builder, json_object_new_object());

    for (char *const *pair = arguments->pairs; *pair; pair++)
        put_pair(&builder, body, *pair);
    return text_of_object(&builder, body);
}

char *body_of_seed(const struct arguments *arguments)
{
    struct builder builder = {0};
    struct json_object *body = made(&builder, json_object_new_object());

    put_value(&builder, body, "seed", arguments->argument);
    return text_of_object(&builder, body);
}
