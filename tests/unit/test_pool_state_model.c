/* SPDX-License-Identifier: MIT
 *
 * Random calls, each applied to a state and to the simple model of state_model.h. */
#include "by_name.h"
#include "state_steps.h"

#include <stdio.h>
#include <string.h>

enum { STEPS = 5000 };

static struct text name_of(int name)
{
    return name ? text_for("pool", name) : TEXT("default-pool");
}

static void assert_optional(struct text actual, struct text expected)
{
    assert_int_equal(actual.at != NULL, expected.at != NULL);
    assert_true(text_equal(actual, expected));
}

static void assert_list(const struct text *texts, size_t count, const int *values,
                        size_t values_count)
{
    assert_int_equal(count, values_count);
    for (size_t i = 0; i < count; i++)
        assert_optional(texts[i], text_for("list", values[i]));
}

static struct text session_id(const struct model_session *session)
{
    return session->id ? text_for("id", session->id) : text_for("session", session->number);
}

static void assert_sessions(const struct model_pod *expected)
{
    const struct text name = text_for("mock-pod", expected->number);
    const struct env_var *sessions;
    size_t count;

    assert_int_equal(list_sessions_by_name(pools, name, &arena, &sessions, &count), OK);
    assert_int_equal(count, expected->sessions_count);
    for (size_t i = 0; i < count; i++) {
        const struct model_session *session = &expected->sessions[i];
        assert_optional(sessions[i].name, session_id(session));
        assert_optional(sessions[i].value, text_for("mock-session-token", session->number));
    }
}

static void assert_pod(const struct pod *pod, const struct model_pod *expected)
{
    assert_int_equal(pod->number, expected->number);
    assert_int_equal(pod->pool_number, expected->pool);
    assert_optional(pod->pool_name, name_of(model_pool_of(expected)->name));
    assert_int_equal(pod->usage, expected->used);
    assert_int_equal(pod->state, expected->state);
    assert_int_equal(pod->since_ms, expected->since_ms);
    assert_optional(pod->claimed_by, text_for("workspace", expected->claimed_by));
    assert_optional(pod->user_info, text_for("user", expected->user_info));
    assert_list(pod->repositories, pod->repositories_count, expected->repositories,
                expected->repositories_count);
    assert_list(pod->branches, pod->branches_count, expected->branches, expected->branches_count);
    assert_int_equal(pod->env_vars_count, expected->env_vars_count);
    for (size_t i = 0; i < pod->env_vars_count; i++) {
        assert_optional(pod->env_vars[i].name, text_for("name", (int)i + 1));
        assert_optional(pod->env_vars[i].value, text_for("list", expected->env_vars[i]));
    }
}

/* Walks a pool's list of pods and the model's in step. */
struct walk {
    int64_t pool;
    int at;
};

static bool walk_pod(const struct pod *pod, void *context)
{
    struct walk *walk = context;

    walk->at = model_next_of_pool(walk->pool, walk->at);
    assert_true(walk->at < model.pods_count);
    assert_int_equal(pod->goose_ms, model.pods[walk->at].goose_ms);
    assert_pod(pod, &model.pods[walk->at++]);
    return true;
}

static void check_pool(const struct model_pool *expected)
{
    int64_t total = model_count(expected->number, false),
            used = model_count(expected->number, true);
    struct walk walk = {.pool = expected->number};
    struct pool pool;

    assert_int_equal(pool_state_get_or_create_pool(pools, name_of(expected->name), (struct text){0},
                                                   &arena, &pool),
                     OK);
    assert_int_equal(pool_state_load_config(pools, &arena, &pool), OK);
    assert_int_equal(pool.number, expected->number);
    assert_int_equal(pool.spec.minimum_vms, expected->minimum_vms);
    assert_optional(pool.spec.texts[POOL_BRANCH_NAME], text_for("branch", expected->branch));
    assert_int_equal(pool.counts.total, total);
    assert_int_equal(pool.counts.used, used);
    assert_int_equal(pool.counts.available, total - used);
    assert_int_equal(pool.counts.pending, 0);
    assert_int_equal(pool.counts.failed, 0);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, MODEL_PODS_MAX, &arena, walk_pod, &walk),
                     OK);
    assert_int_equal(model_next_of_pool(expected->number, walk.at), model.pods_count);
}

static void check_users(void)
{
    for (int64_t token = 1; token <= model.last_token + 1; token++) {
        bool known = false;
        for (int i = 0; i < MODEL_USERS; i++)
            known |= model.users[i].known && model.users[i].token == token;
        assert_int_equal(pool_state_know_token(pools, text_for("mock-token", token)),
                         known ? OK : ERR_BAD_TOKEN);
    }
}

static void check_replies(void)
{
    const struct goose_reply *replies;
    size_t count;

    assert_int_equal(pool_state_get_replies(pools, &arena, &replies, &count), OK);
    assert_int_equal(count, model.replies_count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(replies[i].pieces, model.replies[i]);
}

static bool walk_pool(const struct pool *pool, void *context)
{
    int *at = context;

    assert_true(*at < model.pools_count);
    assert_int_equal(pool->number, model.pools[*at].number);
    assert_int_equal(pool->counts.used, model_count(pool->number, true));
    ++*at;
    return true;
}

/* Reads only sometimes, because a read writes the tally. */
static void check_all(void)
{
    struct pool_state_totals totals;
    int seen = 0;

    now.wall_ms += 1000; /* a release and a claim never share a millisecond */
    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, model.pools_count);
    assert_int_equal(totals.pods, model.pods_count);
    assert_int_equal(pool_state_generation(pools), model.generation);
    if (dice_roll(&dice, 3))
        return;
    assert_int_equal(pool_state_list_pools(pools, 0, 100, walk_pool, &seen), OK);
    assert_int_equal(seen, model.pools_count);
    for (int i = 0; i < model.pools_count; i++)
        check_pool(&model.pools[i]);
    for (int i = 0; i < model.pods_count; i++)
        if (model.pods[i].sessions_count || dice_roll(&dice, 8) == 0)
            assert_sessions(&model.pods[i]);
    check_users();
    check_replies();
}

/* --- the calls, each on the state and on the model --- */

/* Picks a random pod, and names it by its id or its subdomain. Returns NULL for a pod that does not
 * exist, which it picks sometimes. */
static struct model_pod *roll_pod(struct text *name)
{
    struct model_pod *found = NULL;
    char string[64];
    int at = (int)dice_roll(&dice, (unsigned)model.pods_count + 2), length;

    if (at < model.pods_count)
        found = &model.pods[at];
    long long number = found ? (long long)found->number : (long long)model.last_pod + 100;
    long long pool = found ? (long long)found->pool : 1;
    switch (dice_roll(&dice, 8)) {
    case 0:
        found = NULL;
        length = snprintf(string, sizeof(string), "pod-pool-%lld-%lld", pool + 1, number);
        break;
    case 1:
    case 2:
    case 3:
        length = snprintf(string, sizeof(string), "pod-pool-%lld-%lld", pool, number);
        break;
    default:
        length = snprintf(string, sizeof(string), "mock-pod-%lld", number);
    }
    *name = arena_copy(&arena, (struct text){string, (size_t)length});
    return found;
}

static void claim(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS), workspace = 1 + (int)dice_roll(&dice, 50);
    int64_t pool = model_make_pool(name, MODEL_NEW_POOL_PODS, now.wall_ms)->number;
    const struct claim_wish wish = {name_of(name), text_for("workspace", workspace), false, 0};
    struct claim_refusal refusal;
    struct pod pod;
    int at;

    for (at = model_next_of_pool(pool, 0); at < model.pods_count && model.pods[at].used;
         at = model_next_of_pool(pool, at + 1))
        ;
    if (at == model.pods_count)
        model_add_pods(pool, 1, now.wall_ms);
    struct model_pod *expected = &model.pods[at];
    expected->used = true;
    expected->claimed_by = workspace;
    expected->since_ms = now.wall_ms;
    assert_int_equal(pool_state_claim_pod(pools, &wish, &arena, &pod, &refusal), OK);
    assert_pod(&pod, expected);
}

static void release(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    struct pod pod;
    enum err err = release_pod_by_name(pools, name, &arena, &pod);

    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    model_free_pod(expected, expected->used ? now.wall_ms : expected->since_ms);
    assert_pod(&pod, expected);
}

static void mark_used(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    int user_info = (int)dice_roll(&dice, 3);
    struct pod pod;
    enum err err = mark_pod_used_by_name(pools, name, text_for("user", user_info), &arena, &pod);

    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    if (!expected->used)
        expected->since_ms = now.wall_ms;
    expected->used = true;
    if (user_info)
        expected->user_info = user_info;
    assert_pod(&pod, expected);
}

static size_t roll_list(int *values, struct text *texts)
{
    size_t count = dice_roll(&dice, MODEL_LIST_MAX + 1);

    for (size_t i = 0; i < count; i++) {
        values[i] = 1 + (int)dice_roll(&dice, 100);
        texts[i] = text_for("list", values[i]);
    }
    return count;
}

static void update(void)
{
    struct text name, repositories[MODEL_LIST_MAX], branches[MODEL_LIST_MAX];
    struct model_pod *expected = roll_pod(&name), rolled;
    bool with_branches = dice_roll(&dice, 2);
    struct pod pod;

    rolled.repositories_count = roll_list(rolled.repositories, repositories);
    rolled.branches_count = roll_list(rolled.branches, branches);
    enum err err = set_repositories_by_name(pools, name, repositories, rolled.repositories_count,
                                            with_branches ? branches : NULL, rolled.branches_count,
                                            &arena, &pod);
    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    memcpy(expected->repositories, rolled.repositories, sizeof(rolled.repositories));
    expected->repositories_count = rolled.repositories_count;
    if (with_branches) {
        memcpy(expected->branches, rolled.branches, sizeof(rolled.branches));
        expected->branches_count = rolled.branches_count;
    }
    assert_pod(&pod, expected);
}

static void create(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    int64_t minimum_vms = (int64_t)dice_roll(&dice, 5);
    bool expected = !model_find_pool(name), created;
    struct pool pool;

    assert_int_equal(pool_state_create_pool(
                         pools,
                         &(struct pool_spec){.name = name_of(name), .minimum_vms = minimum_vms},
                         &arena, &pool, &created),
                     OK);
    model_make_pool(name, minimum_vms ? minimum_vms : MODEL_NEW_POOL_PODS, now.wall_ms);
    assert_int_equal(created, expected);
}

static void add_pods(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    const struct model_pool *pool = model_find_pool(name);
    int64_t count = (int64_t)dice_roll(&dice, 4);

    assert_int_equal(pool_state_add_pods(pools, name_of(name), count),
                     pool ? OK : ERR_POOL_NOT_FOUND);
    if (pool)
        model_add_pods(pool->number, count, now.wall_ms);
}

static void environment(void)
{
    struct env_var env_vars[MODEL_LIST_MAX];
    struct text name, values[MODEL_LIST_MAX];
    struct model_pod *expected = roll_pod(&name);
    int rolled[MODEL_LIST_MAX];
    size_t count = roll_list(rolled, values);
    struct pod pod;

    for (size_t i = 0; i < count; i++)
        env_vars[i] = (struct env_var){text_for("name", (int)i + 1), values[i]};
    assert_int_equal(set_environment_by_name(pools, name, env_vars, count, &arena, &pod),
                     expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    memcpy(expected->env_vars, rolled, sizeof(rolled));
    expected->env_vars_count = count;
    assert_pod(&pod, expected);
}

static void start_goose(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    struct pod pod;

    assert_int_equal(start_goose_by_name(pools, name, &arena, &pod),
                     expected ? OK : ERR_POD_NOT_FOUND);
    if (expected && !expected->goose_ms)
        expected->goose_ms = now.wall_ms;
    if (expected)
        assert_pod(&pod, expected);
}

static void open_session(void)
{
    struct goose_session session;
    struct text name;
    struct model_pod *pod = roll_pod(&name);
    int id = (int)dice_roll(&dice, 4);
    const struct model_session *expected = pod ? model_open_session(pod, id) : NULL;

    if (pod && !expected)
        return;
    assert_int_equal(open_session_by_name(pools, name, text_for("id", id), &arena, &session),
                     pod ? OK : ERR_POD_NOT_FOUND);
    if (!pod)
        return;
    assert_optional(session.id, session_id(expected));
    assert_optional(session.token, text_for("mock-session-token", expected->number));
}

static void delete_pod(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    struct pod pod;

    assert_int_equal(delete_pod_by_name(pools, name, &arena, &pod),
                     expected ? OK : ERR_POD_NOT_FOUND);
    if (expected)
        model_remove_pod((int)(expected - model.pods));
}

static void delete_pool(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    struct model_pool *pool = model_find_pool(name);

    assert_int_equal(pool_state_delete_pool(pools, name_of(name)), pool ? OK : ERR_POOL_NOT_FOUND);
    if (pool)
        model_remove_pool(pool);
}

static void update_pool(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS), branch = (int)dice_roll(&dice, 4);
    int64_t minimum_vms = (int64_t)dice_roll(&dice, 10);
    struct model_pool *expected = model_make_pool(name, MODEL_NEW_POOL_PODS, now.wall_ms);
    struct pool_spec changes = {.minimum_vms = minimum_vms,
                                .texts = {[POOL_BRANCH_NAME] = text_for("branch", branch)}};
    struct pool pool;

    assert_int_equal(
        pool_state_get_or_create_pool(pools, name_of(name), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool_state_update_pool(pools, &pool, &changes, &arena, &pool), OK);
    if (branch)
        expected->branch = branch;
    if (minimum_vms)
        model_scale(expected, minimum_vms, now.wall_ms);
    assert_int_equal(pool.counts.total, model_count(expected->number, false));
    assert_int_equal(pool.counts.used, model_count(expected->number, true));
}

static void assert_user(const struct user *user, const struct model_user *expected)
{
    assert_optional(user->token, text_for("mock-token", expected->token));
    assert_int_equal(user->registered, expected->registered);
    assert_int_equal(user->last_login_ms, expected->last_login_ms);
}

static void create_user(void)
{
    int name = (int)dice_roll(&dice, MODEL_USERS), password = 1 + (int)dice_roll(&dice, 2);
    struct model_user *expected = &model.users[name];
    struct user user;
    const struct user wanted = {.username = text_for("user", name + 1),
                                .password = text_for("password", password)};

    assert_int_equal(pool_state_create_user(pools, &wanted, &arena, &user),
                     expected->registered ? ERR_USER_EXISTS : OK);
    if (expected->registered)
        return;
    if (!expected->known)
        expected->token = ++model.last_token;
    expected->known = expected->registered = true;
    expected->password = password;
    assert_user(&user, expected);
}

static void log_in(void)
{
    int name = (int)dice_roll(&dice, MODEL_USERS), password = 1 + (int)dice_roll(&dice, 2);
    struct model_user *expected = &model.users[name];
    bool wrong = expected->registered && expected->password != password;
    struct user user;

    assert_int_equal(pool_state_log_in(pools, text_for("user", name + 1),
                                       text_for("password", password), &arena, &user),
                     wrong ? ERR_WRONG_PASSWORD : OK);
    if (wrong)
        return;
    if (!expected->known)
        expected->token = ++model.last_token;
    expected->known = true;
    expected->last_login_ms = now.wall_ms;
    assert_user(&user, expected);
}

static void delete_user(void)
{
    int name = (int)dice_roll(&dice, MODEL_USERS);
    bool there = model.users[name].registered;

    assert_int_equal(pool_state_delete_user(pools, text_for("user", name + 1), &arena),
                     there ? OK : ERR_USER_NOT_FOUND);
    if (there)
        model.users[name] = (struct model_user){0};
}

static void set_replies(void)
{
    struct goose_reply replies[MODEL_LIST_MAX];

    model.replies_count = dice_roll(&dice, MODEL_LIST_MAX + 1);
    for (size_t i = 0; i < model.replies_count; i++) {
        model.replies[i] = 1 + (int64_t)dice_roll(&dice, 9);
        replies[i] = (struct goose_reply){.pattern = TEXT("p"), .pieces = model.replies[i]};
    }
    assert_int_equal(pool_state_set_replies(pools, replies, model.replies_count), OK);
}

static void reset(void)
{
    struct pool_state_totals dropped;

    assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
    assert_int_equal(dropped.pools, model.pools_count);
    assert_int_equal(dropped.pods, model.pods_count);
    model_reset(now.wall_ms);
}

static const struct step kinds[] = {
    {35, claim},      {20, release},    {10, mark_used},   {8, update},
    {6, environment}, {4, start_goose}, {6, open_session}, {5, delete_pod},
    {2, delete_pool}, {5, update_pool}, {3, create},       {2, add_pods},
    {2, create_user}, {3, log_in},      {1, delete_user},  {2, set_replies}};

TEST(random_calls_match_the_model)
{
    steps_open();
    steps_take(STEPS, kinds, UNIT_COUNT(kinds), reset, check_all);
    steps_close();
}
