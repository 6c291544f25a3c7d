/* SPDX-License-Identifier: MIT
 *
 * What the answers about the journal share (control API, "POST verify"): they never pass falsely.
 */
#ifndef ADMIN_JOURNAL_ANSWER_H
#define ADMIN_JOURNAL_ANSWER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Gives the tenant's journal. Returns OK or ERR_NO_JOURNAL. */
enum err journal_answer_open(struct call *call, struct journal **out);

/* Refuses an `after` above the newest seq with `err` and a sentence about `key`: it is of a journal
 * that was reset since, and nothing could be picked. */
enum err journal_answer_check_after(struct call *call, uint64_t after, enum err err,
                                    const char *key);

/* Writes `dropped`. */
void journal_answer_show_dropped(struct writer *writer, const struct journal *journal);

/* Writes that so many entries (1 or more) are gone, and what to do about it. */
void journal_answer_explain(const struct journal *journal, uint64_t missing,
                            char out[static PROBLEM_TEXT_MAX]);

#endif
