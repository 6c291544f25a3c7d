/* SPDX-License-Identifier: MIT */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "❌ [Mock Pool Manager] a bug: %s:%d: not so: %s\n", file, line, condition);
    abort();
}
