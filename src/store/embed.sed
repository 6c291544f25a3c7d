# SPDX-License-Identifier: MIT
# schema.sql as C strings, one for each version: comments and blank lines go, every other line becomes a literal.
1i static const char *const schema_sql[] = {
s/^-- Since version .*/,/
t
s/ *--.*$//
/^ *$/d
s/["\\]/\\&/g
s/^\(.*\)$/    "\1\\n"/
$a };
