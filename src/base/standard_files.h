/* SPDX-License-Identifier: MIT
 *
 * Descriptors 0 to 2, which a process may be started without.
 */
#ifndef BASE_STANDARD_FILES_H
#define BASE_STANDARD_FILES_H

/* What is opened first would take the place of a standard file that is closed, and get what is
 * meant for this. So something is put there that can be used for nothing. To be called first thing.
 */
void standard_files_hold(void);

#endif
