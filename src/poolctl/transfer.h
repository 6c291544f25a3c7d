/* SPDX-License-Identifier: MIT
 *
 * Sends requests to the service and receives its answers, with libcurl. Redirects are not followed,
 * nothing is sent twice, and certificates are checked. A proxy set in the environment is not used
 * for this machine (127.0.0.0/8, ::1, localhost and names below it).
 */
#ifndef POOLCTL_TRANSFER_H
#define POOLCTL_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

enum {
    TRANSFER_SILENCE_MAX_S = 60,
    TRANSFER_URL_MAX_BYTES = 16 * 1024,
    TRANSFER_ANSWER_MAX_BYTES = 64 * 1024 * 1024,
};

struct transfer;

/* The service's address, and the caller's credentials. All texts are borrowed. */
struct transfer_config {
    const char *base_url; /* with or without a slash at its end */
    const char *tenant;   /* or NULL */
    const char *token;    /* or NULL */
    const char *ca_file;  /* a file of certificates to trust, in PEM; NULL: those of the system */
};

struct transfer_request {
    const char *method;
    struct text target;    /* below the base URL, encoded */
    struct text body;      /* JSON; absent: no body */
    FILE *from;            /* the source of the body, from its position to its end; NULL: `body` */
    const char *from_path; /* the name of `from`, for sentences about the body; or NULL */
    FILE *to;              /* receives the body of a success, if it is an object; or NULL */
    /* Receives the body of a success as it arrives, a stream of events; returns false, after a
     * complaint, to end the transfer. NULL: none. The stream may be silent for at most
     * TRANSFER_SILENCE_MAX_S. */
    bool (*take)(void *context, struct text piece);
    void *context;
    bool is_quiet;      /* no complaint if no complete answer comes */
    FILE *copy_to;      /* receives a copy of the body of a failure; or NULL */
    int64_t timeout_ms; /* for the whole exchange; 0: no limit */
};

struct transfer_answer {
    long status;           /* of HTTP */
    struct text base;      /* the base URL without a slash at its end; borrowed from the transfer */
    const char *sent_path; /* the request's from_path */
    struct buffer body;    /* empty for a success that went to `to` */
    char last_byte;        /* the last byte that went to `to` or `copy_to`; 0: none */
};

/* Opens a transfer. Returns EX_OK, or an exit status after a complaint. The caller closes it, even
 * after a failure. */
int transfer_open(const struct transfer_config *config, struct transfer **out);
void transfer_close(struct transfer **transfer);

/* Sends a request. Returns EX_OK if a complete answer came, whatever its status, and an exit status
 * after a complaint otherwise. A success goes to `to` only if it begins as a JSON object, so that
 * no page of another server replaces a file. The caller frees the answer's body in every case. */
int transfer_run(struct transfer *transfer, const struct transfer_request *request,
                 struct transfer_answer *answer);

/* Appends text, encoded as a segment of a path or a value of a query: escapes all bytes except
 * letters, digits and -._~. Sets the buffer's `failed` if memory runs out. */
void transfer_put_encoded(struct buffer *buffer, const char *text);

/* Appends the base URL with the tenant, and a slash at its end. */
void transfer_put_base(struct buffer *buffer, const struct transfer_config *config);

#endif
