/* SPDX-License-Identifier: MIT
 *
 * The routes of users: auth/login and users. Any credentials are valid, except for a user that was
 * created with another password. */
#include "call/handler.h"
#include "views/field.h"

/* Reads a required text that is not empty and has no control character. */
static enum err read_required(struct call *call, const struct reader_node *root, const char *key,
                              size_t max_bytes, struct text *out)
{
    struct reader_node node;
    enum err err;

    if ((err = reader_required(root, key, &node, call->problem)) ||
        (err = reader_text(&node, max_bytes, out, call->problem)))
        return err;
    if (text_has_control(*out))
        return reader_refuse(&node, call->problem, "has a control character");
    return out->length > 0 ? OK : reader_refuse(&node, call->problem, "is empty");
}

static enum err read_username(struct call *call, const struct reader_node *root, struct text *out)
{
    struct reader_node node;
    enum err err = reader_required(root, "username", &node, call->problem);

    return err ? err : field_read_name(&node, USERNAME_MAX, out, call->problem);
}

static enum err read_user(struct call *call, struct reader_node *root, struct user *out)
{
    enum err err;

    *out = (struct user){0};
    if ((err = call_body(call, root)) || (err = read_username(call, root, &out->username)) ||
        (err = read_required(call, root, "password", USER_TEXT_MAX, &out->password)))
        return err;
    return OK;
}

enum err handle_login(struct call *call)
{
    struct user wanted, user;
    struct reader_node root;
    enum err err;

    if ((err = read_user(call, &root, &wanted)))
        return err;
    err = pool_state_log_in(call->state, wanted.username, wanted.password, call->arena, &user);
    if (err == ERR_WRONG_PASSWORD)
        return problem_set(call->problem, err, "wrong password for user %.*s",
                           TEXT_ARGS(wanted.username));
    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "token", user.token);
    writer_key(&writer, "user");
    view_login(&writer, &user);
    return call_end_answer(call, &writer);
}

enum err handle_create_user(struct call *call)
{
    struct user wanted, user;
    struct reader_node root;
    enum err err;

    if ((err = read_user(call, &root, &wanted)) ||
        (err = reader_member_text(&root, "email", USER_TEXT_MAX, &wanted.email, call->problem)))
        return err;
    err = pool_state_create_user(call->state, &wanted, call->arena, &user);
    if (err == ERR_USER_EXISTS)
        return problem_set(call->problem, err, "there is a user %.*s already",
                           TEXT_ARGS(wanted.username));
    if (err)
        return err;
    struct writer writer = call_begin_message(call, 201, TEXT("User created"));
    writer_key(&writer, "user");
    view_user(&writer, &user);
    return call_end_answer(call, &writer);
}

enum err handle_delete_user(struct call *call)
{
    struct text username = router_parameter(&call->match, TEXT("username"));
    enum err err = pool_state_delete_user(call->state, username, call->arena);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("User deleted"));
    return call_end_answer(call, &writer);
}
