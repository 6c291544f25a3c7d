/* SPDX-License-Identifier: MIT
 *
 * Short lists of words, closed by a NULL: what a key, a parameter or a value may be.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/text.h"

/* The place of `word` among `words`; that of the NULL where it is none of them. */
size_t words_find(const char *const *words, struct text word);

/* Writes `lead` and the words for people to read, "a, b or c", or "nothing"; cut at `size` bytes,
 * with a NUL. */
void words_write(const char *const *words, const char *lead, char *out, size_t size);

/* How many characters have to be added, taken out or replaced, or two neighbours exchanged, to make
 * one word of the other. SIZE_MAX where one has more than WORDS_DISTANCE_MAX bytes. */
enum { WORDS_DISTANCE_MAX = 64 };
size_t words_distance(struct text a, struct text b);

#endif
