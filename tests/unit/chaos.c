/* SPDX-License-Identifier: MIT */
#include "chaos.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/text.h"

static unsigned long countdown; /* allocations until the one that fails; 0: none does */
static bool failed;
static long blocks;

/* Names that the linker's --wrap gives. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void chaos_fail_at(unsigned long n)
{
    countdown = n;
    if (n > 0)
        failed = false;
}

bool chaos_failed(void)
{
    return failed;
}

long chaos_blocks(void)
{
    return blocks;
}

static bool is_to_fail(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *memory)
{
    blocks += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (is_to_fail())
        return NULL;
    return memory ? __real_realloc(memory, size) : counted(__real_realloc(NULL, size));
}

void __wrap_free(void *memory)
{
    blocks -= memory != NULL;
    __real_free(memory);
}

unsigned long chaos_stride(void)
{
    const char *said = getenv("UNIT_STRIDE");
    uint64_t stride;

    return said && text_to_number(text_of(said), 1000, &stride) && stride > 0 ? stride : 1;
}
