/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "chaos.h"
#include "http/uri.h"

static struct arena arena;

static void free_arena(void)
{
    arena_free(&arena);
}

SUITE(.tear_down = free_arena);

TEST(cut_separates_path_and_query)
{
    static const struct {
        const char *target, *path, *query;
    } rows[] = {
        {"/pools", "/pools", NULL},
        {"/pools?a=b", "/pools", "a=b"},
        {"/pools?", "/pools", ""},
        {"/pools?a?b", "/pools", "a?b"},
        {"?a", "", "a"},
        {"", "", NULL},
        {"*", "*", NULL},
        {"http://host/pools?a", "/pools", "a"},
        {"http://host:80/", "/", NULL},
        {"http://host", "/", NULL},
        {"http://host?a=/b", "/", "a=/b"},
        {"/to/http://host/x", "/to/http://host/x", NULL},
        {"/pools?u=http://host/x", "/pools", "u=http://host/x"},
    };
    struct text path, query;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uri_cut(text_of(rows[i].target), &path, &query);
        assert_text(path, rows[i].path);
        assert_int_equal(query.at != NULL, rows[i].query != NULL);
        assert_text(query, rows[i].query);
    }
}

TEST(cut_of_an_absent_target_returns_absent_parts)
{
    struct text path = TEXT("x"), query = TEXT("y");

    uri_cut((struct text){0}, &path, &query);
    assert_null(path.at);
    assert_int_equal(path.length, 0);
    assert_null(query.at);
}

TEST(mount_is_removed_at_a_slash_only)
{
    static const struct {
        const char *path, *mount, *rest; /* rest NULL: outside */
    } rows[] = {
        {"/api/mock/pools", "/api/mock", "/pools"},
        {"/api/mock/", "/api/mock", "/"},
        {"/api/mock", "/api/mock", ""},
        {"/api/mockery", "/api/mock", NULL},
        {"/api/moc", "/api/mock", NULL},
        {"/API/mock/pools", "/api/mock", NULL},
        {"/api%2Fmock/pools", "/api/mock", NULL},
        {"", "/api/mock", NULL},
        {"/pools", "", "/pools"},
        {"", "", ""},
        {"*", "", NULL},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text rest = {0};
        bool inside = uri_strip_mount(text_of(rows[i].path), text_of(rows[i].mount), &rest);
        assert_int_equal(inside, rows[i].rest != NULL);
        assert_text(rest, rows[i].rest);
    }
}

/* Checks that a path splits into the segments, which are separated by bars. */
static void check_split(const char *path, const char *expected)
{
    struct text segments[URI_SEGMENTS_MAX], rest = text_of(expected), piece;
    size_t count, i = 0;

    assert_int_equal(uri_split(text_of(path), &arena, segments, &count), OK);
    for (; text_cut(&rest, '|', &piece); i++) {
        assert_true(i < count);
        if (!text_equal(segments[i], piece))
            fail_msg("%s: segment %zu is \"%.*s\"", path, i, TEXT_ARGS(segments[i]));
    }
    assert_int_equal(count, i);
}

TEST(split_decodes_each_segment_once)
{
    check_split("", NULL);
    check_split("/pools", "pools");
    check_split("/pools/default-pool/status", "pools|default-pool|status");
    check_split("/pools/a%2Fb", "pools|a/b");
    check_split("/pools/a%252Fb", "pools|a%2Fb");
    check_split("/pools/a+b%20c", "pools|a+b c");
    check_split("/%e2%82%AC/%41", "\xE2\x82\xAC|A");
    check_split("/a%3Fb;c=d&e", "a?b;c=d&e");
    check_split("/..%2e/.", "...|.");
}

TEST(segment_that_is_not_encoded_is_not_copied)
{
    const char *path = "/pools/a%20b", *query = "id=ws-1";
    struct text segments[URI_SEGMENTS_MAX], value;
    size_t count;

    assert_int_equal(uri_split(text_of(path), &arena, segments, &count), OK);
    assert_ptr_equal(segments[0].at, path + 1);
    assert_text(segments[1], "a b");
    assert_int_equal(uri_query_value(text_of(query), TEXT("id"), &arena, &value), OK);
    assert_ptr_equal(value.at, query + 3);
    assert_text(value, "ws-1");
}

TEST(split_keeps_a_nul_within_the_length)
{
    struct text segments[URI_SEGMENTS_MAX];
    size_t count;

    assert_int_equal(uri_split(TEXT("/a%00b"), &arena, segments, &count), OK);
    assert_true(text_equal(segments[0], TEXT("a\0b")));
}

TEST(split_refuses_empty_segments_and_malformed_escapes)
{
    static const struct {
        const char *path;
        enum err err;
    } rows[] = {
        {"/", ERR_NOT_FOUND},        {"//", ERR_NOT_FOUND},
        {"/pools/", ERR_NOT_FOUND},  {"/pools//status", ERR_NOT_FOUND},
        {"//pools", ERR_NOT_FOUND},  {"/a%", ERR_BAD_ENCODING},
        {"/a%2", ERR_BAD_ENCODING},  {"/a%2/b", ERR_BAD_ENCODING},
        {"/a%zz", ERR_BAD_ENCODING}, {"/a%2g", ERR_BAD_ENCODING},
        {"/%%41", ERR_BAD_ENCODING}, {"/%+1", ERR_BAD_ENCODING},
        {"/% 1", ERR_BAD_ENCODING},  {"/%u0041", ERR_BAD_ENCODING},
    };
    struct text segments[URI_SEGMENTS_MAX];
    size_t count;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (uri_split(text_of(rows[i].path), &arena, segments, &count) != rows[i].err)
            fail_msg("%s", rows[i].path);
}

TEST(escape_cut_by_the_end_is_refused_whatever_follows_in_memory)
{
    const char path[] = "/a%41", query[] = "id=%41";
    struct text segments[URI_SEGMENTS_MAX], value;
    size_t count;

    for (size_t cut = 1; cut <= 2; cut++) {
        assert_int_equal(
            uri_split((struct text){path, sizeof(path) - 1 - cut}, &arena, segments, &count),
            ERR_BAD_ENCODING);
        assert_int_equal(uri_query_value((struct text){query, sizeof(query) - 1 - cut}, TEXT("id"),
                                         &arena, &value),
                         ERR_BAD_QUERY);
    }
}

TEST(split_accepts_at_most_the_maximum_of_segments)
{
    struct text segments[URI_SEGMENTS_MAX];
    size_t count;

    assert_int_equal(
        uri_split(TEXT("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"), &arena, segments, &count), OK);
    assert_int_equal(count, URI_SEGMENTS_MAX);
    assert_int_equal(
        uri_split(TEXT("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"), &arena, segments, &count),
        ERR_NOT_FOUND);
}

TEST(query_value_is_the_first_of_its_key)
{
    static const struct {
        const char *query, *value; /* value NULL: absent */
    } rows[] = {
        {NULL, NULL},          {"", NULL},           {"id", ""},
        {"id=", ""},           {"id=ws-1", "ws-1"},  {"a=b&id=ws-1&id=ws-2", "ws-1"},
        {"id&id=ws-2", ""},    {"&&id=1&", "1"},     {"Id=1", NULL},
        {"xid=1&idx=2", NULL}, {"%69d=1", "1"},      {"id=a+b%2Bc%20d", "a b+c d"},
        {"id=a=b", "a=b"},     {"id=%26&x=1", "&"},  {"%zz=1&id=2", "2"},
        {"x=%zz&id=2", "2"},   {"id=1&id=%zz", "1"}, {"a=id&b=id=1", NULL},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text value = TEXT("before");
        assert_int_equal(uri_query_value(text_of(rows[i].query), TEXT("id"), &arena, &value), OK);
        if ((value.at != NULL) != (rows[i].value != NULL))
            fail_msg("%s", rows[i].query);
        assert_text(value, rows[i].value);
    }
}

TEST(query_value_with_a_malformed_escape_is_refused)
{
    static const char *const queries[] = {"id=%", "id=%4", "id=%4x", "a=1&id=ab%zz", "id=%zz&id=1"};
    struct text value;

    for (size_t i = 0; i < UNIT_COUNT(queries); i++)
        assert_int_equal(uri_query_value(text_of(queries[i]), TEXT("id"), &arena, &value),
                         ERR_BAD_QUERY);
}

TEST(parameters_of_a_query_are_returned_one_by_one)
{
    struct text query = TEXT("&a=1&&%62=x%20y&c&%zz=1&=2&"), key, value;

    assert_int_equal(uri_query_next(&query, &arena, &key, &value), OK);
    assert_text(key, "a");
    assert_text(value, "1");
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), OK);
    assert_text(key, "b");
    assert_text(value, "x%20y");
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), OK);
    assert_text(key, "c");
    assert_text(value, "");
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), ERR_BAD_QUERY);
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), OK);
    assert_text(key, "");
    assert_text(value, "2");
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), ERR_NOT_FOUND);
    query = (struct text){0};
    assert_int_equal(uri_query_next(&query, &arena, &key, &value), ERR_NOT_FOUND);
}

TEST(no_memory_is_reported_by_split_and_query)
{
    struct text segments[URI_SEGMENTS_MAX], value;
    size_t count;

    chaos_fail_at(1);
    assert_int_equal(uri_split(TEXT("/%70ools"), &arena, segments, &count), ERR_NO_MEMORY);
    chaos_fail_at(1);
    assert_int_equal(uri_query_value(TEXT("%69d=1"), TEXT("id"), &arena, &value), ERR_NO_MEMORY);
    chaos_fail_at(1);
    assert_int_equal(uri_query_value(TEXT("id=+"), TEXT("id"), &arena, &value), ERR_NO_MEMORY);
}
