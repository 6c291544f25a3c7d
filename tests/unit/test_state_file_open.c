/* SPDX-License-Identifier: MIT
 *
 * If a state file or its log can't be opened, the sentence has the errno of the open that failed.
 */
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/pool_state.h"

enum { PATH_BYTES = 256 };

static struct clock now;
static struct pool_state *pools;
static struct problem problem;
static char folder[PATH_BYTES], file[PATH_BYTES + 16];

/* Wraps open(2) (--wrap): the n-th call from now fails with EMFILE; 0: none fails. */
static unsigned open_to_fail;
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);

int __wrap_open(const char *path, int flags, mode_t mode)
{
    if (open_to_fail > 0 && --open_to_fail == 0) {
        errno = EMFILE;
        return -1;
    }
    return __real_open(path, flags, mode);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%s/state-open-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof(file), "%s/state.db", folder);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* Opens a new file with the n-th open failing. Returns true if there was an n-th one. */
static bool open_failing(unsigned n, enum err *err)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = 5,
                                             .new_pool_pods = 3,
                                             .file = file};

    make_folder();
    problem = (struct problem){0};
    open_to_fail = n;
    *err = pool_state_open(&config, &now, &pools, &problem);
    bool failed = open_to_fail == 0;
    open_to_fail = 0;
    pool_state_close(&pools);
    assert_int_equal(nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS), 0);
    return failed;
}

/* If SQLite can't make a log, it tries to open an existing one, which sets errno anew. */
TEST(failed_open_is_named_with_its_errno)
{
    const struct text end = TEXT(": Too many open files");
    unsigned n = 0, named = 0;
    enum err err;

    clock_set(&now, 1705314600000, 1000000);
    while (open_failing(++n, &err)) {
        if (!err)
            continue;
        struct text sentence = problem_sentence(&problem, err);
        assert_int_equal(err, ERR_STATE_FILE);
        if (sentence.length > end.length &&
            text_equal(text_from(sentence, sentence.length - end.length), end))
            named++;
        else if (!strstr(sentence.at, "readonly")) /* SQLite then opens the file for reading */
            fail_msg("open %u: %.*s", n, TEXT_ARGS(sentence));
    }
    assert_int_equal(err, OK);
    assert_true(named >= 2);
}
