/* SPDX-License-Identifier: MIT
 *
 * The log: lines are gathered in memory and written once a turn, without ever blocking. A reader
 * that stalls costs lines, never the service: what does not fit into LOG_PENDING_MAX is dropped,
 * counted and told when there is room again.
 *
 * Every line begins with the source document's prefix, "🎭 [Mock Pool Manager]" and its kin
 * (contract, section 6). Where standard error is systemd's journal, a priority (sd-daemon(3))
 * stands before it, and the line has no time of its own. Values that came from a client are
 * escaped, so a line stays one line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"

enum { LOG_PENDING_MAX = 1 << 20 }; /* bytes of lines that wait to be written */

/* LOG_ERROR: the worker itself has failed. LOG_WARNING: another answer of 400 and above, a fault.
 */
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_LEVEL__MAX };
enum log_format { LOG_TEXT, LOG_JSON, LOG_FORMAT__MAX };

/* The prefix of a line: 🎭 ✅ for a change that succeeded, 🎭 ❌ for an error, 🎭 alone for reads,
 * start and stop. */
enum log_mark { LOG_SHOW, LOG_CHANGE, LOG_FAILURE, LOG_MARK__MAX };

struct log_field {
    const char *key;  /* camelCase */
    struct text text; /* absent: the field is a number */
    int64_t number;   /* in thousandths if `thousandths` */
    bool thousandths;
};

struct log;

struct log_config {
    const char *path; /* a file to append to; NULL is standard error */
    enum log_level level;
    enum log_format format;
};

/* Opens a log that takes its times from `clock`, borrowed for the log's life. Returns OK, or
 * ERR_INTERNAL with a sentence where the file can't be opened, or ERR_NO_MEMORY. The caller closes
 * it. */
enum err log_open(const struct log_config *config, const struct clock *clock, struct log **out,
                  struct problem *problem);

/* True if a line of this level is kept: ask before gathering what is dear to gather. */
bool log_takes(const struct log *log, enum log_level level);

/* Adds a line: the prefix, the time, `event` (a word of ours), then the fields in order. */
void log_event(struct log *log, enum log_level level, enum log_mark mark, const char *event,
               const struct log_field *fields, size_t count);

/* The same with one field, or with none where `key` is NULL. Its value is `text`. */
void log_say(struct log *log, enum log_level level, enum log_mark mark, const char *event,
             const char *key, const char *text);

/* Writes what the reader takes now. True if something is left: call again within a moment. */
bool log_flush(struct log *log);

/* Opens the file anew, for log rotation; standard error stays as it is. A file that can't be opened
 * is told in the old one. */
void log_reopen(struct log *log);

/* Writes what the reader takes within `patience_ms`, frees the log and nulls the pointer; NULL is
 * legal. */
void log_close(struct log **log, int patience_ms);

#endif
