/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcntl.h>
#include <json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/log.h"
#include "chaos.h"

#define SHOW "🎭 [Mock Pool Manager] "
#define CHANGE "🎭 ✅ [Mock Pool Manager] "
#define FAILURE "🎭 ❌ [Mock Pool Manager] "
#define TIME "2024-01-15T10:30:00.000Z "

enum { READ_MAX = 16 << 20, PATIENCE_MS = 10000 };

/* Each test has its own directory and a clock that does not tick. Standard error is restored. */
static char directory[256], log_path[300], moved_path[300];
static struct clock fixed_clock;
static int kept_stderr;

static void set_up(void)
{
    const char *base = getenv("TMPDIR");

    clock_set(&fixed_clock, 1705314600000, 0);
    snprintf(directory, sizeof(directory), "%s/test_log.XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(directory));
    snprintf(log_path, sizeof(log_path), "%s/log", directory);
    snprintf(moved_path, sizeof(moved_path), "%s/log.1", directory);
    kept_stderr = dup(STDERR_FILENO);
    assert_true(kept_stderr >= 0);
}

static void tear_down(void)
{
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    unlink(log_path);
    unlink(moved_path);
    assert_int_equal(rmdir(directory), 0);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static struct log *open_log(const char *path, enum log_level level, enum log_format format)
{
    const struct log_config config = {path, level, format};
    struct problem problem = {0};
    struct log *log = NULL;

    assert_int_equal(log_open(&config, &fixed_clock, &log, &problem), OK);
    return log;
}

/* Reads a descriptor to its end, or until nothing is ready. The result ends with a NUL. */
static struct buffer read_all(int fd)
{
    struct buffer all = buffer_new(READ_MAX);
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    while (poll(&ready, 1, 0) == 1 && buffer_reserve(&all, 65536)) {
        ssize_t count = read(fd, all.bytes + all.length, 65536);
        if (count <= 0)
            break;
        all.length += (size_t)count;
    }
    buffer_put_char(&all, '\0');
    all.length--;
    assert_false(all.failed);
    return all;
}

static struct buffer read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    struct buffer all = read_all(fd);
    close(fd);
    return all;
}

static void check_file(const char *path, const char *expected)
{
    struct buffer all = read_file(path);

    assert_text(buffer_text(&all), expected);
    buffer_free(&all);
}

TEST(text_line_has_mark_time_event_and_fields_in_order)
{
    const struct log_field fields[] = {
        {.key = "method", .text = TEXT("GET")},
        {.key = "status", .number = 200},
        {.key = "ms", .number = 12034, .thousandths = true},
        {.key = "pool", .text = TEXT("default-pool")},
    };
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    log_event(log, LOG_INFO, LOG_SHOW, "request", fields, UNIT_COUNT(fields));
    log_event(log, LOG_INFO, LOG_CHANGE, "start", NULL, 0);
    log_say(log, LOG_ERROR, LOG_FAILURE, "no-pod", "cause", "none left");
    log_say(log, LOG_INFO, LOG_SHOW, "stop", NULL, NULL);
    assert_false(log_flush(log));
    check_file(log_path,
               SHOW TIME "request method=GET status=200 ms=12.034 pool=default-pool\n" CHANGE TIME
                         "start\n" FAILURE TIME "no-pod cause=\"none left\"\n" SHOW TIME "stop\n");
    log_close(&log, 0);
    assert_null(log);
    log_close(&log, 0);
}

TEST(text_line_quotes_and_escapes_values_that_are_not_bare_words)
{
    const struct log_field fields[] = {
        {.key = "a", .text = TEXT("x\n" FAILURE "forged")},
        {.key = "b", .text = TEXT("")},
        {.key = "c", .text = TEXT("k=v")},
        {.key = "d", .text = TEXT("\"\\")},
        {.key = "e", .text = TEXT("\xFF\xC2\x85")},
    };
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    log_event(log, LOG_INFO, LOG_SHOW, "request", fields, UNIT_COUNT(fields));
    log_close(&log, 0);
    check_file(log_path, SHOW TIME "request a=\"x\\n" FAILURE "forged\" b=\"\" c=\"k=v\" "
                                   "d=\"\\\"\\\\\" e=\"\\ufffd\\u0085\"\n");
}

static const char *member(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    assert_true(json_object_object_get_ex(object, key, &value));
    return json_object_get_string(value);
}

TEST(json_line_is_one_object_for_any_client_text)
{
    const struct log_field fields[] = {
        {.key = "path", .text = TEXT("/a\"b\\\n\x01 \xE2\x80\xA8")},
        {.key = "digits", .text = TEXT("200")},
        {.key = "status", .number = 404},
        {.key = "ms", .number = 1005, .thousandths = true},
    };
    struct log *log = open_log(log_path, LOG_DEBUG, LOG_JSON);

    log_event(log, LOG_DEBUG, LOG_FAILURE, "request", fields, UNIT_COUNT(fields));
    log_close(&log, 0);
    struct buffer all = read_file(log_path);
    assert_ptr_equal(strchr(all.bytes, '\n'), all.bytes + all.length - 1);
    struct json_object *line = json_tokener_parse(all.bytes);
    assert_non_null(line);
    assert_string_equal(member(line, "prefix"), "🎭 ❌ [Mock Pool Manager]");
    assert_string_equal(member(line, "time"), "2024-01-15T10:30:00.000Z");
    assert_string_equal(member(line, "level"), "debug");
    assert_string_equal(member(line, "event"), "request");
    assert_string_equal(member(line, "path"), "/a\"b\\\n\x01 \xE2\x80\xA8");
    assert_true(json_object_is_type(json_object_object_get(line, "digits"), json_type_string));
    assert_int_equal(json_object_get_int(json_object_object_get(line, "status")), 404);
    assert_string_equal(member(line, "ms"), "1.005");
    json_object_put(line);
    buffer_free(&all);
}

TEST(level_drops_more_verbose_lines)
{
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    assert_true(log_takes(log, LOG_ERROR) && log_takes(log, LOG_WARNING));
    assert_true(log_takes(log, LOG_INFO));
    assert_false(log_takes(log, LOG_DEBUG));
    log_event(log, LOG_DEBUG, LOG_SHOW, "hidden", NULL, 0);
    log_event(log, LOG_INFO, LOG_SHOW, "shown", NULL, 0);
    log_close(&log, 0);
    check_file(log_path, SHOW TIME "shown\n");
}

TEST(file_that_cannot_be_opened_is_reported)
{
    const struct log_config config = {"/nowhere/at/all", LOG_INFO, LOG_TEXT};
    struct problem problem = {0};
    struct log *log = NULL;

    assert_int_equal(log_open(&config, &fixed_clock, &log, &problem), ERR_INTERNAL);
    assert_text(problem_sentence(&problem, ERR_INTERNAL),
                "the log file /nowhere/at/all can't be opened: No such file or directory");
    assert_null(log);
}

TEST(reopen_writes_into_a_new_file)
{
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    log_event(log, LOG_INFO, LOG_SHOW, "one", NULL, 0);
    assert_int_equal(rename(log_path, moved_path), 0);
    log_reopen(log);
    log_event(log, LOG_INFO, LOG_SHOW, "two", NULL, 0);
    log_close(&log, 0);
    check_file(moved_path, SHOW TIME "one\n");
    check_file(log_path, SHOW TIME "two\n");
}

TEST(failed_reopen_is_logged_to_the_old_file)
{
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    assert_int_equal(rename(log_path, moved_path), 0);
    assert_int_equal(mkdir(log_path, 0700), 0);
    log_reopen(log);
    log_close(&log, 0);
    assert_int_equal(rmdir(log_path), 0);
    check_file(moved_path, FAILURE TIME "log-not-reopened cause=\"Is a directory\"\n");
}

/* Makes the second of two ends standard error, and returns the first. */
static int take_stderr(const int ends[2])
{
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

static int pipe_stderr(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    return take_stderr(ends);
}

/* What a stalled reader received, and what it lost. */
struct count {
    unsigned long lines, lost;
};

/* Counts whole lines, and adds up the lost lines that some of them report. */
static struct count count_lines(struct text all)
{
    static const char told[] = FAILURE TIME "log-lines-lost lines=";
    struct count count = {0};
    struct text line;

    while (text_cut(&all, '\n', &line) && line.length > 0) {
        if (text_starts_with(line, TEXT(FAILURE)) && line.length > sizeof(told) - 1 &&
            memcmp(line.at, told, sizeof(told) - 1) == 0) {
            count.lost += strtoul(line.at + sizeof(told) - 1, NULL, 10);
            continue;
        }
        assert_true(text_starts_with(line, TEXT(SHOW TIME "request n=")));
        count.lines++;
    }
    return count;
}

enum { SENT = 40000 }; /* lines: about twice LOG_PENDING_MAX */

static void send_lines(struct log *log, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct log_field fields[] = {
            {.key = "n", .number = i},
            {.key = "path", .text = TEXT("/api/mock/pool-manager/pools/default-pool/status")},
        };
        log_event(log, LOG_INFO, LOG_SHOW, "request", fields, 2);
        if (i % 100 == 0)
            log_flush(log);
    }
}

/* Adds what can be read from `fd` while the log writes. */
static struct count drain(struct log *log, int fd)
{
    struct count total = {0};
    struct buffer all = buffer_new(READ_MAX);
    bool left = true;

    while (left) {
        left = log_flush(log);
        struct buffer piece = read_all(fd);
        buffer_put_text(&all, buffer_text(&piece));
        buffer_free(&piece);
    }
    total = count_lines(buffer_text(&all));
    buffer_free(&all);
    return total;
}

/* Fills a log whose reader at `fd` stalls, then reads. Checks that every line was written whole or
 * counted as lost. */
static void check_stall(struct log *log, int fd)
{
    alarm(PATIENCE_MS / 1000); /* ends the test if the log waits for its reader */
    send_lines(log, SENT);
    assert_true(log_flush(log));
    alarm(0);
    struct count first = drain(log, fd);
    assert_true(first.lines > 0 && first.lines < SENT);
    send_lines(log, 1);
    struct count second = drain(log, fd);
    assert_true(second.lost > 0);
    assert_int_equal(first.lines + first.lost + second.lines + second.lost, SENT + 1);
    assert_int_equal(second.lines, 1);
}

/* Sets JOURNAL_STREAM as for a service whose standard error is the file of `status`. */
static void name_journal(const struct stat *status)
{
    char name[64];

    snprintf(name, sizeof(name), "%llu:%llu", (unsigned long long)status->st_dev,
             (unsigned long long)status->st_ino);
    setenv("JOURNAL_STREAM", name, 1);
}

/* Returns what a log writes to standard error, which is a pipe, or to the file `path`. */
static struct buffer lines_of_each_level(const char *path, enum log_format format)
{
    const struct log_field field = {.key = "n", .number = 1};
    struct log *log = open_log(path, LOG_DEBUG, format);

    for (enum log_level level = LOG_ERROR; level < LOG_LEVEL__MAX; level++)
        log_event(log, level, level == LOG_ERROR ? LOG_FAILURE : LOG_SHOW, "request", &field, 1);
    log_close(&log, 0);
    return path ? read_file(path) : (struct buffer){0};
}

static void assert_journal(enum log_format format, const char *expected)
{
    struct stat status;
    int reader = pipe_stderr();

    fstat(STDERR_FILENO, &status);
    name_journal(&status);
    lines_of_each_level(NULL, format);
    struct buffer all = read_all(reader);
    assert_text(buffer_text(&all), expected);
    buffer_free(&all);
    close(reader);
}

TEST(journal_gets_a_priority_and_no_time)
{
    assert_journal(LOG_TEXT, "<3>" FAILURE "request n=1\n<4>" SHOW "request n=1\n<6>" SHOW
                             "request n=1\n<7>" SHOW "request n=1\n");
    assert_journal(LOG_JSON, "<3>{\"prefix\":\"🎭 ❌ [Mock Pool Manager]\",\"level\":\"error\","
                             "\"event\":\"request\",\"n\":1}\n"
                             "<4>{\"prefix\":\"🎭 [Mock Pool Manager]\",\"level\":\"warning\","
                             "\"event\":\"request\",\"n\":1}\n"
                             "<6>{\"prefix\":\"🎭 [Mock Pool Manager]\",\"level\":\"info\","
                             "\"event\":\"request\",\"n\":1}\n"
                             "<7>{\"prefix\":\"🎭 [Mock Pool Manager]\",\"level\":\"debug\","
                             "\"event\":\"request\",\"n\":1}\n");
    unsetenv("JOURNAL_STREAM");
}

TEST(log_that_is_not_the_journal_gets_times)
{
    static const char *const names[] = {
        "", ":", "1:", ":1", "1", "x:y", "1:1", "-1:1", "1:1:1", " 1:1", "99999999999999999999:1"};
    static const char expected[] = FAILURE TIME "request n=1\n" SHOW TIME "request n=1\n" SHOW TIME
                                                "request n=1\n" SHOW TIME "request n=1\n";
    struct stat status;

    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        int reader = pipe_stderr();
        setenv("JOURNAL_STREAM", names[i], 1);
        lines_of_each_level(NULL, LOG_TEXT);
        struct buffer all = read_all(reader);
        assert_text(buffer_text(&all), expected);
        buffer_free(&all);
        close(reader);
    }
    fstat(STDERR_FILENO, &status); /* the log goes to a file instead */
    name_journal(&status);
    struct buffer in_file = lines_of_each_level(log_path, LOG_TEXT);
    assert_text(buffer_text(&in_file), expected);
    buffer_free(&in_file);
    unsetenv("JOURNAL_STREAM");
}

TEST(stalled_pipe_loses_lines_that_are_counted_and_reported)
{
    int reader = pipe_stderr();

    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    check_stall(log, reader);
    assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0); /* the shell shares it */
    log_close(&log, 0);
    close(reader);
}

TEST(stalled_socket_loses_lines_that_are_counted_and_reported)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    int reader = take_stderr(ends);
    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    check_stall(log, reader);
    log_close(&log, 0);
    close(reader);
}

TEST(stalled_pipe_that_cannot_be_opened_again_does_not_block_either)
{
    struct rlimit limit, none;
    int reader = pipe_stderr();

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    check_stall(log, reader);
    log_close(&log, 0);
    close(reader);
}

TEST(reader_that_has_gone_loses_its_lines_only)
{
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int reader = pipe_stderr();

    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    close(reader);
    send_lines(log, 10);
    assert_false(log_flush(log));
    log_close(&log, 0);
    signal(SIGPIPE, before);
}

TEST(close_waits_for_a_reader_and_reports_lost_lines)
{
    int reader = pipe_stderr();

    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    send_lines(log, SENT);
    struct count first = drain(log, reader);
    log_close(&log, PATIENCE_MS);
    struct buffer rest = read_all(reader);
    struct count last = count_lines(buffer_text(&rest));
    assert_int_equal(first.lines + last.lines + last.lost, SENT);
    assert_true(last.lost > 0);
    buffer_free(&rest);
    close(reader);
}

TEST(no_memory_is_reported_by_open)
{
    const struct log_config config = {log_path, LOG_INFO, LOG_TEXT};
    long before = chaos_blocks();
    struct problem problem = {0};
    struct log *log = NULL;

    chaos_fail_at(1);
    assert_int_equal(log_open(&config, &fixed_clock, &log, &problem), ERR_NO_MEMORY);
    assert_null(log);
    assert_int_equal(chaos_blocks(), before);
}

TEST(no_memory_loses_lines_that_are_counted_and_reported)
{
    long before = chaos_blocks();
    struct log *log = open_log(log_path, LOG_INFO, LOG_TEXT);

    for (unsigned n = 1; n <= 3; n++) {
        chaos_fail_at(n);
        send_lines(log, 100);
        assert_true(chaos_failed() || n > 1);
        chaos_fail_at(0);
    }
    log_close(&log, 0);
    assert_int_equal(chaos_blocks(), before);
    struct buffer all = read_file(log_path);
    struct count count = count_lines(buffer_text(&all));
    assert_true(count.lost > 0);
    assert_int_equal(count.lines + count.lost, 300);
    buffer_free(&all);
}

TEST(no_memory_to_report_keeps_the_count_for_later)
{
    int reader = pipe_stderr();

    struct log *log = open_log(NULL, LOG_INFO, LOG_TEXT);
    send_lines(log, SENT);
    struct count first = drain(log, reader);
    chaos_fail_at(1);
    send_lines(log, 1);
    assert_true(chaos_failed());
    struct count second = drain(log, reader);
    assert_int_equal(second.lost, 0);
    send_lines(log, 1);
    struct count third = drain(log, reader);
    assert_int_equal(first.lines + second.lines + third.lines + third.lost, SENT + 2);
    assert_true(third.lost > 1);
    log_close(&log, 0);
    close(reader);
}
