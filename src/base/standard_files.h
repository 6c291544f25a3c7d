/* SPDX-License-Identifier: MIT
 *
 * Descriptors 0 to 2. A process may be started with some of them closed.
 */
#ifndef BASE_STANDARD_FILES_H
#define BASE_STANDARD_FILES_H

/* Opens /dev/null in the place of each standard file that is closed, in the direction that makes
 * every use fail. Otherwise the next file opened would get its number, and its input or output.
 * Call it before anything is opened. */
void standard_files_hold(void);

#endif
