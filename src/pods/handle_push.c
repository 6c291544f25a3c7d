/* SPDX-License-Identifier: MIT
 *
 * POST push at a pod's control port. Nothing is pushed. The answer names a pull request, or with
 * `pr=false` a branch, for each repository of the body, or of the pod if the body has no list.
 */
#include "call/handler.h"
#include "model/repository.h"

static const char branch_of_no_name[] = "main";

struct push {
    struct text *urls;
    struct text *branches;
    size_t count;
    bool makes_pulls; /* not with pr=false */
    bool stays;       /* stayOnCurrentBranch=true: the newest pull request is given again */
};

static bool is_empty(struct text text)
{
    return text.length == 0;
}

/* Reads an element of `repos`. Its branch is its `branch_name`, otherwise its `base_branch`. */
static enum err read_repository(struct call *call, const struct reader_node *node, struct text *url,
                                struct text *branch)
{
    struct text base = {0};
    struct reader_node member;
    enum err err;

    *branch = (struct text){0};
    if (reader_type(node) != READER_OBJECT)
        return reader_refuse(node, call->problem, "expected an object");
    if ((err = reader_required(node, "url", &member, call->problem)) ||
        (err = reader_text(&member, CONFIG_TEXT_MAX, url, call->problem)) ||
        (err = reader_member_text(node, "branch_name", CONFIG_TEXT_MAX, branch, call->problem)) ||
        (err = reader_member_text(node, "base_branch", CONFIG_TEXT_MAX, &base, call->problem)))
        return err;
    if (is_empty(*url))
        return reader_refuse(&member, call->problem, "is empty");
    if (is_empty(*branch))
        *branch = base;
    return OK;
}

static enum err make_lists(struct call *call, struct push *push, size_t count)
{
    push->count = count;
    push->urls = arena_alloc(call->arena, count * sizeof(*push->urls));
    push->branches = arena_alloc(call->arena, count * sizeof(*push->branches));
    return push->urls && push->branches ? OK : ERR_NO_MEMORY;
}

static enum err take_stored(struct call *call, struct push *push)
{
    const struct pod *pod = call->pod;
    enum err err = make_lists(call, push, pod->repositories_count);

    for (size_t i = 0; i < push->count && !err; i++) {
        push->urls[i] = pod->repositories[i];
        push->branches[i] = i < pod->branches_count ? pod->branches[i] : (struct text){0};
    }
    return err;
}

static enum err read_repositories(struct call *call, struct push *push)
{
    struct reader_node root, array;
    size_t count;
    enum err err;

    if ((err = call_body(call, &root)))
        return err;
    if (!reader_member(&root, "repos", &array))
        return take_stored(call, push);
    if ((err = reader_array(&array, CONFIG_LIST_MAX, &count, call->problem)) ||
        (err = make_lists(call, push, count)))
        return err;
    for (size_t i = 0; i < count && !err; i++) {
        struct reader_node element = reader_element(&array, i);
        err = read_repository(call, &element, &push->urls[i], &push->branches[i]);
    }
    return err;
}

static enum err read_push(struct call *call, struct push *push)
{
    struct text pr, stay;
    enum err err;

    if ((err = call_query(call, "pr", &pr)) ||
        (err = call_query(call, "stayOnCurrentBranch", &stay)))
        return err;
    push->makes_pulls = !text_equal(pr, TEXT("false"));
    push->stays = text_equal(stay, TEXT("true"));
    return read_repositories(call, push);
}

/* Returns the repository's key in the answer: clients look for pull requests by "owner/repo", and
 * for branches by the repository alone. */
static struct text name_at(const struct push *push, size_t at)
{
    return push->makes_pulls ? repository_full_name(push->urls[at])
                             : repository_name(push->urls[at]);
}

/* True if an earlier repository has the same key, which an object may have only once. */
static bool is_named_before(const struct push *push, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (text_equal(name_at(push, i), name_at(push, at)))
            return true;
    return false;
}

static enum err put_pull(struct call *call, struct writer *writer, struct text name, bool stays)
{
    int64_t number;
    enum err err = pool_state_pull_request(call->state, name, stays, &number);

    if (err)
        return err;
    writer_begin_text(writer);
    buffer_put_text(writer->out, TEXT("https://github.com/"));
    buffer_put_escaped(writer->out, name);
    buffer_put_text(writer->out, TEXT("/pull/"));
    buffer_put_number(writer->out, number);
    writer_end_text(writer);
    return OK;
}

enum err handle_pod_push(struct call *call)
{
    struct push push = {0};
    enum err err = read_push(call, &push);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Pushed"));
    writer_text_key(&writer, push.makes_pulls ? TEXT("prs") : TEXT("branches"));
    writer_object(&writer);
    for (size_t i = 0; i < push.count && !err; i++) {
        struct text name = name_at(&push, i), branch = push.branches[i];
        if (is_empty(name) || is_named_before(&push, i))
            continue;
        writer_text_key(&writer, name);
        if (push.makes_pulls)
            err = put_pull(call, &writer, name, push.stays);
        else
            writer_text(&writer, is_empty(branch) ? text_of(branch_of_no_name) : branch);
    }
    writer_end_object(&writer);
    return err ? err : call_end_answer(call, &writer);
}
