/* SPDX-License-Identifier: MIT
 *
 * NULL-terminated lists of words: the allowed keys, parameters or values of something.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stddef.h>

#include "base/text.h"

/* Returns the index of `word` in `words`, or the index of the NULL if it is not in the list. */
size_t words_find(const char *const *words, struct text word);

/* Returns the word of the list that is most like `word`, for "did you mean", or NULL if none is
 * much like it. Static, as the list is. */
const char *words_nearest(const char *const *words, struct text word);

/* Writes `lead` and the list as a phrase: "a, b or c", or "nothing" for an empty list. Cuts it to
 * `size` bytes, including the NUL. */
void words_write(const char *const *words, const char *lead, char *out, size_t size);

/* Returns the number of edits that turn one word into the other: a byte inserted, deleted or
 * replaced, or two neighbours swapped. SIZE_MAX if a word is longer than WORDS_DISTANCE_MAX
 * bytes. */
enum { WORDS_DISTANCE_MAX = 64 };
size_t words_distance(struct text a, struct text b);

#endif
