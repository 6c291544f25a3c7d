/* SPDX-License-Identifier: MIT
 *
 * Reads the fields that clients' bodies and state documents have in common. Each function returns
 * OK, or ERR_BAD_FIELD with a sentence that begins with the path of the field.
 */
#ifndef VIEWS_FIELD_H
#define VIEWS_FIELD_H

#include <stddef.h>

#include "json/reader.h"

/* Reads a name (model/name.h). */
enum err field_read_name(const struct reader_node *node, size_t max_bytes, struct text *out,
                         struct problem *problem);

/* Reads a list of texts into the arena. If the member is missing, leaves `out` and `count` as they
 * are. May also return ERR_NO_MEMORY. */
enum err field_read_texts(const struct reader_node *object, const char *key, struct arena *arena,
                          const struct text **out, size_t *count, struct problem *problem);

/* Reads the URL of a callback. If the member is missing, leaves `out` as it is. */
enum err field_read_url(const struct reader_node *object, const char *key, struct text *out,
                        struct problem *problem);

/* Reads a repository: a URL, or an object with `url` and, optionally, `branch`. Without one the
 * branch is absent. */
enum err field_read_repository(const struct reader_node *node, struct text *url,
                               struct text *branch, struct problem *problem);

#endif
