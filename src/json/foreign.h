/* SPDX-License-Identifier: MIT
 *
 * Names what was sent instead of JSON in UTF-8, for errors.
 */
#ifndef JSON_FOREIGN_H
#define JSON_FOREIGN_H

#include "base/text.h"

/* What a body is and what to send instead, if its first bytes show a form, a multipart form, gzip,
 * a UTF-8 byte order mark, UTF-16 or UTF-32; otherwise NULL. NULL for all valid JSON. Static. */
const char *foreign_what(struct text body);

#endif
