/* SPDX-License-Identifier: MIT */
#include "api/pool_config.h"

#include "call/repositories.h"
#include "views/field.h"

/* Reads the pool's name, which some clients call `name` and others `pool_name`; `name` wins. The
 * rules are those of a name in a path. */
static enum err read_name(struct call *call, const struct reader_node *root, struct text *name)
{
    struct reader_node node;

    if (!reader_member(root, "name", &node) && !reader_member(root, "pool_name", &node))
        return reader_missing(root, "name", call->problem);
    return field_read_name(&node, POOL_NAME_MAX, name, call->problem);
}

static enum err read_env_var(struct call *call, const struct reader_node *node, struct env_var *out,
                             bool *masked)
{
    struct reader_node member;
    enum err err;

    *out = (struct env_var){.value = TEXT("")};
    *masked = false;
    if (reader_type(node) != READER_OBJECT)
        return reader_refuse(node, call->problem, "expected an object");
    if ((err = reader_required(node, "name", &member, call->problem)) ||
        (err = reader_filled_text(&member, CONFIG_TEXT_MAX, &out->name, call->problem)) ||
        (err = reader_member_bool(node, "masked", masked, call->problem)))
        return err;
    return reader_member_text(node, "value", CONFIG_TEXT_MAX, &out->value, call->problem);
}

static enum err read_env_vars(struct call *call, const struct reader_node *root,
                              struct pool_config_body *body)
{
    struct reader_node array;
    size_t count;
    enum err err;

    if (!reader_member(root, "env_vars", &array))
        return OK;
    if ((err = reader_array(&array, CONFIG_LIST_MAX, &count, call->problem)))
        return err;
    struct env_var *env_vars = arena_alloc(call->arena, count * sizeof(*env_vars));
    bool *masked = arena_alloc(call->arena, count * sizeof(*masked));
    if (!env_vars || !masked)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&array, i);
        if ((err = read_env_var(call, &element, &env_vars[i], &masked[i])))
            return err;
    }
    body->spec.env_vars = env_vars;
    body->spec.env_vars_count = count;
    body->env_vars_masked = masked;
    return OK;
}

/* Reads `github_pat`: a string, or {value, masked}. */
static enum err read_github_pat(struct call *call, const struct reader_node *root,
                                struct pool_config_body *body)
{
    struct text *secret = &body->spec.texts[POOL_GITHUB_PAT];
    struct reader_node node;
    enum err err;

    if (!reader_member(root, "github_pat", &node))
        return OK;
    if (reader_type(&node) != READER_OBJECT)
        return reader_text(&node, CONFIG_TEXT_MAX, secret, call->problem);
    if ((err = reader_member_text(&node, "value", CONFIG_TEXT_MAX, secret, call->problem)))
        return err;
    return reader_member_bool(&node, "masked", &body->github_pat_masked, call->problem);
}

/* Reads the other texts: by their own key, or for a file by its name in `container_files`. */
static enum err read_texts(struct call *call, const struct reader_node *root,
                           struct pool_spec *spec)
{
    struct reader_node files;
    bool has_files = reader_member(root, "container_files", &files);
    enum err err = OK;

    if (has_files && reader_type(&files) != READER_OBJECT)
        return reader_refuse(&files, call->problem, "expected an object");
    for (int i = 0; i < POOL_TEXT__MAX && !err; i++) {
        struct pool_text_names names = pool_text_names((enum pool_text)i);
        struct text *text = &spec->texts[i];
        if (i == POOL_GITHUB_PAT)
            continue;
        if (has_files && names.file[0])
            err = reader_member_text(&files, names.file, CONFIG_TEXT_MAX, text, call->problem);
        if (!err && has_files && names.file[0])
            err = reader_member_text(&files, names.key, CONFIG_TEXT_MAX, text, call->problem);
        if (!err)
            err = reader_member_text(root, names.key, CONFIG_TEXT_MAX, text, call->problem);
    }
    return err;
}

static enum err read_repositories(struct call *call, const struct reader_node *root,
                                  struct pool_spec *spec)
{
    struct repositories repositories;
    struct reader_node array;
    enum err err;

    if (!reader_member(root, "repositories", &array))
        return OK;
    if ((err = repositories_read(call, &array, &repositories)))
        return err;
    spec->repositories = repositories.urls;
    spec->branches = repositories.branches;
    spec->repositories_count = repositories.count;
    return OK;
}

static enum err read_root(struct call *call, const struct reader_node *root,
                          struct pool_config_body *body)
{
    struct pool_spec *spec = &body->spec;
    enum err err;

    if ((err = reader_member_number(root, "minimum_pods", 1, POOL_MINIMUM_VMS_MAX,
                                    &body->minimum_pods, call->problem)) ||
        (err = read_texts(call, root, spec)) || (err = read_github_pat(call, root, body)) ||
        (err = read_repositories(call, root, spec)))
        return err;
    return read_env_vars(call, root, body);
}

static enum err read_minimum_vms(struct call *call, const struct reader_node *root,
                                 int64_t *minimum)
{
    return reader_member_number(root, "minimum_vms", 1, POOL_MINIMUM_VMS_MAX, minimum,
                                call->problem);
}

/* True for a `minimum_vms` of 0, which GET shows of a pool without a minimum. */
static bool is_minimum_of_none(const struct reader_node *root)
{
    struct problem problem;
    struct reader_node node;
    int64_t zero;

    return reader_member(root, "minimum_vms", &node) &&
           reader_number(&node, 0, 0, &zero, &problem) == OK;
}

/* Reads `minimum_vms` of an existing pool. A 0 is accepted if the pool's minimum is 0, and then
 * counts as absent. The pool is read before the request may make it. */
static enum err read_new_minimum_vms(struct call *call, const struct reader_node *root,
                                     int64_t *minimum)
{
    struct pool pool;
    enum err err;

    if (!is_minimum_of_none(root))
        return read_minimum_vms(call, root, minimum);
    err = pool_state_get_pool(call->state, call_pool_name(call), call->arena, &pool);
    if (err && err != ERR_POOL_NOT_FOUND)
        return err;
    if (!err && pool.spec.minimum_vms == 0)
        return OK;
    return read_minimum_vms(call, root, minimum);
}

enum err pool_config_read(struct call *call, struct pool_config_body *body)
{
    struct reader_node root, node;
    enum err err;

    *body = (struct pool_config_body){0};
    if ((err = call_body(call, &root)) ||
        (err = read_new_minimum_vms(call, &root, &body->spec.minimum_vms)) ||
        (err = read_root(call, &root, body)))
        return err;
    if (reader_member(&root, "minimum_vms", &node))
        body->minimum_pods = 0;
    return OK;
}

enum err pool_config_read_new(struct call *call, struct pool_spec *spec)
{
    struct pool_config_body body = {0};
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) || (err = read_name(call, &root, &body.spec.name)) ||
        (err = read_minimum_vms(call, &root, &body.spec.minimum_vms)) ||
        (err = read_root(call, &root, &body)))
        return err;
    *spec = body.spec;
    if (spec->minimum_vms == 0)
        spec->minimum_vms = body.minimum_pods;
    return OK;
}

/* True if `text` is the masked form of `secret`. False also without memory. */
static bool is_mask_of(struct text text, struct text secret)
{
    struct buffer masked = buffer_new(CONFIG_TEXT_MAX);

    secret_put_masked(&masked, secret);
    bool is = !masked.failed && text_equal(text, buffer_text(&masked));
    buffer_free(&masked);
    return is;
}

/* Returns the stored value of the variable at index `at` of the body; absent if there is none. Of
 * several variables with one name the n-th stands for the n-th stored one. */
static struct text stored_env_var(const struct pool_spec *stored, const struct env_var *env_vars,
                                  size_t at)
{
    struct text name = env_vars[at].name;
    size_t skip = 0;

    for (size_t i = 0; i < at; i++)
        skip += text_equal(env_vars[i].name, name);
    for (size_t i = 0; i < stored->env_vars_count; i++)
        if (text_equal(stored->env_vars[i].name, name) && skip-- == 0)
            return stored->env_vars[i].value;
    return (struct text){0};
}

enum err pool_config_unmask(struct call *call, const struct pool_config_body *body,
                            const struct pool_spec *stored, struct pool_spec *changes)
{
    struct text *pat = &changes->texts[POOL_GITHUB_PAT];
    size_t count = body->spec.env_vars_count;

    *changes = body->spec;
    if (body->github_pat_masked && pat->at && stored->texts[POOL_GITHUB_PAT].at &&
        is_mask_of(*pat, stored->texts[POOL_GITHUB_PAT]))
        *pat = stored->texts[POOL_GITHUB_PAT];
    if (!body->spec.env_vars)
        return OK;
    struct env_var *env_vars = arena_alloc(call->arena, count * sizeof(*env_vars));
    if (!env_vars)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        env_vars[i] = body->spec.env_vars[i];
        struct text secret = stored_env_var(stored, env_vars, i);
        if (body->env_vars_masked[i] && secret.at && is_mask_of(env_vars[i].value, secret))
            env_vars[i].value = secret;
    }
    changes->env_vars = env_vars;
    return OK;
}

static bool env_vars_differ(const struct pool_spec *a, const struct pool_spec *b)
{
    if (a->env_vars_count != b->env_vars_count)
        return true;
    for (size_t i = 0; i < a->env_vars_count; i++)
        if (!text_equal(a->env_vars[i].name, b->env_vars[i].name) ||
            !text_equal(a->env_vars[i].value, b->env_vars[i].value))
            return true;
    return false;
}

static struct text branch_of(const struct pool_spec *spec, size_t at)
{
    return spec->branches ? spec->branches[at] : (struct text){0};
}

static bool repositories_differ(const struct pool_spec *a, const struct pool_spec *b)
{
    if (a->repositories_count != b->repositories_count)
        return true;
    for (size_t i = 0; i < a->repositories_count; i++)
        if (!text_equal(a->repositories[i], b->repositories[i]) ||
            !text_equal(branch_of(a, i), branch_of(b, i)) ||
            !branch_of(a, i).at != !branch_of(b, i).at)
            return true;
    return false;
}

bool pool_config_remove_unchanged(struct pool_spec *changes, const struct pool_spec *stored)
{
    bool any_text = false;

    if (changes->minimum_vms == stored->minimum_vms)
        changes->minimum_vms = 0;
    for (int i = 0; i < POOL_TEXT__MAX; i++) {
        if (text_equal(changes->texts[i], stored->texts[i]))
            changes->texts[i] = (struct text){0};
        any_text |= changes->texts[i].at != NULL;
    }
    if (changes->env_vars && !env_vars_differ(changes, stored))
        changes->env_vars = NULL;
    if (changes->repositories && !repositories_differ(changes, stored))
        changes->repositories = NULL;
    return changes->minimum_vms > 0 || any_text || changes->env_vars || changes->repositories;
}
