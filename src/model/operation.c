/* SPDX-License-Identifier: MIT */
#include "model/operation.h"

#include "base/check.h"

/* When a request has a part. */
enum when { NEVER, LATE, ALWAYS };

static const char *const words[] = {
#define OPERATION(name, word, ...) [OPERATION_##name] = word,
#include "model/operation.def"
#undef OPERATION
    [OPERATION__MAX] = NULL,
};

static const enum when parts[OPERATION__MAX][OPERATION_PART__MAX] = {
#define OPERATION(name, word, pool, pod, workspace, port) \
    [OPERATION_##name] = {pool, pod, workspace, port},
#include "model/operation.def"
#undef OPERATION
};

const char *const *operation_words(void)
{
    return words;
}

bool operation_of(struct text name, enum operation *out)
{
    for (int i = 0; i < OPERATION__MAX; i++)
        if (text_equal(name, text_of(words[i]))) {
            *out = (enum operation)i;
            return true;
        }
    return false;
}

uint32_t operations_with(uint32_t set, enum operation_part part, bool has_run)
{
    uint32_t with = 0;

    CHECK(part < OPERATION_PART__MAX);
    for (int i = 0; i < OPERATION__MAX; i++)
        if (parts[i][part] >= (has_run ? LATE : ALWAYS))
            with |= (uint32_t)1 << i;
    return with & set;
}
