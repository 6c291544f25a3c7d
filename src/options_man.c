/* SPDX-License-Identifier: MIT
 *
 * Prints the list of options for the man page. The build runs it. */
#include "options.h"

int main(void)
{
    options_print_roff(stdout);
    return ferror(stdout) ? 1 : 0;
}
