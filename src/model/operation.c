/* SPDX-License-Identifier: MIT */
#include "model/operation.h"

#include "base/check.h"

/* When a request's part is known. */
enum when { NEVER, LATE, ALWAYS };

static const char *const words[] = {
#define OPERATION(name, word, ...) [OPERATION_##name] = word,
#include "model/operation.def"
    [OPERATION__CLIENTS] = NULL,
#include "model/control_operation.def"
#undef OPERATION
};

static const enum when parts[OPERATION__CLIENTS][OPERATION_PART__MAX] = {
#define OPERATION(name, word, pool, pod, workspace, port) \
    [OPERATION_##name] = {pool, pod, workspace, port},
#include "model/operation.def"
#undef OPERATION
};

const char *const *operation_words(void)
{
    return words;
}

const char *operation_name(enum operation operation)
{
    CHECK(operation < OPERATION__MAX && words[operation]);
    return words[operation];
}

bool operations_contain(uint32_t set, enum operation operation)
{
    return operation < OPERATION__CLIENTS && (set >> operation & 1) != 0;
}

uint32_t operations_with(uint32_t set, enum operation_part part, bool has_run)
{
    uint32_t with = 0;

    CHECK(part < OPERATION_PART__MAX);
    for (int i = 0; i < OPERATION__CLIENTS; i++)
        if (parts[i][part] >= (has_run ? LATE : ALWAYS))
            with |= (uint32_t)1 << i;
    return with & set;
}
