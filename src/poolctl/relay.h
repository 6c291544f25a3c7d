/* SPDX-License-Identifier: MIT
 *
 * The relay: a process that takes the deliveries of the service, makes their requests, and reports
 * the results (docs/callbacks.md). It runs until SIGTERM or SIGINT, and outlives restarts of the
 * service.
 */
#ifndef POOLCTL_RELAY_H
#define POOLCTL_RELAY_H

#include "poolctl/arguments.h"
#include "poolctl/transfer.h"

/* Runs the relay. At a signal, the attempts that have begun are ended and reported. A second signal
 * ends it at once. Returns EX_OK, or an exit status after a complaint. */
int relay_run(const struct arguments *arguments, const struct transfer_config *config);

#endif
