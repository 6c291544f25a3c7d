/* SPDX-License-Identifier: MIT
 *
 * The waiting claims of a tenant: a queue for each pool, first come, first served
 * (docs/control.md, "Pool settings"). No pod is reserved for a waiting claim. When a pod may have
 * become available, the first claim of the queue is woken and claims it like any other; later
 * claims join the queue behind it.
 */
#ifndef TENANT_CLAIM_QUEUE_H
#define TENANT_CLAIM_QUEUE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/err.h"
#include "base/text.h"
#include "http/message.h"

struct claim_queue;

struct claim_queues {
    LIST_HEAD(, claim_queue) queues;  /* one for each pool with waiting claims */
    TAILQ_HEAD(, claim_place) places; /* in all queues, the oldest first */
};

/* A waiting claim's place in a queue. Its owner embeds it, and calls claim_queue_leave before it
 * frees it. */
struct claim_place {
    struct continuation *waiter;     /* the continuation to wake; borrowed */
    struct claim_queue *queue;       /* NULL: the place is in no queue */
    TAILQ_ENTRY(claim_place) link;   /* in that queue */
    TAILQ_ENTRY(claim_place) by_age; /* among all places of the tenant */
    /* for the list of waiting claims; borrowed */
    struct text workspace;
    struct text request_id; /* empty or absent: unknown */
    int64_t since_ms;       /* when it began to wait, by the state's wall clock */
};

/* Initialises the struct without queues. It must not be moved afterwards. */
void claim_queues_init(struct claim_queues *queues);

/* Returns true if a claim waits for a pod of that pool. */
bool claim_queues_hold(const struct claim_queues *queues, struct text pool_name);

/* Appends the place to the pool's queue. Its `waiter` must be set, and it must be in no queue.
 * Returns OK or ERR_NO_MEMORY. */
enum err claim_queue_join(struct claim_queues *queues, struct text pool_name,
                          struct claim_place *place);

/* Removes the place from its queue; a place in no queue is legal. */
void claim_queue_leave(struct claim_queues *queues, struct claim_place *place);

/* Returns the name of the pool whose queue the place is in. The place must be in a queue. Borrowed.
 */
struct text claim_place_pool_name(const struct claim_place *place);

/* Returns true if the place is the first of its queue. */
bool claim_queue_is_first(const struct claim_place *place);

/* Wake the first claim of the pool's queue, or of every queue: pods may have become available. */
void claim_queues_wake_pool(const struct claim_queues *queues, struct text pool_name);
void claim_queues_wake_all(const struct claim_queues *queues);

#endif
