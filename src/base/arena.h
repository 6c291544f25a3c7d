/* SPDX-License-Identifier: MIT
 *
 * An arena: memory that is freed all at once, such as everything that one request needs. A zeroed
 * arena is empty. Single allocations can't be freed.
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

/* Gives an empty arena a first chunk of `size` bytes. Without it, the first allocation makes a
 * chunk of the usual size. `size` is the sum of arena_room of each allocation. Returns false if out
 * of memory. */
bool arena_begin(struct arena *arena, size_t size);

/* Returns how many bytes of a chunk an allocation of `size` bytes takes. */
size_t arena_room(size_t size);

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

/* Frees all allocations. Keeps one chunk of the usual size, if there is one, so that the next
 * request need not call malloc. */
void arena_reset(struct arena *arena);

/* Frees everything and leaves an empty arena. A zeroed arena is legal. */
void arena_free(struct arena *arena);

#endif
