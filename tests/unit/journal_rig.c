/* SPDX-License-Identifier: MIT */
#include "journal_rig.h"

#include "unit.h"

struct journal_request claim_of(struct subject *about, const char *pool)
{
    *about = (struct subject){.operation = OPERATION_CLAIM, .pool_name = text_of(pool)};
    return (struct journal_request){.at_ms = 1705314600000,
                                    .id = TEXT("id"),
                                    .method = TEXT("GET"),
                                    .path = TEXT("/base/pools/p/workspace"),
                                    .about = about};
}

/* The requests that `entry_begin` has made last, and whose which ticket is; more are never pending.
 */
static struct journal_request requests[4096];
static struct subject subjects[4096];
static struct journal_request *owners[4096];
static size_t requests_made;

uint64_t entry_begin(struct journal *journal, const char *pool)
{
    size_t place = requests_made++ % UNIT_COUNT(requests);
    struct journal_request *request = &requests[place];

    *request = claim_of(&subjects[place], pool);
    uint64_t ticket = journal_begin(journal, request);
    owners[ticket % UNIT_COUNT(owners)] = request;
    return ticket;
}

void entry_end_with(struct journal *journal, uint64_t ticket, const struct journal_outcome *outcome)
{
    struct journal_request none = {0}, *owner = owners[ticket % UNIT_COUNT(owners)];

    journal_end(journal, ticket, owner ? owner : &none, outcome);
}

void entry_end(struct journal *journal, uint64_t ticket, int status)
{
    const struct journal_outcome outcome = {.status = status, .delivered = true};

    entry_end_with(journal, ticket, &outcome);
}

void entry_add(struct journal *journal, const char *pool, int status)
{
    entry_end(journal, entry_begin(journal, pool), status);
}
