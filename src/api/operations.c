/* SPDX-License-Identifier: MIT */
#include "api/operations.h"

#include "base/words.h"

/* The operations, and "*". */
static const char *const words[] = {
#define OPERATION(name, said) said,
#include "model/operation.def"
#undef OPERATION
    "*", NULL};

static void add(uint32_t *operations, size_t word)
{
    *operations |= word == OPERATION__MAX ? OPERATIONS_ALL : (uint32_t)1 << word;
}

static enum err read_one(struct call *call, const struct reader_node *node, uint32_t *operations)
{
    size_t word;
    enum err err = reader_word(node, words, &word, call->problem);

    if (!err)
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
    if ((err = reader_array(&node, OPERATION__MAX + 1, &count, call->problem)))
        return err;
    if (count == 0)
        return reader_refuse(&node, call->problem, "is empty");
    for (size_t i = 0; i < count && !err; i++) {
        struct reader_node element = reader_element(&node, i);
        err = read_one(call, &element, out);
    }
    return err;
}

enum err operations_read_query(struct call *call, uint32_t *out)
{
    char sentence[PROBLEM_TEXT_MAX];
    struct text rest, name;
    enum err err = call_query(call, "operation", &rest);

    *out = rest.length == 0 ? OPERATIONS_ALL : 0;
    if (err || rest.length == 0)
        return err;
    while (text_cut(&rest, ',', &name)) {
        size_t word = words_find(words, name);
        if (!words[word]) {
            words_write(words, "operation: expected ", sentence, sizeof(sentence));
            return problem_set(call->problem, ERR_BAD_QUERY, "%s", sentence);
        }
        add(out, word);
    }
    return OK;
}
