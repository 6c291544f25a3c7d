/* SPDX-License-Identifier: MIT
 *
 * poolctl: the command-line client of a Pool Manager mock. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/standard_files.h"
#include "poolctl/arguments.h"
#include "poolctl/complain.h"
#include "poolctl/help.h"
#include "poolctl/ways.h"

/* Flushes standard output. Returns `status`, or EX_IOERR if a part of the output could not be
 * written. */
static int end_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return status ? status : complain(EX_IOERR, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    int status;

    standard_files_hold();
    status = arguments_read(argc, argv, &arguments);
    if (status != EX_OK)
        return status;
    if (arguments.options[OPTION_HELP])
        help_print(stdout);
    else if (arguments.options[OPTION_VERSION])
        puts("poolctl " POOLCTL_VERSION);
    else
        status = ways_run(&arguments);
    return end_output(status);
}
