/* SPDX-License-Identifier: MIT
 *
 * A fault rule: which requests it matches, which of those it hits, and what happens to them. Plain
 * values.
 */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/operation.h"

enum {
    FAULTS_MAX = 1000,            /* rules per tenant */
    FAULT_PATTERN_MAX = 256,      /* bytes */
    FAULT_ERROR_MAX = 1000,       /* bytes */
    FAULT_COUNT_MAX = 1000000000, /* maximum of skip, times and every */
    FAULT_DELAY_MAX_MS = 3600 * 1000,
    FAULT_SIGMA_MAX = 10,
    FAULT_STATUS_MIN = 400, /* for an error; for content FAULT_CONTENT_STATUS_MIN */
    FAULT_STATUS_MAX = 599,
    FAULT_CONTENT_STATUS_MIN = 200,
    FAULT_CONTENT_MAX = 64 * 1024, /* bytes of json or text */
    FAULT_HEADERS_MAX = 20,
    FAULT_HEADER_NAME_MAX = 64,    /* bytes */
    FAULT_HEADER_VALUE_MAX = 1000, /* bytes */
    FAULT_RETRY_AFTER_MAX_S = 24 * 3600,
    FAULT_BYTES_PER_SECOND_MAX = 1000000000,
};

/* The longest lifetime of a rule, in milliseconds: 365 days. */
#define FAULT_TTL_MAX_MS (INT64_C(365) * 24 * 3600 * 1000)

/* The words of a rule, in four enums. model/fault.def explains each word. */
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
    FAULT_ANSWER_NONE, /* the request's own answer is sent */
#define FAULT_ANSWER(name, word) FAULT_ANSWER_##name,
#include "model/fault.def"
    FAULT_ANSWER__MAX
};

enum fault_connection {
#define FAULT_CONNECTION(name, word) FAULT_CONNECTION_##name,
#include "model/fault.def"
    FAULT_CONNECTION__MAX
};

/* Return the words of each enum above in its order, NULL-terminated. NONE has no word, so word i of
 * delays and answers is that of enum value i + 1. Static. */
const char *const *fault_phase_words(void);
const char *const *fault_delay_words(void);
const char *const *fault_answer_words(void);
const char *const *fault_connection_words(void);

/* Which requests a rule matches: those of its operations for which every pattern that is set
 * matches (base/glob.h). A request that lacks the text, such as a login, which has no pool, matches
 * no pattern, not even "*". */
struct fault_match {
    uint32_t operations; /* a set (model/operation.h) */
    struct text pool;    /* this and the next two are patterns; absent: any */
    struct text pod;     /* matches the pod's id or its subdomain */
    struct text workspace;
    /* for requests to a pod's ports */
    int port;           /* 0: any port, or none */
    struct text method; /* not a pattern; absent: any */
    struct text path;   /* a pattern, for the path at the port as it was sent; absent: any */
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

/* The body of an answer with a status: the API's usual error, or the rule's own content. */
enum fault_content { FAULT_CONTENT_ERROR, FAULT_CONTENT_JSON, FAULT_CONTENT_TEXT };

struct fault_answer {
    enum fault_answer_kind kind;
    int status; /* at least FAULT_STATUS_MIN if the content is an error */
    enum fault_content content;
    bool has_content_type; /* the rule's headers include Content-Type */
    int64_t retry_after_s; /* with a status; 0: none */
    enum fault_connection connection;
    double truncate;          /* the fraction of the body that is sent: above 0, below 1 */
    int64_t bytes_per_second; /* dribble */
};

/* A rule has a delay, an answer, or both. Its texts are borrowed from its owner. */
struct fault_rule {
    struct text id; /* absent: the owner chooses one */
    struct fault_match match;
    int64_t skip;       /* the first `skip` matching requests are not hit */
    int64_t every;      /* then every n-th can be hit; at least 1 */
    int64_t times;      /* the maximum number of hits; 0: no maximum */
    double probability; /* of a hit, for those that can be hit: above 0, at most 1 */
    int64_t ttl_ms;     /* the lifetime of the rule; 0: for ever */
    enum fault_phase phase;
    struct fault_delay delay;
    struct fault_answer answer;
    struct text error; /* the sentence of an answer with a status; absent: the default */
    /* further headers of an answer with a status: lines "Name: value", each ending with CRLF;
     * absent: none */
    struct text headers;
    struct text content; /* JSON or text, according to answer.content */
};

/* What a rule has done so far. */
struct fault_counts {
    int64_t matched; /* requests that matched */
    int64_t hits;
    bool spent; /* all its hits are used, or its lifetime is over: it matches nothing any more */
};

#endif
