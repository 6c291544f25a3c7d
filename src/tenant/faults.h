/* SPDX-License-Identifier: MIT
 *
 * The fault rules of a tenant: stores them, matches requests with them in order, counts their
 * matches and hits, and draws their random numbers. The caller applies a hit to its request.
 *
 * Each rule has a random generator of its own (base/random.h), seeded with the tenant's seed and
 * the rule's id. So the same seed and the same requests in the same order give the same hits, and
 * adding a rule does not change what the others draw.
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

/* A zeroed struct has no rules. Callers may set `seed` directly while there are none, and read
 * `count`; the rest is private to tenant/faults.c. */
struct faults {
    struct fault *list; /* in the order in which they are tried */
    size_t count;
    uint64_t seed;
    int64_t last_id; /* n of the last generated id, fault-<n> */
};

/* Frees the rules. Generated ids begin with fault-1 again. The seed stays. */
void faults_clear(struct faults *faults);

/* Replaces all rules. `count` is at most FAULTS_MAX, and ids are unique. A rule's ttl counts from
 * `now_ms`, on the state's clock. Texts are copied. Returns OK, or ERR_NO_MEMORY, which leaves the
 * rules as they are. */
enum err faults_replace(struct faults *faults, const struct fault_rule *rules, size_t count,
                        int64_t now_ms);

/* Replaces all rules, and the seed, with those of `from`, which is left without rules. Cannot fail.
 */
void faults_take(struct faults *faults, struct faults *from);

/* Appends a rule. Texts are copied. Returns OK, ERR_FAULT_EXISTS if its id is taken,
 * ERR_FAULT_LIMIT, ERR_NO_MEMORY. */
enum err faults_add(struct faults *faults, const struct fault_rule *rule, int64_t now_ms);

/* Removes a rule. Returns OK or ERR_FAULT_NOT_FOUND. */
enum err faults_remove(struct faults *faults, struct text id);

/* Seeds all generators anew. The counts stay. */
void faults_reseed(struct faults *faults, uint64_t seed);

/* Moves the start of every rule's ttl by `by_ms`. A reset that sets the clock back calls it, so
 * that the rules last as long as they would have. */
void faults_shift(struct faults *faults, int64_t by_ms);

/* Returns a rule by its place, which is below `count`, and sets `counts` to what it has done by
 * `now_ms`. The rule is borrowed until the next change. */
const struct fault_rule *faults_get(const struct faults *faults, size_t at, int64_t now_ms,
                                    struct fault_counts *counts);

/* Returns how many rules can still hit: neither their `times` nor their ttl is used up. */
size_t faults_armed(const struct faults *faults, int64_t now_ms);

/* The properties of a request that rules match. A text that the request does not have, or not yet,
 * is absent: a claim, for example, has no pod before it has run. */
struct fault_request {
    struct subject about; /* no rule matches an operation of a control route */
    struct text pod_id;   /* of the pod that the request is about */
    struct text pod_subdomain;
    struct text method, path; /* of a request to a pod's own port; otherwise absent */
    int port;                 /* likewise; 0: the bare address */
};

/* What a rule does to a request. Its texts are borrowed from the rule until the rules change: copy
 * them. */
struct fault_hit {
    struct text id;   /* of the rule */
    int64_t delay_us; /* 0: none */
    struct fault_answer answer;
    struct text error;   /* empty: the default sentence */
    uint64_t noise_seed; /* for the bytes of garbage */
    struct text headers, content;
};

/* Tries the rules of a phase on a request, in order, and counts the matches. A matching rule hits
 * unless its `skip`, `every` or `probability` prevents it. The first rule that hits fills `hit`.
 * Returns false if none does. */
bool faults_draw(struct faults *faults, enum fault_phase phase, const struct fault_request *request,
                 int64_t now_ms, struct fault_hit *hit);

#endif
