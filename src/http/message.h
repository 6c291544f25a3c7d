/* SPDX-License-Identifier: MIT
 *
 * A request and its response, as everything above the gateway sees them: no FastCGI, no socket.
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

enum http_method {
#define METHOD(name) HTTP_##name,
#include "http/method.def"
#undef METHOD
    HTTP_OTHER, /* anything else; no route takes it */
    HTTP_METHOD__MAX
};

/* Method names are case-sensitive (RFC 9110, section 9.1). */
enum http_method http_method_of(struct text name);
const char *http_method_name(enum http_method method);

/* A CGI variable (RFC 3875, section 4.1), as the front end sent it. */
struct variable {
    struct text name;
    struct text value;
};

/* A request. All its texts live in the arena of the exchange it belongs to. */
struct request {
    enum http_method method;
    struct text method_name;
    const struct variable *variables;
    size_t variables_count;
    struct text body;       /* absent when there was more of it than the limit */
    uint64_t body_received; /* bytes that arrived, whether kept or not */
    const char *malformed;  /* what is wrong with the bytes of a variable; NULL: nothing */
    bool over_limit; /* arrived past the limit of open requests: only a control route takes it */
    bool refused;    /* arrived far past the limit of open requests: nothing of it was kept */
};

/* The value of the last CGI variable of that name, or absent: nginx sends a fastcgi_param that is
 * given twice as two, and its reader expects that the later one counts. */
struct text request_variable(const struct request *request, struct text name);

/* True where there is more than one variable of that name. */
bool request_repeats(const struct request *request, struct text name);

/* True if the request asks for an upgrade to that protocol (RFC 9110, section 7.8), among others or
 * alone; names of protocols are compared without regard to case. */
bool request_upgrades_to(const struct request *request, struct text protocol);

/* The token in the value of an Authorization header; absent where it is of another scheme. */
struct text http_bearer_token(struct text authorization);

/* What a continuation says of the piece that it was asked for. */
enum continuation_step {
    /* the body holds a piece, and further ones follow when there is room for them */
    CONTINUATION_MORE,
    CONTINUATION_WAIT, /* nothing more until `wake_mono_us`, or until somebody wakes it */
    CONTINUATION_DONE, /* the body holds the last piece */
    /* it ended in an error, which is told in `failure`; like BROKEN where something has been said
     */
    CONTINUATION_FAILED,
    CONTINUATION_BROKEN, /* it can't go on: the client must not take what it has for the whole */
};

struct response;

/* A response that goes on: one that comes in pieces, or one that is not there yet. Who makes one
 * embeds this struct. */
struct continuation {
    /* Appends the next piece to response->body; the first may set the status and the headers too.
     * Never blocks. Called once for each turn in which there is room, or when the wait is over. */
    enum continuation_step (*step)(struct continuation *, struct response *);
    /* Frees it: after the last piece, or when the client has gone. */
    void (*free)(struct continuation *);
    /* with CONTINUATION_WAIT: when it wants to be asked again, on the monotonic clock; INT64_MAX:
     * not before it is woken */
    int64_t wake_mono_us;
    const struct problem *failure; /* with CONTINUATION_FAILED; borrowed from it */
    /* Not NULL while parked: schedules another `step`, never calls it directly. */
    void (*wake)(struct continuation *);
    void *parker;
};

enum { RESPONSE_HEADERS_MAX = 32 * 1024, RESPONSE_BODY_MAX = 64 * 1024 * 1024 };

/* A response, or the next piece of one. */
struct response {
    int status;               /* 0 until it is known */
    const char *content_type; /* static; NULL for none */
    struct buffer headers;    /* further whole header lines, each closed by CRLF */
    struct buffer body;
    struct continuation *continuation; /* owned; NULL when the body is all there is */
    /* only the head goes out, with the body's length in it unless it is empty: the answer to
     * HEAD */
    bool body_unsent;
    size_t withheld_bytes; /* that the head announces behind the body, and that do not come */
    bool passed_at_once;   /* the front end gathers nothing of it */
};

struct response response_new(void);
void response_free(struct response *response);

/* Back to a response that nothing has been said in, with its memory kept and its continuation
 * freed. */
void response_clear(struct response *response);

/* Frees the continuation, if there is one: nothing follows what is there. */
void response_end_continuation(struct response *response);

/* Has the front end (nginx) pass each piece on as it comes. */
void response_pass_at_once(struct response *response);

/* Adds a header line. `name` is ours. A value with a byte that is not visible ASCII, space or tab
 * is left out, so that no header can be forged through one. */
void response_add_header(struct response *response, const char *name, struct text value);

/* True for a name of a header (RFC 9110, section 5.1), and for a value of visible ASCII, spaces and
 * tabs, in which nothing can be forged. */
bool http_header_name_is_valid(struct text name);
bool http_header_value_is_valid(struct text value);

/* Writes the head as CGI has it (RFC 3875, section 6.2): Content-Type, Content-Length, the headers,
 * Status, an empty line. Status is the last because HAProxy makes a 302 of any status that precedes
 * a Location. The length stands in it only when `whole`: the body is all there is. */
void response_write_head(const struct response *response, bool whole, struct buffer *out);

/* The reason phrase of a status (RFC 9110, section 15), "Unknown" for one that is rare even among
 * faults. */
const char *http_reason(int status);

#endif
