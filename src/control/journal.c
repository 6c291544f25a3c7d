/* SPDX-License-Identifier: MIT */
#include "control/journal.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 16, TEXTS_ROUND = 64 };

/* The texts that an entry has copies of. */
enum slot_text { REQUEST_ID, METHOD, PATH, POOL, WORKSPACE, FAULT, SLOT_TEXT__MAX };

static const size_t text_max[SLOT_TEXT__MAX] = {
    [REQUEST_ID] = JOURNAL_ID_MAX, [METHOD] = JOURNAL_METHOD_MAX,  [PATH] = JOURNAL_PATH_MAX,
    [POOL] = JOURNAL_NAME_MAX,     [WORKSPACE] = JOURNAL_NAME_MAX, [FAULT] = JOURNAL_FAULT_MAX};

/* Where a text lies in the slot's bytes. */
struct span {
    uint16_t from;
    uint16_t length; /* SPAN_ABSENT: there is none */
};

enum { SPAN_ABSENT = UINT16_MAX };

struct journal_slot {
    int64_t at_ms;
    int64_t duration_us;
    int64_t pod;      /* its number */
    int64_t pod_pool; /* and that of its pool, 0 where only its subdomain is known */
    const char *operation;
    char *bytes; /* kept for the next entry at this place */
    uint16_t bytes_used;
    uint16_t bytes_capacity;
    struct span texts[SLOT_TEXT__MAX];
    uint16_t status; /* 0: pending */
    bool delivered;
};

struct journal journal_new(size_t max, struct text tenant)
{
    return (struct journal){.max = max, .tenant = tenant, .base = 1, .first = 1, .next = 1};
}

static struct journal_slot *slot_of(const struct journal *journal, uint64_t ticket)
{
    return &journal->ring[(ticket - journal->base) % journal->capacity];
}

static void give_back(struct journal *journal)
{
    for (size_t i = 0; i < journal->capacity; i++)
        free(journal->ring[i].bytes);
    free(journal->ring);
    journal->ring = NULL;
    journal->capacity = 0;
    journal->dropped = 0;
    journal->base = journal->first = journal->next;
}

void journal_free(struct journal *journal)
{
    while (journal->waits)
        journal_wait_end(journal->waits);
    give_back(journal);
}

void journal_clear(struct journal *journal)
{
    give_back(journal);
}

void journal_reset(struct journal *journal)
{
    give_back(journal);
    journal->origin = journal->next - 1;
}

uint64_t journal_seq(const struct journal *journal, uint64_t ticket)
{
    return ticket > journal->origin ? ticket - journal->origin : 0;
}

uint64_t journal_last_seq(const struct journal *journal)
{
    return journal_seq(journal, journal->next - 1);
}

uint64_t journal_dropped(const struct journal *journal)
{
    return journal->dropped;
}

/* --- texts --- */

static struct text slot_text(const struct journal_slot *slot, enum slot_text which)
{
    const struct span *span = &slot->texts[which];

    return span->length == SPAN_ABSENT ? (struct text){0}
                                       : (struct text){slot->bytes + span->from, span->length};
}

static struct text cut(struct text text, enum slot_text which)
{
    if (text.length > text_max[which])
        text.length = text_max[which];
    return text;
}

static bool reserve_bytes(struct journal_slot *slot, size_t more)
{
    size_t needed = slot->bytes_used + more;

    if (needed <= slot->bytes_capacity)
        return true;
    needed = (needed + TEXTS_ROUND - 1) / TEXTS_ROUND * TEXTS_ROUND;
    char *bytes = realloc(slot->bytes, needed);
    if (!bytes)
        return false;
    slot->bytes = bytes;
    slot->bytes_capacity = (uint16_t)needed;
    return true;
}

/* There is room for it. */
static void put_text(struct journal_slot *slot, enum slot_text which, struct text text)
{
    if (!text.at) {
        slot->texts[which].length = SPAN_ABSENT;
        return;
    }
    slot->texts[which] = (struct span){slot->bytes_used, (uint16_t)text.length};
    memcpy(slot->bytes + slot->bytes_used, text.at, text.length);
    slot->bytes_used = (uint16_t)(slot->bytes_used + text.length);
}

/* Puts a text in the place of what was known at the arrival. Without memory that stays. */
static void update_text(struct journal_slot *slot, enum slot_text which, struct text text)
{
    text = cut(text, which);
    if (text.at && !text_equal(text, slot_text(slot, which)) && reserve_bytes(slot, text.length))
        put_text(slot, which, text);
}

/* --- entries --- */

/* Makes room in the ring for one more entry. Before the ring is at its maximum it has never been
 * gone round, so that it can grow where it is. */
static bool reserve_slot(struct journal *journal)
{
    size_t count = (size_t)(journal->next - journal->first);

    if (count < journal->capacity)
        return true;
    if (journal->capacity == journal->max) {
        journal->first++;
        journal->dropped++;
        return true;
    }
    size_t capacity = journal->capacity ? 2 * journal->capacity : CAPACITY_MIN;
    if (capacity > journal->max)
        capacity = journal->max;
    struct journal_slot *ring = realloc(journal->ring, capacity * sizeof(*ring));
    if (!ring)
        return false;
    memset(ring + journal->capacity, 0, (capacity - journal->capacity) * sizeof(*ring));
    journal->ring = ring;
    journal->capacity = capacity;
    return true;
}

/* Where the slot has no memory the entry that lay there is gone all the same. */
static bool fill_slot(struct journal_slot *slot, const struct journal_arrival *arrival)
{
    const struct text texts[FAULT] = {
        [REQUEST_ID] = cut(arrival->request_id, REQUEST_ID),
        [METHOD] = cut(arrival->method, METHOD),
        [PATH] = cut(arrival->path, PATH),
        [POOL] = cut(arrival->about.pool, POOL),
        [WORKSPACE] = cut(arrival->about.workspace, WORKSPACE),
    };
    size_t length = 0;

    for (int which = 0; which < FAULT; which++)
        length += texts[which].length;
    slot->bytes_used = 0;
    if (!reserve_bytes(slot, length))
        return false;
    for (int which = 0; which < FAULT; which++)
        put_text(slot, (enum slot_text)which, texts[which]);
    slot->texts[FAULT].length = SPAN_ABSENT;
    slot->at_ms = arrival->at_ms;
    slot->duration_us = 0;
    slot->pod = arrival->about.pod.number;
    slot->pod_pool = arrival->about.pod.pool;
    slot->operation = arrival->operation;
    slot->status = 0;
    slot->delivered = false;
    return true;
}

uint64_t journal_begin(struct journal *journal, const struct journal_arrival *arrival)
{
    if (journal->max == 0 || !reserve_slot(journal) ||
        !fill_slot(slot_of(journal, journal->next), arrival)) {
        journal->dropped++;
        return 0;
    }
    return journal->next++;
}

/* The entry of a ticket, or NULL where it is gone. */
static struct journal_slot *find_slot(const struct journal *journal, uint64_t ticket)
{
    return ticket >= journal->first && ticket < journal->next ? slot_of(journal, ticket) : NULL;
}

static enum delivery delivery_of(const struct journal_slot *slot)
{
    if (slot->status == 0)
        return DELIVERY_PENDING;
    return slot->delivered ? DELIVERED : UNDELIVERED;
}

static struct journal_entry entry_of(const struct journal *journal, uint64_t ticket)
{
    const struct journal_slot *slot = slot_of(journal, ticket);

    return (struct journal_entry){
        .seq = journal_seq(journal, ticket),
        .at_ms = slot->at_ms,
        .request_id = slot_text(slot, REQUEST_ID),
        .method = slot_text(slot, METHOD),
        .path = slot_text(slot, PATH),
        .operation = text_of(slot->operation),
        .about = {.pool = slot_text(slot, POOL),
                  .pod = {slot->pod, slot->pod_pool, journal->tenant},
                  .workspace = slot_text(slot, WORKSPACE)},
        .status = slot->status,
        .duration_us = slot->duration_us,
        .fault = slot_text(slot, FAULT),
        .delivery = delivery_of(slot),
    };
}

void journal_each(const struct journal *journal, uint64_t after, journal_visit *visit,
                  void *context)
{
    uint64_t ticket = journal->first;

    if (after >= journal_last_seq(journal))
        return;
    if (journal->origin + after >= ticket)
        ticket = journal->origin + after + 1;
    for (; ticket < journal->next; ticket++) {
        const struct journal_entry entry = entry_of(journal, ticket);
        if (!visit(&entry, context))
            return;
    }
}

/* --- waits --- */

static void take_off(struct journal_wait *wait)
{
    *(wait->previous ? &wait->previous->next : &wait->journal->waits) = wait->next;
    if (wait->next)
        wait->next->previous = wait->previous;
    wait->journal = NULL;
}

void journal_wait_end(struct journal_wait *wait)
{
    if (wait->journal)
        take_off(wait);
}

static bool count_entry(const struct journal_entry *entry, void *context)
{
    struct journal_wait *wait = context;

    if (entry->status != 0 && journal_filter_fits(&wait->filter, entry))
        wait->count++;
    return true;
}

void journal_wait(struct journal *journal, struct journal_wait *wait)
{
    wait->count = 0;
    wait->journal = NULL;
    journal_each(journal, wait->filter.after, count_entry, wait);
    if (wait->count >= wait->wanted)
        return;
    wait->journal = journal;
    wait->previous = NULL;
    wait->next = journal->waits;
    if (wait->next)
        wait->next->previous = wait;
    journal->waits = wait;
}

static void tell_waits(struct journal *journal, uint64_t ticket)
{
    const struct journal_entry entry = entry_of(journal, ticket);

    for (struct journal_wait *wait = journal->waits, *next; wait; wait = next) {
        next = wait->next;
        count_entry(&entry, wait);
        if (wait->count < wait->wanted)
            continue;
        take_off(wait);
        wait->satisfied(wait);
    }
}

void journal_end(struct journal *journal, uint64_t ticket, const struct journal_outcome *outcome)
{
    struct journal_slot *slot = find_slot(journal, ticket);

    if (!slot || slot->status != 0)
        return;
    slot->status = (uint16_t)outcome->status;
    slot->duration_us = outcome->duration_us;
    slot->delivered = outcome->delivered;
    if (outcome->about.pod.number != 0) {
        slot->pod = outcome->about.pod.number;
        slot->pod_pool = outcome->about.pod.pool;
    }
    update_text(slot, POOL, outcome->about.pool);
    update_text(slot, WORKSPACE, outcome->about.workspace);
    update_text(slot, FAULT, outcome->fault);
    if (journal->waits)
        tell_waits(journal, ticket);
}

void journal_undelivered(struct journal *journal, uint64_t ticket)
{
    struct journal_slot *slot = find_slot(journal, ticket);

    if (slot && slot->status != 0)
        slot->delivered = false;
}
