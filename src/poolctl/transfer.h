/* SPDX-License-Identifier: MIT
 *
 * One HTTP exchange, by libcurl. Redirects are not followed, nothing is sent twice, certificates
 * are checked, and a proxy of the environment is not used for this machine (127.0.0.0/8, ::1,
 * localhost and names below it).
 */
#ifndef POOLCTL_TRANSFER_H
#define POOLCTL_TRANSFER_H

#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"

enum {
    TRANSFER_URL_MAX_BYTES = 16 * 1024,
    TRANSFER_ANSWER_MAX_BYTES = 64 * 1024 * 1024,
};

struct transfer;

/* Where to, and as whom; all borrowed. */
struct transfer_config {
    const char *base_url; /* with or without a slash at its end */
    const char *tenant;   /* or NULL */
    const char *token;    /* or NULL */
    const char *ca_file;  /* the certificates to trust, in PEM; NULL: those of the system */
};

struct transfer_request {
    const char *method;
    struct text target; /* below the base, encoded */
    struct text body;   /* JSON; absent where there is none */
    FILE *from;         /* the body instead, from where the file stands to its end; or NULL */
    FILE *to;           /* where the body of a success goes, if it is an object; or NULL */
    FILE *copy_to;      /* where the body of a failure goes too; or NULL */
    int64_t timeout_ms; /* for all of it; 0 is none */
};

struct transfer_answer {
    long status;        /* of HTTP */
    struct text base;   /* the base URL without a slash at its end; belongs to the transfer */
    struct buffer body; /* of a success only without `to` */
    char last_byte;     /* that went to `to` or `copy_to`; 0: none did */
};

/* Both return EX_OK or an exit status; then the reason has been told. */
int transfer_open(const struct transfer_config *config, struct transfer **out);
void transfer_close(struct transfer **transfer);

/* Returns EX_OK where an answer came whole, whatever it says, if only what goes to `to` begins as
 * an object of JSON: a page of another server takes no file's place. The answer's body is the
 * caller's to free, in each case. */
int transfer_run(struct transfer *transfer, const struct transfer_request *request,
                 struct transfer_answer *answer);

/* Appends text as one segment of a path or one value of a query: all but letters, digits and -._~
 * are escaped. Without memory the buffer has failed. */
void transfer_put_encoded(struct buffer *buffer, const char *text);

#endif
