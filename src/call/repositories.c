/* SPDX-License-Identifier: MIT */
#include "call/repositories.h"

#include "views/field.h"

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
        if ((err = field_read_repository(&element, &out->urls[i], &branches[i], call->problem)))
            return err;
        any_branch |= branches[i].at != NULL;
    }
    out->branches = any_branch ? branches : NULL;
    return OK;
}
