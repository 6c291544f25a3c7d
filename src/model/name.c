/* SPDX-License-Identifier: MIT */
#include "model/name.h"

/* Returns what is wrong with the name's dot segments, or NULL. */
static const char *dots_fault(struct text name)
{
    struct text part;
    size_t depth = 0;
    bool has_dots = false;

    while (text_cut(&name, '/', &part)) {
        if (text_equal(part, TEXT(".."))) {
            if (depth-- == 0)
                return "leads to another path by its \"..\"";
            has_dots = true;
        } else if (text_equal(part, TEXT("."))) {
            has_dots = true;
        } else if (part.length > 0) {
            depth++;
        }
    }
    return has_dots && depth == 0 ? "is empty in a path, once \".\" and \"..\" are resolved" : NULL;
}

const char *name_fault(struct text name)
{
    if (name.length == 0)
        return "is empty";
    if (!text_is_utf8(name))
        return "is not UTF-8";
    return text_has_control(name) ? "has a control character" : dots_fault(name);
}

static bool is_id_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

bool rule_id_is_valid(struct text id)
{
    if (id.length == 0 || id.length > RULE_ID_MAX || id.at[0] == '.')
        return false;
    for (size_t i = 0; i < id.length; i++)
        if (!is_id_byte(id.at[i]))
            return false;
    return true;
}
