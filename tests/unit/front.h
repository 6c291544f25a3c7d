/* SPDX-License-Identifier: MIT
 *
 * A whole service in this process, and clients that stand where the gateway would: they fill in
 * exchanges and gather what is answered. The clock is set by hand; the log goes to a file of a
 * directory of its own.
 */
#ifndef FRONT_H
#define FRONT_H

#include <json.h>
#include <stdbool.h>

#include "live/hub.h"
#include "service/service.h"

#define FRONT_MOUNT "/api/mock/pool-manager"
#define AT(path) FRONT_MOUNT "/" path

enum { FRONT_BODY_MAX = 1 << 20, FRONT_VARIABLES_MAX = 16 };
enum { FRONT_EVENTS_MAX = 300 }; /* more than one piece of an answer */
enum { FRONT_LISTENERS_MAX = 2000 };

/* All that there is; the one service of a test. */
struct front {
    struct clock clock;
    struct timers timers;
    struct log *log;
    struct tenants *tenants;
    struct pool_state *state; /* the default tenant's */
    struct service *service;
    struct hubs hubs;
    struct api api;
    char directory[256], log_path[300];
};
extern struct front front;

/* Of the log that the next front_open opens; LOG_TEXT unless set. */
extern enum log_format front_log_format;

/* The events that each tenant keeps, for the next front_open; FRONT_EVENTS_MAX unless set. */
extern size_t front_events_max;

/* Opens the service. `routes` NULL: the API's own; `cors_origins` NULL: "*". */
void front_open(const struct service_route *routes, size_t routes_count, const char *cors_origins);

/* The same with any configuration; what it leaves out (0) is as usual. */
void front_open_with(const struct service_config *config);

/* The same with the usual configuration and the state that a tenant starts with, borrowed. */
void front_open_from(struct pool_state *start_state);

/* Closes it; every client has to be freed before. */
void front_close(void);

/* The same as set-up and tear-down of a test, with the API's own routes. */
void front_set_up(void);
void front_tear_down(void);

/* Moves the clock on and fires what has become due. */
void front_pass_us(int64_t us);

/* All that has been logged so far. The caller frees it. */
struct buffer front_log(void);

/* One client's request, and what came of it. */
struct client {
    struct exchange *exchange;
    struct variable
        variables[FRONT_VARIABLES_MAX]; /* beside those of the request's line and length */
    size_t variables_count;
    bool refused;
    int64_t body_received; /* -1: as long as the body */
    struct buffer head;
    struct buffer body;
    int pieces, pulled;  /* that have been answered, and that the next was asked for behind */
    size_t capacity_max; /* bytes that the largest of them took in memory */
    enum exchange_part part;
    bool ended;
    struct feed *feed;  /* what the request has left; NULL: nothing, or it has ended */
    int feed_calls;     /* how often `ready` was called */
    bool reads_at_once; /* when `ready` is called, as the gateway does if it can send */
};

struct client client_new(void);
void client_add(struct client *client, const char *name, const char *value);

/* Makes the request; `target` NULL leaves REQUEST_URI out, `body` is NULL for one that was dropped.
 * False where there was no memory for it: the gateway would close the connection. */
bool client_submit(struct client *client, const char *method, const char *target, const char *body);

/* True where the last piece has been taken, and the next one is not asked for yet. */
bool client_has_room(const struct client *client);

/* Asks for the next piece. */
void client_pull(struct client *client);

/* Reads all that there is in the feed into the body. */
void client_read_feed(struct client *client);

/* The whole way: submits, ends the turn, and pulls until the answer has ended, or waits. */
void client_ask(struct client *client, const char *method, const char *target, const char *body);

/* A new client that has asked so, with an Authorization unless that is NULL. */
struct client client_as(const char *authorization, const char *method, const char *target,
                        const char *body);

/* Frees it; a request that is still open is abandoned. */
void client_free(struct client *client);

/* What has been answered: the status, 0 before; a header's value, absent without one; the body as
 * JSON, which it has to be in the strictest sense. The caller puts the JSON back (json_object_put).
 */
int client_status(const struct client *client);
struct text client_header(const struct client *client, const char *name);
struct json_object *client_json(const struct client *client);

/* Fails unless the answer is an error of that row: status, code, success, error and message. */
void client_assert_error(const struct client *client, enum err err);

/* The same, and unless it has that sentence; NULL: any. */
void client_assert_refused(const struct client *client, enum err err, const char *sentence);

/* client_ask of a client of its own; gives its status and leaves the body in `json`, unless that is
 * NULL. */
int front_ask(const char *method, const char *target, const char *body, struct json_object **json);

/* The same; fails unless it is answered with that status. */
struct json_object *front_expect(int status, const char *method, const char *target,
                                 const char *body);

/* The number at a path of what GET answers. */
int64_t front_number(const char *target, const char *path);

/* A member at a path of keys and indexes, "pool.name" or "workspaces.2.id"; fails where there is
 * none. */
struct json_object *json_at(struct json_object *root, const char *path);
const char *json_text_at(struct json_object *root, const char *path);
int64_t json_number_at(struct json_object *root, const char *path);
void assert_text_at(struct json_object *root, const char *path, const char *expected);

/* As the service would write it, without a space; the object's. */
const char *json_plain(struct json_object *json);

#endif
