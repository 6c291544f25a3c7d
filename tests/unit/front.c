/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/reader.h"
#include "unit.h"

enum { JSON_VALUES_MAX = 100 * 1000 * 1000, BODY_KEPT_MAX = 256 << 20 };

struct front front;
enum log_format front_log_format;
size_t front_events_max = FRONT_EVENTS_MAX;

static void end_feed(struct client *client)
{
    if (client->feed)
        client->feed->free(client->feed);
    client->feed = NULL;
}

void client_read_feed(struct client *client)
{
    enum feed_state state = FEED_HAS_MORE;

    while (state == FEED_HAS_MORE)
        state = client->feed->read(client->feed, &client->body, 1000);
    if (state == FEED_ENDED)
        end_feed(client);
}

static void note_ready(struct feed *feed)
{
    struct client *client = feed->reader;

    client->feed_calls++;
    if (client->reads_at_once)
        client_read_feed(client);
}

/* Takes an answer as the gateway does. */
static void take_answer(void *owner, struct exchange *exchange, bool first)
{
    struct client *client = owner;
    const struct response *response = exchange_response(exchange);

    client->part = exchange_part(exchange);
    if (client->part != EXCHANGE_BROKEN) {
        assert_int_equal(first, client->pieces == 0);
        if (first)
            response_write_head(response, client->part == EXCHANGE_WHOLE, &client->head);
        if (!response->body_unsent)
            buffer_put_text(&client->body, buffer_text(&response->body));
        if (response->body.capacity > client->capacity_max)
            client->capacity_max = response->body.capacity;
        client->pieces++;
    }
    if (client->part == EXCHANGE_PIECE)
        return;
    client->ended = true;
    if (client->part == EXCHANGE_FEED) {
        client->feed = exchange_take_feed(exchange);
        client->feed->reader = client;
        client->feed->ready = note_ready;
    }
    service_finish(front.service, &client->exchange);
    assert_null(client->exchange);
}

static void make_directory(void)
{
    const char *base = getenv("TMPDIR");

    snprintf(front.directory, sizeof(front.directory), "%s/test_service.XXXXXX",
             base ? base : "/tmp");
    assert_non_null(mkdtemp(front.directory));
    snprintf(front.log_path, sizeof(front.log_path), "%s/log", front.directory);
}

/* A configuration with what it leaves out. */
static struct service_config complete(const struct service_config *given)
{
    struct service_config config = *given;

    config.answer = take_answer;
    if (!config.mount.at)
        config.mount = TEXT(FRONT_MOUNT);
    if (!config.cors_origins.at)
        config.cors_origins = TEXT("*");
    if (config.path_max_bytes == 0)
        config.path_max_bytes = 8000;
    return config;
}

static void open_service(const struct service_config *given, struct pool_state *start_state)
{
    const struct tenants_config tenants_config = {.state = {.default_pool = TEXT("default-pool"),
                                                            .default_pool_pods = 5,
                                                            .new_pool_pods = 3,
                                                            .start_state = start_state},
                                                  .tenants_max = 10,
                                                  .journal_max = 100,
                                                  .events_max = front_events_max,
                                                  .events_bytes_max = 1 << 20,
                                                  .listeners_max = FRONT_LISTENERS_MAX,
                                                  .timers = &front.timers};
    const struct service_config config = complete(given);
    struct problem problem;

    front = (struct front){.api = {.defaults = {.pod_password = TEXT("mock-password"),
                                                .pod_image = TEXT("image"),
                                                .pod_cpu_millicores = 2000,
                                                .pod_memory_mib = 4096,
                                                .owner = TEXT("mock-owner")},
                                   .json_values_max = 10000,
                                   .version = "1.2.3",
                                   .worker_name = "1",
                                   .hubs = &front.hubs},
                           .hubs = {.timers = &front.timers, .clock = &front.clock}};
    assert_int_equal(pod_templates_read(TEXT("mock"), TEXT(""), &front.api.templates, &problem),
                     OK);
    make_directory();
    clock_set(&front.clock, 1705314600000, 1000000);
    const struct log_config log_config = {
        .path = front.log_path, .level = LOG_INFO, .format = front_log_format};
    assert_int_equal(log_open(&log_config, &front.clock, &front.log, &problem), OK);
    assert_int_equal(tenants_open(&tenants_config, &front.clock, &front.tenants, &problem), OK);
    front.state = tenants_default(front.tenants)->state;
    assert_int_equal(service_new(&config, &front.api, front.tenants, &front.clock, &front.timers,
                                 front.log, &front.service),
                     OK);
}

void front_open_with(const struct service_config *config)
{
    open_service(config, NULL);
}

void front_open_from(struct pool_state *start_state)
{
    open_service(&(struct service_config){0}, start_state);
}

void front_open(const struct service_route *routes, size_t routes_count, const char *cors_origins)
{
    const struct service_config config = {
        .routes = routes, .routes_count = routes_count, .cors_origins = text_of(cors_origins)};

    front_open_with(&config);
}

void front_close(void)
{
    service_free(&front.service);
    tenants_close(&front.tenants);
    log_close(&front.log, 0);
    unlink(front.log_path);
    rmdir(front.directory);
}

void front_set_up(void)
{
    front_open(NULL, 0, NULL);
}

void front_tear_down(void)
{
    front_close();
}

void front_pass_us(int64_t us)
{
    clock_set(&front.clock, front.clock.wall_ms + us / 1000, front.clock.mono_us + us);
    tenant_tick(tenants_default(front.tenants), &front.clock);
    timers_run(&front.timers, front.clock.mono_us, 1000);
}

struct buffer front_log(void)
{
    struct buffer all = buffer_new(64 << 20);
    ssize_t count;

    assert_false(log_flush(front.log));
    int fd = open(front.log_path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while (buffer_reserve(&all, 65536) && (count = read(fd, all.bytes + all.length, 65536)) > 0)
        all.length += (size_t)count;
    close(fd);
    return all;
}

struct client client_new(void)
{
    return (struct client){
        .head = buffer_new(65536), .body = buffer_new(BODY_KEPT_MAX), .body_received = -1};
}

void client_add(struct client *client, const char *name, const char *value)
{
    assert_true(client->variables_count < FRONT_VARIABLES_MAX);
    client->variables[client->variables_count++] = (struct variable){text_of(name), text_of(value)};
}

/* The request as decode.h would leave it: every text in the arena. */
static bool fill_in(struct client *client, const char *method, const char *target, const char *body)
{
    struct arena *arena = exchange_arena(client->exchange);
    struct request *request = exchange_request(client->exchange);
    struct variable *variables = arena_alloc(arena,
                                             (client->variables_count + 1) * sizeof(*variables));

    if (!variables)
        return false;
    *request = (struct request){.body = arena_copy(arena, text_of(body)),
                                .method_name = arena_copy(arena, text_of(method)),
                                .refused = client->refused};
    request->method = http_method_of(request->method_name);
    request->body_received = client->body_received >= 0 ? (uint64_t)client->body_received
                                                        : request->body.length;
    size_t count = client->variables_count;
    for (size_t i = 0; i < count; i++) {
        variables[i].name = client->variables[i].name;
        variables[i].value = arena_copy(arena, client->variables[i].value);
        if (!variables[i].value.at)
            return false;
    }
    if (target) {
        struct text copy = arena_copy(arena, text_of(target));
        variables[count++] = (struct variable){TEXT("REQUEST_URI"), copy};
        if (!copy.at)
            return false;
    }
    return request_set_variables(request, variables, count, arena) && request->method_name.at &&
           (!body || request->body.at);
}

bool client_submit(struct client *client, const char *method, const char *target, const char *body)
{
    client->exchange = service_exchange(front.service, client);
    if (!client->exchange)
        return false;
    if (!fill_in(client, method, target, body)) {
        service_abandon(front.service, &client->exchange);
        return false;
    }
    service_submit(front.service, client->exchange);
    return true;
}

bool client_has_room(const struct client *client)
{
    return client->part == EXCHANGE_PIECE && !client->ended && client->pulled < client->pieces;
}

void client_pull(struct client *client)
{
    client->pulled = client->pieces;
    service_pull(front.service, client->exchange);
}

void client_ask(struct client *client, const char *method, const char *target, const char *body)
{
    assert_true(client_submit(client, method, target, body));
    service_turn_end(front.service);
    while (client_has_room(client)) {
        client_pull(client);
        service_turn_end(front.service);
    }
}

struct client client_as(const char *authorization, const char *method, const char *target,
                        const char *body)
{
    struct client client = client_new();

    if (authorization)
        client_add(&client, "HTTP_AUTHORIZATION", authorization);
    client_ask(&client, method, target, body);
    return client;
}

void client_free(struct client *client)
{
    service_abandon(front.service, &client->exchange);
    end_feed(client);
    buffer_free(&client->head);
    buffer_free(&client->body);
}

int client_status(const struct client *client)
{
    struct text status = client_header(client, "Status"), digits;
    uint64_t number = 0;

    text_cut(&status, ' ', &digits);
    text_to_number(digits, 999, &number);
    return (int)number;
}

struct text client_header(const struct client *client, const char *name)
{
    struct text rest = buffer_text(&client->head), line, key;

    while (text_cut(&rest, '\n', &line)) {
        if (line.length > 0)
            line.length--; /* CR */
        text_cut(&line, ':', &key);
        if (line.at && text_equal(key, text_of(name)))
            return text_from(line, 1);
    }
    return (struct text){0};
}

struct json_object *client_json(const struct client *client)
{
    struct text body = buffer_text(&client->body);
    struct json_tokener *tokener = json_tokener_new_ex(32);
    struct reader *reader = NULL;
    struct problem problem = {0};

    if (reader_open(body, JSON_VALUES_MAX, &reader, &problem) != OK || body.length == 0)
        fail_msg("no JSON (%s): %.*s", problem.text, (int)(body.length < 2000 ? body.length : 2000),
                 body.at);
    reader_close(&reader);
    struct json_object *json = json_tokener_parse_ex(tokener, body.at, (int)body.length);
    json_tokener_free(tokener);
    assert_non_null(json);
    return json;
}

void client_assert_error(const struct client *client, enum err err)
{
    assert_int_equal(client_status(client), err_status(err));
    assert_text(client_header(client, "Content-Type"), "application/json");
    struct json_object *json = client_json(client);
    /* Some front ends drop the header: that is told besides. */
    assert_int_equal(json_object_object_length(json),
                     json_object_object_get_ex(json, "hint", NULL) ? 5 : 4);
    assert_int_equal(json_object_get_type(json_at(json, "success")), json_type_boolean);
    assert_false(json_object_get_boolean(json_at(json, "success")));
    assert_string_equal(json_text_at(json, "code"), err_code(err));
    assert_string_equal(json_text_at(json, "error"), json_text_at(json, "message"));
    assert_true(strlen(json_text_at(json, "error")) > 5);
    json_object_put(json);
    if (err_retry_after_s(err) > 0)
        assert_text(client_header(client, "Retry-After"), "1");
    else
        assert_null(client_header(client, "Retry-After").at);
}

void client_assert_refused(const struct client *client, enum err err, const char *sentence)
{
    client_assert_error(client, err);
    if (!sentence)
        return;
    struct json_object *json = client_json(client);
    assert_text_at(json, "error", sentence);
    json_object_put(json);
}

int front_ask(const char *method, const char *target, const char *body, struct json_object **json)
{
    struct client client = client_as(NULL, method, target, body);

    int status = client_status(&client);
    if (json)
        *json = client_json(&client);
    client_free(&client);
    return status;
}

struct json_object *front_expect(int status, const char *method, const char *target,
                                 const char *body)
{
    struct json_object *json;
    int actual = front_ask(method, target, body, &json);

    if (actual != status)
        fail_msg("%s %s %s: %d, %s", method, target, body, actual, json_plain(json));
    return json;
}

struct json_object *json_at(struct json_object *root, const char *path)
{
    struct text rest = text_of(path), key;
    char string[64];

    while (text_cut(&rest, '.', &key)) {
        struct json_object *found = NULL;
        snprintf(string, sizeof(string), "%.*s", TEXT_ARGS(key));
        if (json_object_is_type(root, json_type_array))
            found = json_object_array_get_idx(root, (size_t)strtoul(string, NULL, 10));
        else if (!json_object_object_get_ex(root, string, &found))
            fail_msg("no %s in %s", path, json_object_to_json_string(root));
        root = found;
    }
    return root;
}

const char *json_text_at(struct json_object *root, const char *path)
{
    struct json_object *value = json_at(root, path);

    assert_int_equal(json_object_get_type(value), json_type_string);
    return json_object_get_string(value);
}

int64_t json_number_at(struct json_object *root, const char *path)
{
    struct json_object *value = json_at(root, path);

    assert_int_equal(json_object_get_type(value), json_type_int);
    return json_object_get_int64(value);
}

int64_t front_number(const char *target, const char *path)
{
    struct json_object *json = front_expect(200, "GET", target, "");
    int64_t number = json_number_at(json, path);

    json_object_put(json);
    return number;
}

void assert_text_at(struct json_object *root, const char *path, const char *expected)
{
    if (strcmp(json_text_at(root, path), expected) != 0)
        fail_msg("%s is %s, not %s", path, json_text_at(root, path), expected);
}

const char *json_plain(struct json_object *json)
{
    return json_object_to_json_string_ext(json,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
