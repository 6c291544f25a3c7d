/* SPDX-License-Identifier: MIT
 *
 * GET of BASE/ and of __admin/: a page for a browser, the index for any other client. The index
 * shows the program and the links to its GET routes, made from the table of routes. A link to a
 * route with parameters has them in braces. */
#include <stdio.h>
#include <string.h>

#include "call/handler.h"
#include "page/files.h"

static const struct row {
    const char *method, *pattern, *access;
    enum operation operation;
} rows[] = {
#define ROUTE(method, pattern, operation, handle, effect, access, ...) \
    {#method, pattern, #access, OPERATION_##operation},
#include "call/routes.def"
#undef ROUTE
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), LOCATION_MAX = 1024 };

static const char below_admin[] = "__admin/";

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
        bool is_index = strcmp(rows[i].access, "INDEX") == 0;
        if (strcmp(rows[i].method, "GET") != 0 || is_index || is_admin != of_admin)
            continue;
        if (is_admin)
            put_link(call, writer, rows[i].pattern + strlen(below_admin), rows[i].pattern);
        else if (!is_there_before(i))
            put_link(call, writer, operation_name(rows[i].operation), rows[i].pattern);
    }
}

static enum err answer_links(struct call *call, bool of_admin)
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

/* Redirects to the same path with a slash at its end, which the relative links of a page need. The
 * location is relative too, so it holds behind a front end that changes the path. */
static enum err redirect_to_slash(struct call *call)
{
    struct text rest = call->path, segment;
    char location[LOCATION_MAX];

    while (text_cut(&rest, '/', &segment))
        continue;
    if (segment.length > sizeof(location) - sizeof(".//"))
        return ERR_PATH_TOO_LONG;
    snprintf(location, sizeof(location), "./%.*s/", TEXT_ARGS(segment));
    call->response->status = 307;
    response_add_header(call->response, "Location", text_of(location));
    return OK;
}

static enum err answer(struct call *call, bool of_admin)
{
    const char *page = of_admin ? "live.html" : "index.html";
    bool has_slash = call->path.length > 0 && call->path.at[call->path.length - 1] == '/';

    response_add_header(call->response, "Vary", TEXT("Accept"));
    if (!request_accepts(call->request, TEXT("text/html")))
        return answer_links(call, of_admin);
    return has_slash ? files_answer(call, text_of(page)) : redirect_to_slash(call);
}

enum err handle_index(struct call *call)
{
    return answer(call, false);
}

enum err handle_admin_index(struct call *call)
{
    return answer(call, true);
}
