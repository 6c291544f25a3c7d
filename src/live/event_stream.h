/* SPDX-License-Identifier: MIT
 *
 * A stream of events (docs/live.md, "A stream"): server-sent events (WHATWG HTML, section 9.2), or
 * a WebSocket with the JSON of an event in each text frame.
 */
#ifndef LIVE_EVENT_STREAM_H
#define LIVE_EVENT_STREAM_H

#include "live/beginning.h"
#include "live/event_filter.h"

/* Answers the call with a stream: its first event is stream.open, then comes a gap if there is one,
 * then events as they happen. The response's feed continues it. Returns OK, ERR_LISTENER_LIMIT,
 * ERR_NO_MEMORY. */
enum err event_stream_begin(struct call *call, const struct beginning *beginning,
                            const struct event_filter *filter);

#endif
