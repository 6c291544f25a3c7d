/* SPDX-License-Identifier: MIT
 *
 * How a function says that it could not do what it was asked: it returns an enum err, OK being 0,
 * and where a sentence about this very case helps, it leaves one in a struct problem.
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

/* bytes, with the closing NUL; a longer sentence is cut between characters */
enum { PROBLEM_TEXT_MAX = 512 };

/* What went wrong with one request. `err` is OK and `text` empty until problem_set, and `status` 0
 * until problem_set_status. */
struct problem {
    enum err err;
    int status;
    int retry_after_s;
    struct text members; /* borrowed for as long as the problem is looked at */
    char text[PROBLEM_TEXT_MAX];
};

/* The HTTP status of an error: 400 to 599 (200 for OK). */
int err_status(enum err err);

/* After how many seconds a client may try again, for Retry-After; 0 where trying again is no use.
 */
int err_retry_after_s(enum err err);

/* True for a failure of the worker itself: a 500, a state file that can't be written, a turn that
 * was not committed (contract, section 6). */
bool err_is_own_failure(enum err err);

/* The machine word in the answer's `code`; static. */
const char *err_code(enum err err);

/* The sentence of the table; static. */
const char *err_sentence(enum err err);

/* Records `err` with a sentence of one line and returns `err`. Client text may stand in it raw:
 * whoever shows the sentence escapes it. A later call replaces an earlier one. */
enum err problem_set(struct problem *problem, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Records `err` with a status, and a time for Retry-After, that stand in the place of the table's,
 * and returns `err`. A sentence that was set for this error before stays. */
enum err problem_set_status(struct problem *problem, enum err err, int status, int retry_after_s);

/* The status and the time for `err`: the problem's own if they were set for this error, else the
 * table's. */
int problem_status(const struct problem *problem, enum err err);
int problem_retry_after_s(const struct problem *problem, enum err err);

/* Adds further members of the answer, as JSON without braces, to a problem that was set. `members`
 * lives as long as the problem is looked at. */
void problem_set_members(struct problem *problem, struct text members);

/* The members for `err`, absent where none were added. */
struct text problem_members(const struct problem *problem, enum err err);

/* The sentence for `err`: the problem's own if it was set for this error, else the table's.
 * Borrowed from `problem`. */
struct text problem_sentence(const struct problem *problem, enum err err);

#endif
