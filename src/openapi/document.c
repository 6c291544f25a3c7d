/* SPDX-License-Identifier: MIT */
#include "openapi/document.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "model/journal_entry.h"
#include "openapi/examples.h"
#include "openapi/schemas.h"

enum effect { CHANGE, SHOW, FOLLOW, LISTEN, SOCKET };
enum access { OPEN, TOKEN, ADMIN, STEER, INDEX, PASSWORD, BASIC };

enum { QUERY_KEYS_MAX = 16 };

struct route {
    const char *method, *prefix, *pattern, *handler;
    enum effect effect;
    enum access access;
    bool is_of_pod;
    const char *query_keys[QUERY_KEYS_MAX]; /* ended by NULL */
};

#define POD_PREFIX_NONE "/_pod/{pod}"
#define POD_PREFIX_FRONTEND POD_PREFIX_NONE "/3000"
#define POD_PREFIX_GOOSE POD_PREFIX_NONE "/15551"
#define POD_PREFIX_CONTROL POD_PREFIX_NONE "/15552"

static const struct route routes[] = {
#define ROUTE(method, pattern, operation, handle, effect, access, body, ...) \
    {#method, "/", pattern, #handle, effect, access, false, {__VA_ARGS__}},
#include "call/routes.def"
#undef ROUTE
#define POD_ROUTE(port, method, pattern, handle, effect, access) \
    {#method, POD_PREFIX_##port, pattern, #handle, effect, access, true, {NULL}},
#include "call/pod_routes.def"
#undef POD_ROUTE
};

enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

/* --- responses --- */

static void put_content(struct writer *writer, const struct route *route, const struct row *row)
{
    struct text example = examples_find(route->method, route->pattern, row->status);
    bool is_text = row->kind == ROW_BARE && row->type == TEXT;

    writer_member_object(writer, "content");
    writer_text_key(writer, is_text ? text_of(row->of) : TEXT("application/json"));
    writer_object(writer);
    writer_key(writer, "schema");
    if (row->kind == ROW_ANSWER)
        schema_put_object(writer, row);
    else
        schema_put(writer, row);
    if (example.at && !is_text)
        writer_member_raw(writer, "example", example);
    writer_end_object(writer);
    writer_end_object(writer);
}

static void put_status(struct writer *writer, int status)
{
    char text[8];

    snprintf(text, sizeof(text), "%d", status);
    writer_text_key(writer, text_of(text));
}

static void put_failure(struct writer *writer, int status)
{
    char name[16];

    snprintf(name, sizeof(name), "error%d", status);
    put_status(writer, status);
    writer_object(writer);
    schema_put_reference(writer, "responses", name);
    writer_end_object(writer);
}

static void put_success(struct writer *writer, const struct route *route, const struct row *row)
{
    put_status(writer, row->status);
    writer_object(writer);
    schema_put_description(writer, row->kind == ROW_UPGRADE ? "The WebSocket is open" : "Success");
    if (row->kind != ROW_UPGRADE)
        put_content(writer, route, row);
    writer_end_object(writer);
}

static void put_fail(struct writer *writer, const struct row *row)
{
    put_failure(writer, row->status);
}

static bool needs_token(const struct route *route)
{
    return route->access != OPEN && route->access != INDEX;
}

/* Writes the errors of a route: those that each route has, those that follow from what it is, and
 * its own. */
static void put_failures(struct writer *writer, const struct route *route)
{
    static const int usual[] = {400, 403, 404, 413, 414, 500, 501, 503};

    if (shapes_fail_any(route->handler)) {
        writer_member_raw(writer, "4XX", TEXT("{\"$ref\":\"#/components/responses/error\"}"));
        writer_member_raw(writer, "5XX", TEXT("{\"$ref\":\"#/components/responses/error\"}"));
        return;
    }
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        put_failure(writer, usual[i]);
    if (needs_token(route))
        put_failure(writer, 401);
    if (route->is_of_pod)
        put_failure(writer, 502);
    if (route->effect == LISTEN || route->effect == SOCKET)
        put_failure(writer, 426);
    shapes_each_of(route->handler, ROW_FAIL, writer, put_fail);
}

static void put_responses(struct writer *writer, const struct route *route)
{
    const struct row *row = NULL;
    bool is_known = false;

    writer_member_object(writer, "responses");
    while ((row = shapes_next_head(row, route->handler))) {
        put_success(writer, route, row++);
        is_known = true;
    }
    if (!is_known) {
        fprintf(stderr, "openapi-json: %s has no answer in views/shape.def\n", route->handler);
        exit(EX_DATAERR);
    }
    put_failures(writer, route);
    writer_end_object(writer);
}

/* --- paths --- */

static void put_parameter(struct writer *writer, struct text name, const char *in)
{
    writer_object(writer);
    writer_member_text(writer, "name", name);
    schema_put_text(writer, "in", in);
    if (strcmp(in, "path") == 0)
        writer_member_bool(writer, "required", true);
    writer_member_raw(writer, "schema", TEXT("{\"type\":\"string\"}"));
    writer_end_object(writer);
}

static void put_path_parameters(struct writer *writer, const char *path)
{
    const char *at = path, *end;

    while ((at = strchr(at, '{')) && (end = strchr(at, '}'))) {
        put_parameter(writer, (struct text){at + 1, (size_t)(end - at) - 1}, "path");
        at = end;
    }
}

static void put_query(struct writer *writer, const struct row *row)
{
    put_parameter(writer, text_of(row->name), "query");
}

static void put_parameters(struct writer *writer, const struct route *route)
{
    writer_member_array(writer, "parameters");
    put_path_parameters(writer, route->prefix);
    put_path_parameters(writer, route->pattern);
    for (const char *const *key = route->query_keys; *key; key++)
        put_parameter(writer, text_of(*key), "query");
    shapes_each_of(route->handler, ROW_QUERY, writer, put_query);
    writer_end_array(writer);
}

static void put_body(struct writer *writer, const struct route *route)
{
    if (strcmp(route->method, "GET") == 0 || strcmp(route->method, "DELETE") == 0)
        return;
    writer_member_raw(writer, "requestBody",
                      TEXT("{\"content\":{\"application/json\":{\"schema\":{}}}}"));
}

/* A unique name: the method and the path, with `_` between the words. */
static void put_operation_id(struct writer *writer, const struct route *route)
{
    char id[160];
    size_t length = 0;

    snprintf(id, sizeof(id), "%s%s%s", route->method, route->prefix, route->pattern);
    for (const char *at = id; *at; at++) {
        bool is_word = isalnum((unsigned char)*at);
        if (is_word)
            id[length++] = (char)tolower((unsigned char)*at);
        else if (length > 0 && id[length - 1] != '_')
            id[length++] = '_';
    }
    id[length > 0 && id[length - 1] == '_' ? length - 1 : length] = '\0';
    schema_put_text(writer, "operationId", id);
}

static void put_operation(struct writer *writer, const struct route *route)
{
    bool is_control = route->access == ADMIN || route->access == STEER;
    char method[8] = "";

    for (size_t i = 0; route->method[i]; i++)
        method[i] = (char)tolower((unsigned char)route->method[i]);
    writer_text_key(writer, text_of(method));
    writer_object(writer);
    put_operation_id(writer, route);
    writer_member_array(writer, "tags");
    writer_text(writer, route->is_of_pod ? TEXT("pod")
                        : is_control     ? TEXT("control")
                                         : TEXT("api"));
    writer_end_array(writer);
    if (route->access == BASIC)
        writer_member_raw(writer, "security", TEXT("[{\"bearer\":[]},{\"basic\":[]}]"));
    else if (route->access == PASSWORD)
        writer_member_raw(writer, "security", TEXT("[{\"bearer\":[]}]"));
    else if (needs_token(route)) /* only with --require-auth or --admin-token */
        writer_member_raw(writer, "security", TEXT("[{},{\"bearer\":[]}]"));
    put_parameters(writer, route);
    put_body(writer, route);
    put_responses(writer, route);
    writer_end_object(writer);
}

static bool have_same_path(const struct route *one, const struct route *other)
{
    return strcmp(one->prefix, other->prefix) == 0 && strcmp(one->pattern, other->pattern) == 0;
}

static bool is_first_of_path(const struct route *route)
{
    for (const struct route *earlier = routes; earlier < route; earlier++)
        if (have_same_path(earlier, route))
            return false;
    return true;
}

static void put_paths(struct writer *writer)
{
    char path[160];

    writer_member_object(writer, "paths");
    for (const struct route *route = routes; route < routes + ROUTES; route++) {
        if (!is_first_of_path(route))
            continue;
        buffer_put_char(writer->out, '\n');
        snprintf(path, sizeof(path), "%s%s", route->prefix, route->pattern);
        writer_text_key(writer, text_of(path));
        writer_object(writer);
        for (const struct route *each = route; each < routes + ROUTES; each++)
            if (have_same_path(each, route))
                put_operation(writer, each);
        writer_end_object(writer);
    }
    writer_end_object(writer);
}

/* --- the document --- */

void document_put(struct writer *writer, const char *version)
{
    writer_object(writer);
    schema_put_text(writer, "openapi", "3.1.0");
    writer_member_object(writer, "info");
    schema_put_text(writer, "title", "pool-manager-mock");
    schema_put_text(writer, "version", version);
    schema_put_description(
        writer, "A mock of the Pool Manager. Below /_pod/{pod}/{port} are the addresses of a "
                "pod's own ports in the `path` form; with hosts of their own, pods have the "
                "same routes there. Fault rules can change any answer.");
    writer_member_raw(writer, "license", TEXT("{\"name\":\"MIT\",\"identifier\":\"MIT\"}"));
    writer_end_object(writer);
    /* relative to the document, so it is right under any mount and tenant */
    writer_member_raw(writer, "servers", TEXT("[{\"url\":\"..\"}]"));
    put_paths(writer);
    writer_member_object(writer, "components");
    schemas_put(writer);
    schemas_put_errors(writer);
    writer_member_raw(writer, "securitySchemes",
                      TEXT("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
                           "\"basic\":{\"type\":\"http\",\"scheme\":\"basic\"}}"));
    writer_end_object(writer);
    writer_end_object(writer);
}
