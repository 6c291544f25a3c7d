/* SPDX-License-Identifier: MIT
 *
 * _echo at any port of a pod: shows the request as it arrived, for testing a front end's routing.
 * Secrets are masked. A WebSocket there sends messages back. */
#include <ctype.h>
#include <string.h>

#include "call/handler.h"
#include "base/hash.h"
#include "call/upgrade.h"
#include "pods/echo_socket.h"

enum { HEADER_NAME_MAX = 256 };

/* True if the name has the word between separators (`-`, `_`) or its ends. */
static bool has_whole_word(const char *name, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = strstr(name, word); at; at = strstr(at + 1, word))
        if ((at == name || strchr("-_", at[-1])) && strchr("-_", at[length]))
            return true;
    return false;
}

/* True if a header, a variable or a query's key holds a secret: its name contains one of `parts`,
 * or one of `words` as a whole word. An escape counts as a part, since it could hide one. */
static bool names_a_secret(struct text name)
{
    static const char *const parts[] = {"AUTHORIZATION", "COOKIE", "TOKEN",   "SECRET", "PASSWORD",
                                        "API_KEY",       "APIKEY", "API-KEY", "%"};
    static const char *const words[] = {"AUTH", "JWT", "PASSWD", "PAT", "PW", "SESSION", "SIG"};
    char capitals[HEADER_NAME_MAX];
    size_t length = name.length < sizeof(capitals) - 1 ? name.length : sizeof(capitals) - 1;

    for (size_t i = 0; i < length; i++)
        capitals[i] = (char)toupper((unsigned char)name.at[i]);
    capitals[length] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(capitals, parts[i]))
            return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has_whole_word(capitals, words[i]))
            return true;
    return false;
}

static bool separates_pairs(char byte)
{
    return byte == '&' || byte == ';' || byte == '?' || byte == '#';
}

/* Cuts the text before the next separator off the front. */
static struct text cut_pair(struct text *rest)
{
    struct text pair = {rest->at, 0};

    while (pair.length < rest->length && !separates_pairs(rest->at[pair.length]))
        pair.length++;
    *rest = text_from(*rest, pair.length);
    return pair;
}

/* Writes a query, or the rest of a URL from its query or fragment on, with the values of secret
 * keys masked. `before` is written first, unchanged. */
static void put_query(struct call *call, struct writer *writer, struct text before,
                      struct text query)
{
    struct buffer shown = buffer_new(2 * (before.length + query.length) + 64);
    struct text rest = query;

    buffer_put_text(&shown, before);
    while (rest.length > 0) {
        struct text value = cut_pair(&rest), name;
        text_cut(&value, '=', &name);
        buffer_put_text(&shown, name);
        if (value.at)
            buffer_put_char(&shown, '=');
        if (value.at && names_a_secret(name))
            secret_put_masked(&shown, value);
        else if (value.at)
            buffer_put_text(&shown, value);
        if (rest.length > 0)
            buffer_put_char(&shown, *rest.at);
        rest = text_from(rest, rest.length > 0);
    }
    writer_text(writer, buffer_text(&shown));
    call->response->body.failed |= shown.failed;
    buffer_free(&shown);
}

static size_t find_query_or_fragment(struct text url)
{
    size_t at = 0;

    while (at < url.length && url.at[at] != '?' && url.at[at] != '#')
        at++;
    return at;
}

static void show_variable(struct call *call, struct writer *writer, const struct variable *variable)
{
    struct text value = variable->value;
    size_t query = find_query_or_fragment(value);

    if (names_a_secret(variable->name))
        view_masked(writer, value);
    else if (text_equal(variable->name, TEXT("QUERY_STRING")))
        put_query(call, writer, TEXT(""), value);
    else if (query < value.length)
        put_query(call, writer, (struct text){value.at, query + 1}, text_from(value, query + 1));
    else
        writer_text(writer, value);
}

/* Makes x-forwarded-for of HTTP_X_FORWARDED_FOR. False for a variable that is not a header. */
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

/* Finds the variables that count: the last of each name, as for every handler. Returns a flag for
 * each variable, in the arena; NULL without memory. Uses a hash table, since a request may have
 * thousands of variables. */
static const bool *find_last_ones(const struct request *request, struct arena *arena)
{
    const struct hash_key key = hash_key_new();
    size_t count = request->variables_count, size = 1;

    while (size < 2 * count)
        size *= 2;
    bool *is_last = arena_alloc(arena, count + 1);
    size_t *seen = arena_alloc(arena, size * sizeof(*seen)); /* indices, each with 1 added */
    if (!is_last || !seen)
        return NULL;
    memset(seen, 0, size * sizeof(*seen));
    for (size_t i = count; i-- > 0;) {
        struct text name = request->variables[i].name;
        size_t at = hash_text(key, name) & (size - 1);
        while (seen[at] && !text_equal(request->variables[seen[at] - 1].name, name))
            at = (at + 1) & (size - 1);
        is_last[i] = seen[at] == 0;
        if (is_last[i])
            seen[at] = i + 1;
    }
    return is_last;
}

static void show_headers(struct call *call, struct writer *writer, const bool *is_last)
{
    const struct request *request = call->request;
    char name[HEADER_NAME_MAX];
    struct text header;

    writer_object(writer);
    for (size_t i = 0; i < request->variables_count; i++) {
        if (!is_last[i] || request->variables[i].value.length == 0 ||
            !header_name(request->variables[i].name, name, &header))
            continue;
        writer_text_key(writer, header);
        show_variable(call, writer, &request->variables[i]);
    }
    writer_end_object(writer);
}

static void show_cgi(struct call *call, struct writer *writer, const bool *is_last)
{
    const struct request *request = call->request;

    writer_object(writer);
    for (size_t i = 0; i < request->variables_count; i++) {
        if (!is_last[i])
            continue;
        writer_text_key(writer, request->variables[i].name);
        show_variable(call, writer, &request->variables[i]);
    }
    writer_end_object(writer);
}

static void show_given(struct call *call, struct writer *writer, struct text variable)
{
    struct text value = request_variable(call->request, variable);

    writer_text(writer, text_or_absent(value));
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

static enum err show_request(struct call *call)
{
    const bool *is_last = find_last_ones(call->request, call->arena);

    if (!is_last)
        return ERR_NO_MEMORY;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "pool", call->pod->pool_name);
    writer_key(&writer, "podId");
    view_pod_id(&writer, call->pod);
    writer_member_number_or_null(&writer, "port", call->pod_port);
    writer_member_text(&writer, "state", text_of(pod_state_name(call->pod->state)));
    writer_member_text(&writer, "claimedBy", call->pod->claimed_by);
    writer_member_text(&writer, "method", call->request->method_name);
    writer_member_text(&writer, "path", call->pod_path);
    writer_key(&writer, "query");
    put_query(call, &writer, TEXT(""), text_or_empty(call->query));
    writer_key(&writer, "headers");
    show_headers(call, &writer, is_last);
    writer_key(&writer, "forwarded");
    show_forwarded(call, &writer);
    writer_key(&writer, "cgi");
    show_cgi(call, &writer, is_last);
    return call_end_answer(call, &writer);
}

enum err handle_pod_echo(struct call *call)
{
    return call_is_upgrade(call) ? echo_socket_begin(call) : show_request(call);
}
