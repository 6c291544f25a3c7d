/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_error(struct writer *writer, struct text sentence, const char *code, struct text members)
{
    writer_object(writer);
    writer_member_bool(writer, "success", false);
    writer_member_text(writer, "error", sentence);
    /* the same sentence: some clients read `error`, others `message` */
    writer_member_text(writer, "message", sentence);
    writer_member_text(writer, "code", text_of(code));
    if (members.at)
        writer_raw(writer, members);
    writer_end_object(writer);
}
