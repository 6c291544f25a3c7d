/* SPDX-License-Identifier: MIT
 *
 * Reads a JSON body by typed getters. An error names the field by its path from the root:
 * `repositories[2]: expected a string`. A field that is absent and one that is null are the same:
 * not given. Unknown fields are ignored (contract, section 1) where reader_only_keys is not asked.
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

struct reader;

/* A value in the tree with its place, for errors. Holds pointers to its parent node, so a parent
 * outlives its children; all live no longer than the reader. Callers do not look inside. */
struct reader_node {
    void *value;
    const struct reader_node *parent;
    /* of a member; of a root its JSON Pointer, if it has one; NULL for an element of an array */
    const char *key;
    size_t index;
};

enum reader_type {
    READER_NULL,
    READER_BOOL,
    READER_NUMBER,
    READER_TEXT,
    READER_ARRAY,
    READER_OBJECT
};

/* Parses a body as strictly as json/scan does; an empty one (0 bytes) is the empty object. Returns
 * OK, ERR_BAD_JSON with a sentence, ERR_BODY_TOO_LARGE past 2 GiB, ERR_NO_MEMORY. The caller closes
 * the reader; what getters gave is borrowed from it. */
enum err reader_open(struct text body, size_t values_max, struct reader **out,
                     struct problem *problem);
void reader_close(struct reader **reader);

/* The same of a value that is a part of a larger text (json/split): errors count bytes from the
 * first of `whole`. */
enum err reader_open_part(struct text whole, struct text part, size_t values_max,
                          struct reader **out, struct problem *problem);

/* The root, which has to be an object. Returns OK or ERR_BAD_FIELD ("the body: expected a JSON
 * object, not an array"). */
enum err reader_root(const struct reader *reader, struct reader_node *root,
                     struct problem *problem);

/* The root, of whatever type. */
struct reader_node reader_any_root(const struct reader *reader);

/* The root, of any type. Errors name a field by a JSON Pointer (RFC 6901) that begins with
 * `pointer`, which is where the root is in a larger document: `/pods/17/claimedBy: expected a
 * string`. Borrowed. */
struct reader_node reader_root_at(const struct reader *reader, const char *pointer);

enum reader_type reader_type(const struct reader_node *node);

/* The member of an object; false where it is absent or null. `key` is static. */
bool reader_member(const struct reader_node *object, const char *key, struct reader_node *out);

/* The same for a required member. Returns OK, or what reader_missing returns. */
enum err reader_required(const struct reader_node *object, const char *key, struct reader_node *out,
                         struct problem *problem);

/* The number of elements of an array, or ERR_BAD_FIELD ("...: expected an array", "...: more than
 * 100 elements"). */
enum err reader_array(const struct reader_node *node, size_t max, size_t *length,
                      struct problem *problem);

/* Called with each member of an object; the node and its key live only for the call. An error ends
 * it. */
typedef enum err reader_visit(const char *key, const struct reader_node *member, void *context);

/* Visits the members of an object in the order of the text, null ones too. Returns what a visit
 * returned, or ERR_BAD_FIELD ("...: expected an object", or one of more than `max` members). */
enum err reader_each(const struct reader_node *node, size_t max, reader_visit *visit, void *context,
                     struct problem *problem);

/* Refuses the first member of an object, a null one too, whose key is none of `keys` (closed by a
 * NULL): in a body that steers something a misspelt key would go unnoticed. Returns OK or
 * ERR_BAD_FIELD ("...: unknown; expected id, match or skip", "...: expected an object"). */
enum err reader_only_keys(const struct reader_node *object, const char *const *keys,
                          struct problem *problem);

/* The one of `keys` (closed by a NULL) that an object has, and its value. Returns OK or
 * ERR_BAD_FIELD ("...: expected exactly one of garbage or hang"). */
enum err reader_one_key(const struct reader_node *object, const char *const *keys, size_t *index,
                        struct reader_node *member, struct problem *problem);

/* An element; `index` is below the length. Unlike a member it may be null. */
struct reader_node reader_element(const struct reader_node *array, size_t index);

/* Typed values. Returns OK or ERR_BAD_FIELD: "...: expected a string", "...: longer than 128
 * bytes", "...: expected a whole number" (3.5 is none; 3.0 and 3e0 are), "...: expected a number
 * from 1 to 1000" (a real one may have a fraction), "...: expected true or false". A text is
 * borrowed; it has no NUL inside and one behind it. The bounds of a number lie inside int64_t's,
 * without INT64_MIN and INT64_MAX. */
enum err reader_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                     struct problem *problem);
/* A text that is not empty ("...: is empty"). */
enum err reader_filled_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                            struct problem *problem);
enum err reader_number(const struct reader_node *node, int64_t min, int64_t max, int64_t *out,
                       struct problem *problem);
enum err reader_real(const struct reader_node *node, double min, double max, double *out,
                     struct problem *problem);
enum err reader_bool(const struct reader_node *node, bool *out, struct problem *problem);

/* A time in UTC, as RFC 3339: "2026-01-31T10:00:00.000Z", or without the fraction. */
enum err reader_time(const struct reader_node *node, int64_t *out_ms, struct problem *problem);

/* One of `words` (closed by a NULL): its place among them. Returns OK or ERR_BAD_FIELD ("...:
 * expected real or frozen"). */
enum err reader_word(const struct reader_node *node, const char *const *words, size_t *index,
                     struct problem *problem);

/* The same for a member that may be missing, which leaves `out` as it is. */
enum err reader_member_text(const struct reader_node *object, const char *key, size_t max_bytes,
                            struct text *out, struct problem *problem);
enum err reader_member_number(const struct reader_node *object, const char *key, int64_t min,
                              int64_t max, int64_t *out, struct problem *problem);
enum err reader_member_bool(const struct reader_node *object, const char *key, bool *out,
                            struct problem *problem);

/* The value as JSON text without white space, in the arena; a number that has a fraction or an
 * exponent stays as it was written. Returns OK or ERR_NO_MEMORY. */
enum err reader_json(const struct reader_node *node, struct arena *arena, struct text *out);

/* A duration: "250ms", "5s", "30m", "2h", or a number of milliseconds; 0 to `max_ms`. */
enum err reader_duration(const struct reader_node *node, int64_t max_ms, int64_t *out_ms,
                         struct problem *problem);

/* Sets ERR_BAD_FIELD with "<path of the node>: <sentence>" and returns it; for rules that only the
 * caller knows. */
enum err reader_refuse(const struct reader_node *node, struct problem *problem,
                       const char *sentence);

/* Sets ERR_BAD_FIELD with "<path of the member>: required" and returns it. */
enum err reader_missing(const struct reader_node *object, const char *key, struct problem *problem);

#endif
