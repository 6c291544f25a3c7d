/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_clock_members(struct writer *writer, int64_t now_ms, bool is_frozen)
{
    writer_member_time(writer, "now", now_ms);
    writer_member_text(writer, "mode", is_frozen ? TEXT("frozen") : TEXT("real"));
}
