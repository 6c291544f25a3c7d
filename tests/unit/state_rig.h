/* SPDX-License-Identifier: MIT
 *
 * A state for each test of the store, and short functions to use it. Their names have no prefix, so
 * a file that includes this header has no other functions of these names. Each fails the test if
 * its call returns an error, except for those that return enum err.
 */
#ifndef STATE_RIG_H
#define STATE_RIG_H

#include "base/clock.h"
#include "by_name.h"
#include "store/pool_state.h"
#include "unit.h"

#define START_MS INT64_C(1705314600000) /* the time at which each state begins */

extern struct clock now;
extern struct pool_state *pools;
extern struct arena arena;           /* of the texts; they live until the test ends */
extern struct pool pool;             /* the last one returned */
extern struct pod pod;               /* the last one returned */
extern struct claim_refusal refusal; /* of the last try_claim */

/* Returns a configuration with five pods in the default pool, three in a new pool, and no limits.
 */
struct pool_state_config fresh_config(void);

/* Opens a state and closes the one before. */
void open_with(const struct pool_state_config *config);

/* Set-up (open_small_state: two pods in the default pool) and tear-down. */
void open_state(void);
void open_small_state(void);
void close_state(void);

void pass_us(int64_t us);
void end_turn(void);
void lose_turn(void);
void reset_state(unsigned keep);

/* --- pools and pods --- */

struct pool *get(const char *name); /* makes the pool if there is none */
struct pod *show(const char *name);
enum err scale(const char *pool_name, int64_t minimum_vms);

/* Claim a pod for the workspace "w" or the given one, with the default or the given lease. */
struct pod *claim(const char *pool_name);
struct pod *claim_by(const char *workspace, const char *pool_name);
struct pod *claim_for_ms(int64_t ttl_ms, const char *pool_name);
enum err try_claim(const char *pool_name);
void release(const char *name);
void delete_pod(const char *name);

void assert_id(const struct pod *of, const char *id);
void assert_totals(int64_t pools_count, int64_t pods);

/* Checks the counts of a pool whose pods all run. */
void assert_counts(const char *name, int64_t total, int64_t used);

/* Check each pod of a pool, and that the pool's counts match its pods. assert_numbers takes the
 * numbers, with a star after a used pod's: "1* 2 ". assert_pods takes the first letter of each
 * state, a capital for a used pod: "psRf". */
void assert_numbers(const char *name, const char *numbers);
void assert_pods(const char *name, const char *letters);

/* --- settings and events --- */

/* Set settings of a pool; "" for all pools. */
void set_setting(const char *pool_name, enum setting setting, int64_t value);
void set_times(const char *pool_name, int64_t pending_ms, int64_t starting_ms);
void set_looks(const char *pool_name, int64_t looks);

/* Looks once at every pod of the pool with that number. */
void look(int64_t of_pool);

/* Advance the clock to `at_ms` after the start and run the events that are due, or the first `max`
 * of them. `events` is "1000:running:3:p " if pod 3 of pool p runs after a second. */
void assert_events(int64_t at_ms, const char *events);
void assert_first_events(int64_t at_ms, int64_t max, const char *events);

/* Checks when the next event is due, in milliseconds after the start; INT64_MAX: never. */
void assert_next_due(int64_t expected_ms);

#endif
