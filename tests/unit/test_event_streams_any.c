/* SPDX-License-Identifier: MIT
 *
 * Any requests in any order, and clients that list the pods once and then follow a stream of
 * events: whenever such a client has read all that there is, its pods are those of the state. Turns
 * are lost, states are replaced, tenants are deleted, clocks jump; the clients join, drop their
 * stream and take it up again, and list anew only when a gap tells them to.
 */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "unit.h"

enum {
    STEPS = 4000,
    STEPS_LONG = 100000,
    FOLLOWERS = 6,
    WAITERS = 4,
    CROWD = HUB_PASS_MAX + 10, /* so that a pass takes several turns */
    EVENTS_MAX = 40,           /* so that followers fall behind */
    TENANTS = 2,
    PODS_MAX = 600, /* a reset or a new tenant comes before */
    WORD_MAX = 32,
    TARGET_MAX = 400,
};

static struct dice dice;

/* --- requests --- */

static const char *const tenants[TENANTS] = {"", "~t/"};
static const char *const pools[] = {"default-pool", "p", "q"};

static bool roll(unsigned sides)
{
    return dice_roll(&dice, sides) == 0;
}

static const char *pick_pool(void)
{
    return pools[dice_roll(&dice, UNIT_COUNT(pools))];
}

static const char *format_target(const char *tenant, const char *format, va_list args)
{
    static char target[TARGET_MAX];
    int prefix = snprintf(target, sizeof(target), "%s/%s", FRONT_MOUNT, tenant);

    vsnprintf(target + prefix, sizeof(target) - (size_t)prefix, format, args);
    return target;
}

/* Returns a target of the tenant, until the next call. */
static const char *at(const char *tenant, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const char *target = format_target(tenant, format, args);
    va_end(args);
    return target;
}

/* Makes the turn of the target's tenant fail. */
static void lose_turn(const char *target)
{
    struct tenant *tenant = tenants_find(front.tenants,
                                         strstr(target, "/~t/") ? TEXT("t") : TEXT(""));

    if (tenant && tenant->in_turn)
        pool_state_turn_fail(tenant->state);
}

/* Makes a request. The turn that it is in may be lost. */
static void ask(const char *method, const char *target, const char *body)
{
    struct client client = client_new();

    assert_true(client_submit(&client, method, target, body));
    if (roll(20))
        lose_turn(target);
    service_turn_end(front.service);
    while (client_has_room(&client)) {
        client_pull(&client);
        service_turn_end(front.service);
    }
    client_free(&client); /* one that waits leaves */
}

/* Returns what GET answers, and the position of the answer. */
static struct json_object *show(const char *target, char position[static WORD_MAX])
{
    struct client client = client_new();

    client_ask(&client, "GET", target, "");
    assert_int_equal(client_status(&client), 200);
    struct text header = client_header(&client, "X-Mock-Event");
    assert_in_range(header.length, 1, WORD_MAX - 1);
    snprintf(position, WORD_MAX, "%.*s", TEXT_ARGS(header));
    struct json_object *json = client_json(&client);
    client_free(&client);
    return json;
}

/* --- followers --- */

struct followed_pod {
    char pool[WORD_MAX]; /* "": there is no such pod */
    char usage[WORD_MAX], state[WORD_MAX], workspace[WORD_MAX];
};

struct follower {
    struct client client;
    const char *tenant;
    const char *pool;    /* NULL: all pools */
    size_t parsed;       /* bytes of the client's body */
    char id[WORD_MAX];   /* the last one that has come */
    char list[WORD_MAX]; /* the position of the last list */
    struct followed_pod pods[PODS_MAX];
};

static struct follower followers[FOLLOWERS];

/* Returns the number behind the last separator: of a pod in its id, of an event in its position. */
static long number_of(const char *id, char separator)
{
    return strtol(strrchr(id, separator) + 1, NULL, 10);
}

static struct followed_pod *pod_of(struct followed_pod *pods, const char *id)
{
    long number = number_of(id, '-');

    assert_in_range(number, 1, PODS_MAX - 1);
    return &pods[number];
}

static void set_word(char word[static WORD_MAX], struct json_object *json, const char *key)
{
    const char *text = json_object_get_string(json_object_object_get(json, key));

    memset(word, 0, WORD_MAX);
    snprintf(word, WORD_MAX, "%s", text ? text : "");
}

static void list_pool(const struct follower *follower, const char *pool, struct followed_pod *pods)
{
    char position[WORD_MAX];
    struct json_object *json = show(at(follower->tenant, "__admin/pools/%s/pods", pool), position);
    struct json_object *list = json_object_object_get(json, "pods");

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *each = json_object_array_get_idx(list, i);
        struct followed_pod *pod = pod_of(pods, json_text_at(each, "id"));
        snprintf(pod->pool, WORD_MAX, "%s", pool);
        set_word(pod->usage, each, "usage_status");
        set_word(pod->state, each, "state");
        set_word(pod->workspace, each, "claimedBy");
    }
    json_object_put(json);
}

/* Lists the pods that the follower shows. Nothing happens between the parts of the list. */
static void list(const struct follower *follower, struct followed_pod *pods,
                 char position[static WORD_MAX])
{
    struct json_object *json = show(at(follower->tenant, "pools"), position);
    struct json_object *all = json_object_object_get(json, "pools");

    memset(pods, 0, PODS_MAX * sizeof(*pods));
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        const char *pool = json_text_at(json_object_array_get_idx(all, i), "name");
        if (!follower->pool || strcmp(pool, follower->pool) == 0)
            list_pool(follower, pool, pods);
    }
    json_object_put(json);
}

static struct client crowd[CROWD]; /* of the default tenant; they read at once */

/* Opens again what has ended, and forgets what was read. */
static void keep_crowd(void)
{
    for (int i = 0; i < CROWD; i++) {
        struct client *client = &crowd[i];
        buffer_clear(&client->body);
        if (client->feed)
            continue;
        client_free(client);
        *client = client_new();
        client->reads_at_once = true;
        client_add(client, "HTTP_ACCEPT", "text/event-stream");
        client_ask(client, "GET", AT("__admin/events"), "");
    }
}

static void open_stream(struct follower *follower, const char *after)
{
    struct client *client = &follower->client;

    client_free(client);
    *client = client_new();
    client->reads_at_once = roll(2);
    client_add(client, "HTTP_ACCEPT", "text/event-stream");
    client_add(client, "HTTP_LAST_EVENT_ID", after);
    follower->parsed = 0;
    if (follower->pool)
        client_ask(client, "GET", at(follower->tenant, "pools/%s/events", follower->pool), "");
    else
        client_ask(client, "GET", at(follower->tenant, "__admin/events"), "");
    if (client->feed)
        snprintf(follower->id, WORD_MAX, "%s", after);
    else
        assert_int_equal(client_status(client), 404);
}

static void begin(struct follower *follower)
{
    char position[WORD_MAX];

    follower->tenant = tenants[dice_roll(&dice, TENANTS)];
    follower->pool = roll(3) ? "p" : NULL;
    list(follower, follower->pods, position);
    snprintf(follower->list, WORD_MAX, "%s", position);
    open_stream(follower, position);
}

/* Returns true if the list does not have what the event tells. An event of another epoch than the
 * list's is older than the list: each new epoch begins with a gap. */
static bool is_new(const struct follower *follower, const char *id)
{
    return strncmp(follower->list, id, 9) == 0 &&
           number_of(id, '.') > number_of(follower->list, '.');
}

static void apply_range(struct follower *follower, struct json_object *event)
{
    long first = number_of(json_text_at(event, "first"), '-');
    long last = number_of(json_text_at(event, "last"), '-');

    assert_int_equal(json_number_at(event, "count"), last - first + 1);
    for (long number = first; number <= last; number++) {
        assert_in_range(number, 1, PODS_MAX - 1);
        struct followed_pod *pod = &follower->pods[number];
        assert_string_equal(pod->pool, "");
        set_word(pod->pool, event, "pool");
        set_word(pod->usage, event, "usage");
        set_word(pod->state, event, "state");
    }
}

static void drop_pool(struct follower *follower, const char *pool)
{
    for (int number = 1; number < PODS_MAX; number++)
        if (strcmp(follower->pods[number].pool, pool) == 0)
            memset(&follower->pods[number], 0, sizeof(follower->pods[number]));
}

static void apply_pod(struct follower *follower, const char *type, struct json_object *event)
{
    struct followed_pod *pod = pod_of(follower->pods, json_text_at(event, "pod"));

    assert_string_equal(pod->pool, json_text_at(event, "pool"));
    assert_string_equal(pod->usage, json_text_at(event, "was.usage"));
    assert_string_equal(pod->state, json_text_at(event, "was.state"));
    if (strcmp(type, "pod.deleted") == 0) {
        memset(pod, 0, sizeof(*pod));
        return;
    }
    set_word(pod->usage, event, "usage");
    set_word(pod->state, event, "state");
    if (strcmp(type, "pod.claimed") == 0)
        set_word(pod->workspace, event, "workspaceId");
    if (strcmp(type, "pod.released") == 0)
        memset(pod->workspace, 0, sizeof(pod->workspace));
}

static void apply(struct follower *follower, const char *type, struct json_object *event)
{
    if (strcmp(type, "pods.created") == 0)
        apply_range(follower, event);
    else if (strcmp(type, "pool.deleted") == 0 || strcmp(type, "pool.reset") == 0)
        drop_pool(follower, json_text_at(event, "pool"));
    else if (strncmp(type, "pod.", 4) == 0)
        apply_pod(follower, type, event);
}

static void list_anew(struct follower *follower)
{
    list(follower, follower->pods, follower->list);
}

/* Fails unless an event that is no gap is the next one of its epoch; a pool's stream leaves out
 * some.
 */
static void check_order(const struct follower *follower, const char *id, bool is_own)
{
    assert_int_equal(strncmp(id, follower->id, EVENTS_EPOCH_BYTES), 0);
    long before = number_of(follower->id, '.'), number = number_of(id, '.');
    if (is_own || follower->pool)
        assert_true(number >= before + !is_own);
    else
        assert_int_equal(number, before + 1);
}

static void follow(struct follower *follower, const char *id, const char *type,
                   struct json_object *event)
{
    if (id && strcmp(type, "stream.gap") != 0)
        check_order(follower, id, strncmp(type, "stream.", 7) == 0);
    if (id)
        snprintf(follower->id, WORD_MAX, "%s", id);
    if (strcmp(type, "stream.gap") == 0)
        list_anew(follower);
    else if (strncmp(type, "stream.", 7) != 0 && is_new(follower, id))
        apply(follower, type, event);
}

/* Finds the value of a field in an event of the stream; NULL: it has none. Ends it with a NUL. */
static char *field(char *block, const char *key)
{
    char *line = strstr(block, key);

    if (!line)
        return NULL;
    *strchrnul(line, '\n') = '\0';
    return line + strlen(key);
}

/* Follows what has come. */
static void follow_all(struct follower *follower)
{
    struct buffer *body = &follower->client.body;

    buffer_put_char(body, '\0');
    for (char *end; (end = strstr(body->bytes + follower->parsed, "\n\n"));) {
        char *block = body->bytes + follower->parsed;
        *end = '\0';
        follower->parsed = (size_t)(end - body->bytes) + 2;
        char *data = field(block, "data: "), *type = field(block, "event: ");
        char *id = field(block, "id: ");
        struct json_object *event = json_tokener_parse(data);
        assert_non_null(event);
        follow(follower, id, type, event);
        json_object_put(event);
    }
    body->length--;
    assert_int_equal(follower->parsed, body->length);
}

/* Reads all that there is, and compares. */
static void check(struct follower *follower)
{
    static struct followed_pod pods[PODS_MAX];
    char position[WORD_MAX];

    if (!follower->client.feed)
        return;
    client_read_feed(&follower->client);
    follow_all(follower);
    if (!follower->client.feed) /* its tenant is gone, or it was too slow */
        return;
    list(follower, pods, position);
    client_read_feed(&follower->client); /* what fell due with the list */
    follow_all(follower);
    for (int number = 1; number < PODS_MAX; number++) {
        const struct followed_pod *has = &follower->pods[number], *is = &pods[number];
        if (memcmp(has, is, sizeof(*has)) != 0)
            fail_msg("pod %d is %s %s %s %s, and is followed as %s %s %s %s at %s", number,
                     is->pool, is->usage, is->state, is->workspace, has->pool, has->usage,
                     has->state, has->workspace, follower->id);
    }
}

/* Lets a follower read, drop its stream and take it up again, or begin anew. The last followers do
 * so seldom, and fall behind. */
static void move_follower(void)
{
    struct follower *follower = &followers[dice_roll(&dice, 1 + dice_roll(&dice, FOLLOWERS))];
    char id[WORD_MAX];

    if (!follower->client.feed || roll(30)) {
        begin(follower);
        return;
    }
    if (!roll(3)) {
        check(follower);
        return;
    }
    if (roll(2)) { /* otherwise what has not been read is lost with the stream */
        client_read_feed(&follower->client);
        follow_all(follower);
    }
    snprintf(id, sizeof(id), "%s", follower->id);
    open_stream(follower, id);
}

/* --- changes --- */

static struct client waiters[WAITERS]; /* claims that wait */

static void claim(const char *tenant)
{
    ask(roll(10) ? "HEAD" : "GET",
        at(tenant, "pools/%s/workspace?workspaceId=w-%u%s", pick_pool(), dice_roll(&dice, 5),
           roll(4) ? "&ttl=3s" : ""),
        "");
}

static void wait_for_pod(const char *tenant)
{
    struct client *waiter = &waiters[dice_roll(&dice, WAITERS)];

    client_free(waiter);
    *waiter = client_new();
    client_ask(waiter, "GET", at(tenant, "pools/%s/workspace?workspaceId=waits", pick_pool()), "");
}

static void change_pod(const char *tenant)
{
    static const char *const ways[] = {"release", "release", "release", "mark-used", "update"};

    if (roll(10))
        ask("DELETE", at(tenant, "pools/p/workspaces/mock-pod-%u", 1 + dice_roll(&dice, 60)), "");
    else
        ask("POST",
            at(tenant, "workspaces/mock-pod-%u/%s", 1 + dice_roll(&dice, 60),
               ways[dice_roll(&dice, UNIT_COUNT(ways))]),
            "{\"repositories\":[\"a/b\"]}");
}

static void change_pool(const char *tenant)
{
    char body[100];

    snprintf(body, sizeof(body), "{\"minimum_vms\":%u}", dice_roll(&dice, 9));
    if (roll(8))
        ask("DELETE", at(tenant, "pools/%s", pick_pool()), "");
    else if (roll(6))
        ask("POST", at(tenant, "__admin/pools/%s/reset", pick_pool()), "");
    else
        ask("POST", at(tenant, "pools/%s/scale", pick_pool()), body);
}

static void change_settings(const char *tenant)
{
    static const char *const settings[] = {
        "{\"onExhausted\":\"queue\",\"maxPods\":8}",
        "{\"onExhausted\":\"reject\"}",
        "{\"onExhausted\":null,\"maxPods\":null}",
        "{\"leaseTtl\":\"5s\"}",
        "{\"leaseTtl\":null}",
        "{\"progression\":{\"mode\":\"time\",\"pending\":\"1s\",\"starting\":\"2s\"}}",
        "{\"progression\":{\"mode\":\"manual\",\"looks\":2}}",
        "{\"progression\":null}",
        "{\"failNext\":1}",
    };

    ask("PATCH", at(tenant, "__admin/pools/%s", pick_pool()),
        settings[dice_roll(&dice, UNIT_COUNT(settings))]);
}

static void change_clock(const char *tenant)
{
    static const char *const bodies[] = {"{\"action\":\"freeze\"}", "{\"action\":\"resume\"}",
                                         "{\"action\":\"advance\",\"by\":\"1s\"}",
                                         "{\"action\":\"advance\",\"by\":\"10s\"}"};

    ask("PUT", at(tenant, "__admin/clock"), bodies[dice_roll(&dice, UNIT_COUNT(bodies))]);
}

/* Resets twice, and lets a part of the listeners read between: the numbers of their events come
 * again in the next epoch. */
static void reset_in_a_pass(const char *tenant)
{
    ask("POST", at(tenant, "__admin/reset"), "");
    claim(tenant);
    front_pass_us(HUB_PASS_US);
    service_turn_end(front.service);
    ask("POST", at(tenant, "__admin/reset"), "");
}

static void replace_state(const char *tenant)
{
    if (roll(4))
        reset_in_a_pass(tenant);
    else if (roll(3))
        ask("PUT", at(tenant, "__admin/snapshots/s"), "");
    else if (roll(2))
        ask("POST", at(tenant, "__admin/snapshots/s/restore"), "");
    else if (roll(2))
        ask("PUT", at(tenant, "__admin/state"),
            "{\"schemaVersion\":1,\"pools\":[{\"number\":1,\"name\":\"p\"}],"
            "\"pods\":[{\"number\":3,\"pool\":\"p\",\"usage\":\"used\",\"claimedBy\":\"w\"},"
            "{\"number\":4,\"pool\":\"p\"}]}");
    else
        ask("POST", at(tenant, "__admin/reset"), "");
    if (roll(8))
        ask("DELETE", AT("__admin/tenants/t"), "");
}

/* Numbers of pods only rise. */
static void keep_numbers_low(const char *tenant)
{
    char position[WORD_MAX];
    struct json_object *json = show(at(tenant, "__admin/state"), position);

    if (json_number_at(json, "counters.lastPod") > PODS_MAX / 2)
        ask("POST", at(tenant, "__admin/reset"), "");
    json_object_put(json);
}

static void change(void)
{
    static void (*const often[])(const char *) = {claim,        claim,           claim,
                                                  change_pod,   change_pod,      change_pool,
                                                  change_clock, change_settings, wait_for_pod};
    const char *tenant = tenants[dice_roll(&dice, TENANTS)];

    if (roll(60))
        replace_state(tenant);
    else
        often[dice_roll(&dice, UNIT_COUNT(often))](tenant);
    if (roll(20))
        keep_numbers_low(tenant);
}

static void begin_all(void)
{
    front_events_max = EVENTS_MAX;
    front_set_up();
    for (int i = 0; i < WAITERS; i++)
        waiters[i] = client_new();
    for (int i = 0; i < FOLLOWERS; i++)
        followers[i].client = client_new();
    for (int i = 0; i < CROWD; i++)
        crowd[i] = client_new();
}

static void end_all(void)
{
    for (int i = 0; i < WAITERS; i++)
        client_free(&waiters[i]);
    for (int i = 0; i < FOLLOWERS; i++)
        client_free(&followers[i].client);
    for (int i = 0; i < CROWD; i++)
        client_free(&crowd[i]);
    front_tear_down();
}

SUITE(.set_up = begin_all, .tear_down = end_all);

TEST(who_lists_once_and_follows_has_the_pods_of_the_state)
{
    int steps = getenv("POOL_MANAGER_TEST_LONG") ? STEPS_LONG : STEPS;

    dice = dice_new();
    keep_crowd();
    for (int i = 0; i < FOLLOWERS; i++)
        begin(&followers[i]);
    for (int step = 0; step < steps; step++) {
        change();
        front_pass_us(dice_roll(&dice, 300) * 1000);
        service_turn_end(front.service);
        if (roll(3))
            move_follower();
        if (roll(10))
            keep_crowd();
    }
    for (int i = 0; i < FOLLOWERS; i++)
        check(&followers[i]);
}
