/* SPDX-License-Identifier: MIT
 *
 * Users and their tokens: in the state, in the log, and where every route asks for one. Plain
 * requests are in tests/stack/rows/users.rows and tokens.rows. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "service/route.h"
#include "state_dump.h"

static struct arena arena;

static void set_up(void)
{
    front_open_with(&(struct service_config){.require_auth = true});
}

static void tear_down(void)
{
    arena_free(&arena);
    front_tear_down();
}

SUITE(.set_up = set_up, .tear_down = tear_down);

/* --- in the state --- */

static enum err create(const char *username, const char *password, struct user *user)
{
    const struct user wanted = {.username = text_of(username), .password = text_of(password)};

    return pool_state_create_user(front.state, &wanted, &arena, user);
}

static enum err log_in(const char *username, const char *password, struct user *user)
{
    return pool_state_log_in(front.state, text_of(username), text_of(password), &arena, user);
}

TEST(user_is_made_once_with_a_token)
{
    struct user user;

    assert_int_equal(create("u", "p", &user), OK);
    assert_true(user.registered);
    assert_text(user.token, "mock-token-1");
    assert_null(user.email.at);
    assert_int_equal(user.created_ms, front.clock.wall_ms);
    assert_int_equal(user.last_login_ms, 0);
    assert_int_equal(create("u", "p", &user), ERR_USER_EXISTS);
    assert_int_equal(create("U", "p", &user), OK);
    assert_text(user.token, "mock-token-2");
}

TEST(login_is_good_with_any_password_unless_the_user_was_made_with_another)
{
    struct user user;

    assert_int_equal(log_in("visitor", "a", &user), OK);
    assert_text(user.token, "mock-token-1");
    assert_false(user.registered);
    assert_int_equal(log_in("visitor", "b", &user), OK);
    assert_text(user.token, "mock-token-1");
    assert_int_equal(create("u", "p", &user), OK);
    assert_int_equal(log_in("u", "P", &user), ERR_WRONG_PASSWORD);
    assert_int_equal(log_in("u", "p", &user), OK);
    assert_text(user.token, "mock-token-2");
    assert_int_equal(user.last_login_ms, front.clock.wall_ms);
}

TEST(visitor_who_is_made_a_user_keeps_the_token_and_gets_the_password)
{
    struct user user;

    assert_int_equal(log_in("v", "a", &user), OK);
    front_pass_us(5000);
    assert_int_equal(create("v", "b", &user), OK);
    assert_text(user.token, "mock-token-1");
    assert_int_equal(user.created_ms, front.clock.wall_ms);
    assert_int_equal(user.last_login_ms, front.clock.wall_ms - 5);
    assert_int_equal(log_in("v", "a", &user), ERR_WRONG_PASSWORD);
}

TEST(deleted_user_and_token_are_gone)
{
    struct user user;

    assert_int_equal(create("u", "p", &user), OK);
    assert_int_equal(log_in("visitor", "p", &user), OK);
    assert_int_equal(pool_state_know_token(front.state, TEXT("mock-token-1")), OK);
    assert_int_equal(pool_state_delete_user(front.state, TEXT("u"), &arena), OK);
    assert_int_equal(pool_state_know_token(front.state, TEXT("mock-token-1")), ERR_BAD_TOKEN);
    assert_int_equal(pool_state_delete_user(front.state, TEXT("u"), &arena), ERR_USER_NOT_FOUND);
    assert_int_equal(pool_state_delete_user(front.state, TEXT("visitor"), &arena),
                     ERR_USER_NOT_FOUND);
    assert_int_equal(pool_state_know_token(front.state, TEXT("mock-token-2")), OK);
    assert_int_equal(log_in("u", "other", &user), OK);
    assert_text(user.token, "mock-token-3");
}

TEST(tokens_are_those_of_users_and_pools_and_no_other_setting)
{
    struct pool pool;
    bool created;
    struct pool_spec spec = {.name = TEXT("p")};

    for (int i = 0; i < POOL_TEXT__MAX; i++)
        spec.texts[i] = text_of(pool_text_names((enum pool_text)i).key);
    assert_int_equal(pool_state_create_pool(front.state, &spec, &arena, &pool, &created), OK);
    for (int i = 0; i < POOL_TEXT__MAX; i++)
        assert_int_equal(pool_state_know_token(front.state, spec.texts[i]),
                         i == POOL_API_KEY ? OK : ERR_BAD_TOKEN);
    assert_int_equal(pool_state_know_token(front.state, TEXT("")), ERR_BAD_TOKEN);
    assert_int_equal(pool_state_know_token(front.state, TEXT("apiKe")), ERR_BAD_TOKEN);
}

TEST(empty_api_key_is_nobodys_token)
{
    struct pool pool;

    assert_int_equal(pool_state_get_or_create_pool(front.state, TEXT("p"), TEXT(""), &arena, &pool),
                     OK);
    assert_int_equal(pool_state_know_token(front.state, TEXT("")), ERR_BAD_TOKEN);
}

/* --- over the routes --- */

static int status_with(const char *authorization, const char *method, const char *target,
                       const char *body)
{
    struct client client = client_as(authorization, method, target, body);
    int status = client_status(&client);

    client_free(&client);
    return status;
}

static void assert_refused(const char *authorization, const char *method, const char *target,
                           enum err err)
{
    struct client client = client_as(authorization, method, target, "");

    client_assert_error(&client, err);
    client_free(&client);
}

/* Who logs in; "Bearer " and the token, to be freed with the arena. */
static const char *bearer(const char *body)
{
    struct json_object *json;
    char header[100];

    assert_int_equal(front_ask("POST", AT("auth/login"), body, &json), 200);
    snprintf(header, sizeof(header), "Bearer %s", json_text_at(json, "token"));
    json_object_put(json);
    return arena_copy(&arena, text_of(header)).at;
}

TEST(every_route_but_the_open_ones_asks_for_a_token)
{
    static const struct {
        const char *method, *pattern;
        bool open;
    } rows[] = {
#define ROUTE_OPEN true
#define ROUTE_TOKEN false
#define ROUTE(method, pattern, operation, handle, effect, access, ...) \
    {#method, pattern, ROUTE_##access},
#include "call/routes.def"
#undef ROUTE
    };
    struct buffer before = state_dump(front.state);
    int open = 0;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char target[200];
        open += rows[i].open;
        if (rows[i].open)
            continue;
        snprintf(target, sizeof(target), AT("%s"), rows[i].pattern);
        for (char *at = target; *at; at++) /* {pool} is a name as good as any */
            *at = *at == '{' || *at == '}' ? 'x' : *at;
        assert_refused(NULL, rows[i].method, target, ERR_NO_TOKEN);
        assert_refused("", rows[i].method, target, ERR_NO_TOKEN);
        assert_refused("Bearer nobody", rows[i].method, target, ERR_BAD_TOKEN);
        assert_refused("Bearer ", rows[i].method, target, ERR_BAD_TOKEN);
        assert_refused("Basic nobody", rows[i].method, target, ERR_BAD_TOKEN);
        state_assert_unchanged(front.state, &before);
    }
    buffer_free(&before);
    assert_true(open >= 4); /* login and control */
    assert_int_equal(front_ask("GET", AT("__admin/health"), "", NULL), 200);
    assert_int_equal(front_ask("POST", AT("__admin/reset"), "", NULL), 200);
    assert_int_equal(front_ask("GET", AT("__admin/goose"), "", NULL), 200);
}

TEST(no_secret_reaches_the_log)
{
    static const char *const secrets[] = {"s3cret-pass", "mock-token-", "s3cret-key",
                                          "s3cret-pat",  "s3cret-env",  "s3cret-bearer"};

    const char *visitor = bearer("{\"username\":\"v\",\"password\":\"s3cret-pass\"}");
    assert_int_equal(status_with(visitor, "POST", AT("pools?apiKey=s3cret-key"),
                                 "{\"name\":\"p\",\"apiKey\":\"s3cret-key\",\"github_pat\":"
                                 "\"s3cret-pat\",\"env_vars\":[{\"name\":\"A\",\"value\":"
                                 "\"s3cret-env\"}]}"),
                     201);
    assert_int_equal(status_with("Bearer s3cret-bearer", "GET", AT("pools"), ""), 401);
    assert_int_equal(status_with(visitor, "POST", AT("users"),
                                 "{\"username\":\"v\",\"password\":\"s3cret-pass\"}"),
                     201);
    assert_int_equal(status_with(NULL, "POST", AT("auth/login"),
                                 "{\"username\":\"v\",\"password\":\"s3cret-pass2\"}"),
                     401);
    struct buffer log = front_log();
    assert_true(log.length > 0);
    for (size_t i = 0; i < UNIT_COUNT(secrets); i++)
        if (memmem(log.bytes, log.length, secrets[i], strlen(secrets[i])))
            fail_msg("%s in %.*s", secrets[i], TEXT_ARGS(buffer_text(&log)));
    buffer_free(&log);
}
