/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_error(struct writer *writer, struct text sentence, const char *code, struct text members)
{
    writer_object(writer);
    writer_key(writer, "success");
    writer_bool(writer, false);
    writer_key(writer, "error");
    writer_text(writer, sentence);
    writer_key(writer, "message"); /* the same: some clients read the one, some the other */
    writer_text(writer, sentence);
    writer_key(writer, "code");
    writer_text(writer, text_of(code));
    if (members.at)
        writer_raw(writer, members);
    writer_end_object(writer);
}
