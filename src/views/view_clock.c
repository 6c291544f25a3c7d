/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_clock_members(struct writer *writer, int64_t now_ms, bool is_frozen)
{
    writer_key(writer, "now");
    writer_time(writer, now_ms);
    writer_key(writer, "mode");
    writer_text(writer, is_frozen ? TEXT("frozen") : TEXT("real"));
}
