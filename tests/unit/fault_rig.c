/* SPDX-License-Identifier: MIT */
#include "fault_rig.h"

#include "unit.h"

enum { START_MS = 1705314600 };

struct fault_rig rig;

const struct fault_request fault_rig_claim = {
    .about = {.operation = OPERATION_CLAIM, .pool_name = {"p", 1}}};

void fault_rig_begin(void)
{
    rig = (struct fault_rig){.faults = {.seed = 42}, .now_ms = START_MS};
}

void fault_rig_end(void)
{
    faults_clear(&rig.faults);
}

struct fault_rule fault_rig_rule(const char *id)
{
    return (struct fault_rule){
        .id = text_of(id),
        .match = {.operations = (uint32_t)1 << OPERATION_CLAIM},
        .every = 1,
        .probability = 1,
        .answer = {.kind = FAULT_ANSWER_STATUS, .status = 503},
    };
}

void fault_rig_add(struct fault_rule rule)
{
    assert_int_equal(faults_add(&rig.faults, &rule, rig.now_ms), OK);
}

bool fault_rig_draw(const struct fault_request *request)
{
    return faults_draw(&rig.faults, FAULT_BEFORE, request, rig.now_ms, &rig.hit);
}

struct fault_counts fault_rig_counts(const char *id)
{
    struct fault_counts counts;

    for (size_t i = 0; i < rig.faults.count; i++)
        if (text_equal(faults_get(&rig.faults, i, rig.now_ms, &counts)->id, text_of(id)))
            return counts;
    fail_msg("there is no rule %s", id);
    return (struct fault_counts){0};
}

void fault_rig_check_counts(const char *id, int64_t matched, int64_t hits, bool spent)
{
    struct fault_counts counts = fault_rig_counts(id);

    assert_int_equal(counts.matched, matched);
    assert_int_equal(counts.hits, hits);
    assert_int_equal(counts.spent, spent);
}
