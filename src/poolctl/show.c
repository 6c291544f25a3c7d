/* SPDX-License-Identifier: MIT */
#include "poolctl/show.h"

#include <json.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "poolctl/reply.h"
#include "poolctl/complain.h"
#include "poolctl/print.h"

/* A column of a list, or a line about one thing: its name, and the path of its value. */
struct field {
    const char *name;
    const char *path;
};

enum { CELL_MAX_BYTES = 64 * 1024 };

static int print(struct table *table)
{
    int status = table_print(table, stdout) ? EX_OK : complain_no_memory();

    table_free(table);
    return status;
}

static void put_words(struct buffer *words, struct json_object *value);

static void put_list(struct buffer *words, struct json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (i > 0)
            buffer_put_char(words, ',');
        put_words(words, json_object_array_get_idx(list, i));
    }
}

static void put_object(struct buffer *words, struct json_object *object)
{
    const char *space = "";

    json_object_object_foreach(object, key, value)
    {
        if (!value)
            continue;
        buffer_printf(words, "%s%s=", space, key);
        put_words(words, value);
        space = " ";
    }
}

/* Puts a value as text: a list separated by commas, an object as name=value without null members.
 */
static void put_words(struct buffer *words, struct json_object *value)
{
    char number[TREE_NUMBER_MAX];

    switch (json_object_get_type(value)) {
    case json_type_array:
        put_list(words, value);
        break;
    case json_type_object:
        put_object(words, value);
        break;
    case json_type_boolean:
        buffer_put_text(words, text_of(json_object_get_boolean(value) ? "yes" : "no"));
        break;
    default:
        buffer_put_text(words, reply_text(value, number));
        break;
    }
}

static void put_cell(struct table *table, struct json_object *value)
{
    struct buffer words = buffer_new(CELL_MAX_BYTES);

    put_words(&words, value);
    table_cell(table, buffer_text(&words));
    buffer_free(&words);
}

static bool has_items(struct json_object *list)
{
    return json_object_is_type(list, json_type_array) && json_object_array_length(list) > 0;
}

/* Prints a list as a table, an item a row. */
static int show_list(struct json_object *list, const struct field *fields, bool with_heads)
{
    const char *heads[PRINT_COLUMNS_MAX];
    int columns = 0;

    for (; fields[columns].name; columns++)
        heads[columns] = fields[columns].name;
    if (!json_object_is_type(list, json_type_array))
        return complain_foreign();
    struct table table = table_new(with_heads ? heads : NULL, columns);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        for (const struct field *field = fields; field->name; field++)
            put_cell(&table, reply_at(json_object_array_get_idx(list, i), field->path));
    return print(&table);
}

/* Prints a line for each field that the answer has. Complains if it has none: then it is not the
 * expected answer. */
static int show_fields(struct json_object *answer, const struct field *fields)
{
    struct table table = table_new(NULL, 2);

    for (; fields->name; fields++) {
        struct json_object *value = reply_at(answer, fields->path);
        if (!value)
            continue;
        table_cell(&table, text_of(fields->name));
        put_cell(&table, value);
    }
    return table.count == 0 && !table.failed ? complain_foreign() : print(&table);
}

int show_claim(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"pod", "workspace.id"},
        {"pool", "workspace.poolName"},
        {"workspace", "workspace.claimedBy"},
        {"url", "workspace.url"},
        {"password", "workspace.password"},
        {"expires", "workspace.expiresAt"},
        {0},
    };

    (void)is_first;
    return show_fields(answer, fields);
}

int show_release(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"pod", "workspace_id"},
        {"pool", "pool_name"},
        {"usage", "usage_status"},
        {0},
    };

    (void)is_first;
    return show_fields(answer, fields);
}

int show_status(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"pool", "pool.name"},
        {"pods", "pool.total_workspaces"},
        {"used", "pool.used_workspaces"},
        {"free", "pool.available_workspaces"},
        {"pending", "status.pending_vms"},
        {"failed", "status.failed_vms"},
        {0},
    };

    (void)is_first;
    return show_fields(answer, fields);
}

int show_pools(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"POOL", "name"},
        {"PODS", "total_workspaces"},
        {"USED", "used_workspaces"},
        {"FREE", "available_workspaces"},
        {"CREATED", "created_at"},
        {0},
    };

    return show_list(reply_at(answer, "pools"), fields, is_first);
}

int show_pods(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"POD", "id"},
        {"STATE", "state"},
        {"USAGE", "usage_status"},
        {"WORKSPACE", "claimedBy"},
        {"CLAIMED", "claimedAt"},
        {"EXPIRES", "expiresAt"},
        {"URL", "url"},
        {0},
    };

    return show_list(reply_at(answer, "workspaces"), fields, is_first);
}

static const struct field fault_fields[] = {
    {"FAULT", "id"},    {"MATCH", "match"},   {"PHASE", "phase"},
    {"DELAY", "delay"}, {"ANSWER", "answer"}, {"MATCHED", "matched"},
    {"HITS", "hits"},   {"SPENT", "spent"},   {0},
};

int show_faults(struct json_object *answer, bool is_first)
{
    return show_list(reply_at(answer, "faults"), fault_fields, is_first);
}

int show_fault(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {{"fault", "fault.id"}, {0}};

    (void)is_first;
    return show_fields(answer, fields);
}

/* Tells on standard error that older items may be missing from a list. */
static void note_dropped(struct json_object *answer, const char *what)
{
    int64_t dropped = json_object_get_int64(reply_at(answer, "dropped"));

    if (dropped > 0)
        complain(EX_OK, "%lld older %s%s been dropped and may be missing", (long long)dropped, what,
                 dropped == 1 ? " has" : "s have");
}

int show_callbacks(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"ID", "id"}, {"ON", "on"}, {"TO", "to"}, {"ATTEMPTS", "maxAttempts"}, {0},
    };

    return show_list(reply_at(answer, "callbacks"), fields, is_first);
}

int show_deliveries(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"ID", "id"},
        {"AT", "at"},
        {"ON", "on"},
        {"TO", "to"},
        {"URL", "url"},
        {"POD", "pod"},
        {"SESSION", "sessionId"},
        {"STATE", "state"},
        {"STATUS", "status"},
        {"ATTEMPTS", "attempts"},
        {0},
    };

    note_dropped(answer, "callback");
    return show_list(reply_at(answer, "deliveries"), fields, is_first);
}

static const struct field event_fields[] = {
    {"SEQ", "seq"},
    {"AT", "at"},
    {"TYPE", "type"},
    {"POOL", "pool"},
    {"POD", "pod"},
    {"WORKSPACE", "workspaceId"},
    {"CAUSE", "cause"},
    {"REQUEST", "requestSeq"},
    {0},
};

int show_gap(struct json_object *gap)
{
    char numbers[2][TREE_NUMBER_MAX];
    struct text missed = reply_text(reply_at(gap, "missed"), numbers[0]);
    struct text reason = reply_text(reply_at(gap, "reason"), numbers[1]);

    if (missed.length == 0)
        return complain(EX_OK, "events may be missing here: the state is another one (%.*s)",
                        TEXT_ARGS(reason));
    return complain(EX_OK, "events are missing here: %.*s (%.*s)", TEXT_ARGS(missed),
                    TEXT_ARGS(reason));
}

int show_events(struct json_object *answer, bool is_first)
{
    struct json_object *gap = reply_at(answer, "gap");

    if (gap)
        show_gap(gap);
    note_dropped(answer, "event");
    return show_list(reply_at(answer, "events"), event_fields, is_first);
}

int show_event(struct json_object *event, struct table *table)
{
    static const char *heads[PRINT_COLUMNS_MAX];
    bool is_first = table->columns == 0;

    if (is_first) {
        int columns = 0;
        for (; event_fields[columns].name; columns++)
            heads[columns] = event_fields[columns].name;
        *table = table_new(heads, columns);
    }
    for (const struct field *field = event_fields; field->name; field++)
        put_cell(table, reply_at(event, field->path));
    bool good = table_print(table, stdout);
    table->heads = NULL;
    return good ? EX_OK : complain_no_memory();
}

int show_requests(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"SEQ", "seq"},
        {"AT", "at"},
        {"STATUS", "status"},
        {"OPERATION", "operation"},
        {"POOL", "pool"},
        {"POD", "pod"},
        {"FAULT", "fault"},
        {"WORKSPACE", "workspaceId"},
        {0},
    };

    note_dropped(answer, "request");
    return show_list(reply_at(answer, "requests"), fields, is_first);
}

/* Prints the nearest misses of a refusal, and the count of a success. */
int show_verify(struct json_object *answer, bool is_first)
{
    static const struct field count[] = {{"count", "count"}, {"dropped", "dropped"}, {0}};
    static const struct field misses[] = {
        {"DIFFERS", "differs"},
        {"SEQ", "request.seq"},
        {"STATUS", "request.status"},
        {"OPERATION", "request.operation"},
        {"POOL", "request.pool"},
        {"POD", "request.pod"},
        {"WORKSPACE", "request.workspaceId"},
        {0},
    };
    struct json_object *list = reply_at(answer, "misses");

    return has_items(list) ? show_list(list, misses, is_first) : show_fields(answer, count);
}

int show_leaks(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"POD", "pod"},
        {"POOL", "pool"},
        {"WORKSPACE", "workspaceId"},
        {"CLAIMED", "claimedAt"},
        {"LOST", "lostAt"},
        {"SEQ", "seq"},
        {0},
    };

    note_dropped(answer, "leak");
    return show_list(reply_at(answer, "leaks"), fields, is_first);
}

int show_clock(struct json_object *answer, bool is_first)
{
    static const struct field clock[] = {{"now", "now"}, {"mode", "mode"}, {0}};
    static const struct field fired[] = {{"AT", "at"}, {"WHAT", "what"}, {"POD", "pod"}, {0}};
    struct json_object *list = reply_at(answer, "fired");
    int status = show_fields(answer, clock);

    (void)is_first;
    return status == EX_OK && has_items(list) ? show_list(list, fired, true) : status;
}

int show_settings(struct json_object *answer, bool is_first)
{
    static const char *const heads[] = {"SETTING", "VALUE", "OWN"};
    struct json_object *settings = reply_at(answer, "settings");
    struct json_object *own = reply_at(answer, "own");
    struct table table = table_new(heads, 3);

    (void)is_first;
    if (!json_object_is_type(settings, json_type_object))
        return complain_foreign();
    json_object_object_foreach(settings, key, value)
    {
        table_cell(&table, text_of(key));
        put_cell(&table, value);
        table_cell(&table, reply_at(own, key) ? TEXT("yes") : TEXT("no"));
    }
    return print(&table);
}

int show_snapshots(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"SNAPSHOT", "name"}, {"AT", "at"}, {"POOLS", "pools"}, {"PODS", "pods"}, {0},
    };

    return show_list(reply_at(answer, "snapshots"), fields, is_first);
}

int show_tenants(struct json_object *answer, bool is_first)
{
    static const struct field fields[] = {
        {"TENANT", "name"},
        {"POOLS", "pools"},
        {"PODS", "pods"},
        {0},
    };

    return show_list(reply_at(answer, "tenants"), fields, is_first);
}

/* Prints the members that are neither objects nor lists. */
static void put_scalars(struct table *table, struct json_object *object)
{
    json_object_object_foreach(object, key, value)
    {
        bool is_scalar = value && !json_object_is_type(value, json_type_object) &&
                         !json_object_is_type(value, json_type_array);
        if (!is_scalar || strcmp(key, "success") == 0)
            continue;
        table_cell(table, text_of(key));
        put_cell(table, value);
    }
}

int show_message(struct json_object *answer, bool is_first)
{
    struct json_object *dropped = reply_at(answer, "dropped");
    struct table table = table_new(NULL, 2);

    (void)is_first;
    put_scalars(&table, answer);
    if (json_object_is_type(dropped, json_type_object))
        put_scalars(&table, dropped);
    return print(&table);
}

int show_nothing(struct json_object *answer, bool is_first)
{
    (void)answer;
    (void)is_first;
    return EX_OK;
}
