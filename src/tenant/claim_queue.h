/* SPDX-License-Identifier: MIT
 *
 * The claims of a tenant that wait for a pod: a queue for each pool, first come, first served
 * (control API, "Pool settings"). A pod is never kept for anybody: who is first in its queue is
 * woken when there may be a pod, and takes it as any claim would; who comes later queues up behind.
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
    LIST_HEAD(, claim_queue) queues;  /* of the pools that somebody waits for */
    TAILQ_HEAD(, claim_place) places; /* of all pools, the oldest first */
};

/* A place in a queue. Whoever waits embeds it and leaves the queue before it is freed. */
struct claim_place {
    struct continuation *waiter;     /* is woken; borrowed */
    struct claim_queue *queue;       /* NULL: in none */
    TAILQ_ENTRY(claim_place) link;   /* in that queue */
    TAILQ_ENTRY(claim_place) by_age; /* among all of its tenant's */
    /* what is shown of it; borrowed */
    struct text workspace;
    struct text request_id; /* empty or absent: unknown */
    int64_t since_ms;       /* wall clock of the state */
};

/* Begins with no queue. It must not be moved from then on. */
void claim_queues_init(struct claim_queues *queues);

/* True if somebody waits for a pod of that pool. */
bool claim_queues_hold(const struct claim_queues *queues, struct text pool_name);

/* Takes the last place. `waiter` is set and the place is in no queue. Returns OK or ERR_NO_MEMORY.
 */
enum err claim_queue_join(struct claim_queues *queues, struct text pool_name,
                          struct claim_place *place);

/* Gives the place up; one in no queue is legal. */
void claim_queue_leave(struct claim_queues *queues, struct claim_place *place);

/* The pool whose queue the place is in. Borrowed. */
struct text claim_place_pool_name(const struct claim_place *place);

bool claim_queue_is_first(const struct claim_place *place);

/* There may be pods: wakes who is first in the pool's queue, or in each. */
void claim_queues_wake_pool(const struct claim_queues *queues, struct text pool_name);
void claim_queues_wake_all(const struct claim_queues *queues);

#endif
