/* SPDX-License-Identifier: MIT
 *
 * Notifies systemd, or another supervisor, of the worker's state: the protocol of sd_notify(3), a
 * datagram to the unix socket that the variable NOTIFY_SOCKET names.
 */
#ifndef BASE_SUPERVISOR_H
#define BASE_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
    SUPERVISOR_PATIENCE_MS = 200,
    SUPERVISOR_DESCRIPTORS_MAX = 253, /* in a message; the kernel's maximum */
};

/* Sends `state` to the supervisor: assignments of sd_notify(3), such as "READY=1", one per line.
 * Waits up to SUPERVISOR_PATIENCE_MS for room in the supervisor's queue. Returns true if the
 * datagram was sent, or if there is no NOTIFY_SOCKET; otherwise false with errno set. */
bool supervisor_notify(const char *state);

/* The same, with copies of `count` descriptors, at most SUPERVISOR_DESCRIPTORS_MAX. They stay open
 * here. */
bool supervisor_notify_with(const char *state, const int *fds, size_t count);

/* Sends "STATUS=" and a sentence, which `systemctl status` then shows. Control characters are sent
 * as spaces, and a sentence longer than PROBLEM_TEXT_MAX is cut. Returns as supervisor_notify
 * does. */
bool supervisor_notify_status(struct text sentence);

#endif
