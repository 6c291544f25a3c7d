/* SPDX-License-Identifier: MIT
 *
 * What Goose replies to a prompt, by the script (docs/pods.md, "What Goose says"). The stream
 * and the WebSocket send it in their own forms.
 */
#ifndef PODS_GOOSE_SCRIPT_H
#define PODS_GOOSE_SCRIPT_H

#include "call/handler.h"

/* Chooses the script's first reply that matches the prompt, otherwise the usual one. A reply
 * without a text echoes the prompt. In the arena. Returns OK, ERR_NO_MEMORY, or an error of the
 * store. */
enum err goose_script_choose(struct pool_state *state, struct text prompt, struct arena *arena,
                             struct goose_reply *out);

/* Cuts one of `left` pieces of about the same length off the front: whole characters. */
struct text goose_script_cut_piece(struct text *text, size_t left);

#endif
