/* SPDX-License-Identifier: MIT */
#include "tenant/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { CAPACITY_MIN = 16 };

struct leaks_entry {
    uint64_t number; /* counts the leaks that were ever added, from 1 on */
    struct leak leak;
    char *bytes; /* owned: of its texts */
};

void leaks_clear(struct leaks *leaks)
{
    for (size_t i = 0; i < leaks->count; i++)
        free(leaks->entries[i].bytes);
    free(leaks->entries);
    *leaks = (struct leaks){.added = leaks->added};
}

/* Removes the entries from `from` up to, not including, `to`. Their texts have been freed. */
static void close_gap(struct leaks *leaks, size_t from, size_t to)
{
    if (from == to)
        return;
    memmove(&leaks->entries[from], &leaks->entries[to],
            (leaks->count - to) * sizeof(leaks->entries[0]));
    leaks->count -= to - from;
}

static void drop(struct leaks *leaks, size_t at)
{
    free(leaks->entries[at].bytes);
    close_gap(leaks, at, at + 1);
}

void leaks_settle(struct leaks *leaks, int64_t pod_number)
{
    for (size_t i = leaks->count; i > 0; i--)
        if (leaks->entries[i - 1].leak.pod_name.pod_number == pod_number)
            drop(leaks, i - 1);
}

static bool reserve(struct leaks *leaks)
{
    if (leaks->count == LEAKS_MAX) {
        drop(leaks, 0);
        leaks->dropped++;
    }
    if (leaks->count < leaks->capacity)
        return true;
    size_t capacity = leaks->capacity ? 2 * leaks->capacity : CAPACITY_MIN;
    struct leaks_entry *entries = realloc(leaks->entries, capacity * sizeof(*entries));
    if (!entries)
        return false;
    leaks->entries = entries;
    leaks->capacity = capacity;
    return true;
}

/* Copies `text` to `*to`, advances `*to`, and returns the copy. An absent text stays absent. */
static struct text copy_text(struct text text, char **to)
{
    struct text copy = {text.at ? *to : NULL, text.length};

    if (text.length > 0)
        memcpy(*to, text.at, text.length);
    *to += text.length;
    return copy;
}

void leaks_add(struct leaks *leaks, const struct leak *leak)
{
    leaks_settle(leaks, leak->pod_name.pod_number);
    char *bytes = malloc(leak->request_id.length + leak->workspace.length + 1);
    if (!bytes || !reserve(leaks)) {
        free(bytes);
        leaks->dropped++;
        return;
    }
    char *to = bytes;
    struct leaks_entry *entry = &leaks->entries[leaks->count++];
    *entry = (struct leaks_entry){.number = ++leaks->added, .leak = *leak, .bytes = bytes};
    entry->leak.pod_name.tenant = (struct text){0};
    entry->leak.request_id = copy_text(leak->request_id, &to);
    entry->leak.workspace = copy_text(leak->workspace, &to);
}

/* Returns the place of the first entry numbered above `after`. */
static size_t find_place(const struct leaks *leaks, uint64_t after)
{
    size_t low = 0, high = leaks->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (leaks->entries[middle].number > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Loads the leak's pod. Returns OK if the claim whose answer was lost still holds it, otherwise
 * ERR_POD_NOT_FOUND. No two uses of a pod begin at the same time, so since_ms identifies the claim.
 */
static enum err look_up(struct pool_state *state, const struct leak *leak, struct arena *arena,
                        struct pod *pod)
{
    enum err err = pool_state_get_pod(state, leak->pod_name, arena, pod);

    if (!err && (pod->usage != POD_USED || pod->since_ms != leak->since_ms))
        return ERR_POD_NOT_FOUND;
    return err;
}

enum err leaks_list(struct leaks *leaks, struct pool_state *state, size_t max, uint64_t *after,
                    bool *ended, leaks_visit *visit, void *context)
{
    struct arena arena = {0};
    size_t at = find_place(leaks, *after), kept = at;
    bool goes_on = true;
    enum err err = OK;

    for (; goes_on && max > 0 && at < leaks->count; at++, max--) {
        struct leaks_entry *entry = &leaks->entries[at];
        struct pod pod;
        err = look_up(state, &entry->leak, &arena, &pod);
        if (err && err != ERR_POD_NOT_FOUND)
            break;
        *after = entry->number;
        if (err) {
            free(entry->bytes);
        } else {
            goes_on = visit(&entry->leak, &pod, context);
            leaks->entries[kept++] = *entry;
        }
        err = OK;
        arena_reset(&arena);
    }
    *ended = at == leaks->count;
    close_gap(leaks, kept, at);
    arena_free(&arena);
    return err;
}
