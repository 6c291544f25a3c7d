/* SPDX-License-Identifier: MIT
 *
 * NULL-terminated lists of words: the allowed keys, parameters or values of something.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/text.h"

/* Returns the index of `word` in `words`, or the index of the closing NULL if it is not there. */
size_t words_find(const char *const *words, struct text word);

/* Returns the word of the list with the fewest edits from `word` (words_distance), for "did you
 * mean". Returns NULL if even that needs more edits than a third of the bytes of `word`. Borrowed
 * from the list. */
const char *words_nearest(const char *const *words, struct text word);

/* Writes `lead`, then the list as "a, b or c", or "nothing" for an empty list. Cuts the result to
 * `size` bytes, including the NUL. */
void words_write(const char *const *words, const char *lead, char *out, size_t size);

/* Returns the number of edits that turn one word into the other: a byte inserted, deleted or
 * replaced, or two neighbours swapped. SIZE_MAX if a word is longer than WORDS_DISTANCE_MAX
 * bytes. */
enum { WORDS_DISTANCE_MAX = 64 };
size_t words_distance(struct text a, struct text b);

#endif
