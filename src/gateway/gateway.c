/* SPDX-License-Identifier: MIT
 *
 * The loop. A turn takes what is ready, runs it, commits and answers (docs/architecture.md, "A
 * turn"). */
#include "gateway/gateway.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/supervisor.h"
#include "gateway/connection.h"
#include "gateway/handover.h"

enum {
    EVENTS_MAX = 256,  /* per turn */
    ACCEPTS_MAX = 64,  /* per turn */
    TIMERS_MAX = 256,  /* per turn */
    WORK_MAX = 8,      /* per turn; few, so that long answers delay no other request */
    LOG_RETRY_MS = 50, /* while the log's reader stalls */
    IDLE_GRACE_US = 1000 * 1000,
    STOP_PATIENCE_US = 700 * 1000,
};

static void resume_accepting(struct timer *timer);
static void stop_deadline_passed(struct timer *timer);

/* --- opening --- */

/* Raises the limit of descriptors to its maximum: each connection takes one. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void signals_of_loop(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void gateway_prepare_process(void)
{
    sigset_t set;

    raise_descriptor_limit();
    signals_of_loop(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool watch_forever(struct gateway *gateway, int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    return epoll_ctl(gateway->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static enum err open_loop(struct gateway *gateway, struct problem *problem)
{
    sigset_t set;

    signals_of_loop(&set);
    gateway->epoll = epoll_create1(EPOLL_CLOEXEC);
    gateway->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (gateway->epoll < 0 || gateway->signals < 0 ||
        !watch_forever(gateway, gateway->signals, &gateway->signals) ||
        !watch_forever(gateway, gateway->listener.fd, &gateway->listener))
        return problem_set(problem, ERR_INTERNAL, "the event loop can't be opened: %m");
    if (gateway->door && !watch_forever(gateway, door_fd(gateway->door), gateway->door))
        return problem_set(problem, ERR_INTERNAL, "the event loop can't be opened: %m");
    gateway->accepting = true;
    return OK;
}

static enum err open_door(struct gateway *gateway, struct problem *problem)
{
    const struct door_config config = {
        .listener = gateway->config.live,
        .worker_name = gateway->config.worker_name,
        .tickets = gateway->config.tickets,
        .timers = gateway->timers,
        .clock = gateway->clock,
    };

    return config.listener.address ? door_open(&config, &gateway->door, problem) : OK;
}

bool gateway_has_door(const struct gateway *gateway)
{
    return gateway->door;
}

enum err gateway_open(const struct gateway_config *config, struct timers *timers,
                      struct clock *clock, struct log *log, struct gateway **out,
                      struct problem *problem)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));

    if (!gateway)
        return ERR_NO_MEMORY;
    *gateway = (struct gateway){
        .config = *config,
        .limits = {.bodies = config->bodies, .requests_max = config->requests_max},
        .listener = {.fd = -1},
        .timers = timers,
        .clock = clock,
        .log = log,
        .epoll = -1,
        .signals = -1,
        .resume_accepting = {.fire = resume_accepting},
        .stop_deadline = {.fire = stop_deadline_passed},
        .idle = TAILQ_HEAD_INITIALIZER(gateway->idle),
        .work = TAILQ_HEAD_INITIALIZER(gateway->work),
    };
    enum err err = listener_open(&config->listener, &gateway->listener, problem);
    if (!err)
        err = decoder_new(&gateway->decoder, problem);
    if (!err)
        err = open_door(gateway, problem);
    if (!err)
        err = open_loop(gateway, problem);
    if (err)
        gateway_close(&gateway);
    *out = gateway;
    return err;
}

static void free_dead(struct gateway *gateway)
{
    struct connection *c;

    while ((c = LIST_FIRST(&gateway->dead))) {
        LIST_REMOVE(c, link);
        free(c);
    }
}

static void close_descriptor(int fd)
{
    if (fd >= 0)
        close(fd);
}

void gateway_close(struct gateway **gateway)
{
    struct gateway *closing = *gateway;

    if (!closing)
        return;
    while (!LIST_EMPTY(&closing->connections))
        connection_close(LIST_FIRST(&closing->connections));
    free_dead(closing);
    timers_disarm(closing->timers, &closing->resume_accepting);
    timers_disarm(closing->timers, &closing->stop_deadline);
    listener_close(&closing->listener);
    door_close(&closing->door);
    close_descriptor(closing->epoll);
    close_descriptor(closing->signals);
    decoder_free(&closing->decoder);
    buffer_free(&closing->spare_in);
    buffer_free(&closing->spare_out);
    free(closing);
    *gateway = NULL;
}

/* --- accepting --- */

/* Keeps the listener in the epoll set even while it is not accepting: adding it again could fail,
 * and then nothing would ever be accepted. */
static void set_accepting(struct gateway *gateway, bool accepting)
{
    struct epoll_event event = {.events = accepting ? EPOLLIN : 0, .data.ptr = &gateway->listener};

    epoll_ctl(gateway->epoll, EPOLL_CTL_MOD, gateway->listener.fd, &event);
    gateway->accepting = accepting;
}

static void pause_accepting(struct gateway *gateway)
{
    if (!gateway->accepting)
        return;
    set_accepting(gateway, false);
    timers_arm(gateway->timers, &gateway->resume_accepting,
               gateway->clock->mono_us + LISTENER_RETRY_US);
}

static void resume_accepting(struct timer *timer)
{
    struct gateway *gateway = TIMER_OWNER(timer, struct gateway, resume_accepting);

    set_accepting(gateway, true);
}

/* Closes the connection that has been idle longest. Returns false if none has been idle for
 * IDLE_GRACE_US, because a new connection is about to send. One with unread bytes is not idle. */
static bool close_oldest_idle(struct gateway *gateway)
{
    int64_t idle_before_us = gateway->clock->mono_us - IDLE_GRACE_US;
    struct connection *c = TAILQ_FIRST(&gateway->idle);

    while (c && c->idle_since_us <= idle_before_us && !connection_is_silent(c))
        c = TAILQ_NEXT(c, idle_link);
    if (!c || c->idle_since_us > idle_before_us)
        return false;
    connection_close(c);
    return true;
}

/* Accepts one connection. Returns false if there is none. Without a descriptor for it, closes the
 * connection that has been idle longest; if none is idle, stops accepting for a moment. */
static bool accept_one(struct gateway *gateway)
{
    int fd = accept4(gateway->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        connection_open(gateway, fd);
        return true;
    }
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    if (!listener_lacks_means(errno))
        return false;
    if (close_oldest_idle(gateway))
        return true;
    pause_accepting(gateway);
    return false;
}

static void accept_some(struct gateway *gateway)
{
    for (int i = 0; i < ACCEPTS_MAX && accept_one(gateway); i++)
        ;
}

/* Continues the work of earlier turns, first come, first served. Work that is added meanwhile waits
 * for the next turn. */
static void do_work(struct gateway *gateway)
{
    const struct connection *last = TAILQ_LAST(&gateway->work, connection_queue);

    for (int i = 0; i < WORK_MAX && !TAILQ_EMPTY(&gateway->work); i++) {
        bool was_last = TAILQ_FIRST(&gateway->work) == last;
        connection_work_first(gateway);
        if (was_last)
            break;
    }
}

/* --- stopping --- */

static void stop_deadline_passed(struct timer *timer)
{
    struct gateway *gateway = TIMER_OWNER(timer, struct gateway, stop_deadline);

    gateway->finished = true;
}

/* Reads and runs everything that has arrived, also on connections that wait to be accepted, then
 * closes the listening socket. */
static void begin_stop(struct gateway *gateway)
{
    gateway->stopping = true;
    log_say(gateway->log, LOG_INFO, LOG_SHOW, "stopping", NULL, NULL);
    supervisor_notify("STOPPING=1\nSTATUS=answering the requests that have arrived");
    if (gateway->accepting)
        while (accept_one(gateway))
            ;
    for (struct connection *c = LIST_FIRST(&gateway->connections), *next; c; c = next) {
        next = LIST_NEXT(c, link);
        connection_drain(c);
    }
    timers_disarm(gateway->timers, &gateway->resume_accepting);
    gateway->accepting = false;
    listener_close(&gateway->listener);
    service_stop(gateway->service);
    timers_arm(gateway->timers, &gateway->stop_deadline,
               gateway->clock->mono_us + STOP_PATIENCE_US);
}

/* Hands the connections that are at rest over to the next worker, and closes them. Returns true if
 * a request is still being answered. */
static bool close_those_at_rest(struct gateway *gateway)
{
    bool is_answering = false;

    handover_give(gateway);
    for (struct connection *c = LIST_FIRST(&gateway->connections), *next; c; c = next) {
        next = LIST_NEXT(c, link);
        if (!connection_is_busy(c))
            connection_close(c);
        else
            is_answering = is_answering || !c->feed;
    }
    return is_answering;
}

static void end_feeds(struct gateway *gateway)
{
    for (struct connection *c = LIST_FIRST(&gateway->connections), *next; c; c = next) {
        next = LIST_NEXT(c, link);
        connection_end_feed(c);
    }
}

/* Ends what can end: who listens sees the events of all requests that are still answered. */
static void go_on_stopping(struct gateway *gateway)
{
    if (!close_those_at_rest(gateway)) {
        end_feeds(gateway);
        if (gateway->door)
            door_begin_stop(gateway->door);
        close_those_at_rest(gateway);
    }
    gateway->finished = gateway->finished || (LIST_EMPTY(&gateway->connections) &&
                                              (!gateway->door || door_is_empty(gateway->door)));
}

static void read_signals(struct gateway *gateway)
{
    struct signalfd_siginfo signal;

    while (read(gateway->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        if (signal.ssi_signo == SIGHUP)
            log_reopen(gateway->log);
        else if (gateway->stopping)
            gateway->finished = true;
        else
            begin_stop(gateway);
    }
}

/* --- the turn --- */

/* How long to wait for events. A timer that is due in the next turn (in 1 us) is not waited for. */
static int patience_ms(const struct gateway *gateway, bool log_stalls)
{
    int64_t due_us = timers_next_due_us(gateway->timers), now_us = gateway->clock->mono_us;
    int64_t wait_ms = due_us == INT64_MAX    ? -1
                      : due_us <= now_us + 1 ? 0
                                             : (due_us - now_us) / 1000 + 1;

    if (!TAILQ_EMPTY(&gateway->work))
        return 0;
    if (log_stalls && (wait_ms < 0 || wait_ms > LOG_RETRY_MS))
        return LOG_RETRY_MS;
    return wait_ms > INT32_MAX ? INT32_MAX : (int)wait_ms;
}

static void handle_event(struct gateway *gateway, const struct epoll_event *event)
{
    if (event->data.ptr == &gateway->listener) {
        if (gateway->accepting)
            accept_some(gateway);
    } else if (event->data.ptr == gateway->door) {
        door_run(gateway->door);
    } else if (event->data.ptr == &gateway->signals) {
        read_signals(gateway);
    } else if (!((struct connection *)event->data.ptr)->dead) {
        connection_handle(event->data.ptr, event->events);
    }
}

static bool take_turn(struct gateway *gateway, bool log_stalls)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(gateway->epoll, events, EVENTS_MAX, patience_ms(gateway, log_stalls));

    if (count < 0 && errno != EINTR)
        return false;
    clock_tick(gateway->clock);
    do_work(gateway);
    for (int i = 0; i < count; i++)
        handle_event(gateway, &events[i]);
    timers_run(gateway->timers, gateway->clock->mono_us, TIMERS_MAX);
    service_turn_end(gateway->service);
    if (gateway->stopping)
        go_on_stopping(gateway);
    free_dead(gateway);
    if (gateway->door)
        door_free_dead(gateway->door);
    return true;
}

enum err gateway_run(struct gateway *gateway, struct service *service, struct problem *problem)
{
    gateway->service = service;
    clock_tick(gateway->clock);
    handover_take(gateway);
    while (!gateway->finished) {
        bool log_stalls = log_flush(gateway->log); /* before waiting for events */
        if (!take_turn(gateway, log_stalls))
            return problem_set(problem, ERR_INTERNAL, "the event loop failed: %m");
    }
    return OK;
}
