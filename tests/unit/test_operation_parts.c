/* SPDX-License-Identifier: MIT
 *
 * Which operations have a pool, a pod and a workspace: the columns of model/operation.def against
 * what fault rules and the journal meet. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "model/operation.h"

#define FAULTS AT("__admin/faults")
#define VERIFY AT("__admin/verify")

/* One request of each operation, about a used pod where it is about a pod. */
static const struct {
    const char *method, *target, *body;
} requests[OPERATION__CLIENTS] = {
    [OPERATION_CLAIM] = {"GET", AT("pools/default-pool/workspace?workspaceId=w"), ""},
    [OPERATION_STATUS] = {"GET", AT("pools/default-pool/status"), ""},
    [OPERATION_WORKSPACES] = {"GET", AT("pools/default-pool/workspaces"), ""},
    [OPERATION_WORKSPACE] = {"GET", AT("workspaces/mock-pod-1"), ""},
    [OPERATION_UPDATE] = {"POST", AT("workspaces/mock-pod-1/update"), "{\"repositories\":[]}"},
    [OPERATION_MARK_USED] = {"POST", AT("workspaces/mock-pod-1/mark-used"), ""},
    [OPERATION_RELEASE] = {"POST", AT("workspaces/mock-pod-1/release"), ""},
    [OPERATION_DELETE_WORKSPACE] = {"DELETE", AT("pools/default-pool/workspaces/mock-pod-1"), ""},
    [OPERATION_USAGE] = {"GET", AT("pools/default-pool/workspaces/mock-pod-1/usage"), ""},
    [OPERATION_STAKLINK_START] = {"POST",
                                  AT("pools/default-pool/workspaces/mock-pod-1/staklink-start"),
                                  ""},
    [OPERATION_REPOSITORIES] = {"POST", AT("pools/default-pool/workspaces/mock-pod-1/repositories"),
                                "{\"repositories\":[]}"},
    [OPERATION_ENVIRONMENT] = {"POST", AT("pools/default-pool/workspaces/mock-pod-1/environment"),
                               "{\"environment\":{}}"},
    [OPERATION_PROCESSES] = {"GET", AT("pools/default-pool/workspaces/mock-pod-1/processes"), ""},
    [OPERATION_EXEC] = {"POST", AT("exec/mock-pod-1"), "{\"command\":\"ls\"}"},
    [OPERATION_POOLS] = {"GET", AT("pools"), ""},
    [OPERATION_CREATE_POOL] = {"POST", AT("pools"), "{\"name\":\"p\"}"},
    [OPERATION_POOL] = {"GET", AT("pools/default-pool"), ""},
    [OPERATION_UPDATE_POOL] = {"PATCH", AT("pools/default-pool"), "{}"},
    [OPERATION_DELETE_POOL] = {"DELETE", AT("pools/default-pool"), ""},
    [OPERATION_SCALE] = {"POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":5}"},
    [OPERATION_LOGIN] = {"POST", AT("auth/login"), "{\"username\":\"u\",\"password\":\"p\"}"},
    [OPERATION_CREATE_USER] = {"POST", AT("users"), "{\"username\":\"u\",\"password\":\"p\"}"},
    [OPERATION_DELETE_USER] = {"DELETE", AT("users/u"), ""},
    [OPERATION_POD] = {"GET", AT("_pod/mock-pod-1/15552/jlist"), ""},
};

/* The path stands for all that goes with a port. */
static const char *const part_keys[OPERATION_PART__MAX] = {"pool", "pod", "workspaceId", "path"};

static int ask(enum operation operation)
{
    return front_ask(requests[operation].method, requests[operation].target,
                     requests[operation].body, NULL);
}

/* A fresh service; for all but a claim, pod 1 is used by w. */
static void begin(enum operation operation)
{
    front_set_up();
    if (operation != OPERATION_CLAIM)
        assert_int_equal(ask(OPERATION_CLAIM), 200);
    if (operation == OPERATION_DELETE_USER)
        assert_int_equal(ask(OPERATION_CREATE_USER), 201);
    assert_int_equal(front_ask("DELETE", AT("__admin/requests"), "", NULL), 200);
}

static struct fault_rule rule_of(enum operation operation, enum operation_part part,
                                 enum fault_phase phase)
{
    struct fault_rule rule = {.match.operations = (uint32_t)1 << operation,
                              .every = 1,
                              .probability = 1,
                              .phase = phase,
                              .delay = {.type = FAULT_DELAY_FIXED}};
    struct text *patterns[OPERATION_PART__MAX] = {&rule.match.pool, &rule.match.pod,
                                                  &rule.match.workspace, &rule.match.path};

    *patterns[part] = TEXT("*");
    return rule;
}

/* How often a rule for any value of the part hits the operation's request. */
static int64_t count_hits(enum operation operation, enum operation_part part,
                          enum fault_phase phase)
{
    const struct fault_rule rule = rule_of(operation, part, phase);
    struct fault_counts counts;

    begin(operation);
    struct faults *faults = &tenants_find(front.tenants, TEXT(""))->faults;
    assert_int_equal(faults_replace(faults, &rule, 1, 0), OK);
    ask(operation);
    front_pass_us(1000);
    faults_get(faults, 0, 0, &counts);
    front_tear_down();
    return counts.hits;
}

static int put_rule(enum operation operation, enum operation_part part, enum fault_phase phase)
{
    char body[256];

    snprintf(body, sizeof(body),
             "[{\"match\":{\"operation\":\"%s\",\"%s\":\"*\"},\"phase\":\"%s\","
             "\"answer\":{\"hang\":true}}]",
             operation_words()[operation], part_keys[part], fault_phase_words()[phase]);
    return front_ask("PUT", FAULTS, body, NULL);
}

/* What verify says to exactly one such request, after one. */
static int verify_one(enum operation operation, enum operation_part part)
{
    char body[256];
    int status;

    begin(operation);
    ask(operation);
    snprintf(body, sizeof(body),
             "{\"match\":{\"operation\":\"%s\",\"%s\":\"%s\"},\"times\":{\"exactly\":1}}",
             operation_words()[operation], part_keys[part],
             part == OPERATION_PART_POD ? "mock-pod-1" : "*");
    status = front_ask("POST", VERIFY, body, NULL);
    front_tear_down();
    return status;
}

static void check_part(enum operation operation, enum operation_part part)
{
    for (int phase = FAULT_BEFORE; phase <= FAULT_AFTER; phase++) {
        bool can = operations_with((uint32_t)1 << operation, part, phase == FAULT_AFTER) != 0;
        int64_t hits = count_hits(operation, part, (enum fault_phase)phase);
        front_set_up();
        int status = put_rule(operation, part, (enum fault_phase)phase);
        front_tear_down();
        if (hits != can || status != (can ? 200 : 400))
            fail_msg("%s, %s, %s: the table has %d; %d hits, PUT is a %d",
                     operation_words()[operation], part_keys[part], fault_phase_words()[phase], can,
                     (int)hits, status);
    }
    if (part == OPERATION_PART_PORT) /* filters have none */
        return;
    bool is_ever = operations_with((uint32_t)1 << operation, part, true) != 0;
    int status = verify_one(operation, part);
    if (status != (is_ever ? 200 : 400))
        fail_msg("%s, %s: the table has %d; verify is a %d", operation_words()[operation],
                 part_keys[part], is_ever, status);
}

TEST(parts_of_each_operation_are_those_that_faults_and_journal_meet)
{
    for (int operation = 0; operation < OPERATION__CLIENTS; operation++)
        for (int part = 0; part < OPERATION_PART__MAX; part++)
            check_part((enum operation)operation, (enum operation_part)part);
}
