/* SPDX-License-Identifier: MIT */
#include "tenant/journal.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 16, SLOT_BYTES = 192 };

/* The texts of an entry. */
enum slot_text { REQUEST_ID, METHOD, PATH, POOL, WORKSPACE, FAULT, SLOT_TEXT__MAX };

static const size_t text_max[SLOT_TEXT__MAX] = {
    [REQUEST_ID] = JOURNAL_ID_MAX, [METHOD] = JOURNAL_METHOD_MAX,  [PATH] = JOURNAL_PATH_MAX,
    [POOL] = JOURNAL_NAME_MAX,     [WORKSPACE] = JOURNAL_NAME_MAX, [FAULT] = JOURNAL_FAULT_MAX};

enum { LENGTH_ABSENT = UINT16_MAX };

struct journal_slot {
    union {
        struct journal_request *request; /* while it is pending; borrowed */
        char *more;                      /* afterwards: its texts; NULL: they lie in `bytes` */
    };
    int64_t at_ms;
    int64_t duration_us;
    int64_t pod_number;
    int64_t pool_number; /* of the pod's pool; 0: only the pod's subdomain is known */
    enum operation operation;
    uint16_t lengths[SLOT_TEXT__MAX]; /* of the texts, which lie one after another */
    uint16_t status;                  /* 0: pending */
    bool delivered;
    char bytes[SLOT_BYTES];
};

struct journal journal_new(size_t max, struct text tenant)
{
    return (struct journal){
        .max = max, .tenant = tenant, .base = 1, .first = 1, .next = 1, .start = 1};
}

static struct journal_slot *slot_of(const struct journal *journal, uint64_t ticket)
{
    return &journal->ring[(ticket - journal->base) % journal->capacity];
}

/* Frees what the slot has allocated. */
static void empty_slot(struct journal_slot *slot)
{
    if (slot->status != 0)
        free(slot->more);
    slot->status = 0;
    slot->request = NULL;
}

static void give_back(struct journal *journal)
{
    for (size_t i = 0; i < journal->capacity; i++)
        empty_slot(&journal->ring[i]);
    free(journal->ring);
    journal->ring = NULL;
    journal->capacity = 0;
    journal->lost = 0;
    journal->lost_until = 0;
    journal->base = journal->first = journal->start = journal->next;
}

void journal_free(struct journal *journal)
{
    while (!LIST_EMPTY(&journal->waits))
        journal_wait_end(LIST_FIRST(&journal->waits));
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

/* Counts an entry that had no memory, or not enough of it. */
static void count_lost(struct journal *journal, uint64_t ticket)
{
    journal->lost++;
    if (journal->lost_until < ticket)
        journal->lost_until = ticket;
}

uint64_t journal_dropped(const struct journal *journal)
{
    return journal->first - journal->start + journal->lost;
}

uint64_t journal_missing(const struct journal *journal, uint64_t after)
{
    uint64_t last_skipped = journal->origin + after, missing = 0;

    if (last_skipped < journal->lost_until)
        missing += journal->lost;
    if (last_skipped < journal->start)
        last_skipped = journal->start - 1;
    if (last_skipped + 1 < journal->first)
        missing += journal->first - last_skipped - 1;
    return missing;
}

uint64_t journal_whole_after(const struct journal *journal)
{
    uint64_t ticket = journal->first > journal->start ? journal->first - 1 : 0;

    return journal_seq(journal, journal->lost_until > ticket ? journal->lost_until : ticket);
}

/* --- texts --- */

static struct text cut(struct text text, size_t max)
{
    if (text.length > max)
        text.length = max;
    return text;
}

/* Returns the texts that an entry shows of its request, each cut at its maximum. */
static void show_texts(const struct journal_request *request, struct text fault,
                       struct text texts[static SLOT_TEXT__MAX])
{
    texts[REQUEST_ID] = request->id;
    texts[METHOD] = request->method;
    texts[PATH] = request->path;
    texts[POOL] = request->about->pool_name;
    texts[WORKSPACE] = request->about->workspace;
    texts[FAULT] = fault;
    for (int which = 0; which < SLOT_TEXT__MAX; which++)
        texts[which] = cut(texts[which], text_max[which]);
}

/* Copies the texts into the slot. Returns false if there is no memory for all of them: those that
 * have no room are then absent, not cut, so that no filter mistakes them for other texts. */
static bool put_texts(struct journal_slot *slot, const struct text texts[static SLOT_TEXT__MAX])
{
    size_t length = 0;

    for (int which = 0; which < SLOT_TEXT__MAX; which++)
        length += texts[which].length;
    slot->more = length > sizeof(slot->bytes) ? malloc(length) : NULL;
    char *to = slot->more ? slot->more : slot->bytes;
    size_t room = slot->more ? length : sizeof(slot->bytes);
    bool is_whole = length <= room;
    for (int which = 0; which < SLOT_TEXT__MAX; which++) {
        struct text text = texts[which].length <= room ? texts[which] : (struct text){0};
        slot->lengths[which] = text.at ? (uint16_t)text.length : LENGTH_ABSENT;
        if (text.length > 0)
            memcpy(to, text.at, text.length);
        to += text.length;
        room -= text.length;
    }
    return is_whole;
}

static void get_texts(const struct journal_slot *slot, struct text texts[static SLOT_TEXT__MAX])
{
    const char *from = slot->more ? slot->more : slot->bytes;

    for (int which = 0; which < SLOT_TEXT__MAX; which++) {
        size_t length = slot->lengths[which];
        texts[which] = length == LENGTH_ABSENT ? (struct text){0} : (struct text){from, length};
        from += texts[which].length;
    }
}

/* --- entries --- */

/* Makes room in the ring for one more entry. A ring below its maximum has not wrapped around yet,
 * so it can grow by realloc. */
static bool reserve_slot(struct journal *journal)
{
    size_t count = (size_t)(journal->next - journal->first);

    if (count < journal->capacity)
        return true;
    if (journal->capacity == journal->max) {
        journal->first++;
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

uint64_t journal_begin(struct journal *journal, struct journal_request *request)
{
    request->ended = false;
    if (journal->max == 0 || !reserve_slot(journal)) {
        count_lost(journal, journal->next);
        return 0;
    }
    struct journal_slot *slot = slot_of(journal, journal->next);
    empty_slot(slot);
    slot->request = request;
    return journal->next++;
}

/* Returns the slot of a ticket, or NULL if its entry is gone. */
static struct journal_slot *find_slot(const struct journal *journal, uint64_t ticket)
{
    return ticket >= journal->first && ticket < journal->next ? slot_of(journal, ticket) : NULL;
}

static struct journal_entry entry_with(const struct journal *journal, uint64_t ticket,
                                       const struct text texts[static SLOT_TEXT__MAX])
{
    return (struct journal_entry){
        .seq = journal_seq(journal, ticket),
        .request_id = texts[REQUEST_ID],
        .method = texts[METHOD],
        .path = texts[PATH],
        .about = {.pool_name = texts[POOL], .workspace = texts[WORKSPACE]},
        .fault = texts[FAULT],
    };
}

static struct journal_entry pending_entry(const struct journal *journal, uint64_t ticket,
                                          const struct journal_request *request)
{
    struct text texts[SLOT_TEXT__MAX];

    show_texts(request, (struct text){0}, texts);
    struct journal_entry entry = entry_with(journal, ticket, texts);
    entry.at_ms = request->at_ms;
    entry.about.operation = request->about->operation;
    entry.about.pod_name = request->about->pod_name;
    entry.about.pod_name.tenant = journal->tenant;
    entry.fate = ANSWER_PENDING;
    return entry;
}

static struct journal_entry entry_of(const struct journal *journal, uint64_t ticket)
{
    const struct journal_slot *slot = slot_of(journal, ticket);
    struct text texts[SLOT_TEXT__MAX];

    if (slot->status == 0)
        return pending_entry(journal, ticket, slot->request);
    get_texts(slot, texts);
    struct journal_entry entry = entry_with(journal, ticket, texts);
    entry.at_ms = slot->at_ms;
    entry.about.operation = slot->operation;
    entry.about.pod_name = (struct pod_name){slot->pod_number, slot->pool_number, journal->tenant};
    entry.status = slot->status;
    entry.duration_us = slot->duration_us;
    entry.fate = slot->delivered ? ANSWER_DELIVERED : ANSWER_LOST;
    return entry;
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

void journal_wait_end(struct journal_wait *wait)
{
    if (wait->journal)
        LIST_REMOVE(wait, link);
    wait->journal = NULL;
}

static bool count_entry(const struct journal_entry *entry, void *context)
{
    struct journal_wait *wait = context;

    if (entry->status != 0 && journal_filter_matches(&wait->filter, entry))
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
    LIST_INSERT_HEAD(&journal->waits, wait, link);
}

static void satisfy_waits(struct journal *journal, const struct journal_entry *entry)
{
    for (struct journal_wait *wait = LIST_FIRST(&journal->waits), *next; wait; wait = next) {
        next = LIST_NEXT(wait, link);
        count_entry(entry, wait);
        if (wait->count < wait->wanted)
            continue;
        journal_wait_end(wait);
        wait->satisfied(wait);
    }
}

static void end_slot(struct journal *journal, uint64_t ticket,
                     const struct journal_outcome *outcome)
{
    struct journal_slot *slot = slot_of(journal, ticket);
    const struct journal_request *request = slot->request;
    struct text texts[SLOT_TEXT__MAX];

    show_texts(request, outcome->fault, texts);
    if (!put_texts(slot, texts))
        count_lost(journal, ticket);
    slot->at_ms = request->at_ms;
    slot->operation = request->about->operation;
    slot->pod_number = request->about->pod_name.pod_number;
    slot->pool_number = request->about->pod_name.pool_number;
    slot->status = (uint16_t)outcome->status;
    slot->duration_us = outcome->duration_us;
    slot->delivered = outcome->delivered;
}

void journal_end(struct journal *journal, uint64_t ticket, struct journal_request *request,
                 const struct journal_outcome *outcome)
{
    if (request->ended || ticket < journal->start || ticket >= journal->next)
        return;
    request->ended = true;
    if (!LIST_EMPTY(&journal->waits)) { /* before end_slot, which may lose texts */
        struct journal_entry entry = pending_entry(journal, ticket, request);
        entry.status = outcome->status;
        satisfy_waits(journal, &entry);
    }
    if (ticket >= journal->first)
        end_slot(journal, ticket, outcome);
}

void journal_undelivered(struct journal *journal, uint64_t ticket)
{
    struct journal_slot *slot = find_slot(journal, ticket);

    if (slot && slot->status != 0)
        slot->delivered = false;
}
