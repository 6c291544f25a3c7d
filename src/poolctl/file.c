/* SPDX-License-Identifier: MIT */
#include "poolctl/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poolctl/complain.h"

/* The file that a signal removes, or NULL. */
static char *volatile unfinished;

static bool is_standard(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

int input_open(const char *path, FILE **out)
{
    struct stat facts;

    *out = is_standard(path) ? stdin : fopen(path, "re");
    if (!*out)
        return complain(EX_NOINPUT, "%s: %s", path, strerror(errno));
    if (fstat(fileno(*out), &facts) == 0 && S_ISDIR(facts.st_mode))
        return complain(EX_NOINPUT, "%s: %s", path ? path : "standard input", strerror(EISDIR));
    return EX_OK;
}

void input_close(FILE **input)
{
    if (*input && *input != stdin)
        fclose(*input);
    *input = NULL;
}

static void remove_and_die(int signal_number)
{
    if (unfinished)
        unlink(unfinished);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* Makes the signals that end poolctl remove the unfinished file first. A signal that is ignored, as
 * under nohup, stays ignored. A file size limit makes writing fail instead of ending poolctl. */
static void watch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remove_and_die, .sa_flags = (int)SA_RESETHAND};
    struct sigaction old;

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static int open_temporary(struct output_file *output, mode_t mode)
{
    int fd;

    if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
        output->temporary = NULL;
        return complain_no_memory();
    }
    watch_signals();
    fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0) {
        int status = complain(EX_CANTCREAT, "%s: %s", output->path,
                              errno == ENOENT ? "its folder does not exist" : strerror(errno));
        free(output->temporary);
        output->temporary = NULL;
        return status;
    }
    unfinished = output->temporary;
    fchmod(fd, mode);
    output->to = fdopen(fd, "w");
    if (!output->to)
        close(fd);
    return output->to ? EX_OK : complain_no_memory();
}

/* True for a symbolic link whose target does not exist. A new file would replace the link. */
static bool is_dangling_link(const char *path)
{
    struct stat facts;

    return lstat(path, &facts) == 0 && S_ISLNK(facts.st_mode) && stat(path, &facts) != 0;
}

int output_open(const char *path, bool is_private, struct output_file *output)
{
    struct stat facts;

    *output = (struct output_file){.to = stdout};
    if (is_standard(path))
        return EX_OK;
    output->to = NULL;
    if (is_dangling_link(path))
        return complain(EX_CANTCREAT, "%s: the link leads to no file", path);
    output->path = realpath(path, NULL); /* the target, if it is a link */
    if (!output->path)
        output->path = strdup(path);
    if (!output->path)
        return complain_no_memory();
    if (stat(path, &facts) != 0)
        facts.st_mode = S_IFREG | mode_of_new_files();
    if (S_ISREG(facts.st_mode))
        return open_temporary(output, is_private ? 0600 : facts.st_mode & 0777);
    output->to = fopen(path, "we");
    return output->to ? EX_OK : complain(EX_CANTCREAT, "%s: %s", path, strerror(errno));
}

/* Puts the file in its place, once all its bytes are on the disk. */
static int finish(const struct output_file *output)
{
    if (!output->temporary)
        return fflush(output->to) == 0
                   ? EX_OK
                   : complain(EX_IOERR, "%s: %s", output->path, strerror(errno));
    if (fflush(output->to) != 0 || fsync(fileno(output->to)) != 0 ||
        rename(output->temporary, output->path) != 0)
        return complain(EX_IOERR, "%s: %s", output->path, strerror(errno));
    unfinished = NULL;
    return EX_OK;
}

int output_close(struct output_file *output, bool keep)
{
    int status = output->path && output->to && keep ? finish(output) : EX_OK;

    if (unfinished)
        unlink(unfinished);
    unfinished = NULL;
    if (output->path && output->to)
        fclose(output->to);
    free(output->path);
    free(output->temporary);
    *output = (struct output_file){0};
    return status;
}
