/* SPDX-License-Identifier: MIT */
#include "store/state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { TRY_EVERY_MS = 5 };

/* Tries to lock until `until_us` of the monotonic clock. Returns false with errno: EWOULDBLOCK if
 * another process has the lock. */
static bool take_until(int fd, int64_t until_us)
{
    const struct timespec pause = {.tv_nsec = TRY_EVERY_MS * 1000 * 1000};

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || clock_mono_now_us() >= until_us)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static enum err take(const char *file, const char *path, int64_t patience_ms, int *lock,
                     struct problem *problem)
{
    int64_t until_us = clock_mono_now_us() + patience_ms * 1000;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0 && take_until(fd, until_us)) {
        *lock = fd;
        return OK;
    }
    enum err err = fd >= 0 && errno == EWOULDBLOCK
                       ? problem_set(problem, ERR_STATE_BUSY,
                                     "%s: another process uses this state file; stop it, or use "
                                     "another file",
                                     file)
                       : problem_set(problem, ERR_STATE_FILE, "state file %s: its lock %s: %m",
                                     file, path);
    if (fd >= 0)
        close(fd);
    return err;
}

enum err state_lock_check(const char *file, struct problem *problem)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash == file ? strdup("/")
                   : slash       ? strndup(file, (size_t)(slash - file))
                                 : strdup(".");
    struct stat status;
    enum err err = OK;

    if (!folder)
        return ERR_NO_MEMORY;
    if (stat(folder, &status) < 0)
        err = problem_set(problem, ERR_STATE_FILE,
                          errno == ENOENT ? "state file %s: the folder %s does not exist"
                                          : "state file %s: the folder %s: %m",
                          file, folder);
    else if (!S_ISDIR(status.st_mode))
        err = problem_set(problem, ERR_STATE_FILE, "state file %s: %s is not a folder", file,
                          folder);
    free(folder);
    return err;
}

enum err state_lock_take(const char *file, int64_t patience_ms, int *lock, struct problem *problem)
{
    char *path = NULL;

    *lock = -1;
    enum err err = state_lock_check(file, problem);
    if (err)
        return err;
    if (asprintf(&path, "%s.lock", file) < 0)
        return ERR_NO_MEMORY;
    err = take(file, path, patience_ms, lock, problem);
    free(path);
    return err;
}

void state_lock_give(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
