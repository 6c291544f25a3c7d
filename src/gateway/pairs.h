/* SPDX-License-Identifier: MIT
 *
 * Follows the name-value pairs of a request through its PARAMS records, wherever these cut them,
 * and keeps what has to be known of them before libfcgi reads them. Pure: no socket, no memory.
 */
#ifndef GATEWAY_PAIRS_H
#define GATEWAY_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAIRS_NUMBER_MAX = 20 }; /* bytes: a longer CONTENT_LENGTH is no number of bytes */

struct pairs {
    unsigned char length[8]; /* of the name and the value, as they stand in the stream */
    size_t have;             /* bytes of `length` read */
    size_t name_bytes, name_left, value_left;
    bool is_content_length;        /* the name so far is a beginning of CONTENT_LENGTH */
    bool has_nul;                  /* in a name or a value: libfcgi would cut it there */
    bool has_bad_name;             /* empty, or with a '=', where libfcgi ends a name */
    char number[PAIRS_NUMBER_MAX]; /* the value of the last CONTENT_LENGTH, cut at the maximum */
    size_t number_length;
};

/* Walks on over the content of one PARAMS record. False if the length of a name or a value is more
 * than `bytes_max`. */
bool pairs_walk(struct pairs *pairs, const unsigned char *content, size_t count, size_t bytes_max);

/* True between two pairs: the last one is whole. */
bool pairs_are_whole(const struct pairs *pairs);

/* Gives the number of the last CONTENT_LENGTH. False where there is none, or where it is no number:
 * empty and -1 mean that the front end does not know the length (nginx with
 * `fastcgi_request_buffering off`, Caddy). */
bool pairs_content_length(const struct pairs *pairs, uint64_t *bytes);

#endif
