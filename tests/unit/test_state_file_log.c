/* SPDX-License-Identifier: MIT
 *
 * A state file and its write-ahead log: neither is ever left alone where that would be damage. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/pool_state.h"
#include "store/state_file.h"

static char folder[256], file[sizeof(folder) + 16], log_path[sizeof(file) + 8];
static struct clock now;
static struct problem problem;
static bool file_was_synced;

static void note_sync(int fd)
{
    struct stat synced, wanted;

    if (fstat(fd, &synced) == 0 && stat(file, &wanted) == 0 && synced.st_ino == wanted.st_ino)
        file_was_synced = true;
}

/* These replace the C library's functions, in SQLite, too. */
int fsync(int fd)
{
    note_sync(fd);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    note_sync(fd);
    return (int)syscall(SYS_fdatasync, fd);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/state-file-log-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/state.db", folder);
    snprintf(log_path, sizeof(log_path), "%s-wal", file);
    clock_set(&now, 1705314600000, 1000000);
}

static void remove_folder(void)
{
    assert_int_equal(rmdir(folder), 0);
}

SUITE(.set_up = make_folder, .tear_down = remove_folder);

static bool there_is(const char *path)
{
    return access(path, F_OK) == 0;
}

TEST(new_file_is_on_the_disk_before_it_has_a_log)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"), .file = file};
    struct pool_state *pools;

    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
    assert_true(file_was_synced);
    assert_true(there_is(log_path));
    pool_state_remove_file(pools);
    pool_state_close(&pools);
}

TEST(file_is_kept_if_its_log_can_not_be_deleted)
{
    assert_int_equal(state_file_make(file, &problem), OK);
    assert_int_equal(mkdir(log_path, 0700), 0);
    state_file_remove(file);
    assert_true(there_is(file));
    assert_int_equal(rmdir(log_path), 0);
    state_file_remove(file);
    assert_false(there_is(file));
}
