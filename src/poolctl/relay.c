/* SPDX-License-Identifier: MIT */
#include "poolctl/relay.h"

#include <errno.h>
#include <json.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "poolctl/calls.h"
#include "poolctl/complain.h"
#include "poolctl/hosts.h"
#include "poolctl/file.h"
#include "poolctl/relay_job.h"
#include "poolctl/reply.h"

enum {
    JOBS_MAX = 16,
    TAKE_WAIT_S = 25,
    TAKE_TIMEOUT_MS = (TAKE_WAIT_S + 10) * 1000,
    PAUSE_US = 1000 * 1000, /* after the service could not be asked */
    TICK_MAX_MS = 60 * 1000,
    LINE_MAX = 4096, /* bytes of a header */
    URL_MAX = 16 * 1024,
    HTTP_UNAVAILABLE = 503,
};

struct relay {
    struct relay_config config;
    struct relay_job jobs[JOBS_MAX];
    struct buffer base;
    char token_line[LINE_MAX], api_token_line[LINE_MAX];
    const char *service_lines[4], *target_lines[4], *webhook_lines[3];
    int signals;      /* a signalfd */
    bool stops;       /* takes no more deliveries */
    bool is_taking;   /* a request for deliveries is open */
    bool is_away;     /* the service does not answer; it was told once */
    int64_t pause_us; /* monotonic: no request for deliveries before it */
    int status;       /* EX_OK, or why it ends */
};

static struct relay_job *find_free_job(struct relay *relay)
{
    for (int i = 0; i < JOBS_MAX; i++)
        if (!relay->jobs[i].is_busy)
            return &relay->jobs[i];
    return NULL;
}

static int count_busy(const struct relay *relay)
{
    int count = 0;

    for (int i = 0; i < JOBS_MAX; i++)
        count += relay->jobs[i].is_busy;
    return count;
}

/* --- taking --- */

static void begin_jobs(struct relay *relay, struct json_object *answer)
{
    struct json_object *list = reply_at(answer, "deliveries");
    int64_t lease_ms = json_object_get_int64(reply_at(answer, "leaseMs"));
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < count; i++) {
        struct relay_job *job = find_free_job(relay);
        if (!job ||
            !relay_job_begin(job, &relay->config, json_object_array_get_idx(list, i), lease_ms))
            complain(EX_OK, "a delivery could not be begun; the service gives it again");
    }
}

/* True for an answer that a service gives for a while: it stops, or a front end has lost it. */
static bool is_passing(int status)
{
    return status == 0 || status >= 502 || status == 408 || status == 429;
}

/* Waits before the next request for deliveries, and tells once that the service is away. */
static void pause_taking(struct relay *relay, const struct call_result *result)
{
    const char *why = result->error ? result->error : "it is away";

    relay->pause_us = clock_mono_now_us() + PAUSE_US;
    if (!relay->is_away)
        complain(EX_OK, "the service does not answer (%s); it is asked again and again", why);
    relay->is_away = true;
}

static void take_deliveries(void *context, const struct call_result *result)
{
    struct relay *relay = context;
    const struct transfer_answer answer = {
        .status = result->status,
        .base = text_trim_end(relay->config.base, '/'),
        .body = result->body,
    };
    struct tree tree = {0};

    relay->is_taking = false;
    if (result->status == HTTP_UNAVAILABLE && reply_has_code(&answer, TEXT("stale")))
        return; /* a reset has ended the wait */
    if (is_passing(result->status)) {
        pause_taking(relay, result);
        return;
    }
    relay->is_away = false;
    relay->status = reply_read(&answer, &tree);
    if (relay->status == EX_OK)
        begin_jobs(relay, tree.root);
    relay->stops |= relay->status != EX_OK;
    tree_free(&tree);
}

static int take(struct relay *relay)
{
    struct buffer url = buffer_new(URL_MAX);

    buffer_put_text(&url, relay->config.base);
    buffer_printf(&url, "__admin/deliveries/take?limit=%d&timeout=%ds",
                  JOBS_MAX - count_busy(relay), TAKE_WAIT_S);
    buffer_put_char(&url, '\0');
    relay->is_taking = !url.failed &&
                       calls_start(relay->config.calls,
                                   &(struct call_request){.url = url.bytes,
                                                          .headers = relay->service_lines,
                                                          .ca_file = relay->config.ca_file,
                                                          .timeout_ms = TAKE_TIMEOUT_MS,
                                                          .answer_max = TRANSFER_ANSWER_MAX_BYTES,
                                                          .done = take_deliveries,
                                                          .context = relay});
    buffer_free(&url);
    return relay->is_taking ? EX_OK : complain_no_memory();
}

/* --- the loop --- */

/* Continues the jobs, and begins to take deliveries if there is room. Returns when to come back. */
static int64_t go_on(struct relay *relay)
{
    int64_t next_us = INT64_MAX, now_us = clock_mono_now_us();

    for (int i = 0; i < JOBS_MAX; i++) {
        int64_t at_us = relay_job_continue(&relay->jobs[i]);
        next_us = at_us < next_us ? at_us : next_us;
    }
    if (relay->stops || relay->is_taking || count_busy(relay) == JOBS_MAX)
        return next_us;
    if (now_us < relay->pause_us)
        return relay->pause_us < next_us ? relay->pause_us : next_us;
    relay->status = take(relay);
    relay->stops = relay->status != EX_OK;
    return next_us;
}

static int wait_ms(int64_t until_us)
{
    int64_t now_us = clock_mono_now_us();
    int64_t ms = until_us <= now_us ? 0 : (until_us - now_us) / 1000 + 1;

    return ms < TICK_MAX_MS ? (int)ms : TICK_MAX_MS;
}

static void run(struct relay *relay)
{
    struct signalfd_siginfo signal;

    while (!relay->stops || count_busy(relay) > 0) {
        int64_t next_us = go_on(relay);
        if (!calls_run(relay->config.calls, relay->signals, wait_ms(next_us)))
            continue;
        if (read(relay->signals, &signal, sizeof(signal)) > 0 && relay->stops)
            return;
        relay->stops = true;
        calls_cancel(relay->config.calls, relay); /* so that it is given no more deliveries */
        relay->is_taking = false;
    }
}

/* --- the beginning --- */

/* Writes a header: `name`, and the first line of the value, which must be a token. */
static int make_line(char *line, const char *name, const char *value, const char *where)
{
    size_t length = strcspn(value, "\r\n");

    for (size_t i = 0; i < length; i++)
        if (value[i] <= ' ' || value[i] > '~')
            return complain(EX_USAGE, "%s: expected a token of visible ASCII", where);
    if (length == 0 || length > LINE_MAX - 64)
        return complain(EX_USAGE, "%s: expected a token of visible ASCII", where);
    snprintf(line, LINE_MAX, "%s%.*s", name, (int)length, value);
    return EX_OK;
}

/* Reads the token for targets from the file, or from the environment; it may be missing there. */
static int read_api_token(struct relay *relay, const char *path)
{
    static const char variable[] = "POOLCTL_API_TOKEN", name[] = "x-api-token: ";
    const char *value = getenv(variable);
    char first[LINE_MAX];
    FILE *file;
    int status;

    if (!path)
        return value && value[0] ? make_line(relay->api_token_line, name, value, variable) : EX_OK;
    if ((status = input_open(path, &file)))
        return status;
    if (!fgets(first, sizeof(first), file))
        first[0] = '\0';
    input_close(&file);
    return make_line(relay->api_token_line, name, first, path);
}

/* Refuses targets at hosts that the relay may not call. */
static int check_targets(const struct arguments *arguments)
{
    for (int i = 0; i < arguments->targets.count; i++) {
        const char *target = arguments->targets.at[i], *url = strchr(target, '=') + 1;
        if (host_access_of(url, &arguments->hosts) == HOST_REFUSED)
            return complain(EX_USAGE,
                            "--target %s: its host is not this machine; add --allow-host for it",
                            target);
    }
    return EX_OK;
}

static void make_lines(struct relay *relay)
{
    static const char json[] = "Content-Type: application/json", no_expect[] = "Expect:";
    const char *token = relay->token_line[0] ? relay->token_line : NULL;
    const char *api_token = relay->api_token_line[0] ? relay->api_token_line : NULL;

    memcpy(relay->service_lines, (const char *[]){json, no_expect, token, NULL},
           sizeof(relay->service_lines));
    memcpy(relay->target_lines, (const char *[]){json, no_expect, api_token, NULL},
           sizeof(relay->target_lines));
    memcpy(relay->webhook_lines, (const char *[]){json, no_expect, NULL},
           sizeof(relay->webhook_lines));
}

static int catch_signals(struct relay *relay)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    relay->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return relay->signals >= 0 ? EX_OK : complain(EX_OSERR, "signalfd: %s", strerror(errno));
}

static int open_relay(struct relay *relay, const struct arguments *arguments,
                      const struct transfer_config *config)
{
    static const char token_source[] = "--token";
    int status;

    relay->base = buffer_new(URL_MAX);
    transfer_put_base(&relay->base, config);
    if (relay->base.failed)
        return complain_failed(&relay->base, EX_USAGE, "the URL is too long");
    if ((status = check_targets(arguments)) ||
        (status = read_api_token(relay, arguments->options[OPTION_API_TOKEN_FILE])) ||
        (config->token && (status = make_line(relay->token_line, "Authorization: Bearer ",
                                              config->token, token_source))) ||
        (status = catch_signals(relay)))
        return status;
    make_lines(relay);
    relay->config = (struct relay_config){.calls = calls_new(),
                                          .base = buffer_text(&relay->base),
                                          .service_lines = relay->service_lines,
                                          .target_lines = relay->target_lines,
                                          .webhook_lines = relay->webhook_lines,
                                          .ca_file = config->ca_file,
                                          .targets = &arguments->targets,
                                          .hosts = &arguments->hosts};
    return relay->config.calls ? EX_OK : complain_no_memory();
}

int relay_run(const struct arguments *arguments, const struct transfer_config *config)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (!relay)
        return complain_no_memory();
    relay->signals = -1;
    int status = open_relay(relay, arguments, config);
    if (status == EX_OK) {
        run(relay);
        status = relay->status;
    }
    calls_free(&relay->config.calls);
    for (int i = 0; i < JOBS_MAX; i++)
        relay_job_free(&relay->jobs[i]);
    if (relay->signals >= 0)
        close(relay->signals);
    buffer_free(&relay->base);
    free(relay);
    return status;
}
