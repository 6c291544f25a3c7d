/* SPDX-License-Identifier: MIT */
#include "model/operation.h"

static const char *const words[] = {
#define OPERATION(name, said) [OPERATION_##name] = said,
#include "model/operation.def"
#undef OPERATION
    [OPERATION__MAX] = NULL,
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
