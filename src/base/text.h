/* SPDX-License-Identifier: MIT
 *
 * Borrowed pieces of text: a pointer and a length in bytes, without a closing NUL. Whoever made the
 * bytes owns them; a struct text is passed by value and never freed. An absent text has `at ==
 * NULL`; an empty one has a length of 0 only.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *at;
    size_t length; /* bytes */
};

/* A text of a string literal. */
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* For "%.*s" in a format. */
#define TEXT_ARGS(text) ((int)(text).length), ((text).at)

/* The text of a NUL-terminated string; absent for NULL. */
struct text text_of(const char *string);

/* Returns the text: an empty one for an absent text, and an absent one for an empty text. */
struct text text_or_empty(struct text text);
struct text text_or_absent(struct text text);

bool text_equal(struct text a, struct text b);
bool text_starts_with(struct text text, struct text prefix);

/* The text without the bytes `byte` at its end. */
struct text text_trim_end(struct text text, char byte);

/* The part of `text` from byte `from` on; `from` is at most its length. */
struct text text_from(struct text text, size_t from);

/* Cuts the text before the first `separator` off the front of `rest` into `head`; the separator is
 * dropped. Without one, head is all of it and rest becomes absent. False when `rest` was absent:
 * there is no further piece. */
bool text_cut(struct text *rest, char separator, struct text *head);

/* True if the whole text is well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing
 * past U+10FFFF). */
bool text_is_utf8(struct text text);

/* The length in bytes (1 to 4) of the well-formed UTF-8 sequence at the front, or 0 if there is
 * none. */
size_t text_utf8_length(struct text text);

/* True if well-formed UTF-8 holds a control character: C0, DEL or C1. */
bool text_has_control(struct text text);

/* Returns the code point of the well-formed character at the front if it changes how a terminal
 * shows what follows, or 0: C1 controls, line and paragraph separators, and the marks that set the
 * direction of writing (Unicode, UAX 9). ASCII is not looked at. */
unsigned text_disturbing(struct text text);

/* Reads all of the text as a decimal number of 0 to `max`: digits only, no sign, no leading zero.
 * False leaves `out`. */
bool text_to_number(struct text text, uint64_t max, uint64_t *out);

#endif
