/* SPDX-License-Identifier: MIT */
#include "model/pod_address.h"

#include <string.h>

/* The form "mock". Nothing answers at these URLs. */
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

/* Removes the text up to and including the first placeholder from the front of a template; sets
 * `before` to the text before it, and `name` to its name. The name of a placeholder without its
 * closing brace keeps the opening one, so it is never a known name. Returns false if there is no
 * placeholder. */
static bool cut_placeholder(struct text *rest, struct text *before, struct text *name)
{
    if (!text_cut(rest, '{', before) || !rest->at)
        return false;
    text_cut(rest, '}', name);
    if (!rest->at)
        *name = (struct text){name->at - 1, name->length + 1};
    return true;
}

static const struct {
    struct text name;
    enum pod_filling filling;
} placeholders[] = {
    {{"pod", 3}, POD_FILL_POD},       {{"port", 4}, POD_FILL_PORT},   {{"base", 4}, POD_FILL_BASE},
    {{"scheme", 6}, POD_FILL_SCHEME}, {{"front", 5}, POD_FILL_FRONT},
};

static enum pod_filling filling_of(struct text name)
{
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
        if (text_equal(name, placeholders[i].name))
            return placeholders[i].filling;
    return POD_FILL_NOTHING;
}

/* Parses a template. Returns false if it has too many parts. Sets `unknown` to the name of a
 * placeholder that is not known, or absent. */
static bool parse_template(struct text template, struct pod_template *out, struct text *unknown)
{
    struct text rest = template, name;
    bool more = true;

    *out = (struct pod_template){.count = 0};
    *unknown = (struct text){0};
    while (more && out->count < POD_TEMPLATE_PARTS_MAX) {
        more = cut_placeholder(&rest, &out->parts[out->count].before, &name);
        enum pod_filling filling = more ? filling_of(name) : POD_FILL_NOTHING;
        if (more && filling == POD_FILL_NOTHING)
            *unknown = name;
        out->parts[out->count++].filling = filling;
    }
    return !more;
}

static int count_fillings(const struct pod_template *template, enum pod_filling filling)
{
    int count = 0;

    for (size_t i = 0; i < template->count; i++)
        count += template->parts[i].filling == filling;
    return count;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Returns true if {port} is next to a digit, or to a placeholder, whose value may have one: clients
 * could not find the port number in the URL. */
static bool port_touches_digits(const struct pod_template *template)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].filling != POD_FILL_PORT)
            continue;
        struct text before = template->parts[i].before, after = template->parts[i + 1].before;
        bool is_last = i + 2 == template->count;
        if (before.length == 0 ? i > 0 : is_digit(before.at[before.length - 1]))
            return true;
        if (after.length == 0 ? !is_last : is_digit(after.at[0]))
            return true;
    }
    return false;
}

static bool has_invalid_byte(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] <= ' ' || strchr("\"\\<>", text.at[i]))
            return true;
    return false;
}

/* An option whose value is a template, and how often that contains {port}. */
struct template_option {
    const char *name, *placeholders;
    int ports;
};

static const struct template_option pod_url = {"--pod-url", "{pod}, {base}, {scheme}, {front}", 0};
static const struct template_option pod_port_url = {"--pod-port-url",
                                                    "{pod}, {port}, {base}, {scheme}, {front}", 1};

static enum err refuse(const struct template_option *option, const char *why,
                       struct problem *problem)
{
    return problem_set(problem, ERR_BAD_REQUEST, "%s: %s", option->name, why);
}

static enum err read_template(struct text text, const struct template_option *option,
                              struct pod_template *out, struct problem *problem)
{
    struct text unknown;
    bool is_whole = parse_template(text, out, &unknown);

    if (unknown.at)
        return problem_set(problem, ERR_BAD_REQUEST, "%s: {%.*s} is not known; use %s",
                           option->name, TEXT_ARGS(unknown), option->placeholders);
    if (!is_whole)
        return refuse(option, "the template has too many placeholders", problem);
    if (count_fillings(out, POD_FILL_PORT) != option->ports)
        return refuse(option,
                      option->ports ? "the template must contain {port} exactly once"
                                    : "the template must not contain {port}; use --pod-port-url",
                      problem);
    if (holds(text, "15551") || holds(text, "15552"))
        return refuse(option, "the template must not contain 15551 or 15552; use {port} for them",
                      problem);
    if (has_invalid_byte(text))
        return refuse(option,
                      "the template must be visible ASCII without quotes, backslashes, < and >",
                      problem);
    if (port_touches_digits(out))
        return refuse(option, "the template must not have a digit or a placeholder next to {port}",
                      problem);
    return OK;
}

static bool needs_front(const struct pod_template *template)
{
    return count_fillings(template, POD_FILL_BASE) + count_fillings(template, POD_FILL_SCHEME) +
               count_fillings(template, POD_FILL_FRONT) >
           0;
}

enum err pod_templates_read(struct text pod, struct text pod_port, struct pod_templates *out,
                            struct problem *problem)
{
    *out = (struct pod_templates){0};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!text_equal(pod, text_of(forms[i].word)))
            continue;
        pod = text_of(forms[i].pod);
        if (pod_port.length == 0)
            pod_port = text_of(forms[i].pod_port);
        break;
    }
    enum err err = read_template(pod, &pod_url, &out->pod, problem);
    if (err)
        return err;
    if (pod_port.length == 0)
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--pod-url: expected mock, path or host, not '%.*s'; with a template "
                           "give --pod-port-url too",
                           TEXT_ARGS(pod));
    err = read_template(pod_port, &pod_port_url, &out->pod_port, problem);
    out->need_base = !err && (needs_front(&out->pod) || needs_front(&out->pod_port));
    return err;
}

static bool is_url_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || (byte && strchr(".-_~:/[]%@!$()*+,;=", byte));
}

bool pod_base_read(struct text base, struct pod_base *out)
{
    while (base.length > 0 && base.at[base.length - 1] == '/')
        base.length--;
    const char *separator = base.length ? memmem(base.at, base.length, "://", 3) : NULL;
    if (!separator || separator == base.at || base.length > POD_BASE_TEXT_MAX / 2)
        return false;
    for (size_t i = 0; i < base.length; i++)
        if (!is_url_byte(base.at[i]))
            return false;
    if (holds(base, "15551") || holds(base, "15552"))
        return false;
    size_t scheme = (size_t)(separator - base.at);
    struct text rest = text_from(base, scheme + 3), authority;
    text_cut(&rest, '/', &authority);
    if (authority.length == 0)
        return false;
    const char *bracket = memrchr(authority.at, ']', authority.length);
    size_t from = bracket ? (size_t)(bracket - authority.at) : 0;
    const char *colon = memchr(authority.at + from, ':', authority.length - from);
    *out = (struct pod_base){
        .base = base,
        .scheme = {base.at, scheme},
        .port = colon ? text_from(authority, (size_t)(colon - authority.at)) : TEXT(""),
    };
    return true;
}

void pod_base_copy(const struct pod_base *base, char text[static POD_BASE_TEXT_MAX],
                   struct pod_base *out)
{
    struct text copy = {text, base->base.length};

    *out = (struct pod_base){0};
    if (base->base.length == 0)
        return;
    memcpy(text, base->base.at, base->base.length);
    pod_base_read(copy, out);
}

static void put_filled(struct buffer *out, const struct pod_template *template,
                       const struct pod_base *base, struct text pod, int port)
{
    for (size_t i = 0; i < template->count; i++) {
        buffer_put_text(out, template->parts[i].before);
        switch (template->parts[i].filling) {
        case POD_FILL_NOTHING:
            break;
        case POD_FILL_POD:
            buffer_put_text(out, pod);
            break;
        case POD_FILL_PORT:
            buffer_put_number(out, port);
            break;
        case POD_FILL_BASE:
            buffer_put_text(out, base->base);
            break;
        case POD_FILL_SCHEME:
            buffer_put_text(out, base->scheme);
            break;
        case POD_FILL_FRONT:
            buffer_put_text(out, base->port);
            break;
        }
    }
}

/* Writes the form `mock`, which needs no base. */
static void put_unreachable(struct buffer *out, struct text pod, int port)
{
    struct pod_template template;
    struct text unknown;

    parse_template(text_of(port == POD_PORT_NONE ? mock_pod : mock_pod_port), &template, &unknown);
    put_filled(out, &template, &(struct pod_base){0}, pod, port);
}

void pod_put_address(struct buffer *out, const struct pod_templates *templates,
                     const struct pod_base *base, struct text pod, int port)
{
    if (templates->need_base && base->base.length == 0)
        put_unreachable(out, pod, port);
    else
        put_filled(out, port == POD_PORT_NONE ? &templates->pod : &templates->pod_port, base, pod,
                   port);
}

static bool ends_authority(char byte)
{
    return byte == '/' || byte == '?' || byte == '#';
}

/* Returns the host of a URL: its authority without a user and a port. */
static struct text host_of(struct text url)
{
    const char *separator = url.length > 0 ? memmem(url.at, url.length, "://", 3) : NULL;
    struct text rest = separator ? text_from(url, (size_t)(separator - url.at) + 3) : url, host;

    host = (struct text){rest.at, 0};
    while (host.length < rest.length && !ends_authority(rest.at[host.length]))
        host.length++;
    const char *user_end = host.length > 0 ? memrchr(host.at, '@', host.length) : NULL;
    if (user_end)
        host = text_from(host, (size_t)(user_end - host.at) + 1);
    const char *bracket = host.length > 0 ? memrchr(host.at, ']', host.length) : NULL;
    size_t from = bracket ? (size_t)(bracket - host.at) : 0;
    const char *colon = host.length > 0 ? memchr(host.at + from, ':', host.length - from) : NULL;
    if (colon)
        host.length = (size_t)(colon - host.at);
    return host;
}

void pod_put_host(struct buffer *out, const struct pod_templates *templates,
                  const struct pod_base *base, struct text pod)
{
    size_t before = out->length;

    pod_put_address(out, templates, base, pod, POD_PORT_NONE);
    if (out->failed)
        return;
    struct text host = host_of(text_from(buffer_text(out), before));
    memmove(out->bytes + before, host.at, host.length);
    out->length = before + host.length;
}
