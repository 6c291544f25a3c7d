/* SPDX-License-Identifier: MIT
 *
 * A request and its response, independent of FastCGI and sockets. Everything above the gateway uses
 * these.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"
#include "base/text.h"
#include "http/feed.h"

enum http_method {
#define METHOD(name) HTTP_##name,
#include "http/method.def"
#undef METHOD
    HTTP_OTHER, /* any other method; no route has it */
    HTTP_METHOD__MAX
};

/* Returns the method with that name, or HTTP_OTHER. Names are case-sensitive (RFC 9110, section
 * 9.1). */
enum http_method http_method_of(struct text name);
/* Returns the name of a method, or "other". Static. */
const char *http_method_name(enum http_method method);

/* A CGI variable (RFC 3875, section 4.1), as the front end sent it. */
struct variable {
    struct text name;
    struct text value;
};

enum { REQUEST_CHAINS = 16 };

/* A request. Its texts are in the request's arena. */
struct request {
    enum http_method method;
    struct text method_name;
    const struct variable *variables; /* in the order in which they came */
    size_t variables_count;
    /* The index of the variables, private to message.c. It counts them from 1; 0: none. */
    uint32_t latest[REQUEST_CHAINS]; /* the last variable of each chain */
    const uint32_t *earlier;         /* for each variable, the one before it in its chain */
    struct text body;                /* absent if it exceeded the limit */
    uint64_t body_received; /* bytes received, also those of a body that exceeded the limit */
    const char *malformed;  /* what is wrong with the bytes of a variable; NULL: nothing */
    bool over_limit;        /* exceeds the limit of open requests: only control routes accept it */
    bool refused;           /* far exceeds that limit: nothing of the request was kept */
};

/* Gives a request its variables, and indexes their names in the arena. The variables and the arena
 * must live as long as the request. Returns false, and changes nothing, if out of memory. */
bool request_set_variables(struct request *request, const struct variable *variables, size_t count,
                           struct arena *arena);

/* Returns the value of the last CGI variable with that name, or an absent text. If nginx's
 * configuration sets a fastcgi_param twice, nginx sends it twice, and the later one is meant to
 * win. */
struct text request_variable(const struct request *request, struct text name);

/* Returns true if there is more than one variable with that name. */
bool request_repeats(const struct request *request, struct text name);

/* Returns true if `protocol` is among those that the request offers to upgrade to (RFC 9110,
 * section 7.8). Ignores case. */
bool request_upgrades_to(const struct request *request, struct text protocol);

/* Returns true if the Accept header of the request names the media type (RFC 9110, section 12.5.1),
 * and not only by a wildcard. Ignores case and weights, but a weight of 0 excludes the type. */
bool request_accepts(const struct request *request, struct text media_type);

/* Returns the token in the value of an Authorization header, or an absent text if its scheme is not
 * Bearer. */
struct text http_bearer_token(struct text authorization);

/* Returns the password in such a value (RFC 7617), in the arena, or an absent text if its scheme is
 * not Basic or it is malformed. */
struct text http_basic_password(struct text authorization, struct arena *arena);

/* The result of a continuation's step. */
enum continuation_step {
    CONTINUATION_MORE, /* the body has a piece, and more will follow when there is room */
    CONTINUATION_WAIT, /* no piece until `wake_mono_us`, or until it is woken */
    CONTINUATION_DONE, /* the body has the last piece */
    /* it ended with the error in `failure`; the same as BROKEN if a piece has been sent already */
    CONTINUATION_FAILED,
    CONTINUATION_BROKEN, /* it can't go on; the client must notice that its answer is incomplete */
};

struct response;

/* Produces a response that is sent in pieces, or that is not known yet. To make one, put it at the
 * beginning of a struct of your own, and set `step`, `free` and `is_detached`. The service sets
 * `wake` and `parker`. */
struct continuation {
    /* Appends the next piece to response->body; the first call may also set the status and the
     * headers. Must not block. Called at most once per turn: when there is room, or when the wait
     * is over. */
    enum continuation_step (*step)(struct continuation *, struct response *);
    /* Frees the continuation. Called once: after the last piece, after a failure, or when the
     * client has gone away. */
    void (*free)(struct continuation *);
    /* With CONTINUATION_WAIT: the monotonic time of the next `step`. INT64_MAX: only when woken. */
    int64_t wake_mono_us;
    const struct problem *failure; /* with CONTINUATION_FAILED; valid until `free` or a next step */
    bool is_detached; /* once it has made its first piece, it no longer uses the request's arena */
    /* Schedules another `step`, never calls it directly. NULL unless the request is parked
     * (docs/architecture.md, "A turn"). */
    void (*wake)(struct continuation *);
    void *parker; /* private to the service, for `wake` */
};

enum { RESPONSE_HEADERS_MAX = 32 * 1024, RESPONSE_BODY_MAX = 64 * 1024 * 1024 };

/* A response, or the next piece of one. */
struct response {
    int status;               /* 0: not known yet */
    const char *content_type; /* static; NULL: none */
    struct buffer headers;    /* further header lines, each ending with CRLF */
    struct buffer body;
    struct continuation *continuation; /* owned; NULL: the body is complete, but for a feed */
    struct feed *feed;                 /* owned; follows the body; NULL: nothing does */
    /* only the head is sent, as for HEAD; its Content-Length is that of the body, or is left out if
     * the body is empty */
    bool body_unsent;
    size_t withheld_bytes; /* counted in Content-Length, but never sent */
    bool passed_at_once;   /* set by response_pass_at_once */
};

struct response response_new(void);
void response_free(struct response *response);

/* Empties the response, and frees its continuation and its feed. Keeps the memory of its buffers.
 */
void response_clear(struct response *response);

/* Frees the continuation, if there is one. The response then ends with its present body. */
void response_end_continuation(struct response *response);

/* Frees the feed, if there is one. */
void response_end_feed(struct response *response);

/* Tells the front end (nginx) to pass each piece on at once, without buffering. */
void response_pass_at_once(struct response *response);

/* Adds a header line. `name` must not come from a client. Adds nothing if `value` contains a byte
 * other than visible ASCII, space or tab, so that a value can't inject a header. */
void response_add_header(struct response *response, const char *name, struct text value);

/* Return true for a valid name of a header (RFC 9110, section 5.1), and for a valid value: visible
 * ASCII, spaces and tabs only. */
bool http_header_name_is_valid(struct text name);
bool http_header_value_is_valid(struct text value);

/* Writes the head of a CGI response (RFC 3875, section 6.2): Content-Type, Content-Length, the
 * headers, Status, an empty line. Status is last because HAProxy turns any status before a Location
 * into 302. Content-Length is written only if `whole`, that is, if the body is complete. */
void response_write_head(const struct response *response, bool whole, struct buffer *out);

/* Returns the reason phrase of a status (RFC 9110, section 15), or "Unknown" for a status that only
 * a fault rule can produce. Static. */
const char *http_reason(int status);

#endif
