/* SPDX-License-Identifier: MIT */
#include "tenant/faults.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/glob.h"
#include "base/random.h"
#include "model/name.h"

struct fault {
    struct fault_rule rule;
    char *texts; /* owned: the bytes of the rule's texts */
    struct random random;
    int64_t armed_ms; /* when its ttl began, on the state's clock */
    int64_t matched;
    int64_t hits;
};

static char *take_text(struct text *text, char *to)
{
    if (!text->at)
        return to;
    memcpy(to, text->at, text->length);
    text->at = to;
    return to + text->length;
}

/* Initialises a rule with `id` and copies of all texts. */
static enum err fault_init(struct fault *fault, const struct fault_rule *rule, struct text id,
                           uint64_t seed, int64_t now_ms)
{
    *fault = (struct fault){.rule = *rule, .armed_ms = now_ms};
    fault->rule.id = id;
    struct text *texts[] = {&fault->rule.id,           &fault->rule.match.pool,
                            &fault->rule.match.pod,    &fault->rule.match.workspace,
                            &fault->rule.match.method, &fault->rule.match.path,
                            &fault->rule.error,        &fault->rule.headers,
                            &fault->rule.content};
    size_t length = 0;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        length += texts[i]->length;
    if (!(fault->texts = malloc(length)))
        return ERR_NO_MEMORY;
    char *end = fault->texts;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        end = take_text(texts[i], end);
    fault->random = random_for(seed, fault->rule.id);
    return OK;
}

static bool has_id(const struct fault_rule *rules, size_t count, struct text id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(rules[i].id, id))
            return true;
    return false;
}

/* Returns the place of a rule, or `count` if there is none of that id. */
static size_t find(const struct faults *faults, struct text id)
{
    size_t at = 0;

    while (at < faults->count && !text_equal(faults->list[at].rule.id, id))
        at++;
    return at;
}

/* Generates the next id that neither a rule of `faults` nor one of `rules` has. */
static struct text make_id(struct faults *faults, const struct fault_rule *rules, size_t count,
                           char id[static RULE_ID_MAX + 1])
{
    struct text made;

    do {
        snprintf(id, RULE_ID_MAX + 1, "fault-%" PRId64, ++faults->last_id);
        made = text_of(id);
    } while (has_id(rules, count, made) || find(faults, made) < faults->count);
    return made;
}

void faults_clear(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        free(faults->list[i].texts);
    free(faults->list);
    *faults = (struct faults){.seed = faults->seed};
}

void faults_take(struct faults *faults, struct faults *from)
{
    faults_clear(faults);
    *faults = *from;
    *from = (struct faults){.seed = from->seed};
}

enum err faults_replace(struct faults *faults, const struct fault_rule *rules, size_t count,
                        int64_t now_ms)
{
    struct faults fresh = {.seed = faults->seed};
    char made[RULE_ID_MAX + 1];
    enum err err = OK;

    CHECK(count <= FAULTS_MAX);
    if (count > 0 && !(fresh.list = calloc(count, sizeof(*fresh.list))))
        return ERR_NO_MEMORY;
    for (; fresh.count < count; fresh.count++) {
        const struct fault_rule *rule = &rules[fresh.count];
        struct text id = rule->id.at ? rule->id : make_id(&fresh, rules, count, made);
        if ((err = fault_init(&fresh.list[fresh.count], rule, id, fresh.seed, now_ms)))
            break;
    }
    if (err) {
        faults_clear(&fresh);
        return err;
    }
    faults_take(faults, &fresh);
    return OK;
}

enum err faults_add(struct faults *faults, const struct fault_rule *rule, int64_t now_ms)
{
    int64_t last_id = faults->last_id;
    char made[RULE_ID_MAX + 1];

    if (rule->id.at && find(faults, rule->id) < faults->count)
        return ERR_FAULT_EXISTS;
    if (faults->count >= FAULTS_MAX)
        return ERR_FAULT_LIMIT;
    struct fault *list = realloc(faults->list, (faults->count + 1) * sizeof(*list));
    if (!list)
        return ERR_NO_MEMORY;
    faults->list = list;
    struct text id = rule->id.at ? rule->id : make_id(faults, NULL, 0, made);
    enum err err = fault_init(&list[faults->count], rule, id, faults->seed, now_ms);
    if (err)
        faults->last_id = last_id;
    else
        faults->count++;
    return err;
}

enum err faults_remove(struct faults *faults, struct text id)
{
    size_t at = find(faults, id);

    if (at == faults->count)
        return ERR_FAULT_NOT_FOUND;
    free(faults->list[at].texts);
    faults->count--;
    memmove(&faults->list[at], &faults->list[at + 1], (faults->count - at) * sizeof(*faults->list));
    return OK;
}

void faults_reseed(struct faults *faults, uint64_t seed)
{
    faults->seed = seed;
    for (size_t i = 0; i < faults->count; i++)
        faults->list[i].random = random_for(seed, faults->list[i].rule.id);
}

void faults_shift(struct faults *faults, int64_t by_ms)
{
    for (size_t i = 0; i < faults->count; i++)
        faults->list[i].armed_ms += by_ms;
}

static bool is_spent(const struct fault *fault, int64_t now_ms)
{
    const struct fault_rule *rule = &fault->rule;

    return (rule->times > 0 && fault->hits >= rule->times) ||
           (rule->ttl_ms > 0 && now_ms - fault->armed_ms >= rule->ttl_ms);
}

const struct fault_rule *faults_get(const struct faults *faults, size_t at, int64_t now_ms,
                                    struct fault_counts *counts)
{
    CHECK(at < faults->count);
    const struct fault *fault = &faults->list[at];
    *counts = (struct fault_counts){fault->matched, fault->hits, is_spent(fault, now_ms)};
    return &fault->rule;
}

size_t faults_armed(const struct faults *faults, int64_t now_ms)
{
    size_t armed = 0;

    for (size_t i = 0; i < faults->count; i++)
        armed += !is_spent(&faults->list[i], now_ms);
    return armed;
}

/* Returns true if there is no pattern, or the request has the text and it matches. */
static bool matches_pattern(struct text pattern, struct text text)
{
    return !pattern.at || (text.at && glob_matches(pattern, text));
}

static bool matches_port(const struct fault_match *match, const struct fault_request *request)
{
    if (match->port == 0 && !match->method.at && !match->path.at)
        return true;
    return request->path.at && (match->port == 0 || match->port == request->port) &&
           (!match->method.at || text_equal(match->method, request->method)) &&
           matches_pattern(match->path, request->path);
}

static bool matches(const struct fault_match *match, const struct fault_request *request)
{
    return operations_contain(match->operations, request->about.operation) &&
           matches_pattern(match->pool, request->about.pool_name) &&
           (matches_pattern(match->pod, request->pod_id) ||
            matches_pattern(match->pod, request->pod_subdomain)) &&
           matches_pattern(match->workspace, request->about.workspace) &&
           matches_port(match, request);
}

/* Counts a matching request. Returns true if the rule takes it: after `skip`, every n-th, with the
 * rule's probability. */
static bool take(struct fault *fault)
{
    const struct fault_rule *rule = &fault->rule;

    fault->matched++;
    if (fault->matched <= rule->skip || (fault->matched - rule->skip) % rule->every != 0)
        return false;
    if (random_fraction(&fault->random) >= rule->probability)
        return false;
    fault->hits++;
    return true;
}

static int64_t draw_delay_us(const struct fault_delay *delay, struct random *random)
{
    switch (delay->type) {
    case FAULT_DELAY_FIXED:
        return delay->ms * 1000;
    case FAULT_DELAY_UNIFORM:
        return random_between(random, delay->lower_ms * 1000, delay->upper_ms * 1000);
    case FAULT_DELAY_LOGNORMAL: {
        double ms = (double)delay->median_ms * exp(delay->sigma * random_normal(random));
        return (int64_t)(fmin(ms, (double)delay->max_ms) * 1000);
    }
    case FAULT_DELAY_NONE:
    case FAULT_DELAY__MAX:
        break;
    }
    return 0;
}

static void fill_hit(struct fault *fault, struct fault_hit *hit)
{
    const struct fault_rule *rule = &fault->rule;

    *hit = (struct fault_hit){.id = rule->id,
                              .answer = rule->answer,
                              .error = rule->error,
                              .headers = rule->headers,
                              .content = rule->content};
    hit->delay_us = draw_delay_us(&rule->delay, &fault->random);
    if (rule->answer.kind == FAULT_ANSWER_GARBAGE)
        hit->noise_seed = random_bits(&fault->random);
}

bool faults_draw(struct faults *faults, enum fault_phase phase, const struct fault_request *request,
                 int64_t now_ms, struct fault_hit *hit)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        if (fault->rule.phase != phase || is_spent(fault, now_ms) ||
            !matches(&fault->rule.match, request) || !take(fault))
            continue;
        fill_hit(fault, hit);
        return true;
    }
    return false;
}
