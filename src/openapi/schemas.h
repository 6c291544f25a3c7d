/* SPDX-License-Identifier: MIT
 *
 * Writes JSON schemas: of the shapes, and the parts of the document that are referred to by name.
 */
#ifndef OPENAPI_SCHEMAS_H
#define OPENAPI_SCHEMAS_H

#include "json/writer.h"
#include "openapi/shapes.h"

void schema_put_text(struct writer *writer, const char *key, const char *text);
void schema_put_description(struct writer *writer, const char *text);

/* Writes the member that refers to a component, such as "responses" and "error404". */
void schema_put_reference(struct writer *writer, const char *what, const char *name);

/* Writes the schema of a member, or of an answer that is no object of its own. */
void schema_put(struct writer *writer, const struct row *row);

/* Writes the schema of an object, of the head of a shape or an answer. An answer has `success`
 * before its members. */
void schema_put_object(struct writer *writer, const struct row *head);

/* Write the components: `schemas`, and the `responses`: `error` is any error, `error404` one with
 * this status. */
void schemas_put(struct writer *writer);
void schemas_put_errors(struct writer *writer);

#endif
