/* SPDX-License-Identifier: MIT */
#include "journal_front.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

struct journal *journal;
struct journal_request requests[2 * RING_MAX];
static struct subject subjects[2 * RING_MAX];

void set_up_journal(void)
{
    front_set_up();
    journal = &tenants_default(front.tenants)->journal;
}

uint64_t request_begin(enum operation operation, const char *pool, int64_t pod,
                       const char *workspace)
{
    struct journal_request *request = &requests[journal->next % UNIT_COUNT(requests)];
    struct subject *about = &subjects[journal->next % UNIT_COUNT(requests)];

    *request = (struct journal_request){
        .at_ms = front.clock.wall_ms, .method = TEXT("GET"), .path = TEXT("/x"), .about = about};
    *about = (struct subject){.operation = operation,
                              .pool_name = text_of(pool),
                              .pod_name = {.pod_number = pod, .pool_number = pod ? 1 : 0},
                              .workspace = text_of(workspace)};
    return journal_begin(journal, request);
}

void request_end(uint64_t ticket, int status)
{
    const struct journal_outcome outcome = {
        .status = status, .duration_us = 1500, .delivered = true};

    journal_end(journal, ticket, &requests[ticket % UNIT_COUNT(requests)], &outcome);
}

void fill(void)
{
    request_end(request_begin(OPERATION_CLAIM, "team-a", 1, "w-1"), 200);
    request_end(request_begin(OPERATION_CLAIM, "team-b", 2, "w-2"), 200);
    request_end(request_begin(OPERATION_RELEASE, "team-a", 1, NULL), 200);
    request_end(request_begin(OPERATION_CLAIM, "team-a", 0, "w-3"), 503);
    request_end(request_begin(OPERATION_LOGIN, NULL, 0, NULL), 200);
    request_begin(OPERATION_CLAIM, "other", 0, "w-1");
}

struct json_object *get_json(const char *target)
{
    return front_expect(200, "GET", target, "");
}

void overfill(void)
{
    static char names[RING_MAX + 5][16];

    for (int i = 0; i < RING_MAX + 5; i++) {
        snprintf(names[i], sizeof(names[i]), "w-%d", i + 1);
        request_end(request_begin(OPERATION_CLAIM, "p", 1, names[i]), 200);
    }
}

void assert_refused(const char *method, const char *target, const char *body, const char *code,
                    const char *part)
{
    struct json_object *json;
    int status = front_ask(method, target, body, &json);

    if (status != 400 || strcmp(json_text_at(json, "code"), code) != 0 ||
        !strstr(json_text_at(json, "error"), part))
        fail_msg("%s %s: %s", target, body, json_object_to_json_string(json));
    json_object_put(json);
}
