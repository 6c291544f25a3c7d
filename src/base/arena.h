/* SPDX-License-Identifier: MIT
 *
 * Memory that is freed all at once: what one request needs while it is served. Nothing in it is
 * freed singly.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* the newest first */
};

/* `size` bytes, aligned for any type and not zeroed, until arena_reset; NULL without memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `text`, closed by a NUL that its length does not count; absent (`at == NULL`) without
 * memory. An absent text stays absent. */
struct text arena_copy(struct arena *arena, struct text text);

/* Formats as printf does, and closes as arena_copy does; absent without memory. */
struct text arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies what the buffer holds, as arena_copy does, and frees the buffer, even on failure; absent
 * without memory or if the buffer has failed. */
struct text arena_take(struct arena *arena, struct buffer *buffer);

/* Frees all that was allocated but one chunk of the usual size, so that the next request allocates
 * nothing. */
void arena_reset(struct arena *arena);

/* Frees everything; a zeroed arena is legal and is what an arena starts as. */
void arena_free(struct arena *arena);

#endif
