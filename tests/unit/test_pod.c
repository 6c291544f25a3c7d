/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "model/pod.h"
#include "model/pool.h"

TEST(id_and_subdomain_are_read_as_they_are_written)
{
    static const int64_t numbers[] = {1, 9, 10, 12345678901, INT64_MAX};

    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        const struct pod pod = {.number = numbers[i],
                                .pool_number = numbers[UNIT_COUNT(numbers) - 1 - i]};
        struct buffer text = buffer_new(100);
        struct pod_name name;
        pod_put_id(&text, &pod);
        assert_true(pod_name_parse(buffer_text(&text), &name));
        assert_int_equal(name.pod_number, pod.number);
        assert_int_equal(name.pool_number, pod.pool_number);
        buffer_clear(&text);
        pod_put_subdomain(&text, &pod);
        assert_true(pod_name_parse(buffer_text(&text), &name));
        assert_int_equal(name.pod_number, pod.number);
        assert_int_equal(name.pool_number, 0);
        char subdomain[POD_NAME_TEXT_MAX];
        assert_true(text_equal(pod_subdomain(&pod, subdomain), buffer_text(&text)));
        buffer_free(&text);
    }
}

TEST(names_have_one_spelling_only)
{
    static const char *const wrong[] = {
        "",
        "pod",
        "mock-pod-",
        "mock-pod-0",
        "mock-pod-01",
        "mock-pod-15551",
        "mock-pod-3155527",
        "mock-pod-15552--abc",
        "pod-pool-1-15551",
        "mock-pod-+1",
        "mock-pod--1",
        "mock-pod-1 ",
        " mock-pod-1",
        "MOCK-POD-1",
        "mock-pod-1.",
        "mock-pod-1-1",
        "mock-pod-a",
        "mock-pod-9223372036854775808",
        "pod-pool-1",
        "pod-pool-1-",
        "pod-pool--1",
        "pod-pool-0-1",
        "pod-pool-1-0",
        "pod-pool-01-1",
        "pod-pool-1-01",
        "pod-pool-1-1-1",
        "pod-pool-1-1/",
        "pod-pool-9223372036854775808-1",
        "pool-1",
        "pod-pool-a-1",
    };

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct pod_name name;
        if (pod_name_parse(text_of(wrong[i]), &name))
            fail_msg("\"%s\" is accepted as a pod's name", wrong[i]);
    }
}

TEST(subdomain_is_a_name_in_its_own_tenant_only)
{
    static const struct {
        const char *name, *tenant;
        bool fits;
    } rows[] = {
        {"mock-pod-7", "", true},     {"mock-pod-7", "t", false},     {"mock-pod-7--t", "t", true},
        {"mock-pod-7--t", "", false}, {"mock-pod-7--t", "tt", false}, {"pod-pool-2-7", "", true},
        {"pod-pool-2-7", "t", true},  {"pod-pool-2", "", false},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct pod_name name;
        if (pod_name_of_tenant(text_of(rows[i].name), text_of(rows[i].tenant), &name) !=
            rows[i].fits)
            fail_msg("\"%s\" in \"%s\"", rows[i].name, rows[i].tenant);
    }
}

/* Returns true if the digits of the number contain 15551 or 15552. */
static bool holds_a_port(int64_t number)
{
    char digits[32];

    snprintf(digits, sizeof(digits), "%lld", (long long)number);
    return strstr(digits, "15551") || strstr(digits, "15552");
}

TEST(numbers_whose_digits_contain_a_port_are_skipped)
{
    static const int64_t large[] = {155510000, 1555100000000, 9155529, 155519999999999999,
                                    INT64_MAX};

    for (int64_t number = 1; number < 400000; number++)
        if (pod_number_is_skipped(number) != holds_a_port(number))
            fail_msg("%lld", (long long)number);
    for (size_t i = 0; i < UNIT_COUNT(large); i++)
        assert_int_equal(pod_number_is_skipped(large[i]), holds_a_port(large[i]));
}

TEST(number_after_another_is_the_next_one_not_skipped)
{
    for (int64_t number = 0; number < 200000; number++) {
        int64_t next = number + 1;
        while (holds_a_port(next))
            next++;
        assert_true(pod_number_after(number) == next);
    }
    /* found directly, without trying the thousands of millions in between */
    assert_true(pod_number_after(1555099999999999) == 1555300000000000);
    assert_true(pod_number_after(INT64_C(9155509999999999)) == INT64_C(9155530000000000));
}

TEST(repository_name_is_the_last_part_without_git)
{
    static const char *const rows[][2] = {
        {"owner/repo", "repo"},
        {"https://github.com/o/r.git", "r"},
        {"https://github.com/o/r.git/", "r"},
        {"https://github.com/o/r//", "r"},
        {"repo", "repo"},
        {"repo.git", "repo"},
        {".git", ".git"},
        {"o/.git", ".git"},
        {"a.github", "a.github"},
        {"r.git.git", "r.git"},
        {"", ""},
        {"/", ""},
        {"///", ""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct text repositories[] = {text_of(rows[i][0]), TEXT("other/other")};
        const struct pod pod = {.repositories = repositories, .repositories_count = 2};
        assert_text(pod_primary_repository(&pod), rows[i][0]);
        assert_text(pod_repository_name(&pod), rows[i][1]);
    }
    assert_text(pod_primary_repository(&(struct pod){0}), "");
    assert_text(pod_repository_name(&(struct pod){0}), "");
}

TEST(states_have_their_words)
{
    assert_string_equal(pod_state_name(POD_PENDING), "pending");
    assert_string_equal(pod_state_name(POD_STARTING), "starting");
    assert_string_equal(pod_state_name(POD_RUNNING), "running");
    assert_string_equal(pod_state_name(POD_FAILED), "failed");
    assert_int_equal(POD_RUNNING, 2); /* the schema and the statements use this number */
}

TEST(secret_shows_at_most_two_characters_at_each_end)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"a", "*"},
        {"abcd", "****"},
        {"abcde", "ab*de"},
        {"secret-token", "se********en"},
        {"üöäß", "****"},
        {"üöäßé", "üö*ßé"},
        {"\xff\xfe\xfd\xfc\xfb", "\xff\xfe*\xfc\xfb"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct buffer masked = buffer_new(100);
        secret_put_masked(&masked, text_of(rows[i][0]));
        assert_text(buffer_text(&masked), rows[i][1]);
        buffer_free(&masked);
    }
}

TEST(pool_id_contains_its_number)
{
    struct buffer id = buffer_new(100);

    pool_put_id(&id, 123);
    assert_text(buffer_text(&id), "pool-123");
    buffer_free(&id);
}
