/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/journal_entry.h"

static const struct journal_entry example = {
    .seq = 5,
    .about = {.operation = OPERATION_CLAIM,
              .pool_name = TEXT("team-a"),
              .pod_name = {.pod_number = 7, .pool_number = 2},
              .workspace = TEXT("w-1")},
    .status = 200};

#define ONLY(name) (UINT32_C(1) << OPERATION_##name)

TEST(filter_matches_by_each_criterion)
{
    static const struct {
        struct journal_filter filter;
        int criterion; /* the one that is not met, or -1 */
    } rows[] = {
        {{0}, -1},
        {{.after = 4}, -1},
        {{.operations = ONLY(CLAIM)}, -1},
        {{.operations = ONLY(CLAIM) | ONLY(POD)}, -1},
        {{.operations = ONLY(POD)}, JOURNAL_OPERATION},
        {{.pool = TEXT("team-a")}, -1},
        {{.pool = TEXT("team-*")}, -1},
        {{.pool = TEXT("team")}, JOURNAL_POOL},
        {{.pool = TEXT("")}, JOURNAL_POOL},
        {{.pod_name = {.pod_number = 7}}, -1},
        {{.pod_name = {.pod_number = 7, .pool_number = 2}}, -1},
        {{.pod_name = {.pod_number = 7, .pool_number = 1}}, JOURNAL_POD},
        {{.pod_name = {.pod_number = 8, .pool_number = 2}}, JOURNAL_POD},
        {{.workspace = TEXT("w-1")}, -1},
        {{.workspace = TEXT("*1")}, -1},
        {{.workspace = TEXT("w-2")}, JOURNAL_WORKSPACE},
        {{.status = 200}, -1},
        {{.status = 503}, JOURNAL_STATUS},
        {{.operations = ONLY(CLAIM), .pool = TEXT("*"), .status = 201}, JOURNAL_STATUS},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        unsigned misses = journal_filter_misses(&rows[i].filter, &example);
        assert_int_equal(misses, rows[i].criterion < 0 ? 0 : 1 << rows[i].criterion);
        assert_int_equal(journal_filter_matches(&rows[i].filter, &example), rows[i].criterion < 0);
    }
}

TEST(filter_returns_every_criterion_that_is_not_met)
{
    const struct journal_filter filter = {.operations = ONLY(POD),
                                          .pool = TEXT("x"),
                                          .pod_name = {.pod_number = 1},
                                          .workspace = TEXT("x"),
                                          .status = 1},
                                late = {.after = 5};
    const struct journal_entry nothing = {.about = {.operation = OPERATION_POOLS}};
    const unsigned all = (1 << JOURNAL_CRITERION__MAX) - 1;

    assert_int_equal(journal_filter_misses(&filter, &example), all);
    assert_int_equal(journal_filter_misses(&filter, &nothing), all);
    assert_false(journal_filter_matches(&late, &example));
}

TEST(pod_known_by_its_subdomain_only_matches_its_id)
{
    const struct journal_entry entry = {
        .about = {.operation = OPERATION_WORKSPACE, .pod_name = {7, 0}}};
    const struct journal_filter id = {.pod_name = {7, 2}}, other = {.pod_name = {8, 2}};

    assert_int_equal(journal_filter_misses(&id, &entry), 0);
    assert_int_equal(journal_filter_misses(&other, &entry), 1 << JOURNAL_POD);
}

TEST(criteria_have_the_keys_of_the_entry)
{
    assert_string_equal(journal_criterion_name(JOURNAL_WORKSPACE), "workspaceId");
    assert_string_equal(journal_criterion_name(JOURNAL_OPERATION), "operation");
}
