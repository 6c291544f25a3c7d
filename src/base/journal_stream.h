/* SPDX-License-Identifier: MIT
 *
 * Detects whether standard error is connected to systemd's journal.
 */
#ifndef BASE_JOURNAL_STREAM_H
#define BASE_JOURNAL_STREAM_H

#include <stdbool.h>

/* Returns true if standard error is connected to the journal: $JOURNAL_STREAM names the device and
 * inode of standard error (systemd.exec(5)). A line may then begin with a priority such as
 * "<3>". */
bool journal_stream_is_standard_error(void);

/* Returns "<3>", the priority of an error, if standard error is connected to the journal, otherwise
 * "". Static. */
const char *journal_stream_error_priority(void);

#endif
