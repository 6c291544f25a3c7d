/* SPDX-License-Identifier: MIT
 *
 * SQLite compiles each SQL statement once, and finds its rows by an index.
 */
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "front.h"
#include "store/state.h"

static void assert_compiled_once(const struct database *db)
{
    for (int i = 0; i < STATEMENT__MAX; i++) {
        int again = sqlite3_stmt_status(db->prepared[i], SQLITE_STMTSTATUS_REPREPARE, 0);
        if (again != 0)
            fail_msg("compiled %d times more: %s", again, sqlite3_sql(db->prepared[i]));
    }
}

static void expect(const char *method, const char *target, const char *body)
{
    struct client client = client_as("Bearer mock-password", method, target, body);
    int status = client_status(&client);

    if (status != 200 && status != 201)
        fail_msg("%s %s %s: %d", method, target, body, status);
    client_free(&client);
}

/* Replaces P by the pool's name and W by the pod's. Ends with a NUL. The caller frees it. */
static struct buffer fill_in(const char *text, const char *pool, int pod)
{
    struct buffer out = buffer_new(1024);

    for (; *text; text++)
        if (*text == 'P') {
            buffer_put_text(&out, text_of(pool));
        } else if (*text == 'W') {
            buffer_put_text(&out, TEXT("mock-pod-"));
            buffer_put_number(&out, pod);
        } else {
            buffer_put_char(&out, *text);
        }
    buffer_put_char(&out, '\0');
    return out;
}

/* Makes the requests that read or write lists, for a new pool and its first pod. */
static void use_lists(const char *pool, int pod)
{
    static const struct {
        const char *method, *target, *body;
    } rows[] = {
        {"POST", AT("pools"),
         "{\"name\":\"P\",\"minimum_vms\":2,\"apiKey\":\"k\",\"repositories\":[\"a\",\"b\"],"
         "\"env_vars\":[{\"name\":\"A\",\"value\":\"1\"}]}"},
        {"GET", AT("pools/P"), ""},
        {"PUT", AT("pools/P"), "{\"repositories\":[\"c\"],\"env_vars\":[],\"dockerfile\":\"x\"}"},
        {"GET", AT("pools/P/workspace?workspaceId=w"), ""},
        {"POST", AT("workspaces/W/update"),
         "{\"repositories\":[\"r/1\",\"r/2\"],\"branches\":[\"b\"]}"},
        {"POST", AT("pools/P/workspaces/W/repositories"), "{\"repositories\":[]}"},
        {"POST", AT("pools/P/workspaces/W/environment"),
         "{\"environment\":{\"A\":\"1\",\"B\":\"2\"}}"},
        {"POST", AT("_pod/W/15552/session"), "{\"sessionId\":\"s\"}"},
        {"POST", AT("_pod/W/15552/session"), "{\"sessionId\":\"t\"}"},
        {"PUT", AT("_pod/W/15552/latest"), "{\"repos\":[{\"url\":\"r/3\"}]}"},
        {"GET", AT("_pod/W/15551/api/sessions/s"), ""},
        {"GET", AT("_pod/W/15551/api/sessions"), ""},
        {"GET", AT("workspaces/W"), ""},
        {"GET", AT("pools/P/workspaces/W"), ""},
        {"GET", AT("pools/P/workspaces"), ""},
        {"GET", AT("pools/P/status"), ""},
        {"GET", AT("__admin/state?secrets=true"), ""},
        {"PUT", AT("__admin/snapshots/s"), ""},
        {"GET", AT("__admin/snapshots/s"), ""},
        {"POST", AT("workspaces/W/release"), ""},
        {"POST", AT("pools/P/workspaces/W/environment"), "{\"environment\":{\"A\":\"1\"}}"},
        {"POST", AT("__admin/pools/P/reset"), ""},
        {"POST", AT("pools/P/scale"), "{\"minimum_vms\":3}"},
        {"POST", AT("pools/P/scale"), "{\"minimum_vms\":2}"},
        {"DELETE", AT("pools/P/workspaces/W"), ""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct buffer target = fill_in(rows[i].target, pool, pod);
        struct buffer body = fill_in(rows[i].body, pool, pod);
        expect(rows[i].method, target.bytes, body.bytes);
        buffer_free(&target);
        buffer_free(&body);
    }
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(no_statement_is_compiled_twice)
{
    struct client export;

    use_lists("one", 6);
    use_lists("two", 9);
    assert_compiled_once(&front.state->db);
    export = client_as(NULL, "GET", AT("__admin/state?secrets=true"), "");
    buffer_put_char(&export.body, '\0');
    expect("PUT", AT("__admin/state"), export.body.bytes); /* replaces the database */
    client_free(&export);
    use_lists("three", 12);
    assert_compiled_once(&front.state->db);
    const struct snapshot *snapshot = snapshots_find(&tenants_default(front.tenants)->snapshots,
                                                     TEXT("s"));
    assert_non_null(snapshot);
    assert_compiled_once(&snapshot->state->db);
    expect("POST", AT("__admin/snapshots/s/restore"), ""); /* replaces it again */
    use_lists("four", 14);
    expect("DELETE", AT("pools/four"), "");
    assert_compiled_once(&front.state->db);
    expect("POST", AT("__admin/reset"), "");
    use_lists("five", 6);
    assert_compiled_once(&front.state->db);
}

/* The statements that scan a whole table although they select rows. */
static bool is_for_the_whole(int statement)
{
    return statement == STATEMENT_PODS_COUNT_CLAIMED || statement == STATEMENT_REFILL;
}

/* Returns true if a step of a query's plan reads only the rows asked for. */
static bool is_direct(const char *step)
{
    return strncmp(step, "SCAN ", 5) != 0 && (!strstr(step, " lists ") || strstr(step, "owner=?") ||
                                              strstr(step, "USING COVERING INDEX api_keys"));
}

TEST(statements_find_their_rows_by_an_index)
{
    struct database *db = &front.state->db;

    for (int i = 0; i < STATEMENT__MAX; i++) {
        const char *sql = sqlite3_sql(db->prepared[i]);
        if (!strstr(sql, " WHERE ") || is_for_the_whole(i))
            continue;
        char *explained = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
        sqlite3_stmt *plan;
        assert_int_equal(sqlite3_prepare_v2(db->sqlite, explained, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            if (!is_direct(step))
                fail_msg("%s: %s", step, sql);
        }
        sqlite3_finalize(plan);
        sqlite3_free(explained);
    }
}
