/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "chaos.h"
#include "gateway/decode.h"
#include "wire.h"

enum { BODY_MAX = 1 << 20 };

/* What the linker leads here instead of to libfcgi. */
static bool is_unread;

int __real_FCGX_Accept_r(FCGX_Request *request);
int __wrap_FCGX_Accept_r(FCGX_Request *request);
int __wrap_FCGX_Accept_r(FCGX_Request *request)
{
    return is_unread ? -1 : __real_FCGX_Accept_r(request);
}

static struct decoder *decoder;
static struct arena arena;
static struct request request;
static struct buffer pairs, bytes;

static void set_up(void)
{
    struct problem problem;

    pairs = buffer_new(WIRE_MAX);
    bytes = buffer_new(WIRE_MAX);
    assert_int_equal(decoder_new(&decoder, &problem), 0);
}

static void tear_down(void)
{
    decoder_free(&decoder);
    decoder_free(&decoder);
    arena_free(&arena);
    buffer_free(&pairs);
    buffer_free(&bytes);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static enum err read_request(struct text body)
{
    request = (struct request){0};
    buffer_clear(&bytes);
    wire_put_request(&bytes, 1, buffer_text(&pairs), body);
    return decoder_read(decoder, buffer_text(&bytes), body.length, &arena, &request);
}

TEST(variables_method_and_body_are_there)
{
    wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("PATCH"));
    wire_put_pair(&pairs, TEXT("REQUEST_URI"), TEXT("/a?b=c=d"));
    wire_put_pair(&pairs, TEXT("EMPTY"), TEXT(""));
    assert_int_equal(read_request(TEXT("{}")), OK);
    assert_int_equal(request.method, HTTP_PATCH);
    assert_text(request.method_name, "PATCH");
    assert_text(request_variable(&request, TEXT("REQUEST_URI")), "/a?b=c=d");
    assert_non_null(request_variable(&request, TEXT("EMPTY")).at);
    assert_int_equal(request_variable(&request, TEXT("EMPTY")).length, 0);
    assert_null(request_variable(&request, TEXT("ABSENT")).at);
    assert_text(request.body, "{}");
    assert_int_equal(request.body.at[2], '\0');
}

TEST(request_without_variables_has_no_method)
{
    assert_int_equal(read_request(TEXT("")), OK);
    assert_int_equal(request.method, HTTP_OTHER);
    assert_null(request.method_name.at);
    assert_non_null(request.body.at);
    assert_int_equal(request.body.length, 0);
}

TEST(value_ends_at_a_nul_and_of_a_repeated_name_the_last_counts)
{
    wire_put_pair(&pairs, TEXT("A"), TEXT("one\0two"));
    wire_put_pair(&pairs, TEXT("B"), TEXT("first"));
    wire_put_pair(&pairs, TEXT("B"), TEXT("second"));
    assert_int_equal(read_request(TEXT("")), OK);
    assert_text(request_variable(&request, TEXT("A")), "one");
    assert_text(request_variable(&request, TEXT("B")), "second");
}

TEST(long_names_and_values_come_whole)
{
    static char name[300], value[200000];

    memset(name, 'N', sizeof(name));
    memset(value, 'v', sizeof(value));
    wire_put_pair(&pairs, (struct text){name, sizeof(name)}, (struct text){value, sizeof(value)});
    for (int i = 0; i < 500; i++)
        wire_put_pair(&pairs, TEXT("HTTP_X"), TEXT("y"));
    wire_put_pair(&pairs, TEXT("LAST"), TEXT("z"));
    assert_int_equal(read_request(TEXT("")), OK);
    assert_true(text_equal(request_variable(&request, (struct text){name, sizeof(name)}),
                           (struct text){value, sizeof(value)}));
    assert_text(request_variable(&request, TEXT("LAST")), "z");
    assert_int_equal(request.variables_count, 503); /* libfcgi adds FCGI_ROLE */
}

TEST(bodies_of_any_length_come_whole_and_leave_nothing_behind)
{
    static const size_t lengths[] = {0,     1,        8191, 8192, 8193,  65528,
                                     65536, BODY_MAX, 5,    0,    70000, 3};
    char *body = malloc(BODY_MAX);

    for (size_t i = 0; i < BODY_MAX; i++)
        body[i] = (char)(i * 31 + i / 251);
    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        struct text sent = text_from((struct text){body, lengths[i] + i},
                                     i < lengths[i] ? i : lengths[i]);
        sent.length = lengths[i] < BODY_MAX - i ? lengths[i] : BODY_MAX - i;
        assert_int_equal(read_request(sent), OK);
        assert_true(text_equal(request.body, sent));
        arena_reset(&arena);
    }
    free(body);
}

TEST(body_that_was_dropped_is_not_asked_for)
{
    wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), TEXT("9000000"));
    assert_int_equal(read_request(TEXT("")), OK);
    assert_text(request_variable(&request, TEXT("CONTENT_LENGTH")), "9000000");
}

TEST(what_libfcgi_does_not_see_is_told_and_the_next_request_is_read)
{
    for (int i = 0; i < 3; i++) {
        buffer_clear(&pairs);
        assert_int_equal(read_request(TEXT("")), OK);
        bytes.bytes[0] = 2; /* a version that there is not */
        assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 0, &arena, &request),
                         ERR_INTERNAL);
        wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("GET"));
        assert_int_equal(read_request(TEXT("body")), OK);
        assert_int_equal(request.method, HTTP_GET);
        assert_text(request.body, "body");
        assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 5, &arena, &request),
                         ERR_INTERNAL);
    }
}

TEST(no_descriptor_after_a_refusal_is_no_memory_and_the_next_request_is_read)
{
    struct rlimit limit, none;

    wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("GET"));
    assert_int_equal(read_request(TEXT("")), OK);
    bytes.bytes[0] = 2; /* libfcgi refuses this version, and closes the descriptor */
    assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 0, &arena, &request), ERR_INTERNAL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(read_request(TEXT("body")), ERR_NO_MEMORY);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(read_request(TEXT("body")), OK);
    assert_text(request.body, "body");
}

TEST(decoder_of_a_libfcgi_that_does_not_read_from_memory_is_refused)
{
    struct decoder *refused;
    struct problem problem = {0};

    is_unread = true; /* by the time that the decoder of the set-up has been made */
    assert_int_equal(decoder_new(&refused, &problem), ERR_INTERNAL);
    is_unread = false;
    assert_null(refused);
    assert_non_null(strstr(problem.text, "OS_Read"));
}

TEST(body_without_its_end_is_read)
{
    wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), TEXT("4"));
    assert_int_equal(read_request(TEXT("a longer body before")), OK);
    assert_int_equal(read_request(TEXT("body")), OK);
    bytes.length -= RECORD_HEADER_BYTES;
    assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 4, &arena, &request), OK);
    assert_text(request.body, "body");
    assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 3, &arena, &request), ERR_INTERNAL);
    assert_int_equal(decoder_read(decoder, buffer_text(&bytes), 5, &arena, &request), ERR_INTERNAL);
}

TEST(no_memory_is_told_and_the_next_request_is_read)
{
    long before = chaos_blocks();
    bool failed = true;

    wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("GET"));
    assert_int_equal(read_request(TEXT("body")), OK);
    arena_free(&arena);
    for (unsigned long n = 1; failed; n++) {
        static char body[100000];
        chaos_fail_at(n);
        enum err err = read_request((struct text){body, sizeof(body)});
        failed = chaos_failed();
        chaos_fail_at(0);
        assert_true(err == OK || failed);
        arena_free(&arena);
    }
    buffer_free(&bytes);
    buffer_free(&pairs);
    assert_true(chaos_blocks() <= before);
}
