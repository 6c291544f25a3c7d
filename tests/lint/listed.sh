#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the lists name each file: a test that is not in a list never runs, and a source that is not is missing in a release.
. "${srcdir:-.}/tests/lint/tap.sh"

unlisted() {
    find tests -mindepth 2 \( -name '*.[ch]' -o -name '*.mjs' -o -name '*.sh' -o -name '*.rows' \) | while IFS=/ read -r _ folder file; do
        grep -qF "%D%/$file" "tests/$folder/local.mk" || echo "tests/$folder/local.mk does not name $file"
    done
}

check 'each source below tests/ is in the list of its folder' unlisted

sample_file tests/unit/local.mk <<'X'
unit_suites = %D%/test_arena.c
X
sample_file tests/unit/test_buffer.c <<'X'
X
catches 'a suite that is in no list' unlisted
finish
