/* SPDX-License-Identifier: MIT
 *
 * What the answers about the journal share (control API, "POST verify").
 */
#ifndef ADMIN_JOURNAL_ANSWER_H
#define ADMIN_JOURNAL_ANSWER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Gets the tenant's journal. Returns OK or ERR_NO_JOURNAL. */
enum err journal_answer_open(struct call *call, struct journal **out);

/* Refuses an `after` above the newest seq, with `err` and a sentence that begins with `key`. Such
 * an `after` is from a journal before a reset, and would match nothing. */
enum err journal_answer_check_after(struct call *call, uint64_t after, enum err err,
                                    const char *key);

/* Writes `dropped`. */
void journal_answer_show_dropped(struct writer *writer, const struct journal *journal);

/* Writes that `missing` entries (1 or more) were dropped, and what the client can do. */
void journal_answer_explain(const struct journal *journal, uint64_t missing,
                            char out[static PROBLEM_TEXT_MAX]);

#endif
