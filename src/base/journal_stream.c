/* SPDX-License-Identifier: MIT */
#include "base/journal_stream.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

bool journal_stream_is_standard_error(void)
{
    struct text inode = text_of(getenv("JOURNAL_STREAM")), device;
    uint64_t device_number, inode_number;
    struct stat status;

    return text_cut(&inode, ':', &device) && inode.at &&
           text_to_number(device, UINT64_MAX / 2, &device_number) &&
           text_to_number(inode, UINT64_MAX / 2, &inode_number) &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device_number &&
           status.st_ino == inode_number;
}

const char *journal_stream_error_priority(void)
{
    return journal_stream_is_standard_error() ? "<3>" : "";
}
