/* SPDX-License-Identifier: MIT
 *
 * What a handler gets and what it returns. A handler reads the request, decides through the store,
 * and shows the result in the response. It does not know the gateway, and its only clocks are those
 * of the call. It returns an error instead of answering with one: only the service turns an error
 * into an answer.
 *
 * A handler that returns an error has changed nothing: it checks limits and fields before its first
 * change. If it fails after a change all the same, the service undoes the whole turn
 * (docs/architecture.md, "A turn"). To answer with an error but keep the changes, use call_refuse.
 */
#ifndef CALL_HANDLER_H
#define CALL_HANDLER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "tenant/tenant.h"
#include "http/message.h"
#include "http/router.h"
#include "json/reader.h"
#include "json/writer.h"
#include "model/subject.h"
#include "views/views.h"

struct hubs;
struct tickets;

/* Shared by all calls. Borrowed for the life of the service. */
struct api {
    struct view_defaults defaults;
    struct pod_templates templates;
    struct text public_url; /* the URL of the mount, without its last slash; empty: taken from each
                             * request */
    bool trust_forwarded;   /* use X-Forwarded-Proto, -Host and -Prefix */
    int64_t goose_start_ms; /* from the start of Goose until its process is listed */
    size_t json_values_max; /* maximum number of values in a body */
    const char *version;
    int64_t started_us; /* monotonic; when the worker started */
    int64_t started_ms; /* since 1970 */
    const struct log *log;
    bool require_auth;       /* routes of clients need a token */
    struct tickets *tickets; /* to WebSockets (http/tickets.h); NULL: there are none */
    const char *worker_name; /* part of the path to this worker's WebSockets */
    size_t body_max_bytes;   /* --body-max */
    struct hubs *hubs; /* the listeners to events (live/hub.h); NULL: events are not streamed */
};

/* One request being handled. */
struct call {
    const struct api *api;
    struct tenants *tenants;
    struct tenant *tenant;
    struct pool_state *state;  /* the tenant's */
    const struct clock *clock; /* the tenant's */
    const struct clock *real;  /* real time */
    const struct request *request;
    struct view view;
    struct text mount;  /* without a slash at its end; includes the tenant's part of the path */
    struct text target; /* the raw request target */
    struct text path;   /* the part of `target` before the query */
    struct text query;  /* the query of `target`; absent if it has none */
    bool is_decoded;    /* the front end decoded the path: target and path are its PATH_INFO */
    struct router_match match;
    struct text pod_text;     /* the pod's name as the path or the address has it; absent if neither
                               * names a pod */
    struct pod_name pod_name; /* `pod_text` parsed; the pod may be another tenant's or not exist */
    /* Only for a request to a pod's own port: */
    struct pod *pod;       /* its pod, which runs; in the arena */
    int pod_port;          /* POD_PORT_NONE for an address without a port */
    struct text pod_path;  /* the raw path behind the address, with its first slash */
    enum err pod_unrouted; /* ERR_NOT_FOUND or ERR_METHOD_NOT_ALLOWED if no route was found */
    struct arena *arena;
    struct response *response;
    struct problem *problem;
    enum err refused;      /* the error of call_refuse */
    struct reader *body;   /* opened by call_body, closed by the service */
    struct subject *about; /* lives as long as the request, so a continuation may fill it in */
};

typedef enum err handler(struct call *call);

/* Answers /_echo at every port of a pod. */
handler handle_pod_echo;

/* Answers a request to a pod that found no route: returns `pod_unrouted`. It is a handler so that
 * fault rules can match such a request. */
handler handle_pod_unrouted;
#define POD_ROUTE(port, method, pattern, handle, effect, access) handler handle;
#include "call/pod_routes.def"
#undef POD_ROUTE

#define ROUTE(method, pattern, operation, handle, effect, access, ...) handler handle;
#include "call/routes.def"
#undef ROUTE

/* Returns the value of {pool} in the path. */
struct text call_pool_name(struct call *call);

/* Sets `pod_text`, and `pod_name` parsed from it. `pod_text` is from the path or the address of the
 * request; absent: the request names no pod. */
void call_take_pod_name(struct call *call, struct text pod_text);

/* Gets the pod that the path names, and notes it as call_note_pod does. If the path names a pool
 * too, the pod must be in that pool. Returns OK, ERR_POD_NOT_FOUND, or an error of the store. Sets
 * a sentence if the pool does not exist, or if the pod is in another one. */
enum err call_find_pod(struct call *call, struct pod *pod);

/* Names the missing thing in a "not found" error: sets a sentence with its name from the path,
 * unless the error has a sentence. The service calls this after every handler. Returns `err`. */
enum err call_name_missing(struct call *call, enum err err);

/* Does the same for a request that found no route: names the path (ERR_NOT_FOUND), the methods that
 * the path takes (ERR_METHOD_NOT_ALLOWED) or the malformed escape (ERR_BAD_ENCODING). Returns
 * `err`. */
enum err call_name_path(struct call *call, enum err err);

/* Gets the pool that the path names, and makes it if it does not exist. Returns OK or an error of
 * the store. */
enum err call_get_pool(struct call *call, struct pool *pool);

/* Gets the first value of a query parameter, absent if there is none. Returns OK, ERR_BAD_QUERY or
 * ERR_NO_MEMORY. */
enum err call_query(struct call *call, const char *key, struct text *value);

/* Refuses a query that has a parameter outside `keys` (NULL-terminated). Returns OK, ERR_BAD_QUERY
 * with a sentence that proposes a key or lists the keys, or ERR_NO_MEMORY. */
enum err call_only_query(struct call *call, const char *const *keys);

/* Refuses the value of a query parameter with the sentence `KEY: EXPECTED, not 'VALUE'`, in which a
 * long value is cut. Returns ERR_BAD_QUERY. */
enum err call_refuse_parameter(struct call *call, const char *key, struct text value,
                               const char *expected);

/* Gets a parameter that is a number. If it is absent or empty, `out` keeps its value. Returns OK,
 * ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err call_query_number(struct call *call, const char *key, int64_t min, int64_t max,
                           int64_t *out);

enum { CALL_PATTERN_MAX = 256 }; /* bytes */
#define CALL_NOT_A_POD "expected a pod's id or subdomain"

/* Get a parameter that is a pattern of at most CALL_PATTERN_MAX bytes, and the parameter `pod`, the
 * name of a pod of the call's tenant. An absent or empty pattern is absent; without `pod`, `out`
 * keeps its value. Return OK, ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err call_query_pattern(struct call *call, const char *key, struct text *out);
enum err call_query_pod(struct call *call, struct pod_name *out);

/* Opens the body, which must be an object; an empty body is {}. Returns OK, ERR_BAD_JSON,
 * ERR_BAD_FIELD, ERR_NO_MEMORY. */
enum err call_body(struct call *call, struct reader_node *root);

/* The same, for a body of any type. */
enum err call_any_body(struct call *call, struct reader_node *root);

/* The same, for a route that takes no body: ERR_BAD_FIELD if the body has a member. */
enum err call_empty_body(struct call *call);

/* Begin and end a JSON answer. The answer is one object: `success`, then `message` with
 * call_begin_message, then what the caller writes. answer_begin does not need a call.
 * call_end_answer returns OK, or ERR_NO_MEMORY if the answer did not fit. */
struct writer answer_begin(struct response *response, int status);
struct writer call_begin_answer(struct call *call, int status);
struct writer call_begin_message(struct call *call, int status, struct text message);
enum err call_end_answer(struct call *call, struct writer *writer);

/* Makes the service answer with an error, but keep the changes of the request. Returns OK, which
 * the handler must return in turn. */
enum err call_refuse(struct call *call, enum err err);

/* Gets the workspace of a claim from its query, or `unknown-workspace` if the query names none.
 * Returns OK, ERR_BAD_QUERY for a malformed escape, or ERR_NO_MEMORY. */
enum err claim_workspace(struct text query, struct arena *arena, struct text *workspace);

/* Notes in `about` that the request is about this pod, its pool, and the workspace that claimed
 * it. */
void call_note_pod(struct call *call, const struct pod *pod);

#endif
