/* SPDX-License-Identifier: MIT
 *
 * The gateway for a CGI server (RFC 3875): reads one request from the environment and standard
 * input, has the service run it, and writes the answer to standard output. It has a loop of its
 * own.
 */
#ifndef GATEWAY_CGI_H
#define GATEWAY_CGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/timer.h"
#include "service/service.h"

struct cgi_config {
    struct body_limits bodies;  /* a longer body is counted and dropped; admin_token is borrowed */
    int64_t receive_timeout_us; /* for the whole body; what comes later is ignored */
    int64_t send_timeout_us;    /* how long the server may take none of the answer */
};

struct cgi;

/* Returns true if a CGI server started this process: GATEWAY_INTERFACE is set, and standard input
 * is not a listening socket. The arguments are then words of the client's query, not options. */
bool cgi_is_asked(void);

/* Reads the request. Timers and clock are borrowed. Returns OK or ERR_NO_MEMORY. */
enum err cgi_open(const struct cgi_config *config, struct timers *timers, struct clock *clock,
                  struct cgi **out);

/* The service's `answer`. */
service_answer cgi_answer;

/* Runs the request, or refuses it with `err` if that is not OK. Returns when the last piece of the
 * answer is known, or the server takes no more. Writes the other pieces as they come; cgi_close
 * writes the last one. */
void cgi_run(struct cgi *cgi, struct service *service, enum err err);

/* Writes the rest of the answer, frees, and nulls the pointer; NULL is legal. Call it after the
 * service and the state are closed, so that a server that reads slowly holds neither. Returns false
 * if not everything could be written. */
bool cgi_close(struct cgi **cgi);

#endif
