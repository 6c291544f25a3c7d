/* SPDX-License-Identifier: MIT */
#include "admin/operations.h"

#include <stdio.h>

#include "base/words.h"

/* The operations, and "*". */
static const char *const words[] = {
#define OPERATION(name, word, ...) word,
#include "model/operation.def"
#undef OPERATION
    "*", NULL};

static void add(uint32_t *operations, size_t word)
{
    *operations |= word == OPERATION__CLIENTS ? OPERATIONS_ALL : (uint32_t)1 << word;
}

static enum err read_one(struct call *call, const struct reader_node *node, uint32_t *operations)
{
    size_t word;
    enum err err;

    if (reader_type(node) != READER_TEXT)
        return reader_refuse(node, call->problem, "expected an operation or an array of them");
    if (!(err = reader_word(node, words, &word, call->problem)))
        add(operations, word);
    return err;
}

enum err operations_read(struct call *call, const struct reader_node *object, uint32_t *out)
{
    struct reader_node node;
    size_t count;
    enum err err;

    *out = 0;
    if (!reader_member(object, "operation", &node)) {
        *out = OPERATIONS_ALL;
        return OK;
    }
    if (reader_type(&node) != READER_ARRAY)
        return read_one(call, &node, out);
    if ((err = reader_array(&node, OPERATION__CLIENTS + 1, &count, call->problem)))
        return err;
    if (count == 0)
        return reader_refuse(&node, call->problem, "is empty");
    for (size_t i = 0; i < count && !err; i++) {
        struct reader_node element = reader_element(&node, i);
        err = read_one(call, &element, out);
    }
    return err;
}

static enum err refuse_word(struct call *call, struct text word)
{
    const char *nearest = words_nearest(words, word);
    char expected[PROBLEM_TEXT_MAX];

    if (nearest)
        return problem_set(call->problem, ERR_BAD_QUERY,
                           "operation: '%.*s' is not known; did you mean %s?", TEXT_ARGS(word),
                           nearest);
    words_write(words, "expected ", expected, sizeof(expected));
    return call_refuse_parameter(call, "operation", word, expected);
}

enum err operations_read_query(struct call *call, uint32_t *out)
{
    struct text rest, name;
    enum err err = call_query(call, "operation", &rest);

    *out = rest.length == 0 ? OPERATIONS_ALL : 0;
    if (err || rest.length == 0)
        return err;
    while (text_cut(&rest, ',', &name)) {
        size_t word = words_find(words, name);
        if (!words[word])
            return refuse_word(call, name);
        add(out, word);
    }
    return OK;
}

/* The keys of the parts in bodies and queries. */
static const char *const part_keys[OPERATION_PART__MAX] = {
    [OPERATION_PART_POOL] = "pool",
    [OPERATION_PART_POD] = "pod",
    [OPERATION_PART_WORKSPACE] = "workspaceId",
    [OPERATION_PART_PORT] = "port",
};

/* Further criteria that only requests with a port meet. */
static const char *const keys_of_a_port[] = {"method", "path"};

/* Writes "login requests have no pool", or "login or pools requests have no pool". */
static void write_lack(uint32_t set, enum operation_part part, bool is_late,
                       char sentence[static PROBLEM_TEXT_MAX])
{
    static const char *const nouns[OPERATION_PART__MAX] = {"pool", "pod", "workspace", "port"};
    const char *names[OPERATION__CLIENTS + 1] = {NULL};
    char subject[PROBLEM_TEXT_MAX / 2];
    size_t count = 0;

    for (int i = 0; i < OPERATION__CLIENTS; i++)
        if (set >> i & 1)
            names[count++] = words[i];
    words_write(names, "", subject, sizeof(subject));
    snprintf(sentence, PROBLEM_TEXT_MAX, "%s requests have no %s%s", subject, nouns[part],
             is_late ? " before they run; use phase after" : "");
}

/* Finds the first given part that no operation of the set has, and writes the sentence. */
static bool find_lack(uint32_t set, const bool given[static OPERATION_PART__MAX], bool has_run,
                      enum operation_part *lacking, char sentence[static PROBLEM_TEXT_MAX])
{
    for (int i = 0; i < OPERATION_PART__MAX; i++) {
        enum operation_part part = (enum operation_part)i;
        uint32_t left = given[i] ? operations_with(set, part, has_run) : set;
        if (left == 0) {
            write_lack(set, part, operations_with(set, part, true) != 0, sentence);
            *lacking = part;
            return true;
        }
        set = left;
    }
    return false;
}

enum err operations_check(struct call *call, const struct reader_node *match, uint32_t set,
                          bool has_run)
{
    char sentence[PROBLEM_TEXT_MAX];
    struct reader_node nodes[OPERATION_PART__MAX];
    bool given[OPERATION_PART__MAX];
    enum operation_part lacking;

    for (int i = 0; i < OPERATION_PART__MAX; i++)
        given[i] = reader_member(match, part_keys[i], &nodes[i]);
    for (size_t i = 0; i < sizeof(keys_of_a_port) / sizeof(keys_of_a_port[0]); i++)
        given[OPERATION_PART_PORT] |= reader_member(match, keys_of_a_port[i],
                                                    &nodes[OPERATION_PART_PORT]);
    return find_lack(set, given, has_run, &lacking, sentence)
               ? reader_refuse(&nodes[lacking], call->problem, sentence)
               : OK;
}

enum err operations_check_query(struct call *call, uint32_t set,
                                const bool given[static OPERATION_PART__MAX])
{
    char sentence[PROBLEM_TEXT_MAX];
    enum operation_part lacking;

    return find_lack(set, given, true, &lacking, sentence)
               ? problem_set(call->problem, ERR_BAD_QUERY, "%s: %s", part_keys[lacking], sentence)
               : OK;
}
