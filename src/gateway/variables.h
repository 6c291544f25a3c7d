/* SPDX-License-Identifier: MIT
 *
 * Copies CGI variables, strings of the form "NAME=value", into a request.
 */
#ifndef GATEWAY_VARIABLES_H
#define GATEWAY_VARIABLES_H

#include "base/arena.h"
#include "base/err.h"
#include "http/message.h"

/* Copies the strings up to the NULL into the arena, and sets the request's method. A string without
 * a '=' is a name with an empty value; one without a name is left out. Returns OK or
 * ERR_NO_MEMORY. */
enum err variables_copy(char *const *strings, struct arena *arena, struct request *request);

#endif
