/* SPDX-License-Identifier: MIT
 *
 * From the bytes of one whole, sound FastCGI request to a message, by libfcgi: the bytes go into a
 * memory file, on which libfcgi can neither block nor read ahead into the next request. The only
 * file with fcgiapp.h.
 */
#ifndef GATEWAY_DECODE_H
#define GATEWAY_DECODE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "http/message.h"

struct decoder;

/* One for the process: libfcgi is initialised by it, and its signal handlers are taken off again.
 * Returns OK, ERR_NO_MEMORY, or ERR_INTERNAL with a sentence. */
enum err decoder_new(struct decoder **out, struct problem *problem);
void decoder_free(struct decoder **decoder);

/* Fills in the request from `bytes`, with all its texts in the arena. `body_kept` is how many bytes
 * of body stand in them; the record that ends it may be missing. Returns OK, ERR_NO_MEMORY (no room
 * for the bytes is that too), or ERR_INTERNAL where libfcgi does not see what is there. */
enum err decoder_read(struct decoder *decoder, struct text bytes, size_t body_kept,
                      struct arena *arena, struct request *request);

#endif
