/* SPDX-License-Identifier: MIT
 *
 * A state for each test of the store, and short words for what these tests do with it. The words
 * are bare, as a test's own are: who includes this has no others by those names. A word that is no
 * assertion by its name fails the test, too, where its call is refused, unless it gives enum err.
 */
#ifndef STATE_RIG_H
#define STATE_RIG_H

#include "base/clock.h"
#include "by_name.h"
#include "store/pool_state.h"
#include "unit.h"

#define START_MS INT64_C(1705314600000) /* when each state begins */

extern struct clock now;
extern struct pool_state *pools;
extern struct arena arena;           /* texts live in it until the test ends */
extern struct pool pool;             /* that was asked for last */
extern struct pod pod;               /* likewise */
extern struct claim_refusal refusal; /* of try_claim */

/* The default pool with five pods, three in every other, no limit. */
struct pool_state_config fresh_config(void);

/* Opens a state in the place of the one that there is. */
void open_with(const struct pool_state_config *config);

/* Set-up, of a fresh state or of one whose default pool has two pods, and tear-down. */
void open_state(void);
void open_small_state(void);
void close_state(void);

void pass_us(int64_t us);
void end_turn(void);
void lose_turn(void);
void reset_state(unsigned keep);

/* --- pools and pods --- */

struct pool *get(const char *name); /* made where there is none */
struct pod *show(const char *name);
enum err scale(const char *pool_name, int64_t minimum_vms);

/* By the workspace "w", which the second may name, for as long as the third says. */
struct pod *claim(const char *pool_name);
struct pod *claim_by(const char *workspace, const char *pool_name);
struct pod *claim_for_ms(int64_t ttl_ms, const char *pool_name);
enum err try_claim(const char *pool_name);
void release(const char *name);
void delete_pod(const char *name);

void assert_id(const struct pod *of, const char *id);
void assert_totals(int64_t pools_count, int64_t pods);

/* The counts of a pool all of whose pods run. */
void assert_counts(const char *name, int64_t total, int64_t used);

/* A pool's pods, one by one, and that its counts are theirs: by number, with a star behind a used
 * one's, "1* 2 "; or by state, "psrf", a capital letter for a used one. */
void assert_numbers(const char *name, const char *numbers);
void assert_pods(const char *name, const char *letters);

/* --- settings, and what comes by time --- */

/* Of a pool, "" for all. */
void say(const char *pool_name, enum setting setting, int64_t value);
void say_time(const char *pool_name, int64_t pending_ms, int64_t starting_ms);
void say_looks(const char *pool_name, int64_t looks);

/* At all pods of the pool of that number. */
void look(int64_t of_pool);

/* Goes on to so many milliseconds after the start, with what is due until then, `max` at the most:
 * "1000:running:3:p " for what came to pod 3 of pool p after a second. */
void assert_events(int64_t at_ms, const char *events);
void assert_first_events(int64_t at_ms, int64_t max, const char *events);

/* In milliseconds after the start; INT64_MAX: nothing is due. */
void assert_next_due(int64_t expected_ms);

#endif
