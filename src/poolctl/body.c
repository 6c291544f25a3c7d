/* SPDX-License-Identifier: MIT */
#include "poolctl/body.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "json/scan.h"
#include "json/writer.h"
#include "poolctl/delay.h"

/* An option that is written as a member of an object. */
struct member {
    enum option_id option;
    const char *key;
};

static const struct member no_members[] = {{0}};
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

/* Returns the text of a complete body. The caller frees it. NULL if memory ran out. */
static char *take_text(struct buffer *body)
{
    buffer_put_char(body, '\0');
    if (!body->failed)
        return body->bytes;
    buffer_free(body);
    return NULL;
}

/* Writes an option as a member. A fraction is written as it was typed. */
static void put_option(struct writer *writer, const char *key, enum option_type type,
                       const char *value)
{
    writer_text_key(writer, text_of(key));
    switch (type) {
    case OPTION_TYPE_COUNT:
        writer_number(writer, strtoll(value, NULL, 10));
        break;
    case OPTION_TYPE_FRACTION:
        writer_raw(writer, text_of(value));
        break;
    case OPTION_TYPE_FLAG:
        writer_bool(writer, true);
        break;
    default:
        writer_text(writer, text_of(value));
        break;
    }
}

static bool has_any(const struct member *member, const struct arguments *arguments)
{
    while (member->key && !arguments->options[member->option])
        member++;
    return member->key != NULL;
}

static void put_members(struct writer *writer, const struct member *member,
                        const struct arguments *arguments)
{
    for (; member->key; member++) {
        const char *value = arguments->options[member->option];
        if (value)
            put_option(writer, member->key, cli_option_rows[member->option].type, value);
    }
}

/* Writes one word as a string, and words that are separated by commas as a list. */
static void put_words(struct writer *writer, const char *words)
{
    struct text rest = text_of(words), word;

    if (!strchr(words, ',')) {
        writer_text(writer, rest);
        return;
    }
    writer_array(writer);
    while (text_cut(&rest, ',', &word))
        writer_text(writer, word);
    writer_end_array(writer);
}

static void put_delay(struct writer *writer, const char *value)
{
    static const char *const types[] = {
        [DELAY_FIXED] = "fixed", [DELAY_UNIFORM] = "uniform", [DELAY_LOGNORMAL] = "lognormal"};
    struct delay delay;

    delay_read(text_of(value), &delay); /* arguments_read has checked it */
    writer_member_object(writer, "delay");
    writer_member_text(writer, "type", text_of(types[delay.type]));
    if (delay.type == DELAY_FIXED) {
        writer_member_number(writer, "ms", delay.low_ms);
    } else if (delay.type == DELAY_UNIFORM) {
        writer_member_number(writer, "lowerMs", delay.low_ms);
        writer_member_number(writer, "upperMs", delay.high_ms);
    } else {
        writer_member_number(writer, "medianMs", delay.low_ms);
        writer_member_raw(writer, "sigma", delay.sigma);
        writer_member_number(writer, "maxMs", delay.high_ms);
    }
    writer_end_object(writer);
}

/* Writes the match, if an option belongs to it. `further` are additional members. */
static void put_match(struct writer *writer, const struct member *further,
                      const struct arguments *arguments)
{
    const char *operation = arguments->options[OPTION_OPERATION];

    if (!operation && !has_any(match_members, arguments) && !has_any(further, arguments))
        return;
    writer_member_object(writer, "match");
    if (operation) {
        writer_key(writer, "operation");
        put_words(writer, operation);
    }
    put_members(writer, match_members, arguments);
    put_members(writer, further, arguments);
    writer_end_object(writer);
}

/* Writes a value that is JSON as it is, and any other value as a string. */
static void put_value(struct writer *writer, struct text value)
{
    struct problem problem;
    enum err err = scan_json(value, SIZE_MAX, NULL, &problem);

    if (err == ERR_NO_MEMORY)
        writer->out->failed = true;
    if (err)
        writer_text(writer, value);
    else
        writer_raw(writer, value);
}

/* Writes the headers, each of which is "NAME: VALUE". */
static void put_headers(struct writer *writer, const struct arguments *arguments)
{
    writer_member_object(writer, "headers");
    for (int i = 0; i < arguments->headers.count; i++) {
        /* arguments_read has checked that there is a colon */
        const char *header = arguments->headers.at[i], *colon = strchr(header, ':');
        writer_text_key(writer, (struct text){header, (size_t)(colon - header)});
        writer_text(writer, text_of(colon + 1 + strspn(colon + 1, " ")));
    }
    writer_end_object(writer);
}

static bool has_answer(const struct arguments *arguments)
{
    return arguments->options[OPTION_DRIBBLE] || arguments->options[OPTION_ANSWER_JSON] ||
           arguments->headers.count > 0 || has_any(answer_members, arguments);
}

static void put_answer(struct writer *writer, const struct arguments *arguments)
{
    const char *dribble = arguments->options[OPTION_DRIBBLE];
    const char *json = arguments->options[OPTION_ANSWER_JSON];

    if (!has_answer(arguments))
        return;
    writer_member_object(writer, "answer");
    put_members(writer, answer_members, arguments);
    if (arguments->headers.count > 0)
        put_headers(writer, arguments);
    if (json) {
        writer_key(writer, "json");
        put_value(writer, text_of(json));
    }
    if (dribble) {
        writer_member_object(writer, "dribble");
        put_option(writer, "bytesPerSecond", OPTION_TYPE_COUNT, dribble);
        writer_end_object(writer);
    }
    writer_end_object(writer);
}

bool body_rule_does_something(const struct arguments *arguments)
{
    return arguments->options[OPTION_DELAY] || has_answer(arguments);
}

char *body_of_rule(const struct arguments *arguments)
{
    struct buffer body = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    put_match(&writer, no_members, arguments);
    put_members(&writer, rule_members, arguments);
    if (arguments->options[OPTION_DELAY])
        put_delay(&writer, arguments->options[OPTION_DELAY]);
    put_answer(&writer, arguments);
    writer_end_object(&writer);
    return take_text(&body);
}

char *body_of_action(const struct arguments *arguments)
{
    const struct command_row *row = &command_rows[arguments->command];
    struct buffer body = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&body);
    char key[16] = "";

    for (size_t i = 0; row->arguments[i] && i + 1 < sizeof(key); i++)
        key[i] = (char)tolower((unsigned char)row->arguments[i]);
    writer_object(&writer);
    writer_member_text(&writer, "action", text_of(strchr(row->words, ' ') + 1));
    if (arguments->argument) {
        writer_text_key(&writer, text_of(key));
        writer_text(&writer, text_of(arguments->argument));
    }
    writer_end_object(&writer);
    return take_text(&body);
}

char *body_of_verify(const struct arguments *arguments)
{
    struct buffer body = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    put_match(&writer, filter_members, arguments);
    if (has_any(times_members, arguments)) {
        writer_member_object(&writer, "times");
        put_members(&writer, times_members, arguments);
        writer_end_object(&writer);
    }
    writer_end_object(&writer);
    return take_text(&body);
}

char *body_of_pairs(const struct arguments *arguments)
{
    struct buffer body = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    for (char *const *pair = arguments->pairs; *pair; pair++) {
        const char *equals = strchr(*pair, '='); /* arguments_read has checked that there is one */
        writer_text_key(&writer, (struct text){*pair, (size_t)(equals - *pair)});
        put_value(&writer, text_of(equals + 1));
    }
    writer_end_object(&writer);
    return take_text(&body);
}

char *body_of_seed(const struct arguments *arguments)
{
    struct buffer body = buffer_new(SIZE_MAX);
    struct writer writer = writer_new(&body);

    writer_object(&writer);
    writer_key(&writer, "seed");
    put_value(&writer, text_of(arguments->argument));
    writer_end_object(&writer);
    return take_text(&body);
}
