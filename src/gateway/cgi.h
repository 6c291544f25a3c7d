/* SPDX-License-Identifier: MIT
 *
 * The other gateway: one request of a CGI server (RFC 3875), from the environment and standard
 * input to standard output. The same service runs it; the loop is here.
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
    struct body_limits bodies;  /* a longer body is counted and thrown away; text is borrowed */
    int64_t receive_timeout_us; /* for the whole body; what has not come by then does not */
    int64_t send_timeout_us;    /* how long the server may take nothing of the answer */
};

struct cgi;

/* True where a CGI server has started this process: it says so (GATEWAY_INTERFACE), and standard
 * input is no socket to take connections from. What is in argv is then the client's. */
bool cgi_is_asked(void);

/* Reads the request. The rest is borrowed. Returns OK or ERR_NO_MEMORY. */
enum err cgi_open(const struct cgi_config *config, struct timers *timers, struct clock *clock,
                  struct cgi **out);

/* What the service is to be made with. */
service_answer cgi_answer;

/* Runs the request through the service, or refuses it where `err` is not OK, until all of the
 * answer is known. Pieces are written as they come; what is said last is left to cgi_close. */
void cgi_run(struct cgi *cgi, struct service *service, enum err err);

/* Writes what is left of the answer, frees, and nulls the pointer; NULL is legal. To be called when
 * the service and the state are closed: nobody waits for a server that is slow to read. False where
 * not all could be written. */
bool cgi_close(struct cgi **cgi);

#endif
