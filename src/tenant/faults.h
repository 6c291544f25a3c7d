/* SPDX-License-Identifier: MIT
 *
 * The fault rules of a tenant: in which order they are tried, how they are counted, what is drawn
 * for them. What a hit then does to a request is its caller's.
 *
 * Each rule has a generator of its own (base/random.h), which follows from the seed and the rule's
 * id. So the same seed and the same requests in the same order give the same hits, and a further
 * rule doesn't change what others draw.
 */
#ifndef TENANT_FAULTS_H
#define TENANT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/subject.h"

struct fault;

/* A zeroed struct has no rules; `seed` may be set in it, or later by faults_reseed. `count` is for
 * all to read, the rest for tenant/faults.c. */
struct faults {
    struct fault *list; /* in the order in which they are tried */
    size_t count;
    uint64_t seed;
    int64_t last_id; /* n of the last id made up */
};

/* Frees the rules, and counts made-up ids from 1 again. The seed stays. */
void faults_clear(struct faults *faults);

/* Puts these rules in the place of all others, or nothing where there is no memory. `count` is at
 * most FAULTS_MAX and no id is given twice. `now_ms` is when their lives begin, on the state's
 * clock. Texts are copied. Returns OK or ERR_NO_MEMORY. */
enum err faults_replace(struct faults *faults, const struct fault_rule *rules, size_t count,
                        int64_t now_ms);

/* Puts the rules of `from` in the place of all others, and leaves it without any. Cannot fail. */
void faults_take(struct faults *faults, struct faults *from);

/* Adds a rule behind the others. Returns OK, ERR_FAULT_EXISTS for an id that is taken,
 * ERR_FAULT_LIMIT, ERR_NO_MEMORY. */
enum err faults_add(struct faults *faults, const struct fault_rule *rule, int64_t now_ms);

/* Removes a rule. Returns OK or ERR_FAULT_NOT_FOUND. */
enum err faults_remove(struct faults *faults, struct text id);

/* Seeds all generators anew; what was counted stays. */
void faults_reseed(struct faults *faults, uint64_t seed);

/* Moves the lives of all rules along with a state's clock that was set back: they last as long as
 * they would have. */
void faults_shift(struct faults *faults, int64_t by_ms);

/* A rule by its place, below `count`, borrowed until the next change; and what it has done as of
 * `now_ms`. */
const struct fault_rule *faults_get(const struct faults *faults, size_t at, int64_t now_ms,
                                    struct fault_counts *counts);

/* How many rules are not spent. */
size_t faults_armed(const struct faults *faults, int64_t now_ms);

/* What a rule is matched with. A text that the request has not, or not yet, is absent: the pod of a
 * claim before it has run. */
struct fault_request {
    struct subject about; /* no rule is for an operation of a control route */
    struct text pod_id;   /* both of the pod that it is about */
    struct text pod_subdomain;
    struct text method, path; /* of a request to a pod's port; else absent */
    int port;                 /* of it; 0: the bare address */
};

/* What becomes of a request. But for two texts it holds no pointer, so that it outlives the rule.
 */
struct fault_hit {
    char id[FAULT_ID_MAX + 1]; /* of the rule */
    int64_t delay_us;          /* 0: none */
    struct fault_answer answer;
    char error[FAULT_ERROR_MAX + 1]; /* "": the usual sentence */
    uint64_t noise_seed;             /* of the bytes of garbage */
    struct text headers, content;    /* borrowed from the rule until it changes: to be copied */
};

/* Tries the rules of a phase in their order, and counts. The first that takes the request fills
 * `hit`; false where none does. */
bool faults_draw(struct faults *faults, enum fault_phase phase, const struct fault_request *request,
                 int64_t now_ms, struct fault_hit *hit);

#endif
