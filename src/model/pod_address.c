/* SPDX-License-Identifier: MIT */
#include "model/pod_address.h"

#include <string.h>

/* The source document's, which nothing answers at. */
static const char mock_pod[] = "https://{pod}.mock.sphinx.chat";
static const char mock_pod_port[] = "https://{pod}.mock.sphinx.chat:{port}";

static const struct {
    const char *word, *pod, *pod_port;
} forms[] = {
    {"mock", mock_pod, mock_pod_port},
    {"path", "{base}/_pod/{pod}", "{base}/_pod/{pod}/{port}"},
    {"host", "{scheme}://{pod}.pods.localhost{front}",
     "{scheme}://{pod}-{port}.pods.localhost{front}"},
};

static bool holds(struct text text, const char *piece)
{
    return text.length > 0 && memmem(text.at, text.length, piece, strlen(piece)) != NULL;
}

/* Cuts a template at its first placeholder: the text before it, and its name. False where there is
 * none. */
static bool cut_placeholder(struct text *rest, struct text *before, struct text *name)
{
    if (!text_cut(rest, '{', before) || !rest->at)
        return false;
    return text_cut(rest, '}', name) && rest->at;
}

static bool is_front_placeholder(struct text name)
{
    return text_equal(name, TEXT("base")) || text_equal(name, TEXT("scheme")) ||
           text_equal(name, TEXT("front"));
}

static enum err check_template(struct text template, bool with_port, bool *needs_front,
                               struct problem *problem)
{
    struct text rest = template, before, name;
    int ports = 0;

    while (cut_placeholder(&rest, &before, &name)) {
        ports += text_equal(name, TEXT("port"));
        *needs_front |= is_front_placeholder(name);
        if (!text_equal(name, TEXT("pod")) && !text_equal(name, TEXT("port")) &&
            !is_front_placeholder(name))
            return problem_set(problem, ERR_BAD_REQUEST,
                               "a pod's URL has {pod}, {port}, {base}, {scheme} and {front} in it, "
                               "not {%.*s}",
                               TEXT_ARGS(name));
    }
    if (ports != with_port)
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--pod-port-url needs {port} once, --pod-url not at all");
    if (holds(template, "15551") || holds(template, "15552"))
        return problem_set(problem, ERR_BAD_REQUEST,
                           "a pod's URL may not hold 15551 or 15552 but for {port}");
    for (size_t i = 0; i < template.length; i++)
        if (template.at[i] <= ' ' || strchr("\"\\<>", template.at[i]))
            return problem_set(problem, ERR_BAD_REQUEST,
                               "a pod's URL may not hold spaces, quotes, backslashes, < or >");
    return OK;
}

enum err pod_templates_read(struct text pod, struct text pod_port, struct pod_templates *out,
                            struct problem *problem)
{
    *out = (struct pod_templates){.pod = pod, .pod_port = pod_port};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!text_equal(pod, text_of(forms[i].word)))
            continue;
        out->pod = text_of(forms[i].pod);
        if (pod_port.length == 0)
            out->pod_port = text_of(forms[i].pod_port);
    }
    if (out->pod_port.length == 0)
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--pod-url with a template needs --pod-port-url too");
    enum err err = check_template(out->pod, false, &out->need_front, problem);
    return err ? err : check_template(out->pod_port, true, &out->need_front, problem);
}

static bool is_url_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (byte && strchr(".-_~:/[]%@!$()*+,;=", byte));
}

bool pod_front_read(struct text base, struct pod_front *out)
{
    const char *separator = base.length ? memmem(base.at, base.length, "://", 3) : NULL;

    if (!separator || separator == base.at || base.length > POD_FRONT_TEXT_MAX / 2)
        return false;
    for (size_t i = 0; i < base.length; i++)
        if (!is_url_byte(base.at[i]))
            return false;
    if (holds(base, "15551") || holds(base, "15552"))
        return false;
    size_t scheme = (size_t)(separator - base.at);
    struct text rest = text_from(base, scheme + 3), authority;
    text_cut(&rest, '/', &authority);
    const char *bracket = authority.length ? memrchr(authority.at, ']', authority.length) : NULL;
    size_t from = bracket ? (size_t)(bracket - authority.at) : 0;
    const char *colon = authority.length ? memchr(authority.at + from, ':', authority.length - from)
                                         : NULL;
    *out = (struct pod_front){
        .base = base,
        .scheme = {base.at, scheme},
        .port = colon ? text_from(authority, (size_t)(colon - authority.at)) : TEXT(""),
    };
    return authority.length > 0;
}

void pod_front_copy(const struct pod_front *front, char text[static POD_FRONT_TEXT_MAX],
                    struct pod_front *out)
{
    struct text copy = {text, front->base.length};

    *out = (struct pod_front){0};
    if (front->base.length == 0)
        return;
    memcpy(text, front->base.at, front->base.length);
    pod_front_read(copy, out);
}

static void put_filled(struct buffer *out, struct text template, const struct pod_front *front,
                       const struct pod *pod, int port)
{
    struct text rest = template, before, name;

    while (cut_placeholder(&rest, &before, &name)) {
        buffer_put_text(out, before);
        if (text_equal(name, TEXT("pod")))
            pod_put_subdomain(out, pod);
        else if (text_equal(name, TEXT("port")))
            buffer_put_number(out, port);
        else if (text_equal(name, TEXT("base")))
            buffer_put_text(out, front->base);
        else if (text_equal(name, TEXT("scheme")))
            buffer_put_text(out, front->scheme);
        else
            buffer_put_text(out, front->port);
    }
    buffer_put_text(out, before);
}

void pod_put_address(struct buffer *out, const struct pod_templates *templates,
                     const struct pod_front *front, const struct pod *pod, int port)
{
    bool usable = !templates->need_front || front->base.length > 0;

    if (port == POD_PORT_NONE)
        put_filled(out, usable ? templates->pod : text_of(mock_pod), front, pod, port);
    else
        put_filled(out, usable ? templates->pod_port : text_of(mock_pod_port), front, pod, port);
}
