/* SPDX-License-Identifier: MIT */
#include "tenant/claim_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct claim_queue {
    TAILQ_HEAD(, claim_place) places; /* never empty */
    LIST_ENTRY(claim_queue) link;
    size_t name_length;
    char name[]; /* of the pool */
};

static struct text name_of(const struct claim_queue *queue)
{
    return (struct text){queue->name, queue->name_length};
}

static struct claim_queue *find(const struct claim_queues *queues, struct text pool_name)
{
    struct claim_queue *queue;

    LIST_FOREACH(queue, &queues->queues, link)
        if (text_equal(name_of(queue), pool_name))
            return queue;
    return NULL;
}

static struct claim_queue *open_queue(struct claim_queues *queues, struct text pool_name)
{
    struct claim_queue *queue = calloc(1, sizeof(*queue) + pool_name.length);

    if (!queue)
        return NULL;
    queue->name_length = pool_name.length;
    memcpy(queue->name, pool_name.at, pool_name.length);
    TAILQ_INIT(&queue->places);
    LIST_INSERT_HEAD(&queues->queues, queue, link);
    return queue;
}

void claim_queues_init(struct claim_queues *queues)
{
    LIST_INIT(&queues->queues);
    TAILQ_INIT(&queues->places);
}

bool claim_queues_hold(const struct claim_queues *queues, struct text pool_name)
{
    return find(queues, pool_name) != NULL;
}

enum err claim_queue_join(struct claim_queues *queues, struct text pool_name,
                          struct claim_place *place)
{
    struct claim_queue *queue = find(queues, pool_name);

    CHECK(place->waiter && !place->queue);
    if (!queue)
        queue = open_queue(queues, pool_name);
    if (!queue)
        return ERR_NO_MEMORY;
    place->queue = queue;
    TAILQ_INSERT_TAIL(&queue->places, place, link);
    TAILQ_INSERT_TAIL(&queues->places, place, by_age);
    return OK;
}

void claim_queue_leave(struct claim_queues *queues, struct claim_place *place)
{
    struct claim_queue *queue = place->queue;

    if (!queue)
        return;
    TAILQ_REMOVE(&queue->places, place, link);
    TAILQ_REMOVE(&queues->places, place, by_age);
    place->queue = NULL;
    if (TAILQ_EMPTY(&queue->places)) {
        LIST_REMOVE(queue, link);
        free(queue);
    }
}

struct text claim_place_pool_name(const struct claim_place *place)
{
    CHECK(place->queue);
    return name_of(place->queue);
}

bool claim_queue_is_first(const struct claim_place *place)
{
    return place->queue && TAILQ_FIRST(&place->queue->places) == place;
}

static void wake_first(const struct claim_queue *queue)
{
    struct continuation *waiter = TAILQ_FIRST(&queue->places)->waiter;

    if (waiter->wake)
        waiter->wake(waiter);
}

void claim_queues_wake_pool(const struct claim_queues *queues, struct text pool_name)
{
    const struct claim_queue *queue = find(queues, pool_name);

    if (queue)
        wake_first(queue);
}

void claim_queues_wake_all(const struct claim_queues *queues)
{
    const struct claim_queue *queue;

    LIST_FOREACH(queue, &queues->queues, link)
        wake_first(queue);
}
