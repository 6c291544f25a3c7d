/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "chaos.h"
#include "http/message.h"

TEST(method_has_its_exact_name)
{
    assert_int_equal(http_method_of(TEXT("GET")), HTTP_GET);
    assert_int_equal(http_method_of(TEXT("OPTIONS")), HTTP_OPTIONS);
    assert_int_equal(http_method_of(TEXT("get")), HTTP_OTHER);
    assert_int_equal(http_method_of(TEXT("GETS")), HTTP_OTHER);
    assert_int_equal(http_method_of(TEXT("GE")), HTTP_OTHER);
    assert_int_equal(http_method_of(TEXT("")), HTTP_OTHER);
    assert_int_equal(http_method_of(TEXT("TRACE")), HTTP_OTHER);
    assert_int_equal(http_method_of(TEXT("other")), HTTP_OTHER);
    for (enum http_method method = 0; method < HTTP_OTHER; method++)
        assert_int_equal(http_method_of(text_of(http_method_name(method))), method);
}

TEST(variable_is_the_last_with_its_name_or_absent)
{
    const struct variable variables[] = {
        {TEXT("REQUEST_URI"), TEXT("/a")},
        {TEXT("EMPTY"), TEXT("")},
        {TEXT(""), TEXT("of no name")},
        {TEXT("REQUEST_URI"), TEXT("/b")},
    };
    struct request request = {0};
    struct arena arena = {0};

    assert_true(request_set_variables(&request, variables, UNIT_COUNT(variables), &arena));
    assert_text(request_variable(&request, TEXT("REQUEST_URI")), "/b");
    assert_true(request_repeats(&request, TEXT("REQUEST_URI")));
    assert_false(request_repeats(&request, TEXT("EMPTY")));
    assert_false(request_repeats(&request, TEXT("ABSENT")));
    assert_non_null(request_variable(&request, TEXT("EMPTY")).at);
    assert_null(request_variable(&request, TEXT("REQUEST")).at);
    assert_null(request_variable(&request, TEXT("request_uri")).at);
    assert_null(request_variable(&request, TEXT("")).at);
    arena_free(&arena);
}

/* As many names as fill every chain of the index, each of them twice. */
TEST(variables_that_share_a_chain_are_told_apart)
{
    enum { NAMES = 300 };
    struct variable variables[2 * NAMES + 1];
    struct request request = {0};
    struct arena arena = {0};

    for (int i = 0; i < 2 * NAMES; i++)
        variables[i] = (struct variable){arena_printf(&arena, "NAME_%d", i % NAMES),
                                         arena_printf(&arena, "%d", i)};
    variables[2 * NAMES] = (struct variable){TEXT("ONCE"), TEXT("1")};
    assert_true(request_set_variables(&request, variables, UNIT_COUNT(variables), &arena));
    for (int i = 0; i < NAMES; i++) {
        assert_true(
            text_equal(request_variable(&request, variables[i].name), variables[NAMES + i].value));
        assert_true(request_repeats(&request, variables[i].name));
    }
    assert_text(request_variable(&request, TEXT("ONCE")), "1");
    assert_false(request_repeats(&request, TEXT("ONCE")));
    assert_null(request_variable(&request, TEXT("NAME_300")).at);
    arena_free(&arena);
}

TEST(request_without_variables_has_none)
{
    struct request request = {0};
    struct arena arena = {0};

    assert_null(request_variable(&request, TEXT("REQUEST_URI")).at);
    assert_true(request_set_variables(&request, NULL, 0, &arena));
    assert_null(request_variable(&request, TEXT("REQUEST_URI")).at);
    assert_false(request_repeats(&request, TEXT("REQUEST_URI")));
    arena_free(&arena);
}

/* Checks the head of a response, and frees the response. */
static void check_head(struct response *response, bool whole, const char *expected)
{
    struct buffer head = buffer_new(4096);

    response_write_head(response, whole, &head);
    assert_text(buffer_text(&head), expected);
    buffer_free(&head);
    response_free(response);
}

TEST(head_of_a_whole_response_has_its_length)
{
    struct response response = response_new();

    response.status = 201;
    response.content_type = "application/json";
    response_add_header(&response, "Cache-Control", TEXT("no-store"));
    response_add_header(&response, "Allow", TEXT("GET, HEAD"));
    buffer_put_text(&response.body, TEXT("{}"));
    check_head(&response, true,
               "Content-Type: application/json\r\nContent-Length: 2\r\n"
               "Cache-Control: no-store\r\nAllow: GET, HEAD\r\nStatus: 201 Created\r\n\r\n");
}

TEST(head_of_a_response_sent_in_pieces_has_no_length)
{
    struct response response = response_new();

    response.status = 200;
    response.content_type = "text/event-stream";
    buffer_put_text(&response.body, TEXT("piece"));
    check_head(&response, false, "Content-Type: text/event-stream\r\nStatus: 200 OK\r\n\r\n");
}

TEST(location_comes_before_status)
{
    struct response response = response_new();

    response.status = 307;
    response_add_header(&response, "Location", TEXT("/there"));
    check_head(&response, false, "Location: /there\r\nStatus: 307 Temporary Redirect\r\n\r\n");
}

TEST(head_of_204_has_neither_type_nor_length)
{
    struct response response = response_new();

    response.status = 204;
    check_head(&response, true, "Status: 204 No Content\r\n\r\n");
}

TEST(header_value_that_could_inject_a_header_is_left_out)
{
    static const char *const forged[] = {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "\x01", "\x7F",
                                         "p\xC3\xA9"};
    struct response response = response_new();

    response.status = 200;
    for (size_t i = 0; i < UNIT_COUNT(forged); i++)
        response_add_header(&response, "X-Echo", text_of(forged[i]));
    response_add_header(&response, "X-Echo", TEXT("a\0b"));
    response_add_header(&response, "X-Echo", TEXT("visible\tascii ~"));
    check_head(&response, false, "X-Echo: visible\tascii ~\r\nStatus: 200 OK\r\n\r\n");
}

TEST(reason_of_an_unknown_status_is_unknown)
{
    assert_string_equal(http_reason(503), "Service Unavailable");
    assert_string_equal(http_reason(299), "Unknown");
}

static unsigned freed;

static void count_free(struct continuation *continuation)
{
    (void)continuation;
    freed++;
}

TEST(clear_empties_the_response_keeps_memory_and_frees_the_continuation)
{
    struct continuation continuation = {.free = count_free};
    struct response response = response_new();

    freed = 0;
    response.status = 200;
    response.content_type = "text/plain";
    response.body_unsent = true;
    response.continuation = &continuation;
    response_add_header(&response, "X-A", TEXT("a"));
    buffer_put_text(&response.body, TEXT("body"));
    response_clear(&response);
    assert_int_equal(freed, 1);
    assert_null(response.continuation);
    assert_int_equal(response.status, 0);
    assert_null(response.content_type);
    assert_false(response.body_unsent);
    assert_int_equal(response.headers.length + response.body.length, 0);
    assert_true(response.body.capacity > 0);
    response_clear(&response);
    assert_int_equal(freed, 1);
    response_free(&response);
}

TEST(free_frees_the_buffers_and_the_continuation)
{
    struct continuation continuation = {.free = count_free};
    long before = chaos_blocks();
    struct response response = response_new();

    freed = 0;
    response.continuation = &continuation;
    response_add_header(&response, "X-A", TEXT("a"));
    buffer_put_text(&response.body, TEXT("body"));
    response_free(&response);
    assert_int_equal(freed, 1);
    assert_int_equal(chaos_blocks(), before);
}
