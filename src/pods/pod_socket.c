/* SPDX-License-Identifier: MIT */
#include "pods/pod_socket.h"

void pod_socket_wake(struct pod_socket *socket)
{
    struct feed *feed = &socket->socket.feed;

    if (feed->ready)
        feed->ready(feed);
}

/* Returns true if the pod is there and has not been released since the last check. A claim keeps
 * what the pod has, so it is no end. */
static bool is_same_pod(struct pod_socket *socket)
{
    struct pool_state *state = socket->tenant->state;
    struct arena arena = {0};
    struct pod pod;
    enum err err = pool_state_get_pod(state, socket->pod_name, &arena, &pod);
    bool is_same = socket->generation == pool_state_generation(state);

    if (!err) {
        bool is_claim = socket->usage == POD_FREE && pod.usage == POD_USED;
        is_same = is_same &&
                  (is_claim || (pod.usage == socket->usage && pod.since_ms == socket->since_ms));
        socket->usage = pod.usage;
        socket->since_ms = pod.since_ms;
    }
    arena_free(&arena);
    return is_same && err != ERR_POD_NOT_FOUND && !socket->tenant->removed;
}

static void check_pod(struct timer *timer)
{
    struct pod_socket *socket = TIMER_OWNER(timer, struct pod_socket, check);

    if (is_same_pod(socket))
        return;
    socket->socket.close = SOCKET_CLOSE_GOING_AWAY;
    pod_socket_wake(socket);
}

static void hear_news(struct events_listener *news)
{
    struct pod_socket *socket =
        (struct pod_socket *)((char *)news - offsetof(struct pod_socket, news));

    if (!socket->check.armed) /* after the answers of the turn */
        timers_arm(socket->tenant->timers, &socket->check, socket->clock->mono_us);
}

enum err pod_socket_begin(struct call *call, struct pod_socket *socket)
{
    enum err err = tenant_join_listener(call->tenant, METRIC_LISTENER_POD, call->problem);

    if (err) {
        socket->socket.feed.free(&socket->socket.feed);
        return err;
    }
    socket->tenant = call->tenant;
    socket->pod_name = (struct pod_name){.pod_number = call->pod->number,
                                         .pool_number = call->pod->pool_number};
    socket->generation = pool_state_generation(call->state);
    socket->usage = call->pod->usage;
    socket->since_ms = call->pod->since_ms;
    socket->clock = call->real;
    socket->news = (struct events_listener){.told = hear_news};
    socket->check = (struct timer){.fire = check_pod};
    events_listen(&call->tenant->events, &socket->news);
    return call_upgrade(call, &socket->socket);
}

void pod_socket_end(struct pod_socket *socket)
{
    if (!socket->tenant)
        return;
    timers_disarm(socket->tenant->timers, &socket->check);
    events_unlisten(&socket->news);
    tenant_leave_listener(socket->tenant, METRIC_LISTENER_POD);
}
