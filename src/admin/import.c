/* SPDX-License-Identifier: MIT */
#include "admin/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/settings_body.h"
#include "base/words.h"
#include "json/split.h"
#include "model/name.h"
#include "store/rows.h"
#include "views/document.h"

/* The cost of a step, some milliseconds, in bytes read. A piece costs PIECE_COST_BYTES more than
 * its length. A piece that is only skipped costs 1/SKIPPED_PART of it. */
enum { STEP_BYTES = 128 * 1024, PIECE_COST_BYTES = 256, SKIPPED_PART = 16 };

enum {
    PIECE_VALUES_MAX = 1000000, /* more JSON values than any valid pod, pool or user has */
    COUNTER_MISSING = -1,
};

/* The numbers of a pool's first pods, those that it was created with. */
struct first_pods {
    int64_t pool_number, first, last;
};

struct import {
    struct text document;
    struct pool_state *state;
    int64_t now_ms;
    /* A document has its pods before its pools, so it is walked twice: first for all parts but the
     * pods, which are skipped, and then for the pods. */
    bool at_pods;
    struct split split;
    struct arena arena; /* of the current piece */
    bool has_version, has_counters;
    struct counters counters;      /* in the document */
    struct counters used;          /* the largest numbers so far */
    struct first_pods *first_pods; /* by number, without overlap */
    size_t first_pods_count, first_pods_capacity, first_pods_at;
    int64_t last_pod;  /* the number of the previous pod */
    size_t step_bytes; /* the cost of this step so far */
};

/* Reads a piece of a member of the document. */
typedef enum err read_piece(struct import *import, const struct document_reading *reading,
                            const struct reader_node *node, size_t index);

/* --- rules across the document --- */

static void note_used(int64_t *used, int64_t number)
{
    *used = number > *used ? number : *used;
}

static enum err refuse_member(const struct reader_node *node, const char *key,
                              struct problem *problem, const char *sentence)
{
    struct reader_node member;

    return reader_refuse(reader_member(node, key, &member) ? &member : node, problem, sentence);
}

static enum err add_first_pods(struct import *import, struct first_pods first_pods)
{
    if (import->first_pods_count == import->first_pods_capacity) {
        size_t capacity = import->first_pods_capacity ? 2 * import->first_pods_capacity : 16;
        struct first_pods *grown = realloc(import->first_pods, capacity * sizeof(*grown));
        if (!grown)
            return ERR_NO_MEMORY;
        import->first_pods = grown;
        import->first_pods_capacity = capacity;
    }
    import->first_pods[import->first_pods_count++] = first_pods;
    return OK;
}

/* Reserves the numbers of the pool's first pods: a reset of the pool makes these pods again, so no
 * other pool's pod may have their numbers. */
static enum err reserve_first_pods(struct import *import, const struct document_reading *reading,
                                   const struct reader_node *node, const struct pool *pool)
{
    size_t count = import->first_pods_count;
    struct first_pods first_pods = {pool->number, pool->first_pod, pool->first_pod};

    if (pool->first_pods == 0)
        return OK;
    if (pod_number_is_skipped(pool->first_pod))
        return refuse_member(node, "firstPod", reading->problem,
                             "no pod has a number with 15551 or 15552");
    if (count > 0 && pool->first_pod <= import->first_pods[count - 1].last)
        return refuse_member(node, "firstPod", reading->problem,
                             "must be above the first pods of the pools before it");
    for (int64_t i = 1; i < pool->first_pods; i++)
        first_pods.last = pod_number_after(first_pods.last);
    if (first_pods.last > COUNTER_MAX)
        return refuse_member(node, "firstPods", reading->problem,
                             "there are not that many pod numbers left");
    note_used(&import->used.pod, first_pods.last);
    return add_first_pods(import, first_pods);
}

static enum err check_first_pods(struct import *import, const struct document_reading *reading,
                                 const struct reader_node *node, const struct pod *pod)
{
    while (import->first_pods_at < import->first_pods_count &&
           import->first_pods[import->first_pods_at].last < pod->number)
        import->first_pods_at++;
    if (import->first_pods_at == import->first_pods_count)
        return OK;
    const struct first_pods *first_pods = &import->first_pods[import->first_pods_at];
    if (pod->number < first_pods->first || pod->pool_number == first_pods->pool_number)
        return OK;
    return refuse_member(node, "number", reading->problem,
                         "reserved for the first pods of another pool");
}

/* Checks that no counter of the document is below the numbers in use. A missing counter becomes the
 * largest number in use. */
static enum err settle_counters(struct import *import, struct counters *counters,
                                struct problem *problem)
{
    const struct {
        const char *key;
        int64_t given, used;
        int64_t *out;
    } rows[] = {
        {"lastPod", import->counters.pod, import->used.pod, &counters->pod},
        {"lastPool", import->counters.pool, import->used.pool, &counters->pool},
        {"lastSession", import->counters.session, import->used.session, &counters->session},
        {"lastToken", import->counters.token, import->used.token, &counters->token},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool is_given = import->has_counters && rows[i].given != COUNTER_MISSING;
        if (is_given && rows[i].given < rows[i].used)
            return problem_set(problem, ERR_BAD_FIELD,
                               "/counters/%s: must not be below %" PRId64 ", which is in use",
                               rows[i].key, rows[i].used);
        *rows[i].out = is_given ? rows[i].given : rows[i].used;
    }
    return OK;
}

/* --- the members of a document --- */

static enum err read_version(struct import *import, const struct document_reading *reading,
                             const struct reader_node *node, size_t index)
{
    int64_t version;
    enum err err = reader_number(node, -INT64_MAX + 1, INT64_MAX - 1, &version, reading->problem);

    (void)index;
    import->has_version = true;
    if (err || version == DOCUMENT_SCHEMA_VERSION)
        return err;
    return problem_set(reading->problem, ERR_BAD_FIELD,
                       "/schemaVersion: expected %d, the only version known here, not %" PRId64,
                       DOCUMENT_SCHEMA_VERSION, version);
}

static enum err read_counters(struct import *import, const struct document_reading *reading,
                              const struct reader_node *node, size_t index)
{
    (void)index;
    import->has_counters = true;
    import->counters = (struct counters){COUNTER_MISSING, COUNTER_MISSING, COUNTER_MISSING,
                                         COUNTER_MISSING};
    return document_read_counters(reading, node, &import->counters);
}

static enum err add_sessions(struct import *import, const struct document_reading *reading,
                             const struct reader_node *node, const struct pod *pod)
{
    struct reader_node array;
    bool added;

    for (size_t i = 0; i < pod->sessions_count && reader_member(node, "sessions", &array); i++) {
        const struct reader_node element = reader_element(&array, i);
        enum err err = rows_add_session(import->state, pod, &pod->sessions[i], &added);
        if (err)
            return err;
        if (!added)
            return refuse_member(&element, "number", reading->problem,
                                 "a pod before it has a session with the same number");
        note_used(&import->used.session, pod->sessions[i].number);
    }
    return OK;
}

static enum err read_pod(struct import *import, const struct document_reading *reading,
                         const struct reader_node *node, size_t index)
{
    struct problem *problem = reading->problem;
    struct pod pod;
    bool added;
    enum err err = document_read_pod(reading, node, &pod);

    (void)index;
    if (err)
        return err;
    err = rows_add_pod(import->state, &pod, &added);
    if (err == ERR_POOL_NOT_FOUND)
        return refuse_member(node, "pool", problem, "the document has no pool of that name");
    if (err)
        return err;
    if (!added || pod.number < import->last_pod)
        return refuse_member(node, "number", problem,
                             "must be above the number of the pod before it");
    import->last_pod = pod.number;
    note_used(&import->used.pod, pod.number);
    err = add_sessions(import, reading, node, &pod);
    return err ? err : check_first_pods(import, reading, node, &pod);
}

static enum err read_pool(struct import *import, const struct document_reading *reading,
                          const struct reader_node *node, size_t index)
{
    struct problem *problem = reading->problem;
    struct pool pool;
    bool added;
    enum err err = document_read_pool(reading, node, &pool);

    (void)index;
    if (err)
        return err;
    if (pool.number <= import->used.pool)
        return refuse_member(node, "number", problem,
                             "must be above the number of the pool before it");
    if ((err = rows_add_pool(import->state, &pool, &added)))
        return err;
    if (!added)
        return refuse_member(node, "name", problem, "a pool before it has the same name");
    import->used.pool = pool.number;
    return reserve_first_pods(import, reading, node, &pool);
}

static enum err read_pull(struct import *import, const struct document_reading *reading,
                          const struct reader_node *node, size_t index)
{
    struct pull_count pull;
    bool added;
    enum err err = document_read_pull(reading, node, &pull);

    (void)index;
    if (err || (err = rows_add_pull(import->state, &pull, &added)))
        return err;
    return added ? OK
                 : refuse_member(node, "repository", reading->problem,
                                 "an element before it has the same repository");
}

static enum err read_reply(struct import *import, const struct document_reading *reading,
                           const struct reader_node *node, size_t index)
{
    struct goose_reply reply;
    enum err err = document_read_reply(reading, node, &reply);

    if (err)
        return err;
    if (index == REPLIES_MAX)
        return problem_set(reading->problem, ERR_BAD_FIELD, "/replies: more than %d elements",
                           REPLIES_MAX);
    return rows_add_reply(import->state, (int64_t)index, &reply);
}

static enum err read_strict(struct import *import, const struct document_reading *reading,
                            const struct reader_node *node, size_t index)
{
    bool is_strict;
    enum err err = reader_bool(node, &is_strict, reading->problem);

    (void)index;
    return err ? err : pool_state_set_strict(import->state, is_strict);
}

static enum err read_settings(struct import *import, const struct document_reading *reading,
                              const struct reader_node *node, size_t index)
{
    static const char *const keys[] = {"pool", "settings", NULL};
    struct text pool_name = TEXT("");
    struct settings effective, own;
    struct settings_patch patch;
    struct reader_node settings;
    enum err err;

    (void)index;
    if ((err = reader_only_keys(node, keys, reading->problem)) ||
        (err = reader_member_text(node, "pool", POOL_NAME_MAX, &pool_name, reading->problem)))
        return err;
    const char *fault = pool_name.length > 0 ? name_fault(pool_name) : NULL;
    if (fault)
        return refuse_member(node, "pool", reading->problem, fault);
    if ((err = reader_required(node, "settings", &settings, reading->problem)) ||
        (err = settings_body_read(&settings, &patch, reading->problem)) ||
        (err = pool_state_get_settings(import->state, pool_name, &effective, &own)))
        return err;
    for (int i = 0; i < SETTING__MAX; i++)
        if (own.is_set[i])
            return refuse_member(node, "pool", reading->problem,
                                 "an element before it has the same pool");
    return pool_state_change_settings(import->state, pool_name, &patch);
}

/* Counts a token that the counter would make again as used. */
static void note_token(struct import *import, struct text token)
{
    const struct text prefix = TEXT(USER_TOKEN_PREFIX);
    uint64_t number;

    if (text_starts_with(token, prefix) &&
        text_to_number(text_from(token, prefix.length), COUNTER_MAX, &number))
        note_used(&import->used.token, (int64_t)number);
}

/* Sets a token that is made from the user's name, for a user without one. */
static enum err make_token(struct import *import, struct user *user)
{
    user->token = arena_printf(&import->arena, USER_TOKEN_PREFIX "of-%.*s",
                               TEXT_ARGS(user->username));
    return user->token.at ? OK : ERR_NO_MEMORY;
}

static enum err read_user(struct import *import, const struct document_reading *reading,
                          const struct reader_node *node, size_t index)
{
    struct user user;
    bool added;
    enum err err = document_read_user(reading, node, &user);

    (void)index;
    if (err || (!user.token.at && (err = make_token(import, &user))) ||
        (err = rows_add_user(import->state, &user, &added)))
        return err;
    note_token(import, user.token);
    return added ? OK
                 : reader_refuse(node, reading->problem,
                                 "a user before it has the same name or token");
}

static const struct member {
    const char *key;
    bool is_array;
    read_piece *read;
} members[] = {
    {"counters", false, read_counters}, {"pods", true, read_pod},
    {"pools", true, read_pool},         {"pullRequests", true, read_pull},
    {"replies", true, read_reply},      {"schemaVersion", false, read_version},
    {"settings", true, read_settings},  {"strict", false, read_strict},
    {"users", true, read_user},
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static const struct member *find_member(struct text key)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (text_equal(key, text_of(members[i].key)))
            return &members[i];
    return NULL;
}

/* --- the walk --- */

static enum err refuse_unknown(struct text key, struct problem *problem)
{
    const char *known[MEMBERS + 1] = {NULL};
    char name[PROBLEM_TEXT_MAX], sentence[PROBLEM_TEXT_MAX];
    const struct reader_node root = {.key = ""}, member = {.parent = &root, .key = name};

    for (size_t i = 0; i < MEMBERS; i++)
        known[i] = members[i].key;
    snprintf(name, sizeof(name), "%.*s", TEXT_ARGS(key));
    words_write(known, "unknown; expected ", sentence, sizeof(sentence));
    return reader_refuse(&member, problem, sentence);
}

static enum err check_key(const struct split_piece *piece, const struct member *member,
                          struct problem *problem)
{
    if (!member)
        return refuse_unknown(piece->key, problem);
    if (member->is_array && piece->kind == SPLIT_VALUE)
        return problem_set(problem, ERR_BAD_FIELD, "/%s: expected an array", member->key);
    if (!member->is_array && piece->kind == SPLIT_ARRAY)
        return problem_set(problem, ERR_BAD_FIELD, "/%s: must not be an array", member->key);
    return OK;
}

static enum err read_one(struct import *import, const struct split_piece *piece,
                         const struct member *member, struct problem *problem)
{
    const struct document_reading reading = {
        .arena = &import->arena, .now_ms = import->now_ms, .problem = problem};
    const struct reader_node document = {.key = ""};
    const struct reader_node whole = {.parent = &document, .key = member->key};
    const struct reader_node element = {.parent = &whole, .index = piece->index};
    struct reader *reader = NULL;
    enum err err = reader_open_part(import->document, piece->json, PIECE_VALUES_MAX, &reader,
                                    problem);

    if (err)
        return err;
    struct reader_node node = reader_root_at(reader,
                                             piece->kind == SPLIT_ELEMENT ? &element : &whole);
    err = member->read(import, &reading, &node, piece->index);
    reader_close(&reader);
    arena_reset(&import->arena);
    return err;
}

/* Reads or skips a piece, and adds its cost. */
static enum err take_piece(struct import *import, const struct split_piece *piece,
                           struct problem *problem)
{
    const struct member *member = find_member(piece->key);
    enum err err = check_key(piece, member, problem);

    if (err || piece->kind == SPLIT_ARRAY)
        return err;
    if (import->at_pods != (member->read == read_pod)) {
        import->step_bytes += piece->json.length / SKIPPED_PART;
        return OK;
    }
    import->step_bytes += piece->json.length + PIECE_COST_BYTES;
    return read_one(import, piece, member, problem);
}

/* Ends a walk: the first is followed by the second, which completes the import. */
static enum err end_walk(struct import *import, bool *done, struct problem *problem)
{
    struct counters counters;
    enum err err;

    if (!import->has_version)
        return problem_set(problem, ERR_BAD_FIELD, "/schemaVersion: required");
    split_free(&import->split);
    if (!import->at_pods) {
        import->at_pods = true;
        import->split = split_new(import->document);
        return OK;
    }
    if ((err = settle_counters(import, &counters, problem)))
        return err;
    *done = true;
    return rows_end(import->state, &counters);
}

static enum err take_step(struct import *import, bool *done, struct problem *problem)
{
    *done = false;
    import->step_bytes = 0;
    while (import->step_bytes < STEP_BYTES && !*done) {
        struct split_piece piece;
        enum err err = split_next(&import->split, &piece, problem);
        if (!err)
            err = piece.kind == SPLIT_END ? end_walk(import, done, problem)
                                          : take_piece(import, &piece, problem);
        if (err)
            return err;
    }
    return OK;
}

enum err import_step(struct import *import, bool *done, struct problem *problem)
{
    return pool_state_explain(import->state, take_step(import, done, problem), problem);
}

enum err import_new(struct text document, struct pool_state *state, int64_t now_ms,
                    struct import **out)
{
    struct import *import = calloc(1, sizeof(*import));
    enum err err = import ? rows_begin(state) : ERR_NO_MEMORY;

    if (import) {
        import->document = document;
        import->state = state;
        import->now_ms = now_ms;
        import->split = split_new(document);
    } else {
        pool_state_close(&state);
    }
    if (err)
        import_free(&import);
    *out = import;
    return err;
}

struct pool_state *import_take_state(struct import *import)
{
    struct pool_state *state = import->state;

    import->state = NULL;
    return state;
}

void import_free(struct import **import)
{
    struct import *freed = *import;

    if (!freed)
        return;
    split_free(&freed->split);
    arena_free(&freed->arena);
    pool_state_close(&freed->state);
    free(freed->first_pods);
    free(freed);
    *import = NULL;
}
