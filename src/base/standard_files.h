/* SPDX-License-Identifier: MIT
 *
 * Keeps descriptors 0 to 2 in use. A process may be started with some of them closed.
 */
#ifndef BASE_STANDARD_FILES_H
#define BASE_STANDARD_FILES_H

/* Opens /dev/null on each of descriptors 0 to 2 that is closed: 0 for writing, 1 and 2 for reading,
 * so that reading from 0 and writing to 1 and 2 still fail. Otherwise the next file that is opened
 * would become standard input, output or error. Call it before anything is opened. */
void standard_files_hold(void);

#endif
