/* SPDX-License-Identifier: MIT
 *
 * The part of an answer that goes on without its request: a stream of events. A gateway takes the
 * feed out of the response, the request ends, and the gateway reads the feed until it ends or the
 * client goes away. So a client that only listens costs a connection and a feed, and no request.
 */
#ifndef HTTP_FEED_H
#define HTTP_FEED_H

#include <stddef.h>

#include "base/buffer.h"

enum feed_state {
    FEED_WAITS, /* nothing more now; `ready` is called when there may be something */
    FEED_HAS_MORE,
    FEED_ENDED, /* what was appended is the last; the gateway frees the feed */
};

/* To make one, put it at the beginning of a struct of your own, and set `read` and `free`. */
struct feed {
    /* Appends what is new, until about `max_bytes` are appended or nothing is left. Must not
     * block. */
    enum feed_state (*read)(struct feed *, struct buffer *out, size_t max_bytes);
    /* Frees the feed. Called once. */
    void (*free)(struct feed *);
    /* Tells the reader that there may be something to read. It may call `read` and `free` at once.
     * Set by the gateway; NULL: nobody reads yet. */
    void (*ready)(struct feed *);
    void *reader; /* private to the gateway, for `ready` */
};

#endif
