/* SPDX-License-Identifier: MIT
 *
 * The answers in the documents, which the tests have really got (docs/contributing.md).
 */
#ifndef OPENAPI_EXAMPLES_H
#define OPENAPI_EXAMPLES_H

#include "base/text.h"

/* Reads a document. Ends the program if it can't be read. */
void examples_read(const char *path);

/* Returns the JSON of the first answer with this status in the chapter of the route; absent if
 * there is none, or only one with something left out. */
struct text examples_find(const char *method, const char *pattern, int status);

#endif
