/* SPDX-License-Identifier: MIT */
#include "control/claim_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct claim_queue {
    struct claim_place *first, *last; /* never empty */
    struct claim_queue *next, *previous;
    size_t name_length;
    char name[]; /* the pool's */
};

static struct text name_of(const struct claim_queue *queue)
{
    return (struct text){queue->name, queue->name_length};
}

static struct claim_queue *find(const struct claim_queues *queues, struct text pool)
{
    struct claim_queue *queue = queues->first;

    while (queue && !text_equal(name_of(queue), pool))
        queue = queue->next;
    return queue;
}

static struct claim_queue *open_queue(struct claim_queues *queues, struct text pool)
{
    struct claim_queue *queue = calloc(1, sizeof(*queue) + pool.length);

    if (!queue)
        return NULL;
    queue->name_length = pool.length;
    memcpy(queue->name, pool.at, pool.length);
    queue->next = queues->first;
    if (queues->first)
        queues->first->previous = queue;
    queues->first = queue;
    return queue;
}

static void close_queue(struct claim_queues *queues, struct claim_queue *queue)
{
    *(queue->previous ? &queue->previous->next : &queues->first) = queue->next;
    if (queue->next)
        queue->next->previous = queue->previous;
    free(queue);
}

bool claim_queues_hold(const struct claim_queues *queues, struct text pool)
{
    return find(queues, pool) != NULL;
}

enum err claim_queue_join(struct claim_queues *queues, struct text pool, struct claim_place *place)
{
    struct claim_queue *queue = find(queues, pool);

    CHECK(place->waiter && !place->queue);
    if (!queue)
        queue = open_queue(queues, pool);
    if (!queue)
        return ERR_NO_MEMORY;
    place->queue = queue;
    place->next = NULL;
    place->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = place;
    queue->last = place;
    place->newer = NULL;
    place->older = queues->newest;
    *(queues->newest ? &queues->newest->newer : &queues->oldest) = place;
    queues->newest = place;
    return OK;
}

void claim_queue_leave(struct claim_queues *queues, struct claim_place *place)
{
    struct claim_queue *queue = place->queue;

    if (!queue)
        return;
    *(place->previous ? &place->previous->next : &queue->first) = place->next;
    *(place->next ? &place->next->previous : &queue->last) = place->previous;
    *(place->older ? &place->older->newer : &queues->oldest) = place->newer;
    *(place->newer ? &place->newer->older : &queues->newest) = place->older;
    place->queue = NULL;
    if (!queue->first)
        close_queue(queues, queue);
}

struct text claim_place_pool(const struct claim_place *place)
{
    CHECK(place->queue);
    return name_of(place->queue);
}

bool claim_queue_is_first(const struct claim_place *place)
{
    return place->queue && place->queue->first == place;
}

static void wake_first(const struct claim_queue *queue)
{
    struct continuation *waiter = queue->first->waiter;

    if (waiter->wake)
        waiter->wake(waiter);
}

void claim_queues_wake_pool(const struct claim_queues *queues, struct text pool)
{
    const struct claim_queue *queue = find(queues, pool);

    if (queue)
        wake_first(queue);
}

void claim_queues_wake_all(const struct claim_queues *queues)
{
    for (const struct claim_queue *queue = queues->first; queue; queue = queue->next)
        wake_first(queue);
}
