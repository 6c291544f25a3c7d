#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that each header compiles alone, and that each source begins with its licence and a description.
. "${srcdir:-.}/tests/lint/tap.sh"

compiler=${POOL_MANAGER_TEST_COMPILER-cc}
have "${compiler%% *}" || skip_all "there is no C compiler: $compiler"

# The compiler comes with its options.
# shellcheck disable=SC2086
compile() { $compiler -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Isrc -I"$build/src" -x c -; }

# Includes each header twice, without any other header before it.
alone() {
    find src -name '*.h' ! -path src/store/schema.h | while read -r header; do
        name=${header#src/}
        printf '#include "%s"\n#include "%s"\n' "$name" "$name" |
            compile 2>&1 |
            sed "s|^|$header: |"
    done
}

guards() {
    find src -name '*.h' ! -path src/store/schema.h | while read -r header; do
        guard=$(printf %s "${header#src/}" | tr 'a-z/.' 'A-Z__')
        grep -qx "#ifndef $guard" "$header" && grep -qx "#define $guard" "$header" ||
            echo "$header: its guard is not $guard"
    done
}

licence() {
    find src tests \( -name '*.[ch]' -o -name '*.def' \) ! -path src/store/schema.h -exec awk '
        FNR == 1 && !/^\/\* SPDX-License-Identifier: MIT( \*\/)?$/ { print FILENAME ": does not begin with the licence" }' {} +
}

# A header or a table begins with a description, directly after the licence.
heads() {
    find src \( -name '*.h' -o -name '*.def' \) ! -path src/store/schema.h -exec awk '
        FNR == 1 && /\*\// { print FILENAME ": has no description" }
        FNR == 3 && !/^ \* [^ ]/ { print FILENAME ": has no description after the licence" }' {} +
}

check 'each header compiles alone, and twice' alone
check 'each guard is named after its file' guards
check 'each source begins with its licence' licence
check 'each header and each table begins with a description' heads

sample_file src/needs_more.h <<'C'
/* SPDX-License-Identifier: MIT */
#ifndef WRONG_H
#define WRONG_H
size_t f(void);
#endif
C
sample_file tests/x.c <<'C'
int x;
C
catches 'a header that needs another one first' alone
catches 'a guard with another name' guards
catches 'a source without a licence' licence
catches 'a header without a description' heads
finish
