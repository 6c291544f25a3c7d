#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that no function has more than 60 lines, and no C file more than 600. Does not count the rows of a table, which begin with a
# brace, or are a macro followed by a comma.
. "${srcdir:-.}/tests/lint/tap.sh"

# .clang-format puts the braces of functions, and no others, at the first column.
functions() {
    find src tests -name '*.c' -exec awk '
        FNR == 1 { begin = 0 }
        /^[A-Za-z_].*\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
        /^\{/ { begin = FNR; lines = 0; next }
        /^\}/ && begin {
            if (lines > 60)
                print FILENAME ":" begin ": " name " has " lines " lines"
            begin = 0
        }
        !/^ +(\{|[A-Z]+\(.*\),$)/ { lines++ }' {} +
}

files() {
    find src tests -name '*.[ch]' ! -path src/store/schema.h -exec awk '
        FNR == 1 { lines = 0 }
        !/^ +(\{|[A-Z]+\(.*\),$)/ && ++lines == 601 { print FILENAME ": more than 600 lines" }' {} +
}

check 'no function has more than 60 lines' functions
check 'no C file has more than 600 lines' files

mkdir "$sample/src" "$sample/tests"
{
    echo 'int f(void)'
    echo '{'
    yes '    g();' | head -n 700
    echo '}'
} >"$sample/src/x.c"
catches 'a long function' functions
catches 'a long file' files
finish
