/* SPDX-License-Identifier: MIT
 *
 * The token of the control routes: --admin-token, or the file that --admin-token-file names.
 */
#ifndef ADMIN_TOKEN_H
#define ADMIN_TOKEN_H

#include "base/arena.h"
#include "base/text.h"
#include "options.h"

/* Sets `token`, empty if none is required. It is borrowed from the options or the arena. Returns
 * OK, ERR_NO_MEMORY, or ERR_BAD_REQUEST with a sentence that names the option and the file. */
enum err admin_token_read(const struct options *options, struct arena *arena, struct text *token,
                          struct problem *problem);

#endif
