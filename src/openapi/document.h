/* SPDX-License-Identifier: MIT
 *
 * The OpenAPI document: the routes of the tables, with their parameters, answers and errors.
 */
#ifndef OPENAPI_DOCUMENT_H
#define OPENAPI_DOCUMENT_H

#include "json/writer.h"

/* Writes the document. Ends the program, with a sentence, if a table is incomplete. */
void document_put(struct writer *writer, const char *version);

#endif
