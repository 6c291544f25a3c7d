/* SPDX-License-Identifier: MIT */
#include "gateway/door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/guest.h"

enum { EVENTS_MAX = 64, ACCEPTS_MAX = 16 };

static void set_accepting(struct door *door, bool accepting)
{
    struct epoll_event event = {.events = accepting ? EPOLLIN : 0, .data.ptr = NULL};

    epoll_ctl(door->epoll, EPOLL_CTL_MOD, door->listener.fd, &event);
}

static void resume_accepting(struct timer *timer)
{
    set_accepting(TIMER_OWNER(timer, struct door, resume_accepting), true);
}

/* Accepts one connection. Returns false if there is none. Without a descriptor for it, stops
 * accepting for a moment. */
static bool accept_one(struct door *door)
{
    int fd = accept4(door->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        guest_open(door, fd);
        return true;
    }
    if (errno == EINTR || errno == ECONNABORTED)
        return true;
    if (!listener_lacks_means(errno))
        return false;
    set_accepting(door, false);
    timers_arm(door->config.timers, &door->resume_accepting,
               door->config.clock->mono_us + LISTENER_RETRY_US);
    return false;
}

static void accept_some(struct door *door)
{
    for (int i = 0; i < ACCEPTS_MAX && accept_one(door); i++)
        ;
}

void door_run(struct door *door)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(door->epoll, events, EVENTS_MAX, 0);

    for (int i = 0; i < count; i++) {
        struct guest *guest = events[i].data.ptr;
        if (!guest)
            accept_some(door);
        else
            guest_handle(guest, events[i].events);
    }
}

static bool watch_listener(struct door *door)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

    door->epoll = epoll_create1(EPOLL_CLOEXEC);
    return door->epoll >= 0 &&
           epoll_ctl(door->epoll, EPOLL_CTL_ADD, door->listener.fd, &event) == 0;
}

static bool is_missing(const struct door_config *config, enum err err, const struct door *door)
{
    return !err && door->listener.fd < 0 && strcmp(config->listener.address, "inherit") == 0;
}

enum err door_open(const struct door_config *config, struct door **out, struct problem *problem)
{
    struct door *door = calloc(1, sizeof(*door));

    *out = NULL;
    if (!door)
        return ERR_NO_MEMORY;
    *door = (struct door){.config = *config,
                          .listener = {.fd = -1},
                          .epoll = -1,
                          .resume_accepting = {.fire = resume_accepting}};
    snprintf(door->head, sizeof(door->head), "GET " TICKETS_LOCATION "%s/", config->worker_name);
    enum err err = listener_open(&config->listener, &door->listener, problem);
    bool is_there = !is_missing(config, err, door);
    if (!err && is_there && !watch_listener(door))
        err = problem_set(problem, ERR_INTERNAL, "the door of the WebSockets can't be opened: %m");
    if (err || !is_there)
        door_close(&door);
    *out = door;
    return err;
}

int door_fd(const struct door *door)
{
    return door->epoll;
}

void door_begin_stop(struct door *door)
{
    if (door->is_stopping)
        return;
    door->is_stopping = true;
    timers_disarm(door->config.timers, &door->resume_accepting);
    listener_close(&door->listener);
    for (struct guest *guest = LIST_FIRST(&door->guests), *next; guest; guest = next) {
        next = LIST_NEXT(guest, link);
        guest_end(guest);
    }
}

bool door_is_empty(const struct door *door)
{
    return LIST_EMPTY(&door->guests);
}

void door_free_dead(struct door *door)
{
    struct guest *guest;

    while ((guest = LIST_FIRST(&door->dead))) {
        LIST_REMOVE(guest, link);
        free(guest);
    }
}

void door_close(struct door **door)
{
    struct door *closing = *door;

    if (!closing)
        return;
    while (!LIST_EMPTY(&closing->guests))
        guest_close(LIST_FIRST(&closing->guests));
    door_free_dead(closing);
    timers_disarm(closing->config.timers, &closing->resume_accepting);
    listener_close(&closing->listener);
    if (closing->epoll >= 0)
        close(closing->epoll);
    free(closing);
    *door = NULL;
}
