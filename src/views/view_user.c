/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_user(struct writer *writer, const struct user *user)
{
    writer_object(writer);
    writer_key(writer, "authentication_token");
    writer_text(writer, user->token);
    writer_key(writer, "created_at");
    writer_time(writer, user->created_ms);
    writer_key(writer, "email");
    writer_text(writer, user->email);
    writer_key(writer, "is_active");
    writer_bool(writer, true);
    writer_key(writer, "last_login");
    writer_time(writer, user->last_login_ms);
    writer_key(writer, "pool_count"); /* pools have no owner here, so a user has none */
    writer_number(writer, 0);
    writer_key(writer, "pools");
    writer_array(writer);
    writer_end_array(writer);
    writer_key(writer, "username");
    writer_text(writer, user->username);
    writer_end_object(writer);
}

void view_login(struct writer *writer, const struct user *user)
{
    writer_object(writer);
    writer_key(writer, "username");
    writer_text(writer, user->username);
    writer_key(writer, "role");
    writer_text(writer, TEXT("user"));
    writer_end_object(writer);
}
