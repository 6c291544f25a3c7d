/* SPDX-License-Identifier: MIT
 *
 * A fault rule: which requests it is for, which of those it takes, and what then becomes of them.
 * Plain values.
 */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/operation.h"

enum {
    FAULTS_MAX = 1000,            /* rules of a tenant */
    FAULT_ID_MAX = 64,            /* bytes */
    FAULT_PATTERN_MAX = 256,      /* bytes */
    FAULT_ERROR_MAX = 1000,       /* bytes */
    FAULT_COUNT_MAX = 1000000000, /* of skip, times and every */
    FAULT_DELAY_MAX_MS = 3600 * 1000,
    FAULT_SIGMA_MAX = 10,
    FAULT_STATUS_MIN = 400, /* of an error; of content from FAULT_CONTENT_STATUS_MIN on */
    FAULT_STATUS_MAX = 599,
    FAULT_CONTENT_STATUS_MIN = 200,
    FAULT_CONTENT_MAX = 64 * 1024, /* bytes of json or text */
    FAULT_HEADERS_MAX = 20,
    FAULT_HEADER_NAME_MAX = 64,    /* bytes */
    FAULT_HEADER_VALUE_MAX = 1000, /* bytes */
    FAULT_RETRY_AFTER_MAX_S = 24 * 3600,
    FAULT_BYTES_PER_SECOND_MAX = 1000000000,
};

/* The longest life of a rule, in milliseconds: 365 days. */
#define FAULT_TTL_MAX_MS (INT64_C(365) * 24 * 3600 * 1000)

enum fault_phase {
#define FAULT_PHASE(name, word) FAULT_##name,
#include "model/fault.def"
    FAULT_PHASE__MAX
};

enum fault_delay_type {
    FAULT_DELAY_NONE,
#define FAULT_DELAY(name, word) FAULT_DELAY_##name,
#include "model/fault.def"
    FAULT_DELAY__MAX
};

enum fault_answer_kind {
    FAULT_ANSWER_NONE, /* the request's own */
#define FAULT_ANSWER(name, word) FAULT_ANSWER_##name,
#include "model/fault.def"
    FAULT_ANSWER__MAX
};

enum fault_connection {
#define FAULT_CONNECTION(name, word) FAULT_CONNECTION_##name,
#include "model/fault.def"
    FAULT_CONNECTION__MAX
};

/* What the phases, the types of delay but NONE, the kinds of answer but NONE, and the ends of a
 * connection are called, in the order of their numbers, closed by a NULL; static. */
const char *const *fault_phase_words(void);
const char *const *fault_delay_words(void);
const char *const *fault_answer_words(void);
const char *const *fault_connection_words(void);

/* Which requests: those of one of the operations whose texts fit every pattern that is there
 * (base/glob.h). A request without such a text fits no pattern, not even "*". */
struct fault_match {
    uint32_t operations; /* a set */
    struct text pool;    /* patterns, absent: any */
    struct text pod;     /* of the pod's id or of its subdomain */
    struct text workspace;
    /* of requests to a pod's ports */
    int port;           /* 0: any, and the bare address */
    struct text method; /* as it is; absent: any */
    struct text path;   /* a pattern of the path there, as it was sent */
};

struct fault_delay {
    enum fault_delay_type type;
    int64_t ms;       /* fixed */
    int64_t lower_ms; /* uniform: both bounds included */
    int64_t upper_ms;
    int64_t median_ms; /* lognormal */
    double sigma;      /* the standard deviation of the delay's logarithm */
    int64_t max_ms;    /* a longer one is cut to this */
};

/* What the body of an answer with a status is: the API's error, or the rule's own content. */
enum fault_content { FAULT_CONTENT_ERROR, FAULT_CONTENT_JSON, FAULT_CONTENT_TEXT };

struct fault_answer {
    enum fault_answer_kind kind;
    int status; /* at least FAULT_STATUS_MIN where the content is an error */
    enum fault_content content;
    bool has_content_type; /* among the headers */
    int64_t retry_after_s; /* with status; 0: none */
    enum fault_connection connection;
    double truncate;          /* the share of the body that comes: above 0, below 1 */
    int64_t bytes_per_second; /* dribble */
};

/* A delay, an answer, or both. Texts are the owner's. */
struct fault_rule {
    struct text id; /* absent: one is made up */
    struct fault_match match;
    int64_t skip;       /* so many that match are let through, */
    int64_t every;      /* and then all but each so-manieth; at least 1 */
    int64_t times;      /* how many are hit at most; 0: no bound */
    double probability; /* of those left, above 0 and at most 1 */
    int64_t ttl_ms;     /* how long the rule lives; 0: for ever */
    enum fault_phase phase;
    struct fault_delay delay;
    struct fault_answer answer;
    struct text error; /* with an answer's status; absent: the usual sentence */
    /* with an answer's status: lines "Name: value", each closed by CRLF; absent: none */
    struct text headers;
    struct text content; /* JSON or text, as the answer has it */
};

/* What a rule has done. */
struct fault_counts {
    int64_t matched; /* requests that fitted while it lived */
    int64_t hits;
    bool spent; /* it has hit as often as it may, or its life is over: nothing matches any more */
};

/* True for 1 to FAULT_ID_MAX bytes of a-z A-Z 0-9 . _ - that begin with no dot. */
bool fault_id_is_valid(struct text id);

#endif
