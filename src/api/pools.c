/* SPDX-License-Identifier: MIT
 *
 * The routes of pools: status, list, create. */
#include "api/handler.h"
#include "api/pod_list.h"

enum { PAGE_LIMIT_MAX = 1000 };

static void show_status_entry(struct writer *writer, const struct pod *pod,
                              const struct view_defaults *defaults)
{
    (void)defaults;
    view_pod_status(writer, pod);
}

static enum err get_pool(struct call *call, struct pool *pool)
{
    call->facts.pool = call_pool(call);
    return pool_state_get_or_create_pool(call->state, call->facts.pool, (struct text){0},
                                         call->arena, pool);
}

enum err handle_status(struct call *call)
{
    struct text simple;
    struct pool pool;
    enum err err;

    if ((err = call_query(call, "simple", &simple)) || (err = get_pool(call, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "pool");
    view_pool_summary(&writer, &pool);
    writer_key(&writer, "pool_name");
    writer_text(&writer, pool.spec.name);
    writer_key(&writer, "status");
    view_pool_status(&writer, &pool, call->clock->wall_ms);
    if (text_equal(simple, TEXT("true")))
        return call_end_answer(call, &writer);
    return pod_list_answer(call, &writer, &pool, (struct pod_list_range){0}, show_status_entry);
}

/* `limit` and `cursor` of a paged list; a cursor is the id or subdomain of the last pod shown,
 * which may be gone since. */
static enum err read_range(struct call *call, struct pod_list_range *range)
{
    struct text limit, cursor;
    struct pod_name after = {0};
    uint64_t number = 0;
    enum err err;

    *range = (struct pod_list_range){0};
    if ((err = call_query(call, "limit", &limit)) || (err = call_query(call, "cursor", &cursor)))
        return err;
    if (limit.length > 0 && (!text_to_number(limit, PAGE_LIMIT_MAX, &number) || number == 0))
        return problem_set(call->problem, ERR_BAD_QUERY, "limit: expected a number from 1 to %d",
                           PAGE_LIMIT_MAX);
    if (cursor.length > 0 && !pod_name_parse(cursor, &after))
        return problem_set(call->problem, ERR_BAD_QUERY, "cursor: not one that a list has given");
    range->limit = (int64_t)number;
    range->after = after.number;
    return OK;
}

enum err handle_workspaces(struct call *call)
{
    struct pod_list_range range;
    struct pool pool;
    enum err err;

    if ((err = read_range(call, &range)) || (err = get_pool(call, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "pool_name");
    writer_text(&writer, pool.spec.name);
    return pod_list_answer(call, &writer, &pool, range, view_pod);
}

/* The pool's name, which clients of one generation call `name` and of the others `pool_name`;
 * `name` is looked at first. The rules are those of a name in a path. */
static enum err read_name(struct call *call, const struct reader_node *root, struct text *name)
{
    struct reader_node node;
    enum err err;

    if (!reader_member(root, "name", &node) && !reader_member(root, "pool_name", &node))
        return reader_missing(root, "name", call->problem);
    if ((err = reader_text(&node, POOL_NAME_MAX, name, call->problem)))
        return err;
    if (name->length == 0)
        return reader_refuse(&node, call->problem, "is empty");
    if (text_has_control(*name))
        return reader_refuse(&node, call->problem, "has a control character");
    return OK;
}

static enum err read_env_var(struct call *call, const struct reader_node *node, struct env_var *out)
{
    struct reader_node member;
    enum err err;

    *out = (struct env_var){.value = TEXT("")};
    if (reader_type(node) != READER_OBJECT)
        return reader_refuse(node, call->problem, "expected an object");
    if (!reader_member(node, "name", &member))
        return reader_missing(node, "name", call->problem);
    if ((err = reader_text(&member, CONFIG_TEXT_MAX, &out->name, call->problem)))
        return err;
    if (out->name.length == 0)
        return reader_refuse(&member, call->problem, "is empty");
    return reader_member_text(node, "value", CONFIG_TEXT_MAX, &out->value, call->problem);
}

static enum err read_env_vars(struct call *call, const struct reader_node *root,
                              struct pool_spec *spec)
{
    struct reader_node array;
    enum err err;

    if (!reader_member(root, "env_vars", &array))
        return OK;
    if ((err = reader_array(&array, CONFIG_LIST_MAX, &spec->env_vars_count, call->problem)))
        return err;
    struct env_var *env_vars = arena_alloc(call->arena, spec->env_vars_count * sizeof(*env_vars));
    if (!env_vars)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < spec->env_vars_count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = read_env_var(call, &element, &env_vars[i])))
            return err;
    }
    spec->env_vars = env_vars;
    return OK;
}

/* `github_pat` is a string, or {value, masked}: there is no stored one yet that a mask could stand
 * for. */
static enum err read_github_pat(struct call *call, const struct reader_node *root, struct text *out)
{
    struct reader_node node;

    if (!reader_member(root, "github_pat", &node))
        return OK;
    if (reader_type(&node) == READER_OBJECT)
        return reader_member_text(&node, "value", CONFIG_TEXT_MAX, out, call->problem);
    return reader_text(&node, CONFIG_TEXT_MAX, out, call->problem);
}

static enum err read_spec(struct call *call, struct pool_spec *spec)
{
    const struct {
        const char *key;
        struct text *text;
    } texts[] = {
        {"apiKey", &spec->api_key},
        {"repo_name", &spec->repo_name},
        {"branch_name", &spec->branch_name},
        {"github_username", &spec->github_username},
    };
    struct reader_node root;
    enum err err;

    *spec = (struct pool_spec){0};
    if ((err = call_body(call, &root)) || (err = read_name(call, &root, &spec->name)))
        return err;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if ((err = reader_member_text(&root, texts[i].key, CONFIG_TEXT_MAX, texts[i].text,
                                      call->problem)))
            return err;
    if ((err = reader_member_number(&root, "minimum_vms", 1, POOL_MINIMUM_VMS_MAX,
                                    &spec->minimum_vms, call->problem)) ||
        (err = read_github_pat(call, &root, &spec->github_pat)))
        return err;
    return read_env_vars(call, &root, spec);
}

enum err handle_create_pool(struct call *call)
{
    struct pool_spec spec;
    struct pool pool;
    bool created;
    enum err err;

    if ((err = read_spec(call, &spec)) ||
        (err = pool_state_create_pool(call->state, &spec, call->arena, &pool, &created)))
        return err;
    call->facts.pool = pool.spec.name;
    struct writer writer = call_begin_answer(call, created ? 201 : 200);
    writer_key(&writer, "message");
    writer_text(&writer,
                created ? TEXT("Pool created") : TEXT("Pool exists already; nothing was changed"));
    writer_key(&writer, "owner");
    writer_text(&writer, call->api->defaults.owner);
    writer_key(&writer, "pool");
    view_pool_created(&writer, &pool, &call->api->defaults);
    return call_end_answer(call, &writer);
}
