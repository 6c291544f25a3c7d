/* SPDX-License-Identifier: MIT
 *
 * A service whose journal the tests write themselves, and what its routes answer. Short words, as
 * state_rig.h has them.
 */
#ifndef JOURNAL_FRONT_H
#define JOURNAL_FRONT_H

#include "tenant/tenant.h"
#include "front.h"

#define ADMIN(path) FRONT_MOUNT "/__admin/" path

enum { RING_MAX = 100 }; /* entries, as in front.c */

/* The default tenant's. */
extern struct journal *journal;

/* The set-up of a test; its tear-down is front_tear_down. */
void set_up_journal(void);

/* The requests that `request_begin` has made last, by their tickets; more are never pending. */
extern struct journal_request requests[2 * RING_MAX];

uint64_t request_begin(enum operation operation, const char *pool, int64_t pod,
                       const char *workspace);
void request_end(uint64_t ticket, int status);

/* Writes six entries; the last is pending. */
void fill(void);

/* Fills the ring with claims of w-1 to w-<RING_MAX + 5>, so that the first five are gone. */
void overfill(void);

/* Fails unless the answer is 200. The caller puts it back. */
struct json_object *get_json(const char *target);

/* Fails unless the answer is a 400 with that code and a sentence that holds `part`. */
void assert_refused(const char *method, const char *target, const char *body, const char *code,
                    const char *part);

#endif
