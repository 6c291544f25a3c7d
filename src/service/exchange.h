/* SPDX-License-Identifier: MIT
 *
 * One request and its answer, as a gateway sees them.
 */
#ifndef SERVICE_EXCHANGE_H
#define SERVICE_EXCHANGE_H

#include "base/arena.h"
#include "http/message.h"

struct exchange;

/* Return the arena and the request. The gateway fills the request in, with its texts in the arena,
 * before it submits the exchange. */
struct arena *exchange_arena(struct exchange *exchange);
struct request *exchange_request(struct exchange *exchange);

/* Which part of the whole answer the response is. */
enum exchange_part {
    EXCHANGE_WHOLE,  /* all of it */
    EXCHANGE_PIECE,  /* a piece; service_pull asks for the next one */
    EXCHANGE_LAST,   /* the last piece */
    EXCHANGE_FEED,   /* the first bytes; the rest comes from a feed (exchange_take_feed) */
    EXCHANGE_BROKEN, /* cut off: nothing more comes, and the connection must be closed */
};
enum exchange_part exchange_part(const struct exchange *exchange);
const struct response *exchange_response(const struct exchange *exchange);

/* Takes the feed of an EXCHANGE_FEED, which the caller reads and frees. */
struct feed *exchange_take_feed(struct exchange *exchange);

#endif
