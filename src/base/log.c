/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/journal_stream.h"

/* How to write to the descriptor without blocking. */
enum sink {
    /* write(): a file, or a pipe or terminal that this process opened with O_NONBLOCK itself */
    SINK_WRITE,
    SINK_SEND, /* send(MSG_DONTWAIT): a socket, such as the journal's */
    /* write() of at most PIPE_BUF bytes after poll(): a pipe that can't be opened again */
    SINK_GUARDED
};

struct log {
    struct log_config config;
    const struct clock *clock;
    int fd;
    bool owns_fd;
    bool is_journal; /* connected to systemd's journal */
    enum sink sink;
    struct buffer pending;
    size_t written;   /* of the pending bytes */
    uint64_t lost;    /* lines dropped and not reported yet */
    uint64_t dropped; /* lines, ever */
};

static const char *const prefixes[LOG_MARK__MAX] = {
    [LOG_SHOW] = "🎭 [Mock Pool Manager]",
    [LOG_CHANGE] = "🎭 ✅ [Mock Pool Manager]",
    [LOG_FAILURE] = "🎭 ❌ [Mock Pool Manager]",
};

static const struct {
    const char *name, *priority;
} levels[LOG_LEVEL__MAX] = {
    [LOG_ERROR] = {"error", "<3>"},
    [LOG_WARNING] = {"warning", "<4>"},
    [LOG_INFO] = {"info", "<6>"},
    [LOG_DEBUG] = {"debug", "<7>"},
};

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
}

/* Sets up standard error. O_NONBLOCK would also apply to the shell, which shares the open file, so
 * a pipe or terminal is opened a second time instead. */
static void take_standard_error(struct log *log)
{
    struct stat status;

    log->fd = STDERR_FILENO;
    log->sink = SINK_WRITE;
    log->is_journal = journal_stream_is_standard_error();
    if (fstat(STDERR_FILENO, &status) < 0 || S_ISREG(status.st_mode))
        return;
    if (S_ISSOCK(status.st_mode)) {
        log->sink = SINK_SEND;
        return;
    }
    int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        log->sink = SINK_GUARDED;
        return;
    }
    log->fd = fd;
    log->owns_fd = true;
}

enum err log_open(const struct log_config *config, const struct clock *clock, struct log **out,
                  struct problem *problem)
{
    struct log *log = calloc(1, sizeof(*log));

    if (!log)
        return ERR_NO_MEMORY;
    *log = (struct log){.config = *config, .clock = clock, .pending = buffer_new(LOG_PENDING_MAX)};
    if (!config->path) {
        take_standard_error(log);
    } else if ((log->fd = open_file(config->path)) < 0) {
        problem_set(problem, ERR_INTERNAL, "the log file %s can't be opened: %m", config->path);
        free(log);
        return ERR_INTERNAL;
    } else {
        log->owns_fd = true;
    }
    *out = log;
    return OK;
}

bool log_takes(const struct log *log, enum log_level level)
{
    return level <= log->config.level;
}

/* The bytes that a value has only within quotes. */
static const bool is_quoted[256] = {
    [0 ... ' '] = true, ['"'] = true, ['='] = true, ['\\'] = true, [0x7F ... 0xFF] = true,
};

static bool is_bare_word(struct text text)
{
    size_t bare = 0;

    while (bare < text.length && !is_quoted[(unsigned char)text.at[bare]])
        bare++;
    return text.length > 0 && bare == text.length;
}

static void put_quoted(struct buffer *line, struct text text)
{
    buffer_put_char(line, '"');
    buffer_put_escaped(line, text);
    buffer_put_char(line, '"');
}

static void put_value(struct buffer *line, const struct log_field *field, bool always_quoted)
{
    if (field->text.at && (always_quoted || !is_bare_word(field->text))) {
        put_quoted(line, field->text);
    } else if (field->text.at) {
        buffer_put_text(line, field->text);
    } else if (field->thousandths) {
        const char point[4] = {'.', (char)('0' + field->number / 100 % 10),
                               (char)('0' + field->number / 10 % 10),
                               (char)('0' + field->number % 10)};
        buffer_put_number(line, field->number / 1000);
        buffer_put(line, point, sizeof(point));
    } else {
        buffer_put_number(line, field->number);
    }
}

/* Writes a line in the text format. `time` is empty for a line without one. */
static void put_text_line(struct buffer *line, struct text time, enum log_mark mark,
                          const char *event, const struct log_field *fields, size_t count)
{
    buffer_put_text(line, text_of(prefixes[mark]));
    buffer_put_char(line, ' ');
    if (time.length > 0) {
        buffer_put_text(line, time);
        buffer_put_char(line, ' ');
    }
    buffer_put_text(line, text_of(event));
    for (size_t i = 0; i < count; i++) {
        buffer_put_char(line, ' ');
        buffer_put_text(line, text_of(fields[i].key));
        buffer_put_char(line, '=');
        put_value(line, &fields[i], false);
    }
}

static void put_json_line(struct buffer *line, struct text time, enum log_level level,
                          enum log_mark mark, const char *event, const struct log_field *fields,
                          size_t count)
{
    buffer_put_text(line, TEXT("{\"prefix\":\""));
    buffer_put_text(line, text_of(prefixes[mark]));
    if (time.length > 0) {
        buffer_put_text(line, TEXT("\",\"time\":\""));
        buffer_put_text(line, time);
    }
    buffer_put_text(line, TEXT("\",\"level\":\""));
    buffer_put_text(line, text_of(levels[level].name));
    buffer_put_text(line, TEXT("\",\"event\":"));
    put_quoted(line, text_of(event));
    for (size_t i = 0; i < count; i++) {
        buffer_put_text(line, TEXT(",\""));
        buffer_put_text(line, text_of(fields[i].key));
        buffer_put_text(line, TEXT("\":"));
        put_value(line, &fields[i], true);
    }
    buffer_put_char(line, '}');
}

/* Adds a line. If there is no room, removes the part that was written and counts the line as
 * lost. */
static void put_line(struct log *log, enum log_level level, enum log_mark mark, const char *event,
                     const struct log_field *fields, size_t count)
{
    struct buffer *line = &log->pending;
    size_t before = line->length;
    char written[CLOCK_TEXT_MAX];
    struct text time = {written, 0};

    if (log->is_journal) {
        buffer_put_text(line, text_of(levels[level].priority));
    } else {
        clock_format(log->clock->wall_ms, written);
        time.length = CLOCK_TEXT_MAX - 1;
    }
    if (log->config.format == LOG_JSON)
        put_json_line(line, time, level, mark, event, fields, count);
    else
        put_text_line(line, time, mark, event, fields, count);
    buffer_put_char(line, '\n');
    if (line->failed) {
        line->failed = false;
        line->length = before;
        log->lost++;
        log->dropped++;
    }
}

/* Logs how many lines were lost, if any were and there is room again. */
static void report_lost(struct log *log)
{
    const uint64_t lost = log->lost;
    const struct log_field field = {.key = "lines", .number = (int64_t)lost};

    if (lost == 0 || log->pending.length >= LOG_PENDING_MAX / 2)
        return;
    put_line(log, LOG_ERROR, LOG_FAILURE, "log-lines-lost", &field, 1);
    /* If this line is lost too, it does not count itself. */
    log->lost = log->lost == lost ? 0 : lost;
}

void log_event(struct log *log, enum log_level level, enum log_mark mark, const char *event,
               const struct log_field *fields, size_t count)
{
    if (!log_takes(log, level))
        return;
    report_lost(log);
    put_line(log, level, mark, event, fields, count);
}

void log_say(struct log *log, enum log_level level, enum log_mark mark, const char *event,
             const char *key, const char *text)
{
    const struct log_field field = {.key = key, .text = text_of(text)};

    log_event(log, level, mark, event, &field, key ? 1 : 0);
}

static ssize_t write_some(struct log *log)
{
    const char *bytes = log->pending.bytes + log->written;
    size_t count = log->pending.length - log->written;

    if (log->sink == SINK_SEND)
        return send(log->fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (log->sink == SINK_GUARDED) {
        struct pollfd ready = {.fd = log->fd, .events = POLLOUT};
        if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)) {
            errno = EAGAIN;
            return -1;
        }
        count = count < PIPE_BUF ? count : PIPE_BUF;
    }
    return write(log->fd, bytes, count);
}

static uint64_t count_lines(struct text text)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < text.length; i++)
        lines += text.at[i] == '\n';
    return lines;
}

/* Writes until the reader takes no more. Returns false on an error that will not pass. */
static bool write_pending(struct log *log)
{
    while (log->written < log->pending.length) {
        ssize_t written = write_some(log);
        if (written >= 0)
            log->written += (size_t)written;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            break;
        else if (errno != EINTR)
            return false;
    }
    return true;
}

uint64_t log_dropped(const struct log *log)
{
    return log->dropped;
}

bool log_flush(struct log *log)
{
    struct buffer *pending = &log->pending;

    if (!write_pending(log)) { /* the reader has gone, or the disk is full */
        uint64_t lines = count_lines(text_from(buffer_text(pending), log->written));
        log->lost += lines;
        log->dropped += lines;
        log->written = pending->length;
    }
    buffer_drop(pending, log->written);
    log->written = 0;
    buffer_trim(pending, 64 * 1024);
    return pending->length > 0;
}

void log_reopen(struct log *log)
{
    if (!log->config.path)
        return;
    log_flush(log);
    int fd = open_file(log->config.path);
    if (fd < 0) {
        log_say(log, LOG_ERROR, LOG_FAILURE, "log-not-reopened", "cause", strerror(errno));
        return;
    }
    close(log->fd);
    log->fd = fd;
}

void log_close(struct log **log, int patience_ms)
{
    if (!*log)
        return;
    struct pollfd ready = {.fd = (*log)->fd, .events = POLLOUT};
    report_lost(*log);
    if (log_flush(*log) && poll(&ready, 1, patience_ms) == 1)
        log_flush(*log);
    if ((*log)->owns_fd)
        close((*log)->fd);
    buffer_free(&(*log)->pending);
    free(*log);
    *log = NULL;
}
