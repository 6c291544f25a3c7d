# SPDX-License-Identifier: MIT
# Turns schema.sql into C strings, one for each version. Drops comments and blank lines; every other
# line becomes a literal.
1i static const char *const schema_sql[] = {
s/^-- Since version .*/,/
t
s/ *--.*$//
/^ *$/d
s/["\\]/\\&/g
s/^\(.*\)$/    "\1\\n"/
$a };
