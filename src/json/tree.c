/* SPDX-License-Identifier: MIT */
#include "json/tree.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <json.h>

#include "json/number.h"
#include "json/scan.h"

enum { ELEMENTS_AT_FIRST = 4 }; /* initial capacity of an array, which doubles */

/* A tree while it is built. */
struct building {
    struct tree *tree;
    struct json_object *open[SCAN_DEPTH_MAX]; /* outermost first; owned by the tree */
    unsigned depth;                           /* number of open arrays and objects */
    struct text key;                          /* of the member whose value is next */
};

/* Adds a value to the innermost open array or object, or makes it the root. Takes ownership of it,
 * even on failure. */
static enum err place(struct building *building, struct json_object *value)
{
    struct json_object *within = building->depth > 0 ? building->open[building->depth - 1] : NULL;
    int failed = 0;

    if (!within)
        building->tree->root = value;
    else if (json_object_is_type(within, json_type_array))
        failed = json_object_array_add(within, value);
    else /* the scan has checked that the key is new */
        failed = json_object_object_add_ex(within, building->key.at, value,
                                           JSON_C_OBJECT_ADD_KEY_IS_NEW |
                                               JSON_C_OBJECT_KEY_IS_CONSTANT);
    if (failed)
        json_object_put(value);
    return failed ? ERR_NO_MEMORY : OK;
}

/* As place, for a constructor's result, which is NULL if out of memory. */
static enum err place_made(struct building *building, struct json_object *value)
{
    return value ? place(building, value) : ERR_NO_MEMORY;
}

static enum err open_made(struct building *building, struct json_object *value)
{
    enum err err = place_made(building, value);

    if (!err)
        building->open[building->depth++] = value;
    return err;
}

static enum err add_number(struct building *building, struct text number)
{
    struct json_object *made;
    int64_t whole;

    if (number_is_plain(number) && number_whole(number, &whole) && whole != INT64_MIN &&
        whole != INT64_MAX)
        return place_made(building, json_object_new_int64(whole));
    const struct text written = arena_copy(&building->tree->texts, number);
    made = written.at ? json_object_new_double(strtod(written.at, NULL)) : NULL;
    if (made)
        json_object_set_userdata(made, (void *)(uintptr_t)written.at, NULL);
    return place_made(building, made);
}

static enum err take(void *context, enum scan_event event, struct text text)
{
    struct building *building = context;

    switch (event) {
    case SCAN_NULL:
        return place(building, NULL);
    case SCAN_FALSE:
    case SCAN_TRUE:
        return place_made(building, json_object_new_boolean(event == SCAN_TRUE));
    case SCAN_NUMBER:
        return add_number(building, text);
    case SCAN_TEXT:
        return place_made(building, json_object_new_string_len(text.at, (int)text.length));
    case SCAN_KEY:
        building->key = arena_copy(&building->tree->texts, text);
        return building->key.at ? OK : ERR_NO_MEMORY;
    case SCAN_OBJECT:
        return open_made(building, json_object_new_object());
    case SCAN_ARRAY:
        return open_made(building, json_object_new_array_ext(ELEMENTS_AT_FIRST));
    case SCAN_END:
        building->depth--;
        return OK;
    }
    return OK;
}

enum err tree_build(struct tree *tree, struct text whole, struct text part, size_t values_max,
                    struct problem *problem)
{
    struct building building = {.tree = tree};
    const struct scan_sink sink = {take, &building};

    *tree = (struct tree){0};
    if (part.length > INT_MAX) /* json-c counts in int */
        return ERR_BODY_TOO_LARGE;
    if (part.at == whole.at && part.length == whole.length)
        return scan_json(whole, values_max, &sink, problem);
    return scan_json_part(whole, part, values_max, &sink, problem);
}

void tree_free(struct tree *tree)
{
    json_object_put(tree->root);
    arena_free(&tree->texts);
    *tree = (struct tree){0};
}

struct text tree_number(struct json_object *number, char *to)
{
    if (json_object_is_type(number, json_type_double))
        return text_of(json_object_get_userdata(number));
    snprintf(to, TREE_NUMBER_MAX, "%" PRId64, json_object_get_int64(number));
    return text_of(to);
}

bool tree_whole(struct json_object *number, int64_t *out)
{
    if (json_object_is_type(number, json_type_double))
        return number_whole(text_of(json_object_get_userdata(number)), out);
    *out = json_object_get_int64(number);
    return true;
}
