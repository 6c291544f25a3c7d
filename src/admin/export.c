/* SPDX-License-Identifier: MIT */
#include "admin/export.h"

#include <stdlib.h>
#include <string.h>

#include "views/document.h"
#include "store/rows.h"

/* PIECE_BYTES is the length at which a piece is full. Lists are read PAGE_ITEMS at a time. */
enum {
    PIECE_BYTES = 60 * 1024,
    PAGE_ITEMS = 256,
    NAME_BYTES = 128, /* the longest name of a pool or a user */
};

struct export
{
    struct pool_state *state;
    bool with_secrets;
    size_t part;          /* the index in `parts` of the next part, or of the one in progress */
    bool in_array;        /* the part is a list that has begun */
    int64_t after_number; /* the key of the last item written: its number or its name, by the list
                           */
    struct text after_name;
    char name[NAME_BYTES]; /* holds the bytes of `after_name` */
    struct writer writer;  /* of the current piece */
    struct arena arena;    /* of the current page */
    int page_items;
    bool part_ended;
};

/* Begins an item on its own line, so that documents can be compared line by line. */
static void begin_line(struct export *export)
{
    if (export->writer.comma)
        buffer_put_char(export->writer.out, ',');
    buffer_put_char(export->writer.out, '\n');
    export->writer.comma = false;
}

static void begin_item(struct export *export)
{
    begin_line(export);
    export->page_items++;
}

static bool has_room(const struct export *export)
{
    return export->writer.out->length < PIECE_BYTES && !export->writer.out->failed;
}

static void note_name(struct export *export, struct text name)
{
    memcpy(export->name, name.at, name.length);
    export->after_name = (struct text){export->name, name.length};
}

/* --- the parts --- */

/* Writes a value, or a page of a list. */
typedef enum err put_part(struct export *export);

static enum err put_counters(struct export *export)
{
    struct counters counters = {0};
    enum err err = rows_counters(export->state, &counters);

    document_put_counters(&export->writer, &counters);
    return err;
}

static bool put_pod(const struct pod *pod, void *context)
{
    struct export *export = context;

    begin_item(export);
    document_put_pod(&export->writer, pod, export->with_secrets);
    export->after_number = pod->number;
    return has_room(export);
}

static enum err put_pods(struct export *export)
{
    return rows_list_pods(export->state, export->after_number, PAGE_ITEMS, &export->arena, put_pod,
                          export);
}

static bool put_pool(const struct pool *pool, void *context)
{
    struct export *export = context;

    begin_item(export);
    document_put_pool(&export->writer, pool, export->with_secrets);
    export->after_number = pool->number;
    return has_room(export);
}

static enum err put_pools(struct export *export)
{
    return rows_list_pools(export->state, export->after_number, PAGE_ITEMS, &export->arena,
                           put_pool, export);
}

static bool put_pull(const struct pull_count *pull, void *context)
{
    struct export *export = context;

    begin_item(export);
    document_put_pull(&export->writer, pull);
    export->after_number = pull->number;
    return has_room(export);
}

static enum err put_pulls(struct export *export)
{
    return rows_list_pulls(export->state, export->after_number, PAGE_ITEMS, put_pull, export);
}

/* All replies go into one page, even if the piece is full: there are few of them. */
static enum err put_replies(struct export *export)
{
    const struct goose_reply *replies;
    size_t count;
    enum err err = pool_state_get_replies(export->state, &export->arena, &replies, &count);

    for (size_t i = 0; i < count && !err; i++) {
        begin_line(export);
        document_put_reply(&export->writer, &replies[i]);
    }
    export->part_ended = true;
    return err;
}

static enum err put_strict(struct export *export)
{
    bool is_strict;
    enum err err = pool_state_get_strict(export->state, &is_strict);

    writer_bool(&export->writer, is_strict);
    return err;
}

static enum err put_version(struct export *export)
{
    writer_number(&export->writer, DOCUMENT_SCHEMA_VERSION);
    return OK;
}

static bool put_settings_of(struct text pool_name, const struct settings *own, void *context)
{
    struct export *export = context;

    begin_item(export);
    document_put_settings(&export->writer, pool_name, own);
    note_name(export, pool_name);
    return has_room(export);
}

/* Writes the settings for all pools first: no list contains them. */
static enum err put_settings(struct export *export)
{
    struct settings effective, own;
    bool any = false;
    enum err err = OK;

    if (!export->after_name.at)
        err = pool_state_get_settings(export->state, TEXT(""), &effective, &own);
    for (int i = 0; i < SETTING__MAX && !err && !export->after_name.at; i++)
        any |= own.is_set[i];
    if (any)
        put_settings_of(TEXT(""), &own, export);
    return err ? err
               : pool_state_list_settings(export->state, text_or_empty(export->after_name),
                                          PAGE_ITEMS, put_settings_of, export);
}

static bool put_user(const struct user *user, void *context)
{
    struct export *export = context;

    begin_item(export);
    document_put_user(&export->writer, user, export->with_secrets);
    note_name(export, user->username);
    return has_room(export);
}

static enum err put_users(struct export *export)
{
    return rows_list_users(export->state, export->after_name, PAGE_ITEMS, put_user, export);
}

static const struct part {
    const char *key;
    bool is_array;
    put_part *put;
} parts[] = {
    {"counters", false, put_counters}, {"pods", true, put_pods},
    {"pools", true, put_pools},        {"pullRequests", true, put_pulls},
    {"replies", true, put_replies},    {"schemaVersion", false, put_version},
    {"settings", true, put_settings},  {"strict", false, put_strict},
    {"users", true, put_users},
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

/* --- the walk --- */

static void begin_part(struct export *export, const struct part *part)
{
    if (export->part == 0)
        writer_object(&export->writer);
    begin_line(export);
    writer_text_key(&export->writer, text_of(part->key));
    if (part->is_array)
        writer_array(&export->writer);
    export->in_array = part->is_array;
    export->after_number = 0;
    export->after_name = (struct text){0};
}

static void end_part(struct export *export, const struct part *part)
{
    if (part->is_array)
        writer_end_array(&export->writer);
    export->in_array = false;
    export->part++;
}

/* Writes a value, or one page of a list. If neither the page nor the piece is full, that page was
 * the list's last. */
static enum err write_some(struct export *export)
{
    const struct part *part = &parts[export->part];

    if (!export->in_array)
        begin_part(export, part);
    export->page_items = 0;
    export->part_ended = !part->is_array;
    enum err err = part->put(export);
    arena_reset(&export->arena);
    if (export->part_ended || (export->page_items < PAGE_ITEMS && has_room(export)))
        end_part(export, part);
    return err;
}

enum err export_step(struct export *export, struct buffer *out, bool *done)
{
    enum err err = OK;

    export->writer = writer_resume(out, export->writer.comma);
    while (!err && export->part < PARTS && has_room(export))
        err = write_some(export);
    *done = export->part == PARTS;
    if (*done) {
        buffer_put_char(out, '\n');
        writer_end_object(&export->writer);
        buffer_put_char(out, '\n');
    }
    if (out->failed)
        return ERR_NO_MEMORY;
    return err;
}

struct export *export_new(struct pool_state *state, bool with_secrets)
{
    struct export *export = calloc(1, sizeof(*export));

    if (!export) {
        pool_state_close(&state);
        return NULL;
    }
    export->state = state;
    export->with_secrets = with_secrets;
    return export;
}

void export_free(struct export **export)
{
    struct export *freed = *export;

    if (!freed)
        return;
    arena_free(&freed->arena);
    pool_state_close(&freed->state);
    free(freed);
    *export = NULL;
}
