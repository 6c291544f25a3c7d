/* SPDX-License-Identifier: MIT
 *
 * The clock of a state that is kept in a file. */
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tenant/tenant.h"
#include "state_dump.h"
#include "state_rig.h"

static char folder[256], file[sizeof(folder) + 16];
static struct pool_state *copy;
static struct tenants *tenants;
static struct timers timers;

static void open_file(void)
{
    struct pool_state_config config = fresh_config();

    config.file = file;
    open_with(&config);
}

static void set_up(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/kept-clock-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/state.db", folder);
    clock_set(&now, START_MS, 0);
    open_file();
}

static void tear_down(void)
{
    pool_state_close(&copy);
    tenants_close(&tenants);
    if (pools)
        pool_state_remove_file(pools);
    close_state();
    unlink(file);
    assert_int_equal(rmdir(folder), 0);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void keep(const struct state_clock *clock)
{
    assert_int_equal(pool_state_store_clock(pools, clock), OK);
}

static void assert_kept(const struct state_clock *expected)
{
    struct state_clock kept;

    assert_int_equal(pool_state_stored_clock(pools, &kept), OK);
    assert_int_equal(kept.frozen, expected->frozen);
    assert_int_equal(kept.frozen_at_ms, expected->frozen_at_ms);
    assert_int_equal(kept.ahead_ms, expected->ahead_ms);
}

static const struct state_clock real_time = {0};
static const struct state_clock moved = {.frozen = true, .frozen_at_ms = 7, .ahead_ms = -3};

TEST(clock_is_found_again_as_it_was_kept_last)
{
    assert_kept(&real_time);
    keep(&real_time);
    keep(&moved);
    end_turn();
    keep(&real_time);
    open_file(); /* the turn was not ended */
    assert_kept(&moved);
}

TEST(clock_stays_whatever_is_restored)
{
    assert_int_equal(pool_state_copy(pools, &copy), OK);
    keep(&moved);
    end_turn();
    assert_int_equal(pool_state_restore(pools, copy), OK);
    end_turn();
    assert_kept(&moved);
}

TEST(reset_forgets_the_clock_unless_its_turn_is_lost)
{
    keep(&moved);
    end_turn();
    reset_state(POOL_STATE_KEEP_SETTINGS);
    assert_kept(&real_time);
    lose_turn();
    assert_kept(&moved);
    reset_state(0);
    end_turn();
    open_file();
    assert_kept(&real_time);
}

static void run_on_file(const char *sql)
{
    sqlite3 *sqlite;

    assert_int_equal(sqlite3_open(file, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(sqlite);
}

static void assert_file_is_brought_up(const char *sql)
{
    struct buffer rows = state_dump_rows(pools);

    pool_state_close(&pools);
    run_on_file(sql);
    for (int times = 0; times < 2; times++) {
        open_file();
        struct buffer again = state_dump_rows(pools);
        assert_true(text_equal(buffer_text(&rows), buffer_text(&again)));
        buffer_free(&again);
    }
    buffer_free(&rows);
}

TEST(file_of_version_1_gets_a_clock_and_keeps_all_else)
{
    claim("default-pool");
    end_turn();
    assert_file_is_brought_up(
        "DROP TABLE strict_goose; DROP TABLE pull_requests; DROP TABLE clock; DROP INDEX sessions;"
        "PRAGMA user_version = 1");
    keep(&moved);
    assert_kept(&moved);
    state_force(pools, "DROP INDEX sessions"); /* which is there again */
}

TEST(file_of_version_2_counts_pull_requests_from_1)
{
    int64_t number;

    claim("default-pool");
    keep(&moved);
    end_turn();
    assert_file_is_brought_up(
        "DROP TABLE strict_goose; DROP TABLE pull_requests; PRAGMA user_version = 2");
    assert_kept(&moved);
    for (int64_t expected = 1; expected <= 2; expected++) {
        assert_int_equal(pool_state_pull_request(pools, TEXT("o/r"), false, &number), OK);
        assert_int_equal(number, expected);
        end_turn();
        open_file();
    }
}

TEST(file_of_version_3_has_no_strict_goose)
{
    bool is_strict = true;

    claim("default-pool");
    end_turn();
    assert_file_is_brought_up("DROP TABLE strict_goose; PRAGMA user_version = 3");
    assert_int_equal(pool_state_get_strict(pools, &is_strict), OK);
    assert_false(is_strict);
}

TEST(clock_that_has_gone_on_meanwhile_waits_for_what_has_not_happened)
{
    struct tenants_config config = {.state = fresh_config(), .timers = &timers};
    struct problem problem;

    claim_for_ms(1000, "default-pool");
    keep(&(struct state_clock){.ahead_ms = 60000});
    end_turn();
    pool_state_close(&pools);
    clock_set(&now, START_MS + 5000, 0);
    config.state.file = file;
    assert_int_equal(tenants_open(&config, &now, &tenants, &problem), OK);
    struct tenant *tenant = tenants_default(tenants);
    assert_int_equal(tenant->clock.wall_ms, START_MS + 1000);
    const struct tenant_due due = {.until_ms = INT64_MAX, .max = TENANT_DUE_MAX};
    assert_int_equal(tenant_run_due(tenant, &now, due), OK);
    assert_int_equal(tenant->clock.wall_ms, START_MS + 65000);
    assert_int_equal(pool_state_turn_end(tenant->state), OK);
}
