/* SPDX-License-Identifier: MIT
 *
 * Prints a part of the manual or of the completion, while building: `commands`, `options` or
 * `completion`. */
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
