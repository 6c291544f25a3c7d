/* SPDX-License-Identifier: MIT
 *
 * CGI variables as a server gives them, "NAME=value" each, into a request.
 */
#ifndef GATEWAY_VARIABLES_H
#define GATEWAY_VARIABLES_H

#include "base/arena.h"
#include "base/err.h"
#include "http/message.h"

/* Copies the strings up to the NULL into the arena. A string without a '=' is a name with an empty
 * value; one without a name is left out. Sets the request's method too. Returns OK or
 * ERR_NO_MEMORY. */
enum err variables_copy(char *const *strings, struct arena *arena, struct request *request);

#endif
