/* SPDX-License-Identifier: MIT
 *
 * Starts the worker: reads the options, opens log, state, gateway and service in this order, runs
 * the loop, and closes them in reverse. Started by a CGI server, it answers one request instead. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "admin_token.h"
#include "call/handler.h"
#include "base/clock.h"
#include "base/journal_stream.h"
#include "base/log.h"
#include "base/standard_files.h"
#include "base/supervisor.h"
#include "base/timer.h"
#include "config.h"
#include "tenant/tenant.h"
#include "gateway/cgi.h"
#include "gateway/gateway.h"
#include "gateway/listener.h"
#include "live/hub.h"
#include "options.h"
#include "start_state.h"
#include "service/service.h"
#include "store/state_lock.h"

enum { LOG_PATIENCE_MS = 200 };

/* The parts of the worker. */
struct worker {
    struct options options;
    struct text admin_token; /* empty: none */
    struct clock clock;
    struct timers timers;
    struct log *log;
    int state_lock;                 /* -1: none */
    struct pool_state *start_state; /* NULL: states start with the default pool alone */
    struct tenants *tenants;
    struct gateway *gateway; /* NULL for a CGI program */
    struct cgi *cgi;         /* NULL for a worker */
    struct service *service;
    struct hubs hubs;
    struct tickets tickets;
    struct api api;
    struct arena arena; /* memory that `api` borrows */
};

static const char *null_if_empty(const char *text)
{
    return text[0] ? text : NULL;
}

static enum err open_log(struct worker *worker, struct problem *problem)
{
    const struct log_config config = {
        .path = null_if_empty(worker->options.log_file),
        .level = (enum log_level)worker->options.log_level,
        .format = (enum log_format)worker->options.log_format,
    };

    return log_open(&config, &worker->clock, &worker->log, problem);
}

/* The configuration of each tenant's state. */
static struct pool_state_config state_config(const struct worker *worker)
{
    const struct options *options = &worker->options;

    return (struct pool_state_config){
        .default_pool = text_of(options->default_pool),
        .default_pool_pods = options->default_pool_pods,
        .new_pool_pods = options->new_pool_pods,
        .pools_max = options->pools_max,
        .pods_max = options->pods_max,
        .bytes_max = options->state_max,
        .start_state = worker->start_state,
        .file = null_if_empty(options->state),
        .sync = options->state_sync == STATE_SYNC_FULL ? POOL_STATE_SYNC_FULL
                                                       : POOL_STATE_SYNC_NORMAL,
        .set_damaged_aside = options->state_damaged == STATE_DAMAGED_SET_ASIDE,
    };
}

static enum err read_start_state(struct worker *worker, struct problem *problem)
{
    const struct pool_state_config config = state_config(worker);
    const char *path = null_if_empty(worker->options.seed_state);

    return path ? start_state_read(path, &config, &worker->clock, &worker->start_state, problem)
                : OK;
}

static void report_forgotten(void *context, const char *name)
{
    const struct worker *worker = context;

    log_say(worker->log, LOG_INFO, LOG_SHOW, "tenant-forgotten", "tenant", name);
}

/* Opens the state. Waits up to `patience_ms` while another process uses the state file. */
static enum err open_state(struct worker *worker, int64_t patience_ms, struct problem *problem)
{
    const char *file = null_if_empty(worker->options.state);
    enum err err = read_start_state(worker, problem);

    if (!err && file)
        err = state_lock_take(file, patience_ms, &worker->state_lock, problem);
    if (err)
        return err;
    const struct tenants_config config = {
        .state = state_config(worker),
        .tenants_max = (size_t)worker->options.tenants_max,
        .journal_max = (size_t)worker->options.journal,
        .events_max = (size_t)worker->options.events,
        .events_bytes_max = (size_t)worker->options.events_memory,
        .listeners_max = (size_t)worker->options.listeners_max,
        .timers = &worker->timers,
        .idle_us = worker->options.tenant_idle * 1000,
        .on_forgotten = report_forgotten,
        .context = worker,
    };
    return tenants_open(&config, &worker->clock, &worker->tenants, problem);
}

static struct body_limits body_limits(const struct worker *worker)
{
    const struct options *options = &worker->options;

    return (struct body_limits){.normal_bytes = (size_t)options->body_max,
                                .state_bytes = (size_t)options->state_body,
                                .admin_token = worker->admin_token};
}

static struct listener_config listener_config(const struct options *options)
{
    return (struct listener_config){.address = options->listen,
                                    .socket_mode = (mode_t)options->socket_mode,
                                    .socket_group = null_if_empty(options->socket_group),
                                    .option = "--listen"};
}

static struct listener_config live_config(const struct options *options)
{
    struct listener_config config = listener_config(options);

    config.address = strcmp(options->live, "none") == 0 ? NULL : options->live;
    config.option = "--live";
    config.name = LISTENER_LIVE;
    return config;
}

static enum err open_gateway(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;

    tickets_init(&worker->tickets, &worker->timers, &worker->clock);
    const struct gateway_config config = {
        .listener = listener_config(options),
        .bodies = body_limits(worker),
        .requests_max = (size_t)options->requests_max,
        .live = live_config(options),
        .worker_name = options->worker_name,
        .tickets = &worker->tickets,
        .receive_timeout_us = options->receive_timeout * 1000,
        .send_timeout_us = options->send_timeout * 1000,
    };

    return gateway_open(&config, &worker->timers, &worker->clock, worker->log, &worker->gateway,
                        problem);
}

#define WORKER_NAME_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"

/* Checks and reads the options that hold URLs or a part of one. */
static enum err read_addresses(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;
    const char *other = options->worker_name + strspn(options->worker_name, WORKER_NAME_BYTES);
    struct text public_url = text_of(options->public_url);
    struct pod_base front;

    if (*other)
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--worker-name: expected letters a to z, digits and hyphens, not '%s'",
                           options->worker_name);
    if (public_url.length > 0 && !pod_base_read(public_url, &front))
        return problem_set(
            problem, ERR_BAD_REQUEST,
            "--public-url: expected a URL such as http://127.0.0.1:8080/api/mock, not '%s'",
            options->public_url);
    return pod_templates_read(text_of(options->pod_url), text_of(options->pod_port_url),
                              &worker->api.templates, problem);
}

/* Checks and reads the options that options_read takes as any text. */
static enum err read_values(struct worker *worker, struct problem *problem)
{
    enum err err = read_addresses(worker, problem);

    return err ? err
               : admin_token_read(&worker->options, &worker->arena, &worker->admin_token, problem);
}

static enum err open_service(struct worker *worker)
{
    const struct options *options = &worker->options;
    const struct service_config config = {
        .mount = text_of(options->mount),
        .path_max_bytes = (size_t)options->path_max,
        .cors_origins = text_of(options->cors_origins),
        .require_auth = options->require_auth,
        .park_timeout_us = options->park_timeout * 1000,
        .parked_max = (size_t)options->parked_max,
        .admin_token = worker->admin_token,
        .one_shot = worker->cgi != NULL,
        .answer = worker->cgi ? cgi_answer : gateway_answer,
    };

    worker->api = (struct api){
        .templates = worker->api.templates,
        .defaults = {.pod_password = text_of(options->pod_password),
                     .pod_image = text_of(options->pod_image),
                     .pod_cpu_millicores = options->pod_cpu,
                     .pod_memory_mib = options->pod_memory,
                     .owner = text_of(options->owner),
                     .real_vocabulary = options->vocabulary == VOCABULARY_REAL},
        .json_values_max = (size_t)options->json_values_max,
        .version = PACKAGE_VERSION,
        .public_url = text_of(options->public_url),
        .trust_forwarded = options->trust_forwarded,
        .goose_start_ms = options->goose_start,
        .started_us = worker->clock.mono_us,
        .started_ms = worker->clock.wall_ms,
        .log = worker->log,
        .require_auth = options->require_auth,
        .hubs = worker->cgi ? NULL : &worker->hubs,
        .tickets = !worker->cgi && gateway_has_door(worker->gateway) ? &worker->tickets : NULL,
        .worker_name = options->worker_name,
        .body_max_bytes = (size_t)options->body_max,
    };
    worker->hubs = (struct hubs){.timers = &worker->timers, .clock = &worker->clock};
    enum err err = view_prepare(&worker->api.defaults, &worker->arena);
    if (err)
        return err;
    return service_new(&config, &worker->api, worker->tenants, &worker->clock, &worker->timers,
                       worker->log, &worker->service);
}

static int complain(const struct problem *problem, enum err err, int status)
{
    struct text sentence = problem_sentence(problem, err);

    fprintf(stderr, "%spool-manager-mock: %.*s\n", journal_stream_error_priority(),
            TEXT_ARGS(sentence));
    supervisor_notify_status(sentence);
    return status;
}

/* The exit status after a failure to open the state. */
static int status_of_state(enum err err)
{
    switch (err) {
    case ERR_STATE_BUSY:
        return EX_TEMPFAIL;
    case ERR_STATE_DAMAGED:
        return EX_DATAERR;
    case ERR_STATE_FOREIGN:
        return EX_CONFIG;
    case ERR_STATE_FILE:
        return EX_CANTCREAT;
    default:
        return EX_SOFTWARE;
    }
}

static void report_set_aside(struct worker *worker, const struct tenant *tenant)
{
    const char *path = pool_state_set_aside(tenant->state);

    if (path)
        log_say(worker->log, LOG_ERROR, LOG_FAILURE, "damaged-state-set-aside", "path", path);
}

static void report_set_asides(struct worker *worker)
{
    if (!worker->tenants)
        return;
    const struct tenant *tenant = tenants_first(worker->tenants);
    report_set_aside(worker, tenants_default(worker->tenants));
    for (; tenant; tenant = tenants_next(tenant))
        report_set_aside(worker, tenant);
}

static void report_limit(struct worker *worker, const char *tenant, const char *option,
                         int64_t limit, int64_t existing)
{
    const struct log_field fields[] = {
        {.key = "option", .text = text_of(option)},
        {.key = "limit", .number = limit},
        {.key = "exist", .number = existing},
        {.key = "tenant", .text = text_of(tenant)},
    };

    if (limit > 0 && existing > limit)
        log_event(worker->log, LOG_WARNING, LOG_SHOW, "limit-below-what-exists", fields,
                  tenant[0] ? 4 : 3);
}

static void report_limits_of(struct worker *worker, const struct tenant *tenant)
{
    struct pool_state_totals totals;

    if (pool_state_totals(tenant->state, &totals))
        return;
    report_limit(worker, tenant->name, "--pools-max", worker->options.pools_max, totals.pools);
    report_limit(worker, tenant->name, "--pods-max", worker->options.pods_max, totals.pods);
}

/* Logs each limit that is lower than what already exists. Nothing is removed. */
static void report_limits(struct worker *worker)
{
    int64_t count = (int64_t)tenants_count(worker->tenants);

    report_limits_of(worker, tenants_default(worker->tenants));
    for (const struct tenant *each = tenants_first(worker->tenants); each;
         each = tenants_next(each))
        report_limits_of(worker, each);
    report_limit(worker, "", "--tenants-max", worker->options.tenants_max, count);
}

/* Logs how many pods are claimed, and whether a file keeps the state. Leaves out the count if the
 * state can't be read. */
static void report_stopped(struct worker *worker)
{
    struct log_field fields[2], *field = fields;
    int64_t claims;

    if (tenants_count_claims(worker->tenants, &claims) == OK)
        *field++ = (struct log_field){.key = "claims", .number = claims};
    *field++ = (struct log_field){
        .key = "kept", .text = null_if_empty(worker->options.state) ? TEXT("yes") : TEXT("no")};
    log_event(worker->log, LOG_INFO, LOG_SHOW, "stopped", fields, (size_t)(field - fields));
}

static void report_started(struct worker *worker)
{
    const struct log_field fields[] = {
        {.key = "version", .text = TEXT(PACKAGE_VERSION)},
        {.key = "worker", .text = text_of(worker->options.worker_name)},
    };

    log_event(worker->log, LOG_INFO, LOG_SHOW, "started", fields, 2);
}

/* Tells the supervisor that the worker is ready. The loop starts next. */
static void notify_ready(struct worker *worker)
{
#define READY "READY=1\nSTATUS=serving, version " PACKAGE_VERSION
    bool in_file = null_if_empty(worker->options.state) != NULL;

    if (!supervisor_notify(in_file ? READY ", state in a file" : READY ", state in memory"))
        log_say(worker->log, LOG_ERROR, LOG_FAILURE, "supervisor-not-notified", "cause",
                strerror(errno));
#undef READY
}

/* Makes a write without a reader, or past the file size limit, fail instead of ending the process.
 */
static void ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* Runs the worker with the options it has read. Returns the exit status. */
static int run(struct worker *worker)
{
    struct problem problem = {0};
    enum err err;

    if ((err = read_values(worker, &problem)))
        return complain(&problem, err, EX_USAGE);
    gateway_prepare_process();
    ignore_signals();
    clock_tick(&worker->clock);
    if ((err = open_log(worker, &problem)))
        return complain(&problem, err, EX_CANTCREAT);
    if ((err = open_state(worker, 0, &problem)))
        return complain(&problem, err, status_of_state(err));
    if ((err = open_gateway(worker, &problem)))
        return complain(&problem, err, err == ERR_BAD_REQUEST ? EX_USAGE : EX_OSERR);
    if ((err = open_service(worker)))
        return complain(&problem, err, EX_SOFTWARE);
    report_set_asides(worker);
    report_limits(worker);
    report_started(worker);
    notify_ready(worker);
    if ((err = gateway_run(worker->gateway, worker->service, &problem)))
        return complain(&problem, err, EX_SOFTWARE);
    report_stopped(worker);
    return EX_OK;
}

static void close_service(struct worker *worker)
{
    service_free(&worker->service);
    tickets_end(&worker->tickets);
    tenants_close(&worker->tenants);
    pool_state_close(&worker->start_state);
    state_lock_give(&worker->state_lock);
}

static void close_worker(struct worker *worker)
{
    gateway_close(&worker->gateway);
    close_service(worker);
    cgi_close(&worker->cgi);
    log_close(&worker->log, LOG_PATIENCE_MS);
    arena_free(&worker->arena);
}

/* --- one request of a CGI server --- */

static enum err open_cgi(struct worker *worker)
{
    const struct options *options = &worker->options;
    const struct cgi_config config = {
        .bodies = body_limits(worker),
        .receive_timeout_us = options->receive_timeout * 1000,
        .send_timeout_us = options->send_timeout * 1000,
    };

    return cgi_open(&config, &worker->timers, &worker->clock, &worker->cgi);
}

/* Opens everything that a request needs. `err` and `problem` are the result of reading the options;
 * if that failed, opens only a log. A log is always opened, on standard error if need be. */
static enum err open_for_cgi(struct worker *worker, enum err err, struct problem *problem)
{
    if (!err)
        err = read_values(worker, problem);
    if (!err)
        err = open_log(worker, problem);
    if (!err)
        err = open_state(worker, worker->options.state_wait, problem);
    if (!worker->log) {
        worker->options.log_file = "";
        open_log(worker, &(struct problem){0});
    }
    return err;
}

/* Writes the whole problem to the server's log. Returns the error for the client, which says less.
 */
static enum err refuse_with(const struct problem *problem, enum err err)
{
    complain(problem, err, EX_OK);
    switch (err) {
    case ERR_NO_MEMORY:
    case ERR_STATE_BUSY:
    case ERR_STATE_FILE:
    case ERR_STATE_DAMAGED:
    case ERR_STATE_FOREIGN:
        return err;
    default:
        return ERR_INTERNAL;
    }
}

/* Answers one request. Reads it before the state is locked, and writes the end of the answer after
 * the state is released, so that a slow server delays no other request. */
static int run_cgi(struct worker *worker, enum err err, struct problem *problem)
{
    ignore_signals();
    clock_tick(&worker->clock);
    enum err unread = open_cgi(worker);
    if (unread)
        return complain(&(struct problem){0}, unread, EX_SOFTWARE);
    err = open_for_cgi(worker, err, problem);
    if (!worker->log)
        return complain(problem, err, EX_SOFTWARE);
    report_set_asides(worker);
    if (err)
        err = refuse_with(problem, err);
    else if (!null_if_empty(worker->options.state))
        fputs("pool-manager-mock: POOL_MANAGER_STATE is not set, so no request sees the changes of "
              "another\n",
              stderr);
    enum err unserved = open_service(worker);
    if (unserved)
        return complain(&(struct problem){0}, unserved, EX_SOFTWARE);
    cgi_run(worker->cgi, worker->service, err);
    close_service(worker);
    return cgi_close(&worker->cgi) ? EX_OK : EX_IOERR;
}

/* --- --check --- */

/* Checks what can be checked by reading alone: opens no socket, takes no lock, opens no state file.
 */
static enum err check_options(struct worker *worker, struct problem *problem)
{
    const struct listener_config listener = listener_config(&worker->options);
    const struct listener_config live = live_config(&worker->options);
    const char *file = null_if_empty(worker->options.state);
    enum err err = read_values(worker, problem);

    clock_tick(&worker->clock);
    if (!err)
        err = listener_check(&listener, problem);
    if (!err && live.address)
        err = listener_check(&live, problem);
    if (!err)
        err = read_start_state(worker, problem);
    if (!err && file)
        err = state_lock_check(file, problem);
    return err;
}

/* Flushes standard output. Returns EX_IOERR if a part of the output could not be written. */
static int end_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EX_OK;
    perror("pool-manager-mock: standard output");
    return EX_IOERR;
}

static int check(struct worker *worker)
{
    struct problem problem = {0};
    enum err err = check_options(worker, &problem);

    if (err)
        return complain(&problem, err, err == ERR_BAD_REQUEST ? EX_USAGE : status_of_state(err));
    options_print_values(stdout, &worker->options);
    return end_output();
}

int main(int argc, char **argv)
{
    struct worker worker = {.state_lock = -1};
    struct problem problem = {0};
    enum options_task task;

    standard_files_hold();
    bool as_cgi = cgi_is_asked();
    /* A CGI server passes the words of a query as arguments (RFC 3875, section 4.4). */
    enum err err = options_read(as_cgi ? 1 : argc, argv, as_cgi, &worker.options, &task, &problem);

    if (as_cgi) {
        int cgi_status = run_cgi(&worker, err, &problem);
        close_worker(&worker);
        return cgi_status;
    }
    if (err)
        return complain(&problem, err, EX_USAGE);
    if (task == OPTIONS_SHOW_HELP) {
        options_print_help(stdout);
        return end_output();
    }
    if (task == OPTIONS_SHOW_VERSION) {
        puts(PACKAGE_STRING);
        return end_output();
    }
    int status = task == OPTIONS_CHECK ? check(&worker) : run(&worker);
    close_worker(&worker);
    return status;
}
