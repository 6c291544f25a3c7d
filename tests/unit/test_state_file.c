/* SPDX-License-Identifier: MIT
 *
 * States in a file: what a reopened file contains, which files are refused, failing writes. */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "by_name.h"
#include "chaos.h"
#include "state_dump.h"
#include "store/pool_state.h"

enum { PATH_BYTES = 256 };

static struct clock now;
static struct pool_state *pools, *other;
static struct arena arena;
static struct problem problem;
static char folder[PATH_BYTES], file[PATH_BYTES + 16];

static struct pool_state_config fresh_config(void)
{
    return (struct pool_state_config){.default_pool = TEXT("default-pool"),
                                      .default_pool_pods = 5,
                                      .new_pool_pods = 3,
                                      .file = file};
}

static enum err open_as(const struct pool_state_config *config, struct pool_state **out)
{
    problem = (struct problem){0};
    return pool_state_open(config, &now, out, &problem);
}

static enum err open_file(void)
{
    const struct pool_state_config config = fresh_config();

    return open_as(&config, &pools);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/state-file-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/state.db", folder);
    clock_set(&now, 1705314600000, 1000000);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static void remove_folder(void)
{
    pool_state_close(&pools);
    pool_state_close(&other);
    arena_free(&arena);
    assert_int_equal(nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS), 0);
}

SUITE(.begin = sqlite_chaos_install, .set_up = make_folder, .tear_down = remove_folder);

/* Returns FILE with a suffix. Valid until the next call but one. */
static const char *beside(const char *end)
{
    static char paths[2][2 * PATH_BYTES];
    static int which;

    which = !which;
    snprintf(paths[which], sizeof(paths[which]), "%s%s", file, end);
    return paths[which];
}

static bool there_is(const char *end)
{
    return access(beside(end), F_OK) == 0;
}

static enum err try_claim(struct pool_state *of, struct pod *pod)
{
    return pool_state_claim_pod(
        of, &(struct claim_wish){.pool_name = TEXT("default-pool"), .workspace_id = TEXT("w")},
        &arena, pod, &(struct claim_refusal){0});
}

static void claim(struct pool_state *of, int64_t number)
{
    struct pod pod;

    assert_int_equal(try_claim(of, &pod), OK);
    assert_int_equal(pod.number, number);
}

static void end_turn(void)
{
    assert_int_equal(pool_state_turn_end(pools), OK);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *sqlite;

    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(sqlite);
}

static void write_bytes(const char *path, off_t at, const char *bytes, size_t count)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, at), count);
    close(fd);
}

static struct buffer bytes_of(const char *path)
{
    struct buffer bytes = buffer_new(1 << 24);
    FILE *from = fopen(path, "rb");
    int byte;

    assert_non_null(from);
    while ((byte = fgetc(from)) != EOF)
        buffer_put_char(&bytes, (char)byte);
    fclose(from);
    return bytes;
}

static void assert_says(const char *piece)
{
    if (!strstr(problem.text, piece))
        fail_msg("\"%s\" does not say \"%s\"", problem.text, piece);
}

/* Opens the file. Fails unless that is refused and changes no byte of it. */
static void assert_refused(enum err err, const char *piece)
{
    struct buffer before = bytes_of(file);

    assert_int_equal(open_file(), err);
    assert_null(pools);
    assert_says(piece);
    assert_says(file);
    struct buffer after = bytes_of(file);
    assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
    buffer_free(&before);
    buffer_free(&after);
}

/* --- what the file contains --- */

TEST(reopened_state_has_every_row_and_number)
{
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 3000), OK);
    assert_int_equal(delete_pod_by_name(pools, TEXT("mock-pod-3005"), &arena, &(struct pod){0}),
                     OK);
    end_turn();
    struct buffer rows = state_dump_rows(pools);
    claim(pools, 2);
    pool_state_close(&pools); /* the turn has not ended */
    assert_false(there_is("-wal"));

    assert_int_equal(open_file(), OK);
    struct buffer again = state_dump_rows(pools);
    assert_true(text_equal(buffer_text(&rows), buffer_text(&again)));
    buffer_free(&rows);
    buffer_free(&again);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 1), OK);
    end_turn();
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-3006"), &arena, &(struct pod){0}), OK);
}

TEST(file_is_readable_by_its_owner_only)
{
    struct stat status;

    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    end_turn();
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(beside("-wal"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

TEST(empty_file_becomes_a_new_state)
{
    write_bytes(file, 0, "", 0);
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
}

TEST(copy_of_a_file_is_in_memory_and_restores_it)
{
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    assert_int_equal(pool_state_copy(pools, &other), OK);
    claim(pools, 2);
    end_turn();
    claim(other, 2);
    assert_int_equal(pool_state_restore(pools, other), OK);
    pool_state_close(&other);
    end_turn();
    pool_state_close(&pools);
    assert_int_equal(open_file(), OK);
    claim(pools, 3);
}

TEST(rehearsal_writes_nothing)
{
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    end_turn();
    struct buffer before = bytes_of(beside("-wal"));
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim(pools, 2);
    pool_state_rehearsal_end(pools);
    end_turn();
    struct buffer after = bytes_of(beside("-wal"));
    assert_true(before.length > 0);
    assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
    buffer_free(&before);
    buffer_free(&after);
}

/* --- tenants --- */

static enum err note_tenant(struct text name, void *context)
{
    struct buffer *names = context;

    buffer_put_text(names, name);
    buffer_put_char(names, ' ');
    return OK;
}

TEST(tenants_have_files_beside_it_and_are_listed_by_name)
{
    static const char *const names[] = {"b", "a", "a-wal"};
    struct buffer found = buffer_new(1000);

    assert_int_equal(open_file(), OK);
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct pool_state_config config = fresh_config();
        config.tenant = text_of(names[i]);
        assert_int_equal(open_as(&config, &other), OK);
        claim(other, 1);
        assert_int_equal(pool_state_turn_end(other), OK);
        pool_state_close(&other);
    }
    write_bytes(beside("~.tenant"), 0, "", 0);
    write_bytes(beside("~c.tenant-wal"), 0, "", 0);
    write_bytes(beside(".tenant"), 0, "", 0);
    assert_int_equal(pool_state_list_tenants(file, note_tenant, &found, &problem), OK);
    assert_text(buffer_text(&found), "a-wal a b ");
    buffer_free(&found);
    claim(pools, 1);
}

TEST(removed_file_leaves_the_state_usable_and_its_name_free)
{
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    end_turn();
    pool_state_remove_file(pools);
    assert_false(there_is(""));
    assert_false(there_is("-wal"));
    other = pools;
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    claim(other, 2);
    end_turn();
    pool_state_close(&other);
    assert_true(there_is("-wal"));
    pool_state_close(&pools);
    assert_int_equal(open_file(), OK);
    claim(pools, 2);
}

/* --- refused files --- */

TEST(text_file_is_damaged)
{
    write_bytes(file, 0, "root:x:0:0:root:/root:/bin/bash\n", 32);
    assert_refused(ERR_STATE_DAMAGED, "--state-damaged=set-aside");
}

TEST(file_with_a_hole_is_damaged)
{
    static const char zeros[4096];

    assert_int_equal(open_file(), OK);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 3000), OK);
    end_turn();
    pool_state_close(&pools);
    write_bytes(file, 20 * 4096, zeros, sizeof(zeros));
    assert_refused(ERR_STATE_DAMAGED, "is damaged");
}

TEST(emptied_file_with_a_log_is_damaged)
{
    write_bytes(file, 0, "", 0);
    write_bytes(beside("-wal"), 0, "log", 3);
    assert_refused(ERR_STATE_DAMAGED, "its log is not");
    assert_true(there_is("-wal"));
}

TEST(damaged_file_is_set_aside_if_configured)
{
    struct pool_state_config config = fresh_config();
    const char *aside = beside(".damaged-20240115T103000Z");

    config.set_damaged_aside = true;
    write_bytes(file, 0, "not a database, but long enough", 31);
    write_bytes(beside("-wal"), 0, "log", 3);
    assert_int_equal(open_as(&config, &pools), OK);
    assert_string_equal(pool_state_set_aside(pools), aside);
    claim(pools, 1);
    struct buffer bytes = bytes_of(aside);
    assert_text(buffer_text(&bytes), "not a database, but long enough");
    buffer_free(&bytes);
    assert_true(there_is(".damaged-20240115T103000Z-wal"));
    pool_state_close(&pools);
    assert_int_equal(open_as(&config, &pools), OK);
    assert_null(pool_state_set_aside(pools));
}

TEST(file_set_aside_never_replaces_another)
{
    struct pool_state_config config = fresh_config();

    config.set_damaged_aside = true;
    write_bytes(beside(".damaged-20240115T103000Z"), 0, "earlier", 7);
    write_bytes(file, 0, "not a database, but long enough", 31);
    assert_int_equal(open_as(&config, &pools), ERR_STATE_FILE);
    assert_says("can't be renamed");
    assert_refused(ERR_STATE_DAMAGED, "is damaged");
}

TEST(database_of_another_program_is_foreign)
{
    run_sql(file, "CREATE TABLE t (x); PRAGMA journal_mode = WAL");
    assert_refused(ERR_STATE_FOREIGN, "another program");
}

TEST(other_schemas_are_foreign_each_with_its_sentence)
{
    static const struct {
        const char *sql, *piece;
    } rows[] = {{"PRAGMA user_version = 0", "an older version"},
                {"PRAGMA user_version = 99", "a newer version"},
                {"PRAGMA user_version = 4; DROP TABLE users", "another build"},
                {"PRAGMA user_version = 1; DROP TABLE clock; DROP INDEX sessions;"
                 "DROP TABLE pull_requests; DROP TABLE strict_goose",
                 "another build"},
                {"PRAGMA application_id = 7", "another program"}};

    assert_int_equal(open_file(), OK);
    pool_state_close(&pools);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        run_sql(file, rows[i].sql);
        assert_refused(ERR_STATE_FOREIGN, rows[i].piece);
    }
}

TEST(file_in_use_is_busy)
{
    const struct pool_state_config config = fresh_config();

    assert_int_equal(open_file(), OK);
    assert_int_equal(open_as(&config, &other), ERR_STATE_BUSY);
    assert_says("another process uses");
    claim(pools, 1);
    end_turn();
}

TEST(missing_folder_is_named)
{
    struct pool_state_config config = fresh_config();

    config.file = beside("/nowhere/state.db");
    assert_int_equal(open_as(&config, &pools), ERR_STATE_FILE);
    assert_says("No such file");
}

/* --- without memory --- */

/* Opens the file with SQLite's n-th allocation failing. Returns true if there was an n-th one. */
static bool open_failing(unsigned long n, bool for_good)
{
    struct pool_state_config config = fresh_config();

    config.set_damaged_aside = true; /* must not happen to a sound file */
    sqlite_chaos_fail_at(n, for_good);
    enum err err = open_as(&config, &pools);
    bool failed = sqlite_chaos_failed();
    sqlite_chaos_fail_at(0, false);
    if (err && err != ERR_NO_MEMORY && err != ERR_STATE_FILE)
        fail_msg("allocation %lu: %s: %s", n, err_code(err), problem.text);
    assert_true(!err || failed);
    if (!err)
        assert_null(pool_state_set_aside(pools));
    pool_state_close(&pools);
    return failed;
}

TEST(open_without_memory_leaves_the_file_unchanged)
{
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 2000), OK);
    end_turn();
    struct buffer rows = state_dump_rows(pools);
    pool_state_close(&pools);
    for (int for_good = 0; for_good < 2; for_good++)
        for (unsigned long n = 1; open_failing(n, for_good); n += chaos_stride() + n / 50)
            ;
    assert_int_equal(open_file(), OK);
    struct buffer again = state_dump_rows(pools);
    assert_true(text_equal(buffer_text(&rows), buffer_text(&again)));
    buffer_free(&rows);
    buffer_free(&again);
}

/* --- a file that can't be written --- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void pass_us(int64_t us)
{
    clock_set(&now, now.wall_ms + us / 1000, now.mono_us + us);
}

TEST(state_is_read_only_while_its_file_is_not_writable)
{
    struct pod pod;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
    end_turn();
    struct buffer before = state_dump(pools);

    limit_files(4096);
    claim(pools, 2);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(try_claim(pools, &pod), ERR_STATE_FILE);
        assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
        end_turn();
        state_assert_unchanged(pools, &before);
        pass_us(700 * 1000);
    }
    limit_files(RLIM_INFINITY);
    pass_us(1000 * 1000);
    claim(pools, 2);
    end_turn();
    buffer_free(&before);
    pool_state_close(&pools);
    assert_int_equal(open_file(), OK);
    claim(pools, 3);
}

/* Makes claims, each in its own turn, until one is lost. Returns how many were committed. */
static int64_t claim_in_turns(int64_t count)
{
    struct pod pod;
    int64_t kept = 0;

    while (kept < count && try_claim(pools, &pod) == OK && pool_state_turn_end(pools) == OK)
        kept++;
    return kept;
}

TEST(committed_claims_survive_wherever_writing_ends)
{
    const int64_t claims = 20, step_bytes = 3000;
    struct pool_state_config config = fresh_config();
    int64_t kept = 0;

    signal(SIGXFSZ, SIG_IGN);
    config.sync = POOL_STATE_SYNC_NORMAL;
    for (int64_t limit = 4096; kept < claims; limit += step_bytes) {
        assert_int_equal(open_as(&config, &pools), OK);
        limit_files((rlim_t)limit);
        kept = claim_in_turns(claims);
        limit_files(RLIM_INFINITY);
        pass_us(2000 * 1000);
        claim(pools, kept + 1);
        end_turn();
        pool_state_close(&pools);
        assert_int_equal(open_as(&config, &pools), OK);
        claim(pools, kept + 2);
        pool_state_remove_file(pools);
        pool_state_close(&pools);
    }
}

TEST(file_that_can_not_be_written_at_first_is_refused)
{
    signal(SIGXFSZ, SIG_IGN);
    limit_files(4096);
    enum err err = open_file();
    limit_files(RLIM_INFINITY);
    assert_int_equal(err, ERR_STATE_FILE);
    assert_int_equal(open_file(), OK);
    claim(pools, 1);
}
