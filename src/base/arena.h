/* SPDX-License-Identifier: MIT
 *
 * Memory that is freed all at once, such as all that one request needs. Single allocations are
 * never freed.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* the newest first */
};

/* Gives an empty arena a first chunk of `size` bytes, instead of one of the usual size. Each
 * allocation takes a multiple of the alignment of max_align_t. Returns false if out of memory. */
bool arena_begin(struct arena *arena, size_t size);

/* Returns `size` bytes, aligned for any type and not zeroed, or NULL if out of memory. They are
 * valid until arena_reset or arena_free. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns a copy of `text`, followed by a NUL that its length does not count. Returns an absent
 * text (`at == NULL`) if out of memory, or if `text` is absent. */
struct text arena_copy(struct arena *arena, struct text text);

/* Formats as printf does. The result is followed by a NUL, as in arena_copy. Returns an absent text
 * if out of memory. */
struct text arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies the buffer's bytes as arena_copy does, and frees the buffer, even on failure. Returns an
 * absent text if out of memory or if the buffer has failed. */
struct text arena_take(struct arena *arena, struct buffer *buffer);

/* Frees all allocations. Keeps one chunk of the usual size, so that the next request need not call
 * malloc. */
void arena_reset(struct arena *arena);

/* Frees everything. An arena starts zeroed; freeing a zeroed one is legal. */
void arena_free(struct arena *arena);

#endif
