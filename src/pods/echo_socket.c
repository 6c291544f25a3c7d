/* SPDX-License-Identifier: MIT */
#include "pods/echo_socket.h"

#include <stdlib.h>

#include "pods/pod_socket.h"

struct echo_socket {
    struct pod_socket at_pod;
    struct buffer frames; /* to be sent */
};

static void echo_take(struct socket *socket, enum socket_frame frame, struct text message)
{
    socket_put(&((struct echo_socket *)socket)->frames, frame, message);
}

static enum feed_state echo_read(struct feed *feed, struct buffer *out, size_t max_bytes)
{
    struct echo_socket *echo = (struct echo_socket *)feed;

    (void)max_bytes; /* the door reads no message before the last one is sent back */
    if (echo->frames.failed) {
        echo->at_pod.socket.close = SOCKET_CLOSE_FAILURE;
        return FEED_ENDED;
    }
    buffer_put_text(out, buffer_text(&echo->frames));
    buffer_free(&echo->frames);
    return echo->at_pod.socket.close ? FEED_ENDED : FEED_WAITS;
}

static void echo_free(struct feed *feed)
{
    struct echo_socket *echo = (struct echo_socket *)feed;

    pod_socket_end(&echo->at_pod);
    buffer_free(&echo->frames);
    free(echo);
}

enum err echo_socket_begin(struct call *call)
{
    struct echo_socket *echo = malloc(sizeof(*echo));

    if (!echo)
        return ERR_NO_MEMORY;
    *echo = (struct echo_socket){
        .at_pod.socket = {.feed = {.read = echo_read, .free = echo_free},
                          .take = echo_take,
                          .message_bytes_max = call->api->body_max_bytes},
        .frames = buffer_new(SIZE_MAX / 2),
    };
    return pod_socket_begin(call, &echo->at_pod);
}
