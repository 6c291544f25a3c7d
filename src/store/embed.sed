# SPDX-License-Identifier: MIT
# schema.sql as the text of one C string: comments and blank lines go, every other line becomes a literal.
1i static const char schema_sql[] =
s/ *--.*$//
/^ *$/d
s/["\\]/\\&/g
s/^\(.*\)$/    "\1\\n"/
$a ;
