# SPDX-License-Identifier: MIT
# Turns a file of the web pages into C string literals, one for each line. Leaves out indentation, comments and
# empty lines.
s:^ *::
/^\/\//d
/^\/\*.*\*\/$/d
/^<!-- .* -->$/d
/^$/d
s/["\\]/\\&/g
s/??/?\\?/g
s/^\(.*\)$/    "\1\\n"/
