/* SPDX-License-Identifier: MIT
 *
 * The log. Lines are collected in memory and written once per turn, without blocking. A reader that
 * stalls does not stall the service: lines that exceed LOG_PENDING_MAX are dropped and counted, and
 * the count is logged as soon as there is room.
 *
 * Every line has a prefix such as "🎭 [Mock Pool Manager]" (docs/configuration.md, "The log"). A
 * text line begins with it; a JSON line has it as a member. If standard error is connected to
 * systemd's journal, a priority comes first (sd-daemon(3)), and the line has no time of its own.
 * Values from clients are escaped, so that they can't contain a line break.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

enum { LOG_PENDING_MAX = 1 << 20 }; /* bytes of lines that are not written yet */

/* LOG_ERROR: the worker itself has failed. LOG_WARNING: any other error, an incomplete answer, or a
 * request that a fault rule hit. */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_LEVEL__MAX };
enum log_format { LOG_TEXT, LOG_JSON, LOG_FORMAT__MAX };

/* The prefix of a line: LOG_CHANGE is 🎭 ✅, for a change that succeeded; LOG_FAILURE is 🎭 ❌, for an
 * error; LOG_SHOW is 🎭 alone, for reads, start and stop. */
enum log_mark { LOG_SHOW, LOG_CHANGE, LOG_FAILURE, LOG_MARK__MAX };

struct log_field {
    const char *key;  /* camelCase */
    struct text text; /* the value; absent: the value is `number` */
    int64_t number;
    bool thousandths; /* `number` counts thousandths, and is written with three decimals */
};

struct log;

struct log_config {
    const char *path;     /* a file to append to; NULL: standard error */
    enum log_level level; /* the least important level that is written */
    enum log_format format;
};

/* Opens a log, which takes its times from `clock`. `clock` and config->path are borrowed until
 * log_close. Returns OK, ERR_INTERNAL with a sentence if the file can't be opened, or
 * ERR_NO_MEMORY. The caller closes the log. */
enum err log_open(const struct log_config *config, const struct clock *clock, struct log **out,
                  struct problem *problem);

/* Returns true if lines of this level are written. Check it before computing expensive fields. */
bool log_takes(const struct log *log, enum log_level level);

/* Adds a line, if its level is written: the prefix, the time, `event` (a fixed word of the
 * program), then the fields in order. */
void log_event(struct log *log, enum log_level level, enum log_mark mark, const char *event,
               const struct log_field *fields, size_t count);

/* Adds a line with one field, whose value is `text`, or without a field if `key` is NULL. */
void log_say(struct log *log, enum log_level level, enum log_mark mark, const char *event,
             const char *key, const char *text);

/* Writes as much as the reader takes now. Returns true if something is left: call it again soon. */
bool log_flush(struct log *log);

/* Returns how many lines were dropped since the log was opened. */
uint64_t log_dropped(const struct log *log);

/* Opens the log file again, for log rotation. If that fails, logs the cause to the old file. Does
 * nothing for standard error. */
void log_reopen(struct log *log);

/* Writes as much as the reader takes, waiting up to `patience_ms` once. Then frees the log and
 * nulls the pointer. NULL is legal. */
void log_close(struct log **log, int patience_ms);

#endif
