# SPDX-License-Identifier: MIT
# Turns the OpenAPI document into a C string, a literal for each line.
s/["\\]/\\&/g
s/.*/    "&"/
1i static const char openapi[] =
$a ;
