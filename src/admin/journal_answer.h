/* SPDX-License-Identifier: MIT
 *
 * What the answers about the journal have in common (docs/control.md, "The journal").
 */
#ifndef ADMIN_JOURNAL_ANSWER_H
#define ADMIN_JOURNAL_ANSWER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Gets the tenant's journal. Returns OK or ERR_NO_JOURNAL. */
enum err journal_answer_open(struct call *call, struct journal **out);

/* Refuses an `after` above the newest seq: it is from before a reset, and would match nothing.
 * Returns OK, or `err` with a sentence that begins with `key`. */
enum err journal_answer_check_after(struct call *call, uint64_t after, enum err err,
                                    const char *key);

/* Writes the member `dropped`. */
void journal_answer_show_dropped(struct writer *writer, const struct journal *journal);

/* Writes a sentence: `missing` entries (1 or more) were dropped, and what the client can do. */
void journal_answer_explain(const struct journal *journal, uint64_t missing,
                            char out[static PROBLEM_TEXT_MAX]);

#endif
