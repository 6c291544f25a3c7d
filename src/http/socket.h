/* SPDX-License-Identifier: MIT
 *
 * What talks to a client on a WebSocket (RFC 6455). A handler makes it, and the gateway's door
 * carries its messages. What it sends are whole frames, which it reads from its feed.
 */
#ifndef HTTP_SOCKET_H
#define HTTP_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "http/feed.h"

/* Codes with which a WebSocket is closed (RFC 6455, section 7.4.1, and the IANA registry). */
enum socket_close {
    SOCKET_CLOSE_NORMAL = 1000,
    SOCKET_CLOSE_GOING_AWAY = 1001, /* the worker stops, or the pod is released */
    SOCKET_CLOSE_PROTOCOL = 1002,
    SOCKET_CLOSE_POLICY = 1008, /* the token is no longer valid */
    SOCKET_CLOSE_TOO_BIG = 1009,
    SOCKET_CLOSE_FAILURE = 1011, /* out of memory */
    SOCKET_CLOSE_LATER = 1013,   /* too slow */
};

/* Which frame a message or an order is (RFC 6455, section 5.2). */
enum socket_frame {
    SOCKET_TEXT = 1,
    SOCKET_BINARY = 2,
    SOCKET_CLOSE = 8,
    SOCKET_PING = 9,
};

/* To make one, put it at the beginning of a struct of your own, and set all but `close`. The feed's
 * `read` appends whole frames (socket_put); after FEED_ENDED the door closes with `close`. */
struct socket {
    struct feed feed;
    /* Takes a message of the client. Text is UTF-8. NULL: messages are ignored. */
    void (*take)(struct socket *, enum socket_frame frame, struct text message);
    size_t message_bytes_max; /* a longer one is closed with SOCKET_CLOSE_TOO_BIG */
    enum socket_close close;  /* set by the feed before it ends; 0: SOCKET_CLOSE_NORMAL */
};

/* Writes an unmasked, final frame (RFC 6455, section 5.2). */
void socket_put(struct buffer *out, enum socket_frame frame, struct text message);

enum { SOCKET_HEADER_MAX = 10 }; /* bytes of a frame's header */

/* Writes the header of such a frame, whose message has `length` bytes. Returns its length. */
size_t socket_write_header(unsigned char header[static SOCKET_HEADER_MAX], enum socket_frame frame,
                           size_t length);

/* Returns the length of the frame at the front of what socket_put has written. */
size_t socket_frame_length(struct text frames);

#endif
