/* SPDX-License-Identifier: MIT
 *
 * Follows a stream of the service's events (docs/live.md, "A stream"), and prints them.
 */
#ifndef POOLCTL_FOLLOW_H
#define POOLCTL_FOLLOW_H

#include <stdbool.h>

#include "base/text.h"

struct follow;
struct transfer;

/* Begins to follow. `as_json`: prints each event's JSON instead of a row. Returns NULL without
 * memory. The transfer is borrowed. */
struct follow *follow_new(struct transfer *transfer, bool as_json);
void follow_free(struct follow **follow);

/* Returns the position up to which all events have been printed; "" before the first stream.
 * Borrowed. */
const char *follow_id(const struct follow *follow);

/* Reads the stream at this target, and prints its events, until it ends. If a stream had begun,
 * waits a moment. Returns EX_OK if the stream is to be opened again, otherwise an exit status after
 * a complaint. */
int follow_stream(struct follow *follow, struct text target);

#endif
