/* SPDX-License-Identifier: MIT
 *
 * Parses a request target (RFC 3986). The target is REQUEST_URI, the only variable that has the
 * same meaning behind every front end. Each segment is percent-decoded once, so %2F is a slash
 * inside a name (docs/api.md, "Names and ids").
 *
 * Decoded texts are in the arena, or in the raw text if they need no decoding. They are valid as
 * long as both, and do not end with a NUL.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { URI_SEGMENTS_MAX = 16 }; /* of a path below the mount; every route has fewer */

/* Splits a target at its '?'. `path` is without the scheme and the authority that an absolute-form
 * target has. `query` is absent if there is none. Both are absent if the target is. */
void uri_cut(struct text target, struct text *path, struct text *query);

/* Removes `mount` from the front of a raw path. A mount, such as "/api/mock", has no slash at its
 * end; "" is the root. `rest` is empty or begins with a slash. Returns false if the path is outside
 * the mount. */
bool uri_strip_mount(struct text path, struct text mount, struct text *rest);

/* Splits the `rest` of uri_strip_mount at its slashes, and decodes each segment. An empty path has
 * no segments. Returns OK, ERR_BAD_ENCODING for a malformed escape, ERR_NOT_FOUND for an empty
 * segment or more than URI_SEGMENTS_MAX, or ERR_NO_MEMORY. */
enum err uri_split(struct text path, struct arena *arena,
                   struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* As uri_split, for a path at a pod's address. Ignores empty segments, such as the one after a
 * slash at the end, instead of refusing them. */
enum err uri_split_site(struct text path, struct arena *arena,
                        struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* As uri_split, for a path that the front end has decoded already (PATH_INFO). Decodes nothing. */
enum err uri_split_decoded(struct text path, struct arena *arena,
                           struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* As uri_split_site, for a path that the front end has decoded already. */
enum err uri_split_site_decoded(struct text path, struct arena *arena,
                                struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* Removes the first parameter from the front of a query. `key` is decoded; `raw_value` is not, and
 * is "" if the parameter has no value. Skips empty parameters (`&&`). Returns OK, ERR_NOT_FOUND if
 * there are no more parameters, ERR_BAD_QUERY for a malformed escape in the key, or
 * ERR_NO_MEMORY. */
enum err uri_query_next(struct text *query, struct arena *arena, struct text *key,
                        struct text *raw_value);

/* Finds the first value of `key` in a query (application/x-www-form-urlencoded: '+' is a space) and
 * decodes it. The value is absent if the query does not have the key. Skips keys with a malformed
 * escape. Returns OK, ERR_BAD_QUERY for a malformed escape in the value, or ERR_NO_MEMORY. */
enum err uri_query_value(struct text query, struct text key, struct arena *arena,
                         struct text *value);

#endif
