/* SPDX-License-Identifier: MIT
 *
 * Whether what the process says goes to systemd's journal.
 */
#ifndef BASE_JOURNAL_STREAM_H
#define BASE_JOURNAL_STREAM_H

#include <stdbool.h>

/* True if standard error is the journal's: $JOURNAL_STREAM names its device and inode
 * (systemd.exec(5)). A line there may begin with a priority such as "<3>". */
bool journal_stream_is_standard_error(void);

/* "<3>", the priority of an error, where standard error is the journal's, otherwise "". Static. */
const char *journal_stream_error_priority(void);

#endif
