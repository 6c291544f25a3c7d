/* SPDX-License-Identifier: MIT
 *
 * Base64 (RFC 4648, sections 4 and 5).
 */
#ifndef HTTP_BASE64_H
#define HTTP_BASE64_H

#include "base/arena.h"
#include "base/text.h"

/* Writes the bytes with padding and a NUL: 4 characters for each 3 bytes, and 1. */
void base64_encode(const unsigned char *bytes, size_t count, char *out);

/* Decodes either alphabet, with or without padding, into the arena. Returns false if the text is
 * malformed, or without memory. */
bool base64_decode(struct text encoded, struct arena *arena, struct text *out);

#endif
