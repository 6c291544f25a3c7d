/* SPDX-License-Identifier: MIT
 *
 * An allocator that lets an allocation inside a library fail. It is preloaded into the worker
 * (LD_PRELOAD). It recognizes the library by the return address of the call. tests/unit/chaos does
 * the same for the project's own allocations.
 *
 * The test and the allocator map the file that FAILING_ALLOCATOR names. It holds `struct orders`,
 * in the machine's byte order. The test writes `library` last. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's functions, under names that this file does not replace. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static const char *const names[] = {"", "libjson-c.", "libsqlite3.", "libfcgi."};

enum { LIBRARIES = sizeof(names) / sizeof(names[0]) };

struct orders {
    uint64_t countdown; /* allocations until one fails; 0: none fails, and none is counted */
    uint64_t failed;    /* the number of failed allocations */
    uint64_t library;   /* the library whose allocations fail: its index in `names`; 0: none */
    uint64_t loaded;    /* a bit for each library that this process has loaded */
};

static volatile struct orders *orders;

/* The addresses of each library's code. */
static struct range {
    uintptr_t from, to;
} ranges[LIBRARIES];

static int note_range(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (int library = 1; library < LIBRARIES; library++) {
        if (!strstr(info->dlpi_name, names[library]))
            continue;
        for (int i = 0; i < info->dlpi_phnum; i++) {
            const ElfW(Phdr) *part = &info->dlpi_phdr[i];
            if (part->p_type == PT_LOAD && (part->p_flags & PF_X)) {
                ranges[library].from = info->dlpi_addr + part->p_vaddr;
                ranges[library].to = ranges[library].from + part->p_memsz;
                orders->loaded |= (uint64_t)1 << library;
            }
        }
    }
    return 0;
}

__attribute__((constructor)) static void find_orders(void)
{
    const char *path = getenv("FAILING_ALLOCATOR");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0)
        close(fd);
    if (mapped == MAP_FAILED)
        return;
    orders = mapped;
    dl_iterate_phdr(note_range, NULL);
}

static bool is_to_fail(const void *caller)
{
    if (!orders || orders->library == 0 || orders->countdown == 0)
        return false;
    const struct range *range = &ranges[orders->library];
    if ((uintptr_t)caller < range->from || (uintptr_t)caller >= range->to ||
        --orders->countdown > 0)
        return false;
    orders->failed++;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return is_to_fail(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

char *strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = is_to_fail(__builtin_return_address(0)) ? NULL : __libc_malloc(size);

    return copy ? memcpy(copy, string, size) : NULL;
}
