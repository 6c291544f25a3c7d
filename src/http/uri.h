/* SPDX-License-Identifier: MIT
 *
 * A request target taken apart (RFC 3986), from the raw text of REQUEST_URI: the only variable that
 * means the same behind every front end. Each segment is percent-decoded once, so %2F is a slash
 * inside a name (contract, sections 1 and 5).
 *
 * What is decoded lies in the arena, or in the raw text where it stands there as it is: it lives as
 * long as both, and has no NUL at its end.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { URI_SEGMENTS_MAX = 16 }; /* of a path below the mount; no route is longer */

/* Cuts a target at '?': `path` without scheme and authority (an absolute-form target has them),
 * `query` absent if there is none. Both are absent where the target is. */
void uri_cut(struct text target, struct text *path, struct text *query);

/* Takes `mount` ("/api/mock", no slash at its end, "" for the root) off the front of a raw path.
 * False: the path is outside. What is left is empty or begins with a slash. */
bool uri_strip_mount(struct text path, struct text mount, struct text *rest);

/* Splits what uri_strip_mount left at its slashes and decodes each segment. Returns OK,
 * ERR_BAD_ENCODING for a malformed escape, ERR_NOT_FOUND for an empty segment or more than
 * URI_SEGMENTS_MAX, ERR_NO_MEMORY. An empty path has no segment. */
enum err uri_split(struct text path, struct arena *arena,
                   struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* The same for the path of a site of its own, where an empty segment, such as the one behind a
 * slash at the end, is left out instead of refused. */
enum err uri_split_site(struct text path, struct arena *arena,
                        struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* The same as uri_split for a path that the front end has decoded already (PATH_INFO): nothing is
 * decoded again. */
enum err uri_split_decoded(struct text path, struct arena *arena,
                           struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* The same as uri_split_site for a path that is decoded already. */
enum err uri_split_site_decoded(struct text path, struct arena *arena,
                                struct text segments[static URI_SEGMENTS_MAX], size_t *count);

/* Cuts the first parameter off the front of a query: its key, decoded, and its value as it came,
 * "" where it has none. Empty ones (`&&`) are skipped. Returns OK, ERR_NOT_FOUND where
 * there is no further one, ERR_BAD_QUERY for a malformed escape in the key, ERR_NO_MEMORY. */
enum err uri_query_next(struct text *query, struct arena *arena, struct text *key,
                        struct text *raw_value);

/* The first value of `key` in a query (application/x-www-form-urlencoded: '+' is a space), decoded;
 * absent if there is none. Returns OK, ERR_BAD_QUERY for a malformed escape in its value,
 * ERR_NO_MEMORY. */
enum err uri_query_value(struct text query, struct text key, struct arena *arena,
                         struct text *value);

#endif
