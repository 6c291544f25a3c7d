/* SPDX-License-Identifier: MIT
 *
 * Follows the name-value pairs of a request through its PARAMS records, which may cut them
 * anywhere, and notes what must be known before libfcgi reads them. Does no input or output, and
 * allocates nothing.
 */
#ifndef GATEWAY_PAIRS_H
#define GATEWAY_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAIRS_NUMBER_MAX = 20 }; /* bytes; a longer CONTENT_LENGTH is not valid */

struct pairs {
    unsigned char length[8]; /* the encoded lengths of name and value */
    size_t have;             /* bytes of `length` read */
    size_t name_bytes, name_left, value_left;
    bool is_content_length;        /* the name so far is a prefix of CONTENT_LENGTH */
    bool has_nul;                  /* in a name or value, which libfcgi would cut there */
    bool has_bad_name;             /* empty, or with a '=', which ends a name for libfcgi */
    char number[PAIRS_NUMBER_MAX]; /* the value of the last CONTENT_LENGTH, cut at the maximum */
    size_t number_length;
};

/* Continues with the content of one PARAMS record. Returns false if a name or a value is longer
 * than `bytes_max`. */
bool pairs_walk(struct pairs *pairs, const unsigned char *content, size_t count, size_t bytes_max);

/* Returns true if no pair is incomplete. */
bool pairs_are_whole(const struct pairs *pairs);

/* Sets `bytes` to the last CONTENT_LENGTH. Returns false if there is none or it is not a number: a
 * front end that does not know the length sends "" or -1 (nginx with `fastcgi_request_buffering
 * off`, Caddy). */
bool pairs_content_length(const struct pairs *pairs, uint64_t *bytes);

#endif
