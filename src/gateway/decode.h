/* SPDX-License-Identifier: MIT
 *
 * Decodes the bytes of one FastCGI request, which intake.h has checked, with libfcgi. libfcgi reads
 * them from memory, so it can neither block nor read into the next request. The only file that
 * includes libfcgi's headers.
 */
#ifndef GATEWAY_DECODE_H
#define GATEWAY_DECODE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "http/message.h"

struct decoder;

/* Makes the process's one decoder: initialises libfcgi, removes the signal handlers that it sets,
 * and checks that it reads from memory. Returns OK, ERR_NO_MEMORY, or ERR_INTERNAL with a sentence.
 */
enum err decoder_new(struct decoder **out, struct problem *problem);
void decoder_free(struct decoder **decoder);

/* Fills in the request from `bytes`, with all its texts in the arena. `body_kept` is the number of
 * bytes of the body in them; the record that ends the body may be missing. Returns OK,
 * ERR_NO_MEMORY (also if there is no descriptor), or ERR_INTERNAL if libfcgi does not read the
 * request that intake.h found. */
enum err decoder_read(struct decoder *decoder, struct text bytes, size_t body_kept,
                      struct arena *arena, struct request *request);

#endif
