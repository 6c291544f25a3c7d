/* SPDX-License-Identifier: MIT
 *
 * The worker: options -> log -> state -> gateway -> service, and the way back. */
#include <stdio.h>
#include <sysexits.h>

#include "api/handler.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "config.h"
#include "control/tenant.h"
#include "gateway/gateway.h"
#include "options.h"
#include "service/service.h"

enum { LOG_PATIENCE_MS = 200 };

/* All that the worker is made of. */
struct worker {
    struct options options;
    struct clock clock;
    struct timers timers;
    struct log *log;
    struct tenants *tenants;
    struct gateway *gateway;
    struct service *service;
    struct api api;
    struct arena arena; /* of what api borrows */
};

static const char *given(const char *text)
{
    return text[0] ? text : NULL;
}

static enum err open_log(struct worker *worker, struct problem *problem)
{
    const struct log_config config = {
        .path = given(worker->options.log_file),
        .level = (enum log_level)worker->options.log_level,
        .format = (enum log_format)worker->options.log_format,
    };

    return log_open(&config, &worker->clock, &worker->log, problem);
}

static enum err open_tenants(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;
    const struct tenants_config config = {
        .state = {.default_pool = text_of(options->default_pool),
                  .default_pool_pods = options->default_pool_pods,
                  .new_pool_pods = options->new_pool_pods,
                  .pools_max = options->pools_max,
                  .pods_max = options->pods_max,
                  .bytes_max = options->state_max},
        .tenants_max = (size_t)options->tenants_max,
        .timers = &worker->timers,
    };

    return tenants_open(&config, &worker->clock, &worker->tenants, problem);
}

static enum err open_gateway(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;
    const struct gateway_config config = {
        .listener = {.address = options->listen,
                     .socket_mode = (mode_t)options->socket_mode,
                     .socket_group = given(options->socket_group)},
        .body_max_bytes = (size_t)options->body_max,
        .requests_max = (size_t)options->requests_max,
        .receive_timeout_us = options->receive_timeout * 1000,
        .send_timeout_us = options->send_timeout * 1000,
    };

    return gateway_open(&config, &worker->timers, &worker->clock, worker->log, &worker->gateway,
                        problem);
}

/* What only the worker as a whole can tell to be wrong with its options. */
static enum err read_addresses(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;
    struct text public_url = text_of(options->public_url);
    struct pod_front front;

    if (public_url.length > 0 && !pod_front_read(public_url, &front))
        return problem_set(
            problem, ERR_BAD_REQUEST,
            "--public-url: expected a URL such as http://127.0.0.1:8080/api/mock, not '%s'",
            options->public_url);
    return pod_templates_read(text_of(options->pod_url), text_of(options->pod_port_url),
                              &worker->api.templates, problem);
}

static enum err open_service(struct worker *worker)
{
    const struct options *options = &worker->options;
    const struct service_config config = {
        .mount = text_of(options->mount),
        .path_max_bytes = (size_t)options->path_max,
        .cors_origins = text_of(options->cors_origins),
        .require_auth = options->require_auth,
        .admin_token = text_of(options->admin_token),
        .answer = gateway_answer,
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
    };
    enum err err = view_prepare(&worker->api.defaults, &worker->arena);
    if (err)
        return err;
    return service_new(&config, &worker->api, worker->tenants, &worker->clock, &worker->timers,
                       worker->log, &worker->service);
}

static int complain(const struct problem *problem, enum err err, int status)
{
    struct text sentence = problem_sentence(problem, err);

    fprintf(stderr, "pool-manager-mock: %.*s\n", TEXT_ARGS(sentence));
    return status;
}

/* Runs a worker whose options are read; gives its exit status. */
static int run(struct worker *worker)
{
    struct problem problem = {0};
    enum err err;

    if ((err = read_addresses(worker, &problem)))
        return complain(&problem, err, EX_USAGE);
    gateway_block_signals();
    clock_tick(&worker->clock);
    if ((err = open_log(worker, &problem)))
        return complain(&problem, err, EX_CANTCREAT);
    if ((err = open_tenants(worker, &problem)))
        return complain(&problem, err, EX_SOFTWARE);
    if ((err = open_gateway(worker, &problem)))
        return complain(&problem, err, err == ERR_BAD_REQUEST ? EX_USAGE : EX_OSERR);
    if ((err = open_service(worker)))
        return complain(&problem, err, EX_SOFTWARE);
    log_say(worker->log, LOG_INFO, LOG_SHOW, "started version=%s", PACKAGE_VERSION);
    if ((err = gateway_run(worker->gateway, worker->service, &problem)))
        return complain(&problem, err, EX_SOFTWARE);
    log_say(worker->log, LOG_INFO, LOG_SHOW, "stopped");
    return EX_OK;
}

static void close_worker(struct worker *worker)
{
    gateway_close(&worker->gateway);
    service_free(&worker->service);
    tenants_close(&worker->tenants);
    log_close(&worker->log, LOG_PATIENCE_MS);
    arena_free(&worker->arena);
}

/* What was printed counts only if it got out. */
static int end_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EX_OK;
    perror("pool-manager-mock: standard output");
    return EX_IOERR;
}

int main(int argc, char **argv)
{
    struct worker worker = {0};
    struct problem problem = {0};
    enum options_task task;
    enum err err = options_read(argc, argv, &worker.options, &task, &problem);

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
    int status = run(&worker);
    close_worker(&worker);
    return status;
}
