/* SPDX-License-Identifier: MIT
 *
 * GET of BASE/ and of __admin/: the index. It shows the program and the links to its GET routes,
 * made from the table of routes. A link to a route with parameters has them in braces. */
#include <string.h>

#include "call/handler.h"

static const struct row {
    const char *method, *pattern;
    enum operation operation;
} rows[] = {
#define ROUTE(method, pattern, operation, handle, effect, access, ...) \
    {#method, pattern, OPERATION_##operation},
#include "call/routes.def"
#undef ROUTE
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char admin[] = "__admin", below_admin[] = "__admin/";

static void put_link(struct call *call, struct writer *writer, const char *key, const char *pattern)
{
    writer_text_key(writer, text_of(key));
    writer_begin_text(writer);
    buffer_put_escaped(writer->out, call->mount);
    buffer_put_char(writer->out, '/');
    buffer_put_text(writer->out, text_of(pattern));
    writer_end_text(writer);
}

/* True if an earlier row has the same operation: that row is the plain form of the route. */
static bool is_there_before(int at)
{
    for (int i = 0; i < at; i++)
        if (rows[i].operation == rows[at].operation && strcmp(rows[i].method, "GET") == 0)
            return true;
    return false;
}

/* Writes the links to the GET routes below __admin, or to all others. */
static void put_links(struct call *call, struct writer *writer, bool of_admin)
{
    for (int i = 0; i < ROWS; i++) {
        bool is_admin = strncmp(rows[i].pattern, below_admin, strlen(below_admin)) == 0;
        bool is_index = rows[i].pattern[0] == '\0' || strcmp(rows[i].pattern, admin) == 0;
        if (strcmp(rows[i].method, "GET") != 0 || is_index || is_admin != of_admin)
            continue;
        if (is_admin)
            put_link(call, writer, rows[i].pattern + strlen(below_admin), rows[i].pattern);
        else if (!is_there_before(i))
            put_link(call, writer, operation_name(rows[i].operation), rows[i].pattern);
    }
}

static enum err answer(struct call *call, bool of_admin)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_member_text(&writer, "service", TEXT("pool-manager-mock"));
    writer_member_text(&writer, "version", text_of(call->api->version));
    writer_member_object(&writer, "links");
    put_links(call, &writer, of_admin);
    put_link(call, &writer, of_admin ? "index" : "admin", of_admin ? "" : below_admin);
    writer_end_object(&writer);
    return call_end_answer(call, &writer);
}

enum err handle_index(struct call *call)
{
    return answer(call, false);
}

enum err handle_admin_index(struct call *call)
{
    return answer(call, true);
}
