/* SPDX-License-Identifier: MIT
 *
 * The journal: the requests of a tenant and their results (control API, "GET requests"), in a ring
 * of a maximum length, in the order of arrival. An entry begins when its request arrives and ends
 * before its answer is written. No request fails because the journal has no memory: its entry is
 * dropped. An entry holds no query and no body, and so no secret.
 *
 * An entry that is pending shows what its request knows by now. One that has ended has copies, each
 * text cut at its maximum: in the ring, or in an allocation of its own where they are longer than
 * most. A journal that was never written to has allocated nothing.
 *
 * What is gone can't be counted, so journal_missing tells a caller when an answer would be a guess.
 * An entry is dropped when the ring is full (the oldest), when there is no memory for it, and when
 * there is none for its texts: it then stays without those that have no room.
 */
#ifndef TENANT_JOURNAL_H
#define TENANT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/text.h"
#include "model/journal_entry.h"

/* Bytes of an entry's texts. */
enum { JOURNAL_ID_MAX = 128, JOURNAL_METHOD_MAX = 32, JOURNAL_PATH_MAX = 1024 };
enum { JOURNAL_NAME_MAX = 256, JOURNAL_FAULT_MAX = 256 };

struct journal_slot;
struct journal_wait;

/* Zeroed: one that is off. */
struct journal {
    size_t max;         /* entries; 0: off */
    struct text tenant; /* whose pods they are about, borrowed */
    uint64_t origin;    /* the ticket before that of seq 1; a reset moves it; for all to read */
    /* The rest is the journal's. Tickets count the entries for ever. */
    struct journal_slot *ring;
    size_t capacity;
    uint64_t base;        /* the ticket that lies, or would lie, at the ring's place 0 */
    uint64_t first, next; /* the oldest ticket in the ring, and the next one to be given */
    uint64_t start;       /* the first ticket since the journal was last empty */
    uint64_t lost;        /* entries since then that had no memory */
    uint64_t lost_until;  /* a ticket, given or to be given: all above it had memory */
    LIST_HEAD(, journal_wait) waits;
};

/* An empty journal of `max` entries; 0: off. `tenant` is the name of the one whose it is, borrowed.
 */
struct journal journal_new(size_t max, struct text tenant);

/* Frees the entries, and takes off who waits: no wait of it is satisfied any more. */
void journal_free(struct journal *journal);

/* What is known of a request. It is its owner's, who may learn more of what it is about until its
 * entry has ended; texts are borrowed as long. A pod is one of the tenant's. */
struct journal_request {
    int64_t at_ms; /* when it arrived, on the state's clock */
    struct text id;
    struct text method;
    struct text path; /* without the query */
    const struct subject *about;
    bool ended; /* the journal's */
};

/* What has become of it. */
struct journal_outcome {
    int status; /* not 0 */
    int64_t duration_us;
    struct text fault; /* the rules' ids, absent for none */
    bool delivered;
};

/* Begins an entry and returns its ticket, or 0 where the journal is off or out of memory. A ticket
 * names its entry as long as the journal lives, whatever is cleared or reset: ending one that is
 * gone, or ticket 0, is legal. The request lives until its entry has ended. */
uint64_t journal_begin(struct journal *journal, struct journal_request *request);

/* Ends the entry of a request, once, and satisfies the waits for it. Waits count an entry that fell
 * off while it was pending too, but not one from before the journal was cleared. */
void journal_end(struct journal *journal, uint64_t ticket, struct journal_request *request,
                 const struct journal_outcome *outcome);

/* Corrects an entry that was ended as delivered: its front end has gone all the same. */
void journal_undelivered(struct journal *journal, uint64_t ticket);

/* The seq of a ticket's entry; 0 for ticket 0, or one from before a reset. */
uint64_t journal_seq(const struct journal *journal, uint64_t ticket);

/* The seq of the newest entry that there ever was since the reset; 0 for none. */
uint64_t journal_last_seq(const struct journal *journal);

/* How many entries were dropped since the journal was last empty. */
uint64_t journal_dropped(const struct journal *journal);

/* How many of those may have had a seq above `after`; 0: all entries after it are here. */
uint64_t journal_missing(const struct journal *journal, uint64_t after);

/* The lowest `after` for which journal_missing is 0; it may be above the newest seq. */
uint64_t journal_whole_after(const struct journal *journal);

/* Forgets all entries; seqs go on. */
void journal_clear(struct journal *journal);

/* The same, and seqs begin anew. */
void journal_reset(struct journal *journal);

/* Called with an entry; it and its texts live only for the call. False ends the visit. */
typedef bool journal_visit(const struct journal_entry *entry, void *context);

/* Visits the entries with a seq above `after`, the oldest first. */
void journal_each(const struct journal *journal, uint64_t after, journal_visit *visit,
                  void *context);

/* A waiter: satisfied once `wanted` matching entries have ended. Its owner embeds it, sets the
 * first three members, and takes it off before it is freed. */
struct journal_wait {
    struct journal_filter filter; /* its texts live as long as the wait */
    uint64_t wanted;
    /* Called once, by journal_end, when there are that many; the wait has been taken off. */
    void (*satisfied)(struct journal_wait *);
    uint64_t count;          /* how many there are */
    struct journal *journal; /* the rest is the journal's; NULL when it is off */
    LIST_ENTRY(journal_wait) link;
};

/* Counts the entries that there are, and waits for more unless that is enough. It counts every
 * entry that ends while it waits, also those that the ring no longer has by then. */
void journal_wait(struct journal *journal, struct journal_wait *wait);

/* Takes it off; one that is off, or zeroed, is legal. */
void journal_wait_end(struct journal_wait *wait);

#endif
