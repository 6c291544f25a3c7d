/* SPDX-License-Identifier: MIT
 *
 * Usage: poolctl-docs commands|options|completion
 *
 * Prints the manual's list of commands or options, or the completion's tables. The build runs it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "poolctl/help.h"

static const struct {
    const char *name;
    void (*print)(FILE *to);
} parts[] = {
    {"commands", help_print_command_items},
    {"options", help_print_option_items},
    {"completion", help_print_completion_tables},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(argv[1], parts[i].name) != 0)
            continue;
        parts[i].print(stdout);
        return fflush(stdout) == 0 && !ferror(stdout) ? EX_OK : EX_IOERR;
    }
    return EX_USAGE;
}
