/* SPDX-License-Identifier: MIT
 *
 * Recognises bodies that are something other than JSON in UTF-8, for better error sentences.
 */
#ifndef JSON_FOREIGN_H
#define JSON_FOREIGN_H

#include "base/text.h"

/* Returns a sentence that tells what a body is and what to send instead, if its first bytes show a
 * form, a multipart form, gzip, a UTF-8 byte order mark, UTF-16 or UTF-32; otherwise NULL. Returns
 * NULL for all valid JSON. Static. */
const char *foreign_what(struct text body);

#endif
