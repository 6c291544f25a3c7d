/* SPDX-License-Identifier: MIT */
#include "views/field.h"

#include "model/delivery.h"
#include "model/name.h"
#include "model/pool.h"

enum err field_read_name(const struct reader_node *node, size_t max_bytes, struct text *out,
                         struct problem *problem)
{
    enum err err = reader_text(node, max_bytes, out, problem);
    const char *fault = err ? NULL : name_fault(*out);

    return fault ? reader_refuse(node, problem, fault) : err;
}

enum err field_read_texts(const struct reader_node *object, const char *key, struct arena *arena,
                          const struct text **out, size_t *count, struct problem *problem)
{
    struct reader_node array;
    enum err err;

    if (!reader_member(object, key, &array))
        return OK;
    if ((err = reader_array(&array, CONFIG_LIST_MAX, count, problem)))
        return err;
    struct text *texts = arena_alloc(arena, *count * sizeof(*texts));
    if (!texts)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < *count && !err; i++) {
        struct reader_node element = reader_element(&array, i);
        err = reader_text(&element, CONFIG_TEXT_MAX, &texts[i], problem);
    }
    *out = texts;
    return err;
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

enum err field_read_url(const struct reader_node *object, const char *key, struct text *out,
                        struct problem *problem)
{
    struct reader_node node;
    enum err err;

    if (!reader_member(object, key, &node))
        return OK;
    if ((err = reader_text(&node, CALLBACK_URL_MAX, out, problem)))
        return err;
    return callback_url_is_valid(*out)
               ? OK
               : reader_refuse(&node, problem,
                               "expected a URL that begins with http:// or https://");
}
