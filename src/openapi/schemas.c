/* SPDX-License-Identifier: MIT */
#include "openapi/schemas.h"

#include <stdio.h>
#include <string.h>

#include "model/settings.h"

static const struct {
    int status;
    const char *code;
} errors[] = {
#define ERR(name, status, wait, code, sentence) {status, code},
#include "base/err.def"
#undef ERR
};

enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

/* --- parts --- */

void schema_put_text(struct writer *writer, const char *key, const char *text)
{
    writer_text_key(writer, text_of(key));
    writer_text(writer, text_of(text));
}

void schema_put_reference(struct writer *writer, const char *what, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "#/components/%s/%s", what, name);
    schema_put_text(writer, "$ref", path);
}

void schema_put_description(struct writer *writer, const char *text)
{
    schema_put_text(writer, "description", text);
}

static void put_schema_of(struct writer *writer, const char *shape)
{
    writer_object(writer);
    schema_put_reference(writer, "schemas", shape);
    writer_end_object(writer);
}

/* Writes the type, or a list of it and null. */
static void put_type(struct writer *writer, const char *type, bool may_be_null)
{
    if (!may_be_null) {
        schema_put_text(writer, "type", type);
        return;
    }
    writer_member_array(writer, "type");
    writer_text(writer, text_of(type));
    writer_text(writer, TEXT("null"));
    writer_end_array(writer);
}

static void put_simple(struct writer *writer, const char *type)
{
    writer_object(writer);
    schema_put_text(writer, "type", type);
    writer_end_object(writer);
}

static void put_items(struct writer *writer, const struct row *row)
{
    writer_key(writer, "items");
    if (row->type == LIST)
        put_schema_of(writer, row->of);
    else if (row->type == TEXTS)
        put_simple(writer, "string");
    if (row->type != TEXTS_OR)
        return;
    writer_object(writer);
    writer_member_array(writer, "anyOf");
    put_simple(writer, "string");
    put_schema_of(writer, row->of);
    writer_end_array(writer);
    writer_end_object(writer);
}

static void put_any_of(struct writer *writer, const struct row *row)
{
    writer_member_array(writer, "anyOf");
    if (row->type == OBJECT)
        put_schema_of(writer, row->of);
    else
        put_simple(writer, "string");
    if (row->type == TEXT_OR_TEXTS) {
        schema_put(writer, &(struct row){.type = TEXTS});
    } else {
        put_simple(writer, "null");
    }
    writer_end_array(writer);
}

/* The types of JSON schema; NULL: one by reference, or any. */
static const char *const type_names[] = {
    [TEXT] = "string",    [TIME] = "string",      [NUMBER] = "integer", [FRACTION] = "number",
    [FLAG] = "boolean",   [MAP] = "object",       [TEXTS] = "array",    [LIST] = "array",
    [TEXTS_OR] = "array", [TEXT_OR_TEXTS] = NULL,
};

void schema_put(struct writer *writer, const struct row *row)
{
    writer_object(writer);
    if (row->type == TEXT_OR_TEXTS || (row->type == OBJECT && row->may_be_null))
        put_any_of(writer, row);
    else if (row->type == OBJECT)
        schema_put_reference(writer, "schemas", row->of);
    else if (type_names[row->type])
        put_type(writer, type_names[row->type], row->may_be_null);
    if (row->type == TIME)
        schema_put_text(writer, "format", "date-time");
    if (row->type == MAP)
        put_simple(writer_key(writer, "additionalProperties"), "string");
    if (row->type == TEXTS || row->type == LIST || row->type == TEXTS_OR)
        put_items(writer, row);
    writer_end_object(writer);
}

static void put_property(struct writer *writer, const struct row *member)
{
    writer_text_key(writer, text_of(member->name));
    schema_put(writer, member);
}

static void put_required(struct writer *writer, const struct row *member)
{
    if (!member->may_be_missing)
        writer_text(writer, text_of(member->name));
}

void schema_put_object(struct writer *writer, const struct row *head)
{
    writer_object(writer);
    schema_put_text(writer, "type", "object");
    writer_member_object(writer, "properties");
    if (head->kind == ROW_ANSWER)
        writer_member_raw(writer, "success", TEXT("{\"const\":true}"));
    shapes_each_member(head, writer, put_property);
    writer_end_object(writer);
    writer_member_array(writer, "required");
    if (head->kind == ROW_ANSWER)
        writer_text(writer, TEXT("success"));
    shapes_each_member(head, writer, put_required);
    writer_end_array(writer);
    writer_member_bool(writer, "additionalProperties", false);
    writer_end_object(writer);
}

/* --- settings and errors --- */

static void put_setting(struct writer *writer, const char *key, bool is_word)
{
    writer_text_key(writer, text_of(key));
    schema_put(writer, &(struct row){.type = is_word ? TEXT : NUMBER, .may_be_null = true});
}

/* Writes the schema of settings: all of them, or a pool's own. */
static void put_settings(struct writer *writer, bool own)
{
    enum { NUMBER_KIND, DURATION_KIND, STATUS_KIND, WORD_KIND };

    writer_object(writer);
    schema_put_text(writer, "type", "object");
    writer_member_object(writer, "properties");
#define SETTING(name, key, kind, ...) put_setting(writer, key, kind##_KIND == WORD_KIND);
#define PROGRESSION_SETTING(...)
#include "model/settings.def"
#undef SETTING
#undef PROGRESSION_SETTING
    writer_member_object(writer, "progression");
    schema_put_text(writer, "type", "object");
    writer_member_object(writer, "properties");
#define SETTING(...)
#define PROGRESSION_SETTING(name, key, kind, ...) \
    put_setting(writer, key, kind##_KIND == WORD_KIND);
#include "model/settings.def"
#undef SETTING
#undef PROGRESSION_SETTING
    writer_end_object(writer);
    writer_member_bool(writer, "additionalProperties", false);
    writer_end_object(writer);
    writer_end_object(writer);
    writer_member_array(writer, "required");
#define SETTING(name, key, kind, ...) \
    if (!own)                         \
        writer_text(writer, TEXT(key));
#define PROGRESSION_SETTING(...)
#include "model/settings.def"
#undef SETTING
#undef PROGRESSION_SETTING
    writer_end_array(writer);
    writer_member_bool(writer, "additionalProperties", false);
    writer_end_object(writer);
}

/* Writes the schema of the errors with this status; 0: of all. Some errors have members of their
 * own, which tell more. */
static void put_error(struct writer *writer, int status)
{
    writer_object(writer);
    schema_put_text(writer, "type", "object");
    writer_member_object(writer, "properties");
    writer_member_raw(writer, "success", TEXT("{\"const\":false}"));
    writer_member_raw(writer, "error", TEXT("{\"type\":\"string\"}"));
    writer_member_raw(writer, "message", TEXT("{\"type\":\"string\"}"));
    writer_member_object(writer, "code");
    writer_member_array(writer, "enum");
    for (int i = 0; i < ERRORS; i++)
        if (status == 0 || errors[i].status == status)
            writer_text(writer, text_of(errors[i].code));
    writer_end_array(writer);
    writer_end_object(writer);
    writer_member_raw(writer, "hint", TEXT("{\"type\":\"string\"}"));
    writer_member_raw(writer, "count", TEXT("{\"type\":\"integer\"}"));
    writer_member_raw(writer, "dropped", TEXT("{\"type\":\"integer\"}"));
    writer_member_raw(writer, "lastId", TEXT("{\"type\":\"string\"}"));
    writer_member_raw(writer, "lastSeq", TEXT("{\"type\":\"integer\"}"));
    writer_member_raw(writer, "gap", TEXT("{\"$ref\":\"#/components/schemas/gap\"}"));
    writer_member_raw(writer, "misses", TEXT("{\"type\":\"array\",\"items\":{}}"));
    writer_end_object(writer);
    writer_member_raw(writer, "required", TEXT("[\"success\",\"error\",\"message\",\"code\"]"));
    writer_member_bool(writer, "additionalProperties", false);
    writer_end_object(writer);
}

/* --- components --- */

void schemas_put(struct writer *writer)
{
    size_t count;
    const struct row *rows = shapes_rows(&count);

    writer_member_object(writer, "schemas");
    for (const struct row *row = rows; row < rows + count; row++) {
        if (row->kind != ROW_SHAPE)
            continue;
        buffer_put_char(writer->out, '\n');
        writer_text_key(writer, text_of(row->name));
        schema_put_object(writer, row);
    }
    writer_key(writer, "settings");
    put_settings(writer, false);
    writer_key(writer, "own_settings");
    put_settings(writer, true);
    writer_end_object(writer);
}

static void put_error_response(struct writer *writer, int status)
{
    writer_object(writer);
    schema_put_description(writer, "An error. `code` tells which, `error` what to do.");
    writer_member_object(writer, "content");
    writer_member_object(writer, "application/json");
    writer_key(writer, "schema");
    put_error(writer, status);
    writer_end_object(writer);
    writer_end_object(writer);
    writer_end_object(writer);
}

void schemas_put_errors(struct writer *writer)
{
    char name[16];

    writer_member_object(writer, "responses");
    writer_key(writer, "error");
    put_error_response(writer, 0);
    for (int status = 400; status < 600; status++) {
        bool is_known = false;
        for (int i = 0; i < ERRORS; i++)
            is_known |= errors[i].status == status;
        if (!is_known)
            continue;
        buffer_put_char(writer->out, '\n');
        snprintf(name, sizeof(name), "error%d", status);
        writer_text_key(writer, text_of(name));
        put_error_response(writer, status);
    }
    writer_end_object(writer);
}
