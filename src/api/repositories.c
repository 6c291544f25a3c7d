/* SPDX-License-Identifier: MIT */
#include "api/repositories.h"

static enum err read_one(struct call *call, const struct reader_node *node, struct text *url,
                         struct text *branch)
{
    struct reader_node member;
    enum err err;

    *branch = (struct text){0};
    if (reader_type(node) != READER_OBJECT)
        return reader_text(node, CONFIG_TEXT_MAX, url, call->problem);
    if ((err = reader_required(node, "url", &member, call->problem)) ||
        (err = reader_text(&member, CONFIG_TEXT_MAX, url, call->problem)))
        return err;
    return reader_member_text(node, "branch", CONFIG_TEXT_MAX, branch, call->problem);
}

enum err repositories_read(struct call *call, const struct reader_node *array,
                           struct repositories *out)
{
    bool any_branch = false;
    enum err err;

    *out = (struct repositories){0};
    if ((err = reader_array(array, CONFIG_LIST_MAX, &out->count, call->problem)))
        return err;
    out->urls = arena_alloc(call->arena, out->count * sizeof(*out->urls));
    struct text *branches = arena_alloc(call->arena, out->count * sizeof(*branches));
    if (!out->urls || !branches)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < out->count; i++) {
        struct reader_node element = reader_element(array, i);
        if ((err = read_one(call, &element, &out->urls[i], &branches[i])))
            return err;
        any_branch |= branches[i].at != NULL;
    }
    out->branches = any_branch ? branches : NULL;
    return OK;
}
