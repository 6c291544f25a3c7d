/* SPDX-License-Identifier: MIT
 *
 * Entries of a journal, written by tests that have no service. Short words, as state_rig.h has
 * them.
 */
#ifndef JOURNAL_RIG_H
#define JOURNAL_RIG_H

#include "tenant/journal.h"

/* A claim of that pool, whose subject is filled in. */
struct journal_request claim_of(struct subject *about, const char *pool);

/* Begins an entry of such a claim, whose request stays here: at most 4096 are pending at a time. */
uint64_t entry_begin(struct journal *journal, const char *pool);

/* Ends the entry of a ticket that `entry_begin` has given. */
void entry_end_with(struct journal *journal, uint64_t ticket,
                    const struct journal_outcome *outcome);

/* The same, as delivered. */
void entry_end(struct journal *journal, uint64_t ticket, int status);

/* Begins and ends an entry. */
void entry_add(struct journal *journal, const char *pool, int status);

#endif
