# SPDX-License-Identifier: MIT
# Turns a file of the web pages into C string literals, one for each line. Leaves out indentation, comments, empty
# lines, the space before a brace at a line's end, and that in a declaration of CSS.
s:^ *::
s/ {$/{/
s/^\([-a-z]*:\) \(.*;\)$/\1\2/
/^\/\//d
/^\/\*.*\*\/$/d
/^<!-- .* -->$/d
/^$/d
s/["\\]/\\&/g
s/??/?\\?/g
s/^\(.*\)$/    "\1\\n"/
