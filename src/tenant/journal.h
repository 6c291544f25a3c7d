/* SPDX-License-Identifier: MIT
 *
 * The journal: the requests of a tenant and their results (docs/control.md, "The journal"), in a
 * ring of limited length, in the order of arrival. An entry begins when its request arrives, and
 * ends before the answer is written; until it ends, it is pending. It holds no query and no body,
 * and so no secret.
 *
 * A pending entry shows the current properties of its request. When it ends, the journal copies
 * them and cuts each text at its maximum; long texts get an allocation of their own. A journal
 * without entries has no allocation.
 *
 * An entry is dropped when the ring is full (the oldest one), or when there is no memory for it;
 * its request does not fail. If only some of its texts have no memory, the entry stays without
 * them, and still counts as dropped. No filter can count dropped entries: journal_missing tells a
 * caller when its count may be too low.
 */
#ifndef TENANT_JOURNAL_H
#define TENANT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/text.h"
#include "model/journal_entry.h"

/* Maximum bytes of an entry's texts. */
enum { JOURNAL_ID_MAX = 128, JOURNAL_METHOD_MAX = 32, JOURNAL_PATH_MAX = 1024 };
enum { JOURNAL_NAME_MAX = 256, JOURNAL_FAULT_MAX = 256 };

struct journal_slot;
struct journal_wait;

/* A zeroed journal is off. Callers may read `max` and `origin`; the other members are private. */
struct journal {
    size_t max;         /* entries; 0: off */
    struct text tenant; /* name of the tenant whose pods the entries name, borrowed */
    uint64_t origin;    /* an entry's seq is its ticket minus this; journal_reset moves it */
    /* A ticket is the number of an entry, counted from 1 and never reset. Clients see the seq
     * instead. */
    struct journal_slot *ring;
    size_t capacity;
    uint64_t base;        /* the ticket that belongs at the ring's place 0 */
    uint64_t first, next; /* the oldest ticket in the ring, and the next one to be given */
    uint64_t start;       /* the first ticket since the journal was last empty */
    uint64_t lost;        /* entries since then that had no memory */
    uint64_t lost_until;  /* every ticket above it had memory */
    LIST_HEAD(, journal_wait) waits;
};

/* Returns an empty journal for up to `max` entries; 0: off. `tenant` is borrowed. */
struct journal journal_new(size_t max, struct text tenant);

/* Frees the entries and removes all waits without satisfying them. */
void journal_free(struct journal *journal);

/* The properties of a request. The owner may change `about` until the entry has ended, and its
 * texts are borrowed until then. A pod in `about` belongs to the journal's tenant. */
struct journal_request {
    int64_t at_ms; /* when it arrived, on the state's clock */
    struct text id;
    struct text method;
    struct text path; /* without the query */
    const struct subject *about;
    bool ended; /* set by the journal */
};

/* The result of a request. */
struct journal_outcome {
    int status; /* not 0 */
    int64_t duration_us;
    struct text fault; /* ids of the fault rules that were applied; absent: none */
    bool delivered;
};

/* Begins an entry and returns its ticket; 0: the journal is off or out of memory. `request` must
 * live until journal_end. Tickets stay unique when the journal is cleared or reset, so it is legal
 * to end an entry that is gone, or ticket 0. */
uint64_t journal_begin(struct journal *journal, struct journal_request *request);

/* Ends the entry of a request and counts it for the waits, once; further calls for the request do
 * nothing. Waits also count an entry that the ring dropped while it was pending, but not one from
 * before the journal was cleared. */
void journal_end(struct journal *journal, uint64_t ticket, struct journal_request *request,
                 const struct journal_outcome *outcome);

/* Corrects an entry that was ended as delivered, but whose answer did not arrive after all. */
void journal_undelivered(struct journal *journal, uint64_t ticket);

/* Returns the seq of a ticket's entry; 0 for ticket 0 and for one from before a reset. */
uint64_t journal_seq(const struct journal *journal, uint64_t ticket);

/* Returns the seq of the newest entry since the reset, even if it is gone; 0: none. */
uint64_t journal_last_seq(const struct journal *journal);

/* Returns how many entries were dropped since the journal was last empty. */
uint64_t journal_dropped(const struct journal *journal);

/* Returns how many of the dropped entries may have a seq above `after`; 0: the journal has all
 * entries after it. */
uint64_t journal_missing(const struct journal *journal, uint64_t after);

/* Returns the lowest `after` for which journal_missing is 0. It may be above the newest seq. */
uint64_t journal_whole_after(const struct journal *journal);

/* Deletes all entries. Seqs go on. */
void journal_clear(struct journal *journal);

/* Deletes all entries. Seqs begin with 1 again. */
void journal_reset(struct journal *journal);

/* Called with an entry. The entry and its texts live only for the call. Returns false to end the
 * visit. */
typedef bool journal_visit(const struct journal_entry *entry, void *context);

/* Visits the entries with a seq above `after`, the oldest first. */
void journal_each(const struct journal *journal, uint64_t after, journal_visit *visit,
                  void *context);

/* A waiter: satisfied once `wanted` matching entries have ended. Its owner embeds it, sets the
 * first three members, and calls journal_wait_end before it frees it. */
struct journal_wait {
    struct journal_filter filter; /* its texts live as long as the wait */
    uint64_t wanted;
    /* Called once, by journal_end, when `count` reaches `wanted`. The wait has ended by then. */
    void (*satisfied)(struct journal_wait *);
    uint64_t count;          /* matching entries so far */
    struct journal *journal; /* private, like `link`; NULL: not waiting */
    LIST_ENTRY(journal_wait) link;
};

/* Counts the matching entries in the journal into wait->count. If they are fewer than `wanted`,
 * waits for more, and counts every entry that ends meanwhile, even if the ring has dropped it by
 * then. */
void journal_wait(struct journal *journal, struct journal_wait *wait);

/* Ends a wait without satisfying it. One that is not waiting, or is zeroed, is legal. */
void journal_wait_end(struct journal_wait *wait);

#endif
