/* SPDX-License-Identifier: MIT
 *
 * Writes and reads the parts of a state document, the JSON form of a state (docs/control.md, "The
 * state as a document"). Every object has all its members, sorted by key, so equal parts give equal
 * bytes. Counts and ids are left out: they follow from the rest.
 */
#ifndef VIEWS_DOCUMENT_H
#define VIEWS_DOCUMENT_H

#include "base/arena.h"
#include "json/reader.h"
#include "json/writer.h"
#include "model/counters.h"
#include "model/goose.h"
#include "model/pod.h"
#include "model/pool.h"
#include "model/repository.h"
#include "model/settings.h"
#include "model/user.h"

enum { DOCUMENT_SCHEMA_VERSION = 1 };

/* Write one value. Secrets are null unless `with_secrets`. */
void document_put_counters(struct writer *writer, const struct counters *counters);
void document_put_pod(struct writer *writer, const struct pod *pod, bool with_secrets);
void document_put_pool(struct writer *writer, const struct pool *pool, bool with_secrets);
void document_put_pull(struct writer *writer, const struct pull_count *pull);
void document_put_reply(struct writer *writer, const struct goose_reply *reply);
void document_put_settings(struct writer *writer, struct text pool_name,
                           const struct settings *settings);
void document_put_user(struct writer *writer, const struct user *user, bool with_secrets);

/* The context for reading the parts of a document. */
struct document_reading {
    struct arena *arena; /* for the lists; texts are borrowed from the reader */
    int64_t now_ms;      /* the default of times */
    struct problem *problem;
};

/* Read one value, and check what can be checked without the other parts. Only the members that
 * identify the value are required. docs/control.md ("PUT __admin/state") has the defaults of the
 * others, except that a missing counter keeps its value in `out`. document_read_pod sets the name
 * of the pod's pool, not its number. Return OK, ERR_BAD_FIELD or ERR_NO_MEMORY. */
enum err document_read_counters(const struct document_reading *reading,
                                const struct reader_node *node, struct counters *out);
enum err document_read_pod(const struct document_reading *reading, const struct reader_node *node,
                           struct pod *out);
enum err document_read_pool(const struct document_reading *reading, const struct reader_node *node,
                            struct pool *out);
enum err document_read_pull(const struct document_reading *reading, const struct reader_node *node,
                            struct pull_count *out);
enum err document_read_reply(const struct document_reading *reading, const struct reader_node *node,
                             struct goose_reply *out);
enum err document_read_user(const struct document_reading *reading, const struct reader_node *node,
                            struct user *out);

#endif
