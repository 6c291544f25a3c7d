/* SPDX-License-Identifier: MIT
 *
 * The lock of a state file (store/state_lock.h). */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/state_lock.h"

static char folder[256], file[sizeof(folder) + 16];
static struct problem problem;

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/state-lock-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/state.db", folder);
    problem = (struct problem){0};
}

static void remove_folder(void)
{
    char path[sizeof(file) + 8];

    snprintf(path, sizeof(path), "%s.lock", file);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

SUITE(.set_up = make_folder, .tear_down = remove_folder);

TEST(lock_has_one_owner_and_waits_no_longer_than_told)
{
    int lock, second;

    assert_int_equal(state_lock_take(file, 0, &lock, &problem), OK);
    assert_int_equal(state_lock_take(file, 20, &second, &problem), ERR_STATE_BUSY);
    assert_int_equal(second, -1);
    assert_non_null(strstr(problem.text, "another process uses"));
    state_lock_give(&second);
    state_lock_give(&lock);
    assert_int_equal(lock, -1);
    assert_int_equal(state_lock_take(file, 0, &second, &problem), OK);
    state_lock_give(&second);
}

TEST(lock_in_a_missing_folder_fails)
{
    char path[sizeof(file) + 16];
    int lock;

    snprintf(path, sizeof(path), "%s/nowhere/state.db", folder);
    assert_int_equal(state_lock_take(path, 20, &lock, &problem), ERR_STATE_FILE);
    assert_non_null(strstr(problem.text, "nowhere/state.db: the folder "));
    assert_non_null(strstr(problem.text, "/nowhere does not exist"));
    assert_int_equal(lock, -1);
}
