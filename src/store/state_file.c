/* SPDX-License-Identifier: MIT */
#include "store/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x706d6d73 }; /* "pmms" */

/* "./" keeps SQLite from reading a relative path as ":memory:" or "file:...". */
char *state_file_path(const char *file, struct text tenant)
{
    const char *front = file[0] == '/' ? "" : "./";
    char *path = NULL;
    int length = tenant.length == 0
                     ? asprintf(&path, "%s%s", front, file)
                     : asprintf(&path, "%s%s~%.*s.tenant", front, file, TEXT_ARGS(tenant));

    return length < 0 ? NULL : path;
}

struct text state_file_tenant(struct text rest)
{
    const struct text front = TEXT("~"), end = TEXT(".tenant");

    if (rest.length <= front.length + end.length || !text_starts_with(rest, front) ||
        !text_equal(text_from(rest, rest.length - end.length), end))
        return (struct text){0};
    return (struct text){rest.at + front.length, rest.length - front.length - end.length};
}

/* --- the log beside it --- */

static char *wal_of(const char *path)
{
    char *wal = NULL;

    return asprintf(&wal, "%s-wal", path) < 0 ? NULL : wal;
}

static int64_t bytes_of(const char *path)
{
    struct stat stat_of;

    return stat(path, &stat_of) == 0 ? (int64_t)stat_of.st_size : -1;
}

/* --- errors --- */

static enum err refuse_damaged(const char *path, const char *why, struct problem *problem)
{
    return problem_set(problem, ERR_STATE_DAMAGED,
                       "state file %s is damaged (%s) and was left unchanged; put back a copy, or "
                       "start with --state-damaged=set-aside to rename it and begin a new state",
                       path, why);
}

/* The errno of the last open for writing inside SQLite that failed; 0: none. SQLite retries such an
 * open for reading, and sqlite3_system_errno then has ENOENT for a log that could not be made. */
static int open_errno;

static int open_noting(const char *path, int flags, int mode)
{
    int fd = open(path, flags, mode);

    if (fd < 0 && (flags & O_ACCMODE) == O_RDWR)
        open_errno = errno;
    return fd;
}

void state_file_watch_opens(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

    open_errno = 0;
    if (vfs && vfs->iVersion >= 3)
        vfs->xSetSystemCall(vfs, "open", (sqlite3_syscall_ptr)(void *)open_noting);
}

enum err state_file_refuse(sqlite3 *sqlite, const char *path, int result, struct problem *problem)
{
    int cause = sqlite ? sqlite3_system_errno(sqlite) : 0;
    const char *why = sqlite ? sqlite3_errmsg(sqlite) : sqlite3_errstr(result);

    if ((result & 0xff) == SQLITE_CANTOPEN && open_errno)
        cause = open_errno;
    switch (result & 0xff) {
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return refuse_damaged(path, why, problem);
    case SQLITE_BUSY:
        return problem_set(problem, ERR_STATE_BUSY,
                           "%s: another process uses this state file; stop it, or use another file",
                           path);
    default:
        return problem_set(problem, ERR_STATE_FILE, "state file %s: %s%s%s", path, why,
                           cause ? ": " : "", cause ? strerror(cause) : "");
    }
}

enum err state_file_refuse_tables(sqlite3 *sqlite, const char *path, struct problem *problem)
{
    return problem_set(problem, ERR_STATE_FOREIGN,
                       "state file %s was made by another build of this program: %s", path,
                       sqlite3_errmsg(sqlite));
}

/* --- making it --- */

/* Refuses an empty file whose write-ahead log is not empty: SQLite would delete the log. */
static enum err check_not_emptied(const char *path, struct problem *problem)
{
    char *wal = wal_of(path);

    if (!wal)
        return ERR_NO_MEMORY;
    bool is_orphan = bytes_of(path) == 0 && bytes_of(wal) > 0;
    free(wal);
    return is_orphan ? refuse_damaged(path, "the file is empty, its log is not", problem) : OK;
}

enum err state_file_make(const char *path, struct problem *problem)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return problem_set(problem, ERR_STATE_FILE, "state file %s: %m", path);
    close(fd);
    return check_not_emptied(path, problem);
}

int state_file_sign(sqlite3 *sqlite)
{
    char *sql = sqlite3_mprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                APPLICATION_ID, SCHEMA_VERSION);
    int result = sql ? sqlite3_exec(sqlite, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    return result;
}

/* --- checking it --- */

struct marks {
    int application_id, version, tables;
};

static int read_marks(sqlite3 *sqlite, struct marks *marks)
{
    static const char sql[] =
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
        " FROM pragma_application_id, pragma_user_version";
    sqlite3_stmt *query;
    int result = sqlite3_prepare_v2(sqlite, sql, -1, &query, NULL);

    if (result != SQLITE_OK)
        return result;
    if (sqlite3_step(query) == SQLITE_ROW)
        *marks = (struct marks){sqlite3_column_int(query, 0), sqlite3_column_int(query, 1),
                                sqlite3_column_int(query, 2)};
    return sqlite3_finalize(query);
}

static enum err check_marks(const struct marks *marks, const char *path, struct problem *problem)
{
    if (marks->application_id != APPLICATION_ID)
        return problem_set(problem, ERR_STATE_FOREIGN,
                           "state file %s is a database of another program", path);
    if (marks->version >= 1 && marks->version <= SCHEMA_VERSION)
        return OK;
    return problem_set(problem, ERR_STATE_FOREIGN,
                       "state file %s was made by %s version of this program (its tables have "
                       "version %d, this program needs %d): export the state with that version and "
                       "import it with this one",
                       path, marks->version < SCHEMA_VERSION ? "an older" : "a newer",
                       marks->version, SCHEMA_VERSION);
}

/* Returns SQLite's code in a line of quick_check, SQLITE_CORRUPT if it has none. quick_check also
 * reports pages that could not be read for lack of memory or a failing disk, with such a code. */
static int code_in_report(const char *report)
{
    static const char mark[] = "error code=";
    const char *at = strstr(report, mark);

    return at ? (int)strtol(at + strlen(mark), NULL, 10) : SQLITE_CORRUPT;
}

static enum err judge_report(const char *report, const char *path, struct problem *problem)
{
    int code = report ? code_in_report(report) : SQLITE_NOMEM;

    if (report && strcmp(report, "ok") == 0)
        return OK;
    if (code != SQLITE_CORRUPT)
        return state_file_refuse(NULL, path, code, problem);
    const char *last_line = strrchr(report, '\n');
    return refuse_damaged(path, last_line ? last_line + 1 : report, problem);
}

static enum err check_sound(sqlite3 *sqlite, const char *path, struct problem *problem)
{
    sqlite3_stmt *query;
    enum err err = OK;
    int result = sqlite3_prepare_v2(sqlite, "PRAGMA quick_check(1)", -1, &query, NULL);

    if (result != SQLITE_OK)
        return state_file_refuse(sqlite, path, result, problem);
    if (sqlite3_step(query) == SQLITE_ROW)
        err = judge_report((const char *)sqlite3_column_text(query, 0), path, problem);
    result = sqlite3_finalize(query);
    if (!err && result != SQLITE_OK)
        err = state_file_refuse(sqlite, path, result, problem);
    return err;
}

enum err state_file_judge(sqlite3 *sqlite, const char *path, int *version, struct problem *problem)
{
    struct marks marks = {0};
    int result = read_marks(sqlite, &marks);

    if (result != SQLITE_OK)
        return state_file_refuse(sqlite, path, result, problem);
    *version = 0;
    if (marks.tables == 0 && marks.application_id == 0)
        return OK;
    *version = marks.version;
    enum err err = check_marks(&marks, path, problem);
    return err ? err : check_sound(sqlite, path, problem);
}

/* --- setting it aside, deleting it --- */

/* Renames a file, which may be missing. Never replaces a file of the new name. */
static bool move(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 || errno == ENOENT;
}

enum err state_file_set_aside(const char *path, int64_t wall_ms, char **aside,
                              struct problem *problem)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    char stamp[32] = "";
    struct tm utc;
    char *to = NULL;

    if (gmtime_r(&seconds, &utc))
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
    if (asprintf(&to, "%s.damaged-%s", path, stamp) < 0)
        return ERR_NO_MEMORY;
    char *wal = wal_of(path), *wal_to = wal_of(to);
    enum err err = !wal || !wal_to ? ERR_NO_MEMORY : OK;
    if (!err && !(move(path, to) && move(wal, wal_to)))
        err = problem_set(problem, ERR_STATE_FILE,
                          "the damaged state file %s can't be renamed to %s: %m", path, to);
    free(wal);
    free(wal_to);
    if (err)
        free(to);
    else
        *aside = to;
    return err;
}

void state_file_remove(const char *path)
{
    char *wal = wal_of(path);

    if (wal && (unlink(wal) == 0 || errno == ENOENT))
        unlink(path);
    free(wal);
}
