/* SPDX-License-Identifier: MIT
 *
 * What a handler is: it reads the request, decides through the store, and shows the outcome in the
 * response. It knows no gateway and no clock but the call's, and returns an error instead of
 * answering with one: the service alone makes an answer of it.
 *
 * A handler that returns an error has changed nothing: limits and fields are looked at before the
 * first change. If it fails all the same after one, the service gives up the whole turn. To
 * answer with an error but keep the changes, use call_refuse.
 */
#ifndef CALL_HANDLER_H
#define CALL_HANDLER_H

#include "base/clock.h"
#include "base/err.h"
#include "tenant/tenant.h"
#include "http/message.h"
#include "http/router.h"
#include "json/reader.h"
#include "json/writer.h"
#include "model/subject.h"
#include "views/views.h"

/* What all calls share; borrowed for the life of the service. */
struct api {
    struct view_defaults defaults;
    struct pod_templates templates;
    struct text public_url; /* where the front end is, without the mount's last slash; empty: as
                             * each request says */
    bool trust_forwarded;   /* believe X-Forwarded-Proto, -Host and -Prefix */
    int64_t goose_start_ms; /* from a start of Goose until it is listed */
    size_t json_values_max; /* values in a body */
    const char *version;
    int64_t started_us; /* monotonic */
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
    struct text mount;  /* without a slash at its end; in a tenant with its part of the path */
    struct text target; /* the raw request target */
    struct text path;   /* what of it stands before the query */
    struct text query;  /* its query; absent if it has none */
    bool is_decoded;    /* the path, by the front end: target and path are its PATH_INFO */
    struct router_match match;
    struct text pod_text; /* the name of a pod, as the path or the address has it; else absent */
    struct pod_name pod_name; /* what that names, whoever's it is */
    /* Of a request to a pod's own port. */
    struct pod pod;        /* as it is now: a running one */
    int pod_port;          /* POD_PORT_NONE for the bare address */
    struct text pod_path;  /* the raw path behind the address; from its slash on */
    enum err pod_unrouted; /* why no route was found for it */
    struct arena *arena;
    struct response *response;
    struct problem *problem;
    enum err refused;      /* what call_refuse was given */
    struct reader *body;   /* opened by call_body, closed by the service */
    struct subject *about; /* lives as long as the request: a continuation may fill it in */
};

typedef enum err handler(struct call *call);

handler handle_pod_echo;

/* Returns why the request to a pod has no route. As a route of its own it can be faulted. */
handler handle_pod_unrouted;
#define POD_ROUTE(port, method, pattern, handle, effect, access) handler handle;
#include "call/pod_routes.def"
#undef POD_ROUTE

#define ROUTE(method, pattern, operation, handle, effect, access, ...) handler handle;
#include "call/routes.def"
#undef ROUTE

/* The value of {pool} in the path. */
struct text call_pool_name(struct call *call);

/* Takes the name of the pod that the request is about, from where its path or its address was
 * read; absent: it names none. */
void call_take_pod_name(struct call *call, struct text pod_text);

/* The pod that the path names; where it names a pool too, the pod has to be one of that. Returns OK
 * or ERR_POD_NOT_FOUND, with a sentence that names the one that is missing. */
enum err call_find_pod(struct call *call, struct pod *pod);

/* Gives an error of something that is not there a sentence that names it as the path does, unless
 * it has one; the service does so for every handler. Returns `err`. */
enum err call_name_missing(struct call *call, enum err err);

/* The pool that the path names, which is made if there is none yet. */
enum err call_get_pool(struct call *call, struct pool *pool);

/* The first value of a query parameter, absent if there is none. Returns OK, ERR_BAD_QUERY,
 * ERR_NO_MEMORY. */
enum err call_query(struct call *call, const char *key, struct text *value);

/* Refuses a query with a parameter that is none of `keys` (closed by a NULL). Returns OK,
 * ERR_BAD_QUERY with a sentence that names them, ERR_NO_MEMORY. */
enum err call_only_query(struct call *call, const char *const *keys);

/* A parameter that is a number; one that is absent or empty leaves `out`. Returns OK,
 * ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err call_query_number(struct call *call, const char *key, int64_t min, int64_t max,
                           int64_t *out);

/* The body as an object. Returns OK, ERR_BAD_JSON, ERR_BAD_FIELD, ERR_NO_MEMORY. */
enum err call_body(struct call *call, struct reader_node *root);

/* The same, of whatever type it is. */
enum err call_any_body(struct call *call, struct reader_node *root);

/* The same for one that has nothing to say: ERR_BAD_FIELD where it has a member. */
enum err call_empty_body(struct call *call);

/* Begins and ends a JSON answer: the braces and `success`. call_end_answer returns OK, or
 * ERR_NO_MEMORY where the answer had no room. */
struct writer answer_begin(struct response *response, int status);
struct writer call_begin_answer(struct call *call, int status);
struct writer call_begin_message(struct call *call, int status, struct text message);
enum err call_end_answer(struct call *call, struct writer *writer);

/* Has the request answered with an error although what it has changed stays, and returns OK, which
 * the handler then returns. */
enum err call_refuse(struct call *call, enum err err);

/* The workspace of a claim with that query: unknown-workspace where it names none. Returns OK,
 * ERR_BAD_QUERY for a malformed escape, ERR_NO_MEMORY. */
enum err claim_workspace(struct text query, struct arena *arena, struct text *workspace);

/* Notes the pod, and who holds it, as what the request is about. */
void call_note_pod(struct call *call, const struct pod *pod);

#endif
