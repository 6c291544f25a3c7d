/* SPDX-License-Identifier: MIT */
#include "poolctl/ways.h"

#include <stdlib.h>
#include <string.h>

#include "model/name.h"
#include "poolctl/reply.h"
#include "poolctl/complain.h"
#include "poolctl/existence.h"
#include "poolctl/file.h"
#include "poolctl/follow.h"
#include "poolctl/relay.h"
#include "poolctl/body.h"
#include "poolctl/show.h"
#include "poolctl/transfer.h"

enum {
    PAGE_ITEMS = 1000,        /* the service's maximum */
    WAIT_MARGIN_MS = 5 * 1000 /* for the answer to a wait that has timed out */
};

struct session {
    const struct arguments *arguments;
    const struct transfer_config *config;
    struct transfer *transfer;
    struct buffer target; /* of the next request */
};

typedef int way_function(struct session *session);

static way_function run_plain, run_paged, run_from_file, run_rule, run_action, run_pairs, run_seed,
    run_verify, run_to_file, run_wait, run_named, run_events, run_relay;

static const struct route {
    const char *method;
    const char *path;
    way_function *way;
    show_function *show;
} routes[COMMAND__MAX] = {
#define COMMAND(id, words, arguments, method, path, way, show, help) \
    [COMMAND_##id] = {#method, path, run_##way, show},
#include "poolctl/commands.def"
#undef COMMAND
};

static const struct route *route_of(const struct session *session)
{
    return &routes[session->arguments->command];
}

static bool is_given(const struct session *session, enum option_id option)
{
    return session->arguments->options[option];
}

/* Puts the path of the row, with the argument in place of the braces. */
static void put_path(struct session *session)
{
    struct text rest = text_of(route_of(session)->path), piece;
    const char *argument = session->arguments->argument;

    text_cut(&rest, '{', &piece);
    buffer_put_text(&session->target, piece);
    if (!text_cut(&rest, '}', &piece))
        return;
    if (argument)
        transfer_put_encoded(&session->target, argument);
    else
        buffer_put_text(&session->target, piece);
    buffer_put_text(&session->target, rest);
}

static void put_parameter(struct session *session, const char *name, const char *value)
{
    struct text so_far = buffer_text(&session->target);

    buffer_put_char(&session->target, memchr(so_far.at, '?', so_far.length) ? '&' : '?');
    buffer_put_text(&session->target, text_of(name));
    buffer_put_char(&session->target, '=');
    transfer_put_encoded(&session->target, value);
}

/* Puts the options that are parameters, `except` one; OPTION__MAX: all. */
static void put_options(struct session *session, int except)
{
    for (int i = 0; i < OPTION__MAX; i++) {
        const struct option_row *row = &cli_option_rows[i];
        const char *value = session->arguments->options[i];
        if (value && row->query[0] && i != except)
            put_parameter(session, row->query, row->type == OPTION_TYPE_FLAG ? "true" : value);
    }
}

/* Starts the request's target with the path, and with the options that are parameters. */
static void start_target(struct session *session, bool with_options)
{
    buffer_clear(&session->target);
    put_path(session);
    if (with_options)
        put_options(session, OPTION__MAX);
}

/* Sends the request. `out` is the answer, also of a refusal; it is empty if the answer was written
 * to a file or to standard output. Returns an exit status. */
static int ask(struct session *session, struct transfer_request *request, struct tree *out)
{
    struct transfer_answer answer;
    bool is_document = request->to; /* of export, which is written unchanged */
    int status;

    *out = (struct tree){0};
    if (session->target.failed)
        return complain_failed(&session->target, EX_USAGE, "the URL is too long");
    request->method = route_of(session)->method;
    request->target = buffer_text(&session->target);
    request->timeout_ms += session->arguments->timeout_ms;
    if (is_given(session, OPTION_JSON)) {
        request->copy_to = stdout;
        request->to = request->to ? request->to : stdout;
    }
    status = transfer_run(session->transfer, request, &answer);
    if (!is_document && answer.last_byte && answer.last_byte != '\n')
        putchar('\n');
    if (status == EX_OK && (answer.status >= 300 || !request->to))
        status = reply_read(&answer, out);
    if (is_given(session, OPTION_JSON))
        tree_free(out);
    buffer_free(&answer.body);
    return status;
}

/* Sends the request, and shows a success, or a refusal that has near misses. */
static int ask_and_show(struct session *session, struct transfer_request *request)
{
    struct tree answer;
    int status = ask(session, request, &answer);

    if (answer.root && (status == EX_OK || reply_at(answer.root, "misses"))) {
        int shown = route_of(session)->show(answer.root, true);
        status = status ? status : shown;
    }
    tree_free(&answer);
    return status;
}

static int run_plain(struct session *session)
{
    struct transfer_request request = {0};

    start_target(session, true);
    return ask_and_show(session, &request);
}

/* Requests and shows the page at the cursor. Replaces the cursor with that of the next page, or
 * with NULL at the end. */
static int show_page(struct session *session, char **cursor)
{
    struct transfer_request request = {0};
    struct tree answer;
    char limit[16], number[TREE_NUMBER_MAX];
    int status;

    snprintf(limit, sizeof(limit), "%d", PAGE_ITEMS);
    start_target(session, true);
    put_parameter(session, "limit", limit);
    if (*cursor)
        put_parameter(session, "cursor", *cursor);
    status = ask(session, &request, &answer);
    if (status == EX_OK)
        status = route_of(session)->show(answer.root, !*cursor);
    free(*cursor);
    *cursor = NULL;
    struct text next = reply_text(reply_at(answer.root, "next_cursor"), number);
    if (status == EX_OK && next.length > 0 && !(*cursor = strndup(next.at, next.length)))
        status = complain_no_memory();
    tree_free(&answer);
    return status;
}

/* Requests a list page by page; with --json, all at once. */
static int run_paged(struct session *session)
{
    char *cursor = NULL;
    int status;

    if (is_given(session, OPTION_JSON))
        return run_plain(session);
    do
        status = show_page(session, &cursor);
    while (cursor && status == EX_OK && !ferror(stdout));
    free(cursor);
    return status;
}

static int run_from_file(struct session *session)
{
    const char *path = session->arguments->argument;
    struct transfer_request request = {.from_path = path && strcmp(path, "-") != 0 ? path : NULL};
    int status = input_open(path, &request.from);

    start_target(session, true);
    if (status == EX_OK)
        status = ask_and_show(session, &request);
    input_close(&request.from);
    return status;
}

/* Refuses text that is not UTF-8: a JSON body could not hold it unchanged. */
static int check_utf8(const struct arguments *arguments)
{
    const char *wrong = NULL;

    for (int i = 0; i < OPTION__MAX; i++)
        if (!text_is_utf8(text_of(arguments->options[i])))
            wrong = arguments->options[i];
    for (int i = 0; i < arguments->headers.count; i++)
        if (!text_is_utf8(text_of(arguments->headers.at[i])))
            wrong = arguments->headers.at[i];
    for (char *const *pair = arguments->pairs; pair && *pair; pair++)
        if (!text_is_utf8(text_of(*pair)))
            wrong = *pair;
    if (!text_is_utf8(text_of(arguments->argument)))
        wrong = arguments->argument;
    return wrong ? complain(EX_USAGE, "'%s' is not UTF-8", wrong) : EX_OK;
}

/* Sends the body that `make` makes from the arguments. */
static int send_made(struct session *session, char *(*make)(const struct arguments *arguments))
{
    struct transfer_request request = {0};
    int status = check_utf8(session->arguments);

    if (status)
        return status;
    char *body = make(session->arguments);
    request.body = text_of(body);
    start_target(session, false);
    status = body ? ask_and_show(session, &request) : complain_no_memory();
    free(body);
    return status;
}

static int run_rule(struct session *session)
{
    if (!session->arguments->argument && !body_rule_does_something(session->arguments))
        return complain(EX_USAGE, "faults add: give --delay, --status, --connection, --truncate, "
                                  "--garbage, --hang or --dribble, or a file with the rule");
    if (!session->arguments->argument)
        return send_made(session, body_of_rule);
    for (int i = 0; i < OPTION__MAX; i++)
        if (is_given(session, (enum option_id)i) && !option_is_of_every((enum option_id)i))
            return complain(EX_USAGE, "--%s: give either a file with the rule, or options",
                            cli_option_rows[i].name);
    return run_from_file(session);
}

static int run_action(struct session *session)
{
    return send_made(session, body_of_action);
}

static int run_pairs(struct session *session)
{
    return send_made(session, body_of_pairs);
}

static int run_seed(struct session *session)
{
    return send_made(session, body_of_seed);
}

static int run_verify(struct session *session)
{
    return send_made(session, body_of_verify);
}

static int run_to_file(struct session *session)
{
    struct transfer_request request = {0};
    struct output_file output;
    struct tree answer = {0};
    int status, closed;

    start_target(session, true);
    status = output_open(session->arguments->argument, is_given(session, OPTION_SECRETS), &output);
    request.to = output.to;
    if (status == EX_OK)
        status = ask(session, &request, &answer);
    tree_free(&answer);
    closed = output_close(&output, status == EX_OK);
    return status ? status : closed;
}

static int run_wait(struct session *session)
{
    struct transfer_request request = {.timeout_ms = WAIT_MARGIN_MS};

    start_target(session, true);
    put_parameter(session, "timeout", session->arguments->options[OPTION_TIMEOUT]);
    return ask_and_show(session, &request);
}

/* Follows the stream until poolctl is interrupted, or the service refuses it. If the stream breaks
 * off, takes it up where it was. */
static int follow_events(struct session *session)
{
    struct follow *follow = follow_new(session->transfer, is_given(session, OPTION_JSON));
    int status = follow ? EX_OK : complain_no_memory();

    while (status == EX_OK) {
        const char *id = follow_id(follow);
        start_target(session, false);
        put_options(session, id[0] ? OPTION_POSITION : OPTION__MAX);
        if (id[0])
            put_parameter(session, "after", id);
        status = session->target.failed
                     ? complain_failed(&session->target, EX_USAGE, "the URL is too long")
                     : follow_stream(follow, buffer_text(&session->target));
    }
    follow_free(&follow);
    return status;
}

static int run_events(struct session *session)
{
    struct transfer_request request = {0};

    if (is_given(session, OPTION_FOLLOW))
        return follow_events(session);
    start_target(session, true);
    if (!is_given(session, OPTION_POSITION))
        put_parameter(session, "after", "0");
    return ask_and_show(session, &request);
}

static int run_relay(struct session *session)
{
    return relay_run(session->arguments, session->config);
}

/* Sends a name to its own route, and a pattern as the parameter `name` to the route of the list. */
static int run_named(struct session *session)
{
    struct text path = text_of(route_of(session)->path), list;
    struct transfer_request request = {0};

    if (!strchr(session->arguments->argument, '*'))
        return run_plain(session);
    text_cut(&path, '{', &list);
    buffer_clear(&session->target);
    buffer_put_text(&session->target, text_trim_end(list, '/'));
    put_parameter(session, "name", session->arguments->argument);
    return ask_and_show(session, &request);
}

/* True for the commands that list and delete tenants: they are not sent to a tenant. */
static bool is_about_tenants(const struct session *session)
{
    return text_starts_with(text_of(route_of(session)->path), TEXT("__admin/tenants"));
}

/* Refuses a name that a path can't hold. If a proxy resolved `reset ..`, it would reset all pools.
 */
static int check_name(const struct session *session)
{
    const char *argument = session->arguments->argument;
    bool is_name = argument && strchr(route_of(session)->path, '{');
    const char *fault = is_name ? name_fault(text_of(argument)) : NULL;

    return fault ? complain(EX_USAGE, "the name '%s' %s", argument, fault) : EX_OK;
}

/* Checks that pool and tenant exist, for commands that read by routes which would make them. */
static int check_existence(const struct arguments *arguments, const struct transfer_config *config)
{
    const char *pool = arguments->argument;

    if (arguments->command == COMMAND_STATUS && !pool)
        pool = "default-pool";
    switch (arguments->command) {
    case COMMAND_LIST:
    case COMMAND_LIST_PODS:
    case COMMAND_STATUS:
        return existence_check(config, pool, arguments->timeout_ms,
                               arguments->options[OPTION_JSON]);
    default:
        return EX_OK;
    }
}

int ways_run(const struct arguments *arguments)
{
    struct session session = {.arguments = arguments, .target = buffer_new(TRANSFER_URL_MAX_BYTES)};
    const struct transfer_config config = {
        .base_url = arguments->options[OPTION_URL],
        .tenant = is_about_tenants(&session) ? NULL : arguments->options[OPTION_TENANT],
        .token = arguments->options[OPTION_TOKEN],
        .ca_file = arguments->options[OPTION_CACERT],
    };
    int status = check_name(&session);

    session.config = &config;

    if (status == EX_OK)
        status = check_existence(arguments, &config);
    if (status == EX_OK)
        status = transfer_open(&config, &session.transfer);
    if (status == EX_OK)
        status = route_of(&session)->way(&session);
    transfer_close(&session.transfer);
    buffer_free(&session.target);
    return status;
}
