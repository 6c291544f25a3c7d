/* SPDX-License-Identifier: MIT */
#include "admin/fault_rule.h"

#include <string.h>

#include "admin/fault_content.h"
#include "admin/operations.h"
#include "call/rule_id.h"
#include "tenant/tenant.h"

/* Reads a pattern. An empty one is refused: it matches nothing. */
static enum err read_pattern(struct call *call, const struct reader_node *match, const char *key,
                             struct text *pattern)
{
    struct reader_node node;

    return reader_member(match, key, &node)
               ? reader_filled_text(&node, FAULT_PATTERN_MAX, pattern, call->problem)
               : OK;
}

/* Reads the pattern of a pod's name. Without a '*' it must be a pod's name. */
static enum err read_pod(struct call *call, const struct reader_node *match, struct text *pattern)
{
    struct reader_node node;
    struct pod_name name;
    enum err err = read_pattern(call, match, "pod", pattern);

    if (err || !pattern->at || memchr(pattern->at, '*', pattern->length) ||
        pod_name_of_tenant(*pattern, text_of(call->tenant->name), &name) ||
        !reader_member(match, "pod", &node))
        return err;
    return reader_refuse(&node, call->problem,
                         "expected a pod's id or subdomain, or a pattern with *");
}

/* Reads the criteria for requests to a pod's ports. A path that begins with neither a slash nor a
 * '*' is refused: it matches nothing. */
static enum err read_port(struct call *call, const struct reader_node *match,
                          struct fault_match *out)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL};
    struct reader_node node;
    int64_t port = 0;
    size_t index;
    enum err err;

    if ((err = reader_member_number(match, "port", 1, UINT16_MAX, &port, call->problem)) ||
        (err = read_pattern(call, match, "path", &out->path)))
        return err;
    out->port = (int)port;
    if (out->path.at && out->path.at[0] != '/' && out->path.at[0] != '*' &&
        reader_member(match, "path", &node))
        return reader_refuse(&node, call->problem, "expected a path that begins with / or *");
    if (!reader_member(match, "method", &node))
        return OK;
    if ((err = reader_word(&node, methods, &index, call->problem)))
        return err;
    out->method = text_of(methods[index]);
    return OK;
}

static enum err read_match(struct call *call, const struct reader_node *rule,
                           enum fault_phase phase, struct fault_match *match)
{
    static const char *const keys[] = {"operation", "pool",   "pod",  "workspaceId",
                                       "port",      "method", "path", NULL};
    struct reader_node node;
    enum err err;

    if (!reader_member(rule, "match", &node)) {
        match->operations = OPERATIONS_ALL;
        return OK;
    }
    if ((err = reader_only_keys(&node, keys, call->problem)) ||
        (err = operations_read(call, &node, &match->operations)) ||
        (err = read_pattern(call, &node, "pool", &match->pool)) ||
        (err = read_pod(call, &node, &match->pod)) ||
        (err = read_pattern(call, &node, "workspaceId", &match->workspace)) ||
        (err = read_port(call, &node, match)))
        return err;
    return operations_check(call, &node, match->operations, phase == FAULT_AFTER);
}

/* Reads which of the matching requests the rule takes. */
static enum err read_share(struct call *call, const struct reader_node *node,
                           struct fault_rule *rule)
{
    struct problem *problem = call->problem;
    struct reader_node member;
    enum err err;

    rule->every = 1;
    rule->probability = 1;
    if ((err = reader_member_number(node, "skip", 0, FAULT_COUNT_MAX, &rule->skip, problem)) ||
        (err = reader_member_number(node, "every", 1, FAULT_COUNT_MAX, &rule->every, problem)) ||
        (err = reader_member_number(node, "times", 1, FAULT_COUNT_MAX, &rule->times, problem)))
        return err;
    if (reader_member(node, "probability", &member) &&
        (err = reader_real(&member, 0, 1, &rule->probability, problem)))
        return err;
    if (rule->probability <= 0)
        return reader_refuse(&member, problem, "must be above 0");
    if (!reader_member(node, "ttl", &member))
        return OK;
    if ((err = reader_duration(&member, FAULT_TTL_MAX_MS, &rule->ttl_ms, problem)))
        return err;
    return rule->ttl_ms > 0 ? OK : reader_refuse(&member, problem, "must be above 0");
}

static enum err read_phase(struct call *call, const struct reader_node *node,
                           enum fault_phase *phase)
{
    struct reader_node member;
    size_t index;

    if (!reader_member(node, "phase", &member))
        return OK;
    enum err err = reader_word(&member, fault_phase_words(), &index, call->problem);
    if (!err)
        *phase = (enum fault_phase)index;
    return err;
}

/* Reads a required duration of a delay. */
static enum err read_ms(struct call *call, const struct reader_node *delay, const char *key,
                        int64_t *ms)
{
    struct reader_node member;

    if (!reader_member(delay, key, &member))
        return reader_missing(delay, key, call->problem);
    return reader_duration(&member, FAULT_DELAY_MAX_MS, ms, call->problem);
}

static enum err read_fixed(struct call *call, const struct reader_node *node,
                           struct fault_delay *delay)
{
    static const char *const keys[] = {"type", "ms", NULL};
    enum err err = reader_only_keys(node, keys, call->problem);

    return err ? err : read_ms(call, node, "ms", &delay->ms);
}

static enum err read_uniform(struct call *call, const struct reader_node *node,
                             struct fault_delay *delay)
{
    static const char *const keys[] = {"type", "lowerMs", "upperMs", NULL};
    struct reader_node upper;
    enum err err;

    if ((err = reader_only_keys(node, keys, call->problem)) ||
        (err = read_ms(call, node, "lowerMs", &delay->lower_ms)) ||
        (err = read_ms(call, node, "upperMs", &delay->upper_ms)))
        return err;
    return reader_member(node, "upperMs", &upper) && delay->upper_ms < delay->lower_ms
               ? reader_refuse(&upper, call->problem, "must not be below lowerMs")
               : OK;
}

static enum err read_lognormal(struct call *call, const struct reader_node *node,
                               struct fault_delay *delay)
{
    static const char *const keys[] = {"type", "medianMs", "sigma", "maxMs", NULL};
    struct reader_node sigma, max;
    enum err err;

    if ((err = reader_only_keys(node, keys, call->problem)) ||
        (err = read_ms(call, node, "medianMs", &delay->median_ms)) ||
        (err = reader_required(node, "sigma", &sigma, call->problem)) ||
        (err = reader_real(&sigma, 0, FAULT_SIGMA_MAX, &delay->sigma, call->problem)))
        return err;
    delay->max_ms = FAULT_DELAY_MAX_MS;
    return reader_member(node, "maxMs", &max)
               ? reader_duration(&max, FAULT_DELAY_MAX_MS, &delay->max_ms, call->problem)
               : OK;
}

static enum err read_delay(struct call *call, const struct reader_node *rule,
                           struct fault_delay *delay)
{
    struct reader_node node, type;
    size_t index;
    enum err err;

    if (!reader_member(rule, "delay", &node))
        return OK;
    if (reader_type(&node) != READER_OBJECT)
        return reader_refuse(&node, call->problem, "expected an object");
    if ((err = reader_required(&node, "type", &type, call->problem)) ||
        (err = reader_word(&type, fault_delay_words(), &index, call->problem)))
        return err;
    delay->type = (enum fault_delay_type)(index + 1);
    if (delay->type == FAULT_DELAY_FIXED)
        return read_fixed(call, &node, delay);
    return delay->type == FAULT_DELAY_UNIFORM ? read_uniform(call, &node, delay)
                                              : read_lognormal(call, &node, delay);
}

static enum err read_status(struct call *call, const struct reader_node *node,
                            struct fault_answer *answer)
{
    int64_t status = 0;
    enum err err = reader_number(node, FAULT_CONTENT_STATUS_MIN, FAULT_STATUS_MAX, &status,
                                 call->problem);

    answer->status = (int)status;
    return err;
}

static enum err read_connection(struct call *call, const struct reader_node *node,
                                struct fault_answer *answer)
{
    size_t index;
    enum err err = reader_word(node, fault_connection_words(), &index, call->problem);

    if (err)
        return err;
    answer->connection = (enum fault_connection)index;
    if (request_variable(call->request, TEXT("POOL_MANAGER_FAULTS")).length == 0)
        return reader_refuse(node, call->problem,
                             "needs nginx: its server must include "
                             "pool-manager-mock/faults.conf");
    return OK;
}

static enum err read_truncate(struct call *call, const struct reader_node *node,
                              struct fault_answer *answer)
{
    enum err err = reader_real(node, 0, 1, &answer->truncate, call->problem);

    if (!err && (answer->truncate == 0 || answer->truncate == 1))
        return reader_refuse(node, call->problem, "expected a number above 0 and below 1");
    return err;
}

static enum err read_true(struct call *call, const struct reader_node *node,
                          struct fault_answer *answer)
{
    bool given;
    enum err err = reader_bool(node, &given, call->problem);

    (void)answer;
    if (!err && !given)
        err = reader_refuse(node, call->problem, "expected true");
    return err;
}

static enum err read_dribble(struct call *call, const struct reader_node *node,
                             struct fault_answer *answer)
{
    static const char *const keys[] = {"bytesPerSecond", NULL};
    struct reader_node member;
    enum err err = reader_only_keys(node, keys, call->problem);

    if (err)
        return err;
    if (!reader_member(node, "bytesPerSecond", &member))
        return reader_missing(node, "bytesPerSecond", call->problem);
    return reader_number(&member, 1, FAULT_BYTES_PER_SECOND_MAX, &answer->bytes_per_second,
                         call->problem);
}

static enum err read_answer(struct call *call, const struct reader_node *node,
                            struct fault_rule *rule)
{
    static enum err (*const readers[FAULT_ANSWER__MAX])(struct call *, const struct reader_node *,
                                                        struct fault_answer *) = {
        [FAULT_ANSWER_STATUS] = read_status,     [FAULT_ANSWER_CONNECTION] = read_connection,
        [FAULT_ANSWER_TRUNCATE] = read_truncate, [FAULT_ANSWER_GARBAGE] = read_true,
        [FAULT_ANSWER_HANG] = read_true,         [FAULT_ANSWER_DRIBBLE] = read_dribble,
    };
    static const char *const keys[] = {
#define FAULT_ANSWER(name, word) word,
#include "model/fault.def"
        "retryAfter", "error", "headers", "json", "text", NULL};
    struct reader_node answer, value;
    size_t index;
    enum err err;

    if (!reader_member(node, "answer", &answer))
        return OK;
    if ((err = reader_only_keys(&answer, keys, call->problem)) ||
        (err = reader_one_key(&answer, fault_answer_words(), &index, &value, call->problem)))
        return err;
    rule->answer.kind = (enum fault_answer_kind)(index + 1);
    if ((err = readers[rule->answer.kind](call, &value, &rule->answer)))
        return err;
    return fault_content_read(call, &answer, rule);
}

enum err fault_rule_read(struct call *call, const struct reader_node *node, struct fault_rule *out)
{
    static const char *const keys[] = {"id",      "match",       "skip",  "times", "every",
                                       "ttl",     "probability", "phase", "delay", "answer",
                                       "matched", "hits",        "spent", NULL};
    enum err err;

    *out = (struct fault_rule){0};
    if ((err = reader_only_keys(node, keys, call->problem)) ||
        (err = rule_id_read(call, node, &out->id)) || (err = read_phase(call, node, &out->phase)) ||
        (err = read_match(call, node, out->phase, &out->match)) ||
        (err = read_share(call, node, out)) || (err = read_delay(call, node, &out->delay)) ||
        (err = read_answer(call, node, out)))
        return err;
    if (out->delay.type == FAULT_DELAY_NONE && out->answer.kind == FAULT_ANSWER_NONE)
        return reader_refuse(node, call->problem, "expected a delay, an answer, or both");
    return OK;
}
