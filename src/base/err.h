/* SPDX-License-Identifier: MIT
 *
 * Errors. A function that can fail returns an enum err; OK is 0. The table base/err.def has a
 * default sentence for each error. A function that knows a more specific one sets it in a struct
 * problem.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/text.h"

enum err {
    OK = 0,
#define ERR(name, status, retry_after_s, code, sentence) ERR_##name,
#include "base/err.def"
#undef ERR
    ERR__MAX
};

/* Bytes of a sentence, including the NUL. A longer sentence is cut between two characters. */
enum { PROBLEM_TEXT_MAX = 512 };

/* What went wrong with one request. It starts zeroed: `err` is OK and `text` empty until
 * problem_set, `status` is 0 until problem_set_status. */
struct problem {
    enum err err;
    int status;
    int retry_after_s;
    struct text members; /* borrowed; see problem_set_members */
    char text[PROBLEM_TEXT_MAX];
};

/* Returns the HTTP status of an error: 400 to 599 (200 for OK). */
int err_status(enum err err);

/* Returns the seconds for Retry-After, or 0 if trying again does not help. */
int err_retry_after_s(enum err err);

/* Returns true if the worker itself has failed: a 500, a state file that can't be written, a turn
 * that was not committed (docs/configuration.md, "The log"). */
bool err_is_own_failure(enum err err);

/* Returns the `code` of the answer, a fixed word that programs compare. Static. */
const char *err_code(enum err err);

/* Returns the default sentence, from the table. Static. */
const char *err_sentence(enum err err);

/* Records `err` with a sentence of one line, and returns `err`. The sentence may contain text from
 * a client, unescaped: the code that shows the sentence escapes it. A later call replaces an
 * earlier one. */
enum err problem_set(struct problem *problem, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Records `err` with a status (400 to 599) and seconds for Retry-After, which replace the table's,
 * and returns `err`. Keeps a sentence that was set before for the same error. */
enum err problem_set_status(struct problem *problem, enum err err, int status, int retry_after_s);

/* Return the status and the seconds for `err`: the problem's own if they were set for this error,
 * otherwise the table's. */
int problem_status(const struct problem *problem, enum err err);
int problem_retry_after_s(const struct problem *problem, enum err err);

/* Adds members to the answer's object, as JSON without braces. Call it after problem_set. `members`
 * is borrowed and must outlive the problem. */
void problem_set_members(struct problem *problem, struct text members);

/* Returns the members for `err`, or an absent text if none were added. */
struct text problem_members(const struct problem *problem, enum err err);

/* Returns the sentence for `err`: the problem's own if it was set for this error, otherwise the
 * table's. Borrowed from `problem`. */
struct text problem_sentence(const struct problem *problem, enum err err);

#endif
