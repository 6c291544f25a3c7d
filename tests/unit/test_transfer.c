/* SPDX-License-Identifier: MIT
 *
 * poolctl's HTTP exchange when memory runs out: the n-th allocation fails, ours or curl's, for
 * every n until all succeed. Other tests of the exchange are in tests/poolctl. */
#include "unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "chaos.h"
#include "poolctl/transfer.h"

static char base_url[64];
static int server;   /* bound, but not listening: connecting to it is refused */
static FILE *errors; /* replaces standard error */

/* curl's allocations. The linker's --wrap does not reach them inside the shared library. */

static void *chaos_malloc(size_t size)
{
    return malloc(size);
}

static void *chaos_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

static void *chaos_realloc(void *memory, size_t size)
{
    return realloc(memory, size);
}

static void chaos_free(void *memory)
{
    free(memory);
}

static char *chaos_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

static void set_up(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    errors = tmpfile();
    assert_non_null(errors);
    assert_int_equal(bind(server, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
    snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%d/base", ntohs(address.sin_port));
    assert_int_equal(curl_global_init_mem(CURL_GLOBAL_DEFAULT, chaos_malloc, chaos_free,
                                          chaos_realloc, chaos_strdup, chaos_calloc),
                     CURLE_OK);
}

static void tear_down(void)
{
    curl_global_cleanup();
    fclose(errors);
    close(server);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

/* Opens a transfer, sends a request, and closes it. Returns an exit status. */
static int exchange(void)
{
    const struct transfer_config config = {
        .base_url = base_url, .tenant = "a b", .token = "secret"};
    const struct transfer_request request = {
        .method = "POST", .target = TEXT("pools"), .body = TEXT("{}"), .timeout_ms = 5000};
    struct transfer *transfer;
    struct transfer_answer answer = {0};
    int status = transfer_open(&config, &transfer);

    if (status == EX_OK) {
        status = transfer_run(transfer, &request, &answer);
        assert_int_equal(answer.status, 0);
        assert_int_equal(buffer_text(&answer.body).length, 0);
        buffer_free(&answer.body);
    }
    transfer_close(&transfer);
    assert_null(transfer);
    return status;
}

/* Returns what `call` writes to standard error. The caller frees it. */
static char *said_by(int (*call)(void), int *status)
{
    int kept = dup(STDERR_FILENO);
    char *said = calloc(1, 1000);

    rewind(errors);
    assert_int_equal(ftruncate(fileno(errors), 0), 0);
    fflush(stderr);
    dup2(fileno(errors), STDERR_FILENO);
    *status = call();
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_true(pread(fileno(errors), said, 999, 0) >= 0);
    return said;
}

static unsigned long fail_at;

static int exchange_failing(void)
{
    chaos_fail_at(fail_at);
    int status = exchange();
    chaos_fail_at(0);
    return status;
}

TEST(a_refused_connection_is_an_error)
{
    int status;
    char *said = said_by(exchange, &status);

    assert_int_equal(status, EX_UNAVAILABLE);
    assert_non_null(strstr(said, base_url));
    assert_non_null(strstr(said, "no answer: "));
    assert_null(strstr(said, "secret"));
    free(said);
}

/* curl can do without some allocations: then the exchange fails only because nothing listens. */
TEST(without_memory_there_is_one_sentence_and_an_exit_status)
{
    int without_memory = 0;
    bool failed = true;

    for (fail_at = 1; failed; fail_at += chaos_stride()) {
        int status;
        char *said = said_by(exchange_failing, &status);
        failed = chaos_failed();
        if (!strchr(said, '\n') || strchr(said, '\n')[1] != '\0')
            fail_msg("allocation %lu: not one line: %s", fail_at, said);
        if (status == EX_OSERR)
            assert_string_equal(said, "poolctl: out of memory\n");
        else if (status != EX_UNAVAILABLE)
            fail_msg("allocation %lu: status %d: %s", fail_at, status, said);
        without_memory += status == EX_OSERR;
        free(said);
    }
    assert_true(without_memory > 10 / (int)chaos_stride());
}

TEST(an_encoded_text_without_memory_is_a_failed_buffer)
{
    struct buffer buffer = buffer_new(100);

    chaos_fail_at(1);
    transfer_put_encoded(&buffer, "a/b");
    chaos_fail_at(0);
    assert_true(buffer.failed);
    buffer_free(&buffer);
    buffer = buffer_new(100);
    transfer_put_encoded(&buffer, "a/b");
    assert_text(buffer_text(&buffer), "a%2Fb");
    buffer_free(&buffer);
}
