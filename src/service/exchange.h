/* SPDX-License-Identifier: MIT
 *
 * One request and what is answered to it, as a gateway sees them.
 */
#ifndef SERVICE_EXCHANGE_H
#define SERVICE_EXCHANGE_H

#include "base/arena.h"
#include "http/message.h"

struct exchange;

/* The request, to be filled in before it is submitted; its texts go into the arena. */
struct arena *exchange_arena(struct exchange *exchange);
struct request *exchange_request(struct exchange *exchange);

/* What the response at hand is of the whole answer. */
enum exchange_part {
    EXCHANGE_WHOLE,  /* head and body: all there is */
    EXCHANGE_PIECE,  /* a piece; pull for the next */
    EXCHANGE_LAST,   /* the last piece */
    EXCHANGE_BROKEN, /* nothing more comes, though it isn't all: the connection is to be closed */
};
enum exchange_part exchange_part(const struct exchange *exchange);
const struct response *exchange_response(const struct exchange *exchange);

#endif
