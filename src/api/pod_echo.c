/* SPDX-License-Identifier: MIT
 *
 * _echo at any port of a pod: what arrived, for trying out routing. Secrets are masked. */
#include <ctype.h>
#include <string.h>

#include "api/handler.h"

enum { HEADER_NAME_MAX = 256 };

/* Words that make a header, a variable or a query's key a secret's; and so does an escape, which
 * could hide one. */
static bool names_a_secret(struct text name)
{
    static const char *const words[] = {"AUTHORIZATION", "COOKIE", "TOKEN",   "SECRET", "PASSWORD",
                                        "API_KEY",       "APIKEY", "API-KEY", "%"};
    char capitals[HEADER_NAME_MAX];
    size_t length = name.length < sizeof(capitals) - 1 ? name.length : sizeof(capitals) - 1;

    for (size_t i = 0; i < length; i++)
        capitals[i] = (char)toupper((unsigned char)name.at[i]);
    capitals[length] = '\0';
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strstr(capitals, words[i]))
            return true;
    return false;
}

/* A query, or a target with one, whose secrets are masked value by value. */
static void put_query(struct call *call, struct writer *writer, struct text before,
                      struct text query)
{
    struct buffer shown = buffer_new(2 * (before.length + query.length) + 64);
    struct text rest = query, pair, name;

    buffer_put_text(&shown, before);
    while (text_cut(&rest, '&', &pair)) {
        text_cut(&pair, '=', &name);
        buffer_put_text(&shown, name);
        if (pair.at)
            buffer_put_char(&shown, '=');
        if (pair.at && names_a_secret(name))
            secret_put_masked(&shown, pair);
        else if (pair.at)
            buffer_put_text(&shown, pair);
        if (rest.at)
            buffer_put_char(&shown, '&');
    }
    writer_text(writer, buffer_text(&shown));
    call->response->body.failed |= shown.failed;
    buffer_free(&shown);
}

static void show_variable(struct call *call, struct writer *writer, const struct variable *variable)
{
    struct text rest = variable->value, before;
    bool has_query = memchr(rest.at, '?', rest.length) != NULL;

    if (names_a_secret(variable->name)) {
        view_masked(writer, variable->value);
    } else if (text_equal(variable->name, TEXT("QUERY_STRING"))) {
        put_query(call, writer, TEXT(""), variable->value);
    } else if (has_query) {
        text_cut(&rest, '?', &before);
        put_query(call, writer, (struct text){before.at, before.length + 1}, rest);
    } else {
        writer_text(writer, variable->value);
    }
}

/* HTTP_X_FORWARDED_FOR as x-forwarded-for; false for a variable that is no header. */
static bool header_name(struct text variable, char name[static HEADER_NAME_MAX], struct text *out)
{
    const struct text prefix = TEXT("HTTP_");

    if (!text_starts_with(variable, prefix) || variable.length >= HEADER_NAME_MAX)
        return false;
    *out = (struct text){name, variable.length - prefix.length};
    for (size_t i = 0; i < out->length; i++) {
        char byte = variable.at[prefix.length + i];
        name[i] = byte == '_' ? '-' : (char)tolower((unsigned char)byte);
    }
    return true;
}

/* The last value of each name counts, as for every handler. */
static bool is_repeated(const struct request *request, size_t at)
{
    return request_variable(request, request->variables[at].name).at !=
           request->variables[at].value.at;
}

static void show_headers(struct call *call, struct writer *writer)
{
    const struct request *request = call->request;
    char name[HEADER_NAME_MAX];
    struct text header;

    writer_object(writer);
    for (size_t i = 0; i < request->variables_count; i++) {
        if (is_repeated(request, i) || request->variables[i].value.length == 0 ||
            !header_name(request->variables[i].name, name, &header))
            continue;
        writer_text_key(writer, header);
        show_variable(call, writer, &request->variables[i]);
    }
    writer_end_object(writer);
}

static void show_cgi(struct call *call, struct writer *writer)
{
    const struct request *request = call->request;

    writer_object(writer);
    for (size_t i = 0; i < request->variables_count; i++) {
        if (is_repeated(request, i))
            continue;
        writer_text_key(writer, request->variables[i].name);
        show_variable(call, writer, &request->variables[i]);
    }
    writer_end_object(writer);
}

static void show_given(struct call *call, struct writer *writer, struct text variable)
{
    struct text value = request_variable(call->request, variable);

    writer_text(writer, value.length > 0 ? value : (struct text){0});
}

static void show_forwarded(struct call *call, struct writer *writer)
{
    writer_object(writer);
    writer_key(writer, "proto");
    show_given(call, writer, TEXT("HTTP_X_FORWARDED_PROTO"));
    writer_key(writer, "host");
    show_given(call, writer, TEXT("HTTP_X_FORWARDED_HOST"));
    writer_key(writer, "prefix");
    show_given(call, writer, TEXT("HTTP_X_FORWARDED_PREFIX"));
    writer_key(writer, "for");
    show_given(call, writer, TEXT("HTTP_X_FORWARDED_FOR"));
    writer_end_object(writer);
}

enum err handle_pod_echo(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_key(&writer, "pool");
    writer_text(&writer, call->pod.pool_name);
    writer_key(&writer, "podId");
    view_pod_id(&writer, &call->pod);
    writer_key(&writer, "port");
    if (call->pod_port == POD_PORT_NONE)
        writer_null(&writer);
    else
        writer_number(&writer, call->pod_port);
    writer_key(&writer, "state");
    writer_text(&writer, text_of(pod_state_name(call->pod.state)));
    writer_key(&writer, "claimedBy");
    writer_text(&writer, call->pod.claimed_by);
    writer_key(&writer, "method");
    writer_text(&writer, call->request->method_name);
    writer_key(&writer, "path");
    writer_text(&writer, call->pod_path);
    writer_key(&writer, "query");
    put_query(call, &writer, TEXT(""), call->query.at ? call->query : TEXT(""));
    writer_key(&writer, "headers");
    show_headers(call, &writer);
    writer_key(&writer, "forwarded");
    show_forwarded(call, &writer);
    writer_key(&writer, "cgi");
    show_cgi(call, &writer);
    return call_end_answer(call, &writer);
}
