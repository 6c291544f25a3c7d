/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 2048 }; /* holds what a usual request needs */

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of bytes[] */
    size_t used;
    alignas(max_align_t) char bytes[];
};

static struct arena_chunk *chunk_new(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = malloc(sizeof(*chunk) + size);
    if (!chunk)
        return NULL;
    *chunk = (struct arena_chunk){.next = arena->chunks, .size = size};
    arena->chunks = chunk;
    return chunk;
}

size_t arena_room(size_t size)
{
    const size_t alignment = alignof(max_align_t);

    return (size + alignment - 1) / alignment * alignment;
}

bool arena_begin(struct arena *arena, size_t size)
{
    return chunk_new(arena, size) != NULL;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->chunks;

    size = arena_room(size);
    if ((!chunk || chunk->size - chunk->used < size) &&
        !(chunk = chunk_new(arena, size < CHUNK_BYTES ? CHUNK_BYTES : size)))
        return NULL;
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    return memory;
}

struct text arena_copy(struct arena *arena, struct text text)
{
    if (!text.at)
        return text;
    char *copy = arena_alloc(arena, text.length + 1);
    if (!copy)
        return (struct text){0};
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    return (struct text){copy, text.length};
}

struct text arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return (struct text){0};
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return (struct text){text, (size_t)length};
}

struct text arena_take(struct arena *arena, struct buffer *buffer)
{
    struct text copy = {0};

    if (!buffer->failed)
        copy = arena_copy(arena, buffer_text(buffer));
    buffer_free(buffer);
    return copy;
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *kept = NULL;

    for (struct arena_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        if (!kept && chunk->size == CHUNK_BYTES)
            kept = chunk;
        else
            free(chunk);
    }
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
    }
    arena->chunks = kept;
}

void arena_free(struct arena *arena)
{
    arena_reset(arena);
    free(arena->chunks);
    arena->chunks = NULL;
}
