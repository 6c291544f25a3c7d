/* SPDX-License-Identifier: MIT */
#include "http/message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/base64.h"

static const struct text method_names[HTTP_METHOD__MAX] = {
#define METHOD(name) [HTTP_##name] = {#name, sizeof(#name) - 1},
#include "http/method.def"
#undef METHOD
    [HTTP_OTHER] = {"other", 5},
};

enum http_method http_method_of(struct text name)
{
    for (enum http_method method = 0; method < HTTP_OTHER; method++)
        if (text_equal(name, method_names[method]))
            return method;
    return HTTP_OTHER;
}

const char *http_method_name(enum http_method method)
{
    return method_names[method].at;
}

/* Returns the chain of a name that is not empty. Takes its last byte, since many names share a
 * prefix, such as HTTP_. */
static size_t chain_of(struct text name)
{
    return (3 * name.length + (unsigned char)name.at[name.length - 1]) % REQUEST_CHAINS;
}

bool request_set_variables(struct request *request, const struct variable *variables, size_t count,
                           struct arena *arena)
{
    uint32_t *earlier = arena_alloc(arena, count * sizeof(*earlier));

    if (!earlier)
        return false;
    request->variables = variables;
    request->variables_count = count;
    request->earlier = earlier;
    memset(request->latest, 0, sizeof(request->latest));
    for (size_t i = 0; i < count; i++) {
        if (variables[i].name.length == 0)
            continue;
        uint32_t *latest = &request->latest[chain_of(variables[i].name)];
        earlier[i] = *latest;
        *latest = (uint32_t)i + 1;
    }
    return true;
}

/* Returns the last variable with that name among those from `at` on backwards in its chain; 0:
 * none. */
static uint32_t find_variable(const struct request *request, struct text name, uint32_t at)
{
    while (at != 0 && !text_equal(request->variables[at - 1].name, name))
        at = request->earlier[at - 1];
    return at;
}

static uint32_t find_last(const struct request *request, struct text name)
{
    return name.length > 0 ? find_variable(request, name, request->latest[chain_of(name)]) : 0;
}

struct text request_variable(const struct request *request, struct text name)
{
    uint32_t at = find_last(request, name);

    return at ? request->variables[at - 1].value : (struct text){0};
}

bool request_repeats(const struct request *request, struct text name)
{
    uint32_t at = find_last(request, name);

    return at && find_variable(request, name, request->earlier[at - 1]);
}

static bool equal_ignoring_case(struct text a, struct text b)
{
    return a.length == b.length && strncasecmp(a.at, b.at, a.length) == 0;
}

bool request_upgrades_to(const struct request *request, struct text protocol)
{
    struct text rest = request_variable(request, TEXT("HTTP_UPGRADE")), word;

    while (text_cut(&rest, ',', &word))
        if (equal_ignoring_case(text_trim(word, ' '), protocol))
            return true;
    return false;
}

/* Returns true if the parameters of a media range have the weight 0: `q=0`, `q=0.0`. */
static bool weighs_nothing(struct text parameters)
{
    struct text parameter, key;

    while (text_cut(&parameters, ';', &parameter)) {
        if (!text_cut(&parameter, '=', &key) ||
            !equal_ignoring_case(text_trim(key, ' '), TEXT("q")))
            continue;
        for (size_t i = 0; i < parameter.length; i++)
            if (parameter.at[i] >= '1' && parameter.at[i] <= '9')
                return false;
        return true;
    }
    return false;
}

bool request_accepts(const struct request *request, struct text media_type)
{
    struct text rest = request_variable(request, TEXT("HTTP_ACCEPT")), range, type;

    while (text_cut(&rest, ',', &range))
        if (text_cut(&range, ';', &type) && equal_ignoring_case(text_trim(type, ' '), media_type))
            return !weighs_nothing(range);
    return false;
}

struct text http_bearer_token(struct text authorization)
{
    const struct text scheme = TEXT("Bearer ");

    return text_starts_with(authorization, scheme) ? text_from(authorization, scheme.length)
                                                   : (struct text){0};
}

struct text http_basic_password(struct text authorization, struct arena *arena)
{
    const struct text scheme = TEXT("Basic ");
    struct text rest, user;

    if (!text_starts_with(authorization, scheme) ||
        !base64_decode(text_from(authorization, scheme.length), arena, &rest) ||
        !text_cut(&rest, ':', &user))
        return (struct text){0};
    return rest;
}

struct response response_new(void)
{
    return (struct response){.headers = buffer_new(RESPONSE_HEADERS_MAX),
                             .body = buffer_new(RESPONSE_BODY_MAX)};
}

void response_end_continuation(struct response *response)
{
    if (response->continuation)
        response->continuation->free(response->continuation);
    response->continuation = NULL;
}

void response_end_feed(struct response *response)
{
    if (response->feed)
        response->feed->free(response->feed);
    response->feed = NULL;
}

void response_free(struct response *response)
{
    response_end_continuation(response);
    response_end_feed(response);
    buffer_free(&response->headers);
    buffer_free(&response->body);
    *response = response_new();
}

void response_clear(struct response *response)
{
    response_end_continuation(response);
    response_end_feed(response);
    buffer_clear(&response->headers);
    buffer_clear(&response->body);
    response->status = 0;
    response->content_type = NULL;
    response->body_unsent = false;
    response->withheld_bytes = 0;
    response->passed_at_once = false;
}

bool http_header_name_is_valid(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.at[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') &&
            (byte == '\0' || !strchr("!#$%&'*+-.^_`|~", byte)))
            return false;
    }
    return name.length > 0;
}

bool http_header_value_is_valid(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.at[i];
        if ((byte < 0x20 && byte != '\t') || byte >= 0x7F)
            return false;
    }
    return true;
}

void response_add_header(struct response *response, const char *name, struct text value)
{
    if (!http_header_value_is_valid(value))
        return;
    buffer_put_text(&response->headers, text_of(name));
    buffer_put_text(&response->headers, TEXT(": "));
    buffer_put_text(&response->headers, value);
    buffer_put_text(&response->headers, TEXT("\r\n"));
}

void response_pass_at_once(struct response *response)
{
    response_add_header(response, "X-Accel-Buffering", TEXT("no"));
    response->passed_at_once = true;
}

const char *http_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

void response_write_head(const struct response *response, bool whole, struct buffer *out)
{
    if (response->content_type) {
        buffer_put_text(out, TEXT("Content-Type: "));
        buffer_put_text(out, text_of(response->content_type));
        buffer_put_text(out, TEXT("\r\n"));
    }
    bool length_known = whole && response->status != 204 &&
                        !(response->body_unsent && response->body.length == 0);
    if (length_known) {
        buffer_put_text(out, TEXT("Content-Length: "));
        buffer_put_number(out, (int64_t)(response->body.length + response->withheld_bytes));
        buffer_put_text(out, TEXT("\r\n"));
    }
    buffer_put_text(out, buffer_text(&response->headers));
    buffer_put_text(out, TEXT("Status: "));
    buffer_put_number(out, response->status);
    buffer_put_char(out, ' ');
    buffer_put_text(out, text_of(http_reason(response->status)));
    buffer_put_text(out, TEXT("\r\n\r\n"));
}
