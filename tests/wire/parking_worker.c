/* SPDX-License-Identifier: MIT
 *
 * A worker whose routes wait, or answer in pieces, for the wire tests of the basis of delays,
 * queues and streams. It has the real gateway, service, store and options, and these routes in
 * place of the API's:
 *
 *     GET  wait/{ms}            answers after `ms` milliseconds
 *     GET  drip/{count}/{ms}    answers in `count` pieces, each `ms` milliseconds after the last
 *     GET  break/{count}        sends `count` pieces, and then breaks off
 *     GET  flood/{count}        sends `count` pieces of 64 KiB, as fast as they are taken
 *     GET  health, POST reset   as in the API
 */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "call/handler.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "tenant/tenant.h"
#include "gateway/gateway.h"
#include "options.h"
#include "service/route.h"
#include "service/service.h"

enum { NUMBER_MAX = 1000000, PIECE_BYTES = 64 * 1024, LOG_PATIENCE_MS = 200 };

/* An answer that has `left` more pieces, each `pause_us` after the last. */
struct drip {
    struct continuation continuation;
    const struct clock *clock;
    int64_t left;
    int64_t pause_us;
    int64_t piece_bytes;
    bool waited; /* the pause before the next piece is over */
    bool breaks; /* breaks off instead of ending */
};

static void put_piece(const struct drip *drip, struct response *response)
{
    response->status = 200;
    response->content_type = "text/plain";
    for (int64_t i = 1; i < drip->piece_bytes; i++)
        buffer_put_char(&response->body, '.');
    buffer_put_char(&response->body, '\n');
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct drip *drip = (struct drip *)continuation;

    if (drip->pause_us > 0 && !drip->waited) {
        continuation->wake_mono_us = drip->clock->mono_us + drip->pause_us;
        drip->waited = true;
        return CONTINUATION_WAIT;
    }
    drip->waited = false;
    if (drip->left == 0)
        return CONTINUATION_BROKEN;
    put_piece(drip, response);
    drip->left--;
    return drip->left > 0 || drip->breaks ? CONTINUATION_MORE : CONTINUATION_DONE;
}

static void drip_free(struct continuation *continuation)
{
    free(continuation);
}

/* Reads the number in the path's parameter `name`. Returns ERR_BAD_NAME if it is not a number. */
static enum err path_number(struct call *call, const char *name, int64_t *out)
{
    uint64_t number;

    if (!text_to_number(router_parameter(&call->match, text_of(name)), NUMBER_MAX, &number))
        return problem_set(call->problem, ERR_BAD_NAME, "{%s}: expected a number", name);
    *out = (int64_t)number;
    return OK;
}

static enum err begin_drip(struct call *call, struct drip begun)
{
    struct drip *drip = malloc(sizeof(*drip));

    if (!drip)
        return ERR_NO_MEMORY;
    *drip = begun;
    drip->continuation = (struct continuation){.step = step, .free = drip_free};
    drip->clock = call->clock;
    call->response->continuation = &drip->continuation;
    return OK;
}

static enum err handle_wait(struct call *call)
{
    int64_t ms;
    enum err err = path_number(call, "ms", &ms);

    return err ? err
               : begin_drip(call,
                            (struct drip){.left = 1, .pause_us = ms * 1000, .piece_bytes = 1});
}

static enum err handle_drip(struct call *call)
{
    int64_t count, ms;
    enum err err;

    if ((err = path_number(call, "count", &count)) || (err = path_number(call, "ms", &ms)))
        return err;
    return begin_drip(call, (struct drip){.left = count, .pause_us = ms * 1000, .piece_bytes = 1});
}

static enum err handle_break(struct call *call)
{
    int64_t count;
    enum err err = path_number(call, "count", &count);

    return err ? err
               : begin_drip(call, (struct drip){.left = count, .piece_bytes = 1, .breaks = true});
}

static enum err handle_flood(struct call *call)
{
    int64_t count;
    enum err err = path_number(call, "count", &count);

    return err ? err : begin_drip(call, (struct drip){.left = count, .piece_bytes = PIECE_BYTES});
}

static const struct service_route routes[] = {
    {HTTP_GET, "wait/{ms}", OPERATION_WAIT, handle_wait, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "drip/{count}/{ms}", OPERATION_WAIT, handle_drip, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "break/{count}", OPERATION_WAIT, handle_break, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "flood/{count}", OPERATION_WAIT, handle_flood, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "health", OPERATION_HEALTH, handle_health, false, ROUTE_OPEN, NULL},
    {HTTP_POST, "reset", OPERATION_RESET, handle_reset, true, ROUTE_OPEN, NULL},
};

struct worker {
    struct options options;
    struct clock clock;
    struct timers timers;
    struct log *log;
    struct tenants *tenants;
    struct gateway *gateway;
    struct service *service;
    struct api api;
};

static enum err open_worker(struct worker *worker, struct problem *problem)
{
    const struct options *options = &worker->options;
    const struct tenants_config tenants = {
        .state = {.default_pool = text_of(options->default_pool),
                  .default_pool_pods = options->default_pool_pods,
                  .new_pool_pods = options->new_pool_pods},
        .timers = &worker->timers,
    };
    const struct gateway_config gateway = {
        .listener = {.address = options->listen, .socket_mode = (mode_t)options->socket_mode},
        .bodies.normal_bytes = (size_t)options->body_max,
        .requests_max = (size_t)options->requests_max,
        .receive_timeout_us = options->receive_timeout * 1000,
        .send_timeout_us = options->send_timeout * 1000,
    };
    const struct service_config service = {.mount = text_of(options->mount),
                                           .path_max_bytes = (size_t)options->path_max,
                                           .cors_origins = text_of(options->cors_origins),
                                           .answer = gateway_answer,
                                           .routes = routes,
                                           .routes_count = sizeof(routes) / sizeof(routes[0])};
    enum err err;

    worker->api = (struct api){.json_values_max = (size_t)options->json_values_max,
                               .version = "parking",
                               .worker_name = "parking"};
    clock_tick(&worker->clock);
    if ((err = log_open(&(struct log_config){.level = LOG_INFO}, &worker->clock, &worker->log,
                        problem)) ||
        (err = tenants_open(&tenants, &worker->clock, &worker->tenants, problem)) ||
        (err = gateway_open(&gateway, &worker->timers, &worker->clock, worker->log,
                            &worker->gateway, problem)))
        return err;
    return service_new(&service, &worker->api, worker->tenants, &worker->clock, &worker->timers,
                       worker->log, &worker->service);
}

int main(int argc, char **argv)
{
    struct worker worker = {0};
    struct problem problem = {0};
    enum options_task task;
    enum err err = options_read(argc, argv, false, &worker.options, &task, &problem);

    gateway_prepare_process();
    if (!err)
        err = open_worker(&worker, &problem);
    if (!err)
        err = gateway_run(worker.gateway, worker.service, &problem);
    if (err)
        fprintf(stderr, "parking-worker: %.*s\n", TEXT_ARGS(problem_sentence(&problem, err)));
    gateway_close(&worker.gateway);
    service_free(&worker.service);
    tenants_close(&worker.tenants);
    log_close(&worker.log, LOG_PATIENCE_MS);
    return err ? EX_SOFTWARE : EX_OK;
}
