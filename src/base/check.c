/* SPDX-License-Identifier: MIT */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/journal_stream.h"

_Noreturn void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s🎭 ❌ [Mock Pool Manager] bug: %s:%d: check failed: %s\n",
            journal_stream_error_priority(), file, line, condition);
    abort();
}
