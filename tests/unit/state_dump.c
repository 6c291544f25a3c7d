/* SPDX-License-Identifier: MIT */
#include "state_dump.h"

#include "store/state.h"
#include "unit.h"

enum { DUMP_MAX = 64 << 20 };

struct table_dump {
    sqlite3 *sqlite;
    struct buffer *out;
};

static int put_row(void *context, int count, char **values, char **names)
{
    struct buffer *out = context;

    (void)names;
    for (int i = 0; i < count; i++) {
        buffer_put_text(out, values[i] ? text_of(values[i]) : TEXT("NULL"));
        buffer_put_char(out, i + 1 < count ? '|' : '\n');
    }
    return 0;
}

/* Returns the query that writes each row as a line, with the values as SQL literals. */
static int put_table(void *context, int count, char **values, char **names)
{
    struct table_dump *dump = context;

    (void)count;
    (void)names;
    return sqlite3_exec(dump->sqlite, values[0], put_row, dump->out, NULL);
}

struct buffer state_dump_rows(struct pool_state *state)
{
    static const char tables[] =
        "SELECT 'SELECT ''' || name || ''', ' || (SELECT group_concat('quote(' || name || ')')"
        " FROM pragma_table_info(t.name)) || ' FROM ' || name"
        " FROM sqlite_schema t WHERE type = 'table' ORDER BY name";
    struct buffer out = buffer_new(DUMP_MAX);
    struct table_dump dump = {state->db.sqlite, &out};

    assert_int_equal(sqlite3_exec(dump.sqlite, tables, put_table, &dump, NULL), SQLITE_OK);
    return out;
}

struct buffer state_dump(struct pool_state *state)
{
    struct buffer out = state_dump_rows(state);

    buffer_put_text(&out, TEXT("generation "));
    buffer_put_number(&out, pool_state_generation(state));
    buffer_put_text(&out, TEXT("\nclaims "));
    buffer_put_number(&out, (int64_t)(state->repeats.last - state->repeats.first));
    buffer_put_text(&out, TEXT(" from "));
    buffer_put_number(&out, (int64_t)(state->repeats.floor - state->repeats.first));
    assert_false(out.failed);
    return out;
}

static void assert_same(struct buffer after, const struct buffer *before)
{
    bool same = text_equal(buffer_text(&after), buffer_text(before));

    if (!same)
        print_error("--- before\n%.*s\n--- after\n%.*s\n", TEXT_ARGS(buffer_text(before)),
                    TEXT_ARGS(buffer_text(&after)));
    buffer_free(&after);
    assert_true(same);
}

void state_assert_unchanged(struct pool_state *state, const struct buffer *before)
{
    assert_same(state_dump(state), before);
}

void state_assert_rows(struct pool_state *state, const struct buffer *before)
{
    assert_same(state_dump_rows(state), before);
}

void state_force(struct pool_state *state, const char *sql)
{
    assert_int_equal(sqlite3_exec(state->db.sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
}

static bool commit_refused;

static int refuse_commit(void *unused)
{
    (void)unused;
    bool refuse = !commit_refused;
    commit_refused = true;
    return refuse;
}

void state_refuse_commit(struct pool_state *state)
{
    commit_refused = false;
    sqlite3_commit_hook(state->db.sqlite, refuse_commit, NULL);
}

static sqlite3_mem_methods real;
static unsigned long countdown; /* allocations up to the one that fails; 0: none fails */
static bool goes_on, failed;

static bool is_to_fail(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    failed = true;
    countdown = goes_on;
    return true;
}

static void *failing_malloc(int size)
{
    return is_to_fail() ? NULL : real.xMalloc(size);
}

static void *failing_realloc(void *memory, int size)
{
    return is_to_fail() ? NULL : real.xRealloc(memory, size);
}

void sqlite_chaos_install(void)
{
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    sqlite3_mem_methods methods = real;
    methods.xMalloc = failing_malloc;
    methods.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    /* Without lookaside: it would serve small allocations from a connection's own memory. */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
}

void sqlite_chaos_fail_at(unsigned long n, bool for_good)
{
    countdown = n;
    goes_on = for_good;
    if (n > 0)
        failed = false;
}

bool sqlite_chaos_failed(void)
{
    return failed;
}
