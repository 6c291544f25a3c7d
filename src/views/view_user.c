/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_user(struct writer *writer, const struct user *user)
{
    writer_object(writer);
    writer_member_text(writer, "authentication_token", user->token);
    writer_member_time(writer, "created_at", user->created_ms);
    writer_member_text(writer, "email", user->email);
    writer_member_bool(writer, "is_active", true);
    writer_member_time(writer, "last_login", user->last_login_ms);
    /* pools have no owner in the mock, so no user has pools */
    writer_member_number(writer, "pool_count", 0);
    writer_member_array(writer, "pools");
    writer_end_array(writer);
    writer_member_text(writer, "username", user->username);
    writer_end_object(writer);
}

void view_login(struct writer *writer, const struct user *user)
{
    writer_object(writer);
    writer_member_text(writer, "username", user->username);
    writer_member_text(writer, "role", TEXT("user"));
    writer_end_object(writer);
}
