/* SPDX-License-Identifier: MIT
 *
 * Prints the options' list for the man page, while building. */
#include "options.h"

int main(void)
{
    options_print_roff(stdout);
    return ferror(stdout) ? 1 : 0;
}
