/* SPDX-License-Identifier: MIT
 *
 * Borrowed text: a pointer and a length in bytes, without a closing NUL. A struct text never owns
 * its bytes; it is passed by value and never freed. An absent text has `at == NULL`. An empty text
 * has length 0 and `at` not NULL.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *at;
    size_t length; /* bytes */
};

/* The text of a string literal. */
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* The arguments for a "%.*s" in a format. */
#define TEXT_ARGS(text) ((int)(text).length), ((text).at)

/* Returns the text of a NUL-terminated string, or an absent text for NULL. */
struct text text_of(const char *string);

/* text_or_empty turns an absent text into an empty one, and text_or_absent an empty text into an
 * absent one. Both return any other text unchanged. */
struct text text_or_empty(struct text text);
struct text text_or_absent(struct text text);

static inline bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool text_starts_with(struct text text, struct text prefix);

/* Returns the text without the bytes at its end that equal `byte`. */
struct text text_trim_end(struct text text, char byte);

/* The same for both ends. */
struct text text_trim(struct text text, char byte);

/* Returns the part of `text` that begins at byte `from`, which is at most its length. */
static inline struct text text_from(struct text text, size_t from)
{
    return (struct text){text.at + from, text.length - from};
}

/* Moves the text before the first `separator` from the front of `rest` to `head`, and drops the
 * separator. Without a separator, `head` gets all of it and `rest` becomes absent. Returns false,
 * and sets nothing, if `rest` was absent: there is no further piece. */
bool text_cut(struct text *rest, char separator, struct text *head);

/* Returns true if the whole text is well-formed UTF-8 (RFC 3629: no overlong form, no surrogate,
 * nothing past U+10FFFF). */
bool text_is_utf8(struct text text);

/* Returns the length in bytes (1 to 4) of the well-formed UTF-8 sequence at the front, or 0 if
 * there is none. */
size_t text_utf8_length(struct text text);

/* Returns true if a text contains a control character: C0, DEL or C1. The text must be well-formed
 * UTF-8. */
bool text_has_control(struct text text);

/* Returns the code point of the well-formed character at the front if it changes how a terminal
 * shows the following text, otherwise 0. Such characters are the C1 controls, the line and
 * paragraph separators, and the marks that set the writing direction (Unicode, UAX 9). Returns 0
 * for ASCII. */
unsigned text_disturbing(struct text text);

/* Parses a text that is exactly a decimal number from 0 to `max`: digits only, no sign, no leading
 * zero. Returns false, and leaves `out` as it is, for any other text. */
bool text_to_number(struct text text, uint64_t max, uint64_t *out);

#endif
