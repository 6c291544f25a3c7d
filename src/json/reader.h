/* SPDX-License-Identifier: MIT
 *
 * Reads a JSON body with typed getters. An error names the field by its path from the root:
 * `repositories[2]: expected a string, not a number`. An absent field and a null one are the same:
 * not given. Unknown fields are ignored (docs/api.md, "Bodies"), unless reader_only_keys is called.
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

/* A value in the tree with its position, for errors. It points to its parent node, which must
 * outlive it. All nodes are valid until the reader is closed. The fields are private to the reader.
 */
struct reader_node {
    void *value;
    const struct reader_node *parent;
    /* of a member: its key; of a document's root: ""; of another root, or an array's element: NULL
     */
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

/* Parses a body, as strictly as json/scan.h describes. `values_max` is the maximum number of
 * values. An empty body (0 bytes) is the empty object. Returns OK, ERR_BAD_JSON with a sentence,
 * ERR_BODY_TOO_LARGE above 2 GiB, or ERR_NO_MEMORY. The caller closes the reader; values from
 * getters are borrowed from it. */
enum err reader_open(struct text body, size_t values_max, struct reader **out,
                     struct problem *problem);
void reader_close(struct reader **reader);

/* As reader_open, for a value that is a part of a larger text (json/split.h). Errors count bytes
 * from the beginning of `whole`. */
enum err reader_open_part(struct text whole, struct text part, size_t values_max,
                          struct reader **out, struct problem *problem);

/* Gets the root, which must be an object. Returns OK or ERR_BAD_FIELD ("the body: expected a JSON
 * object, not an array"). */
enum err reader_root(const struct reader *reader, struct reader_node *root,
                     struct problem *problem);

/* Returns the root, which may be of any type. */
struct reader_node reader_any_root(const struct reader *reader);

/* Returns the root, which may be of any type, at a position in a larger document. The position is a
 * node without a value, whose parents lead to the document's root, a node with the key "". They are
 * borrowed. Errors then name fields by JSON Pointers (RFC 6901): `/pods/17/claimedBy: expected a
 * string, not a number`. */
struct reader_node reader_root_at(const struct reader *reader, const struct reader_node *position);

enum reader_type reader_type(const struct reader_node *node);

/* Gets a member of an object. Returns false if it is absent or null. `key` is static. */
bool reader_member(const struct reader_node *object, const char *key, struct reader_node *out);

/* Gets a required member. Returns OK, or what reader_missing returns. */
enum err reader_required(const struct reader_node *object, const char *key, struct reader_node *out,
                         struct problem *problem);

/* Gets the number of elements of an array. Returns OK or ERR_BAD_FIELD ("...: expected an array,
 * not a string", "...: more than 100 elements"). */
enum err reader_array(const struct reader_node *node, size_t max, size_t *length,
                      struct problem *problem);

/* The function that reader_each calls with each member. The node and its key are valid during the
 * call. An error ends the iteration. */
typedef enum err reader_visit(const char *key, const struct reader_node *member, void *context);

/* Calls `visit` with each member of an object, null members too, in the order of the text. Returns
 * OK, the error of a visit, or ERR_BAD_FIELD ("...: expected an object, not an array", "...: more
 * than 100 members"). */
enum err reader_each(const struct reader_node *node, size_t max, reader_visit *visit, void *context,
                     struct problem *problem);

/* Refuses the first member of an object, null or not, whose key is not in `keys` (NULL-terminated).
 * For the bodies of control routes, where a misspelt key must not go unnoticed. Returns OK or
 * ERR_BAD_FIELD ("...: unknown; expected id, match or skip", "...: unknown; did you mean skip?",
 * "...: expected an object, not an array"). */
enum err reader_only_keys(const struct reader_node *object, const char *const *keys,
                          struct problem *problem);

/* Finds the one member of an object whose key is in `keys` (NULL-terminated), and the key's index.
 * Returns OK or ERR_BAD_FIELD ("...: expected exactly one of garbage or hang"). */
enum err reader_one_key(const struct reader_node *object, const char *const *keys, size_t *index,
                        struct reader_node *member, struct problem *problem);

/* Returns an element of an array. `index` is less than its length. The element may be null. */
struct reader_node reader_element(const struct reader_node *array, size_t index);

/* Get typed values. Return OK or ERR_BAD_FIELD: "...: expected a string, not a number", "...:
 * longer than 128 bytes", "...: expected a whole number, not 3.5" (3.0 and 3e0 are whole), "...:
 * expected a number from 1 to 1000, not 1001" (a real number may have a fraction), "...: expected
 * true or false, not 1". A text is borrowed, contains no NUL, and is followed by one. `min` is more
 * than INT64_MIN and `max` less than INT64_MAX. */
enum err reader_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                     struct problem *problem);
/* Gets a text that must not be empty ("...: is empty"). */
enum err reader_filled_text(const struct reader_node *node, size_t max_bytes, struct text *out,
                            struct problem *problem);
enum err reader_number(const struct reader_node *node, int64_t min, int64_t max, int64_t *out,
                       struct problem *problem);
enum err reader_real(const struct reader_node *node, double min, double max, double *out,
                     struct problem *problem);
enum err reader_bool(const struct reader_node *node, bool *out, struct problem *problem);

/* Gets a time in UTC, in RFC 3339: "2026-01-31T10:00:00.000Z", or without the fraction. */
enum err reader_time(const struct reader_node *node, int64_t *out_ms, struct problem *problem);

/* Gets the index of a word in `words` (NULL-terminated). Returns OK or ERR_BAD_FIELD ("...:
 * expected real or frozen, not 'fast'", "...: 'frozn' is not known; did you mean frozen?"). */
enum err reader_word(const struct reader_node *node, const char *const *words, size_t *index,
                     struct problem *problem);

/* Get the value of an optional member. Leave `out` as it is if the member is not given. */
enum err reader_member_text(const struct reader_node *object, const char *key, size_t max_bytes,
                            struct text *out, struct problem *problem);
enum err reader_member_number(const struct reader_node *object, const char *key, int64_t min,
                              int64_t max, int64_t *out, struct problem *problem);
enum err reader_member_bool(const struct reader_node *object, const char *key, bool *out,
                            struct problem *problem);

/* Writes the value as JSON without white space, into the arena. A number with a fraction or an
 * exponent keeps its spelling. Returns OK or ERR_NO_MEMORY. */
enum err reader_json(const struct reader_node *node, struct arena *arena, struct text *out);

/* Gets a duration from 0 to `max_ms`: "250ms", "5s", "30m", "2h", or a number of milliseconds. */
enum err reader_duration(const struct reader_node *node, int64_t max_ms, int64_t *out_ms,
                         struct problem *problem);

/* Sets ERR_BAD_FIELD with "<path of the node>: <sentence>", and returns it. For checks that the
 * caller makes itself. */
enum err reader_refuse(const struct reader_node *node, struct problem *problem,
                       const char *sentence);

/* Sets ERR_BAD_FIELD with "<path of the member>: required", and returns it. If the object has a
 * similar key, the sentence names it: "repositories: required; found repos instead". */
enum err reader_missing(const struct reader_node *object, const char *key, struct problem *problem);

#endif
