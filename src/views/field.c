/* SPDX-License-Identifier: MIT */
#include "views/field.h"

#include "model/name.h"
#include "model/pool.h"

enum err field_read_name(const struct reader_node *node, size_t max_bytes, struct text *out,
                         struct problem *problem)
{
    enum err err = reader_text(node, max_bytes, out, problem);
    const char *fault = err ? NULL : name_fault(*out);

    return fault ? reader_refuse(node, problem, fault) : err;
}

enum err field_read_repository(const struct reader_node *node, struct text *url,
                               struct text *branch, struct problem *problem)
{
    struct reader_node member;
    enum err err;

    *branch = (struct text){0};
    if (reader_type(node) != READER_OBJECT)
        return reader_text(node, CONFIG_TEXT_MAX, url, problem);
    if ((err = reader_required(node, "url", &member, problem)) ||
        (err = reader_text(&member, CONFIG_TEXT_MAX, url, problem)))
        return err;
    return reader_member_text(node, "branch", CONFIG_TEXT_MAX, branch, problem);
}
