#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the layout of the C sources with .clang-format. The layout depends on the version: it is that of clang-format 14 (Debian 12).
. "${srcdir:-.}/tests/lint/tap.sh"

have clang-format || skip_all 'clang-format is missing (Debian: clang-format)'
case $(clang-format --version) in
*' version 14.'*) ;;
*) skip_all "clang-format is not version 14: $(clang-format --version)" ;;
esac

layout() {
    find src tests -name '*.[ch]' ! -path src/store/schema.h \
        -exec clang-format --style="file:$top/.clang-format" --dry-run -Werror {} + 2>&1 |
        sed -n 's/^\([^: ]*\):[0-9]*:[0-9]*: error:.*/\1: clang-format -i would change it/p' | sort -u
}

# clang-format does not break every comment and literal.
width() {
    find src tests \( -name '*.[ch]' -o -name '*.def' -o -name '*.sql' \) ! -path src/store/schema.h -exec env LC_ALL=C.UTF-8 grep -HnE '^.{101}' {} + |
        sed 's/^\([^:]*:[0-9]*\):.*/\1: wider than 100 columns/'
}

check 'every C source has the layout of .clang-format' layout
check 'no line is wider than 100 columns' width

mkdir "$sample/src" "$sample/tests"
printf 'int  x;/* %100s */\n' x >"$sample/src/x.c"
catches 'another layout' layout
catches 'a wide line' width
finish
