#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the language of comments, tables, documents and test titles: finds words and phrases that always have a plainer form.
. "${srcdir:-.}/tests/lint/tap.sh"

# Prints the prose of the tree as FILE:LINE:TEXT. In C, that is comments and the names of tests, in scripts and settings the lines of
# comments, in JavaScript and files of rows also the lines with titles, in documents everything except code, and in tables everything.
prose() {
    find . -name .git -prune -o -name 'build*' -prune -o -name node_modules -prune -o -name autom4te.cache -prune -o -type f \
        \( -name '*.[ch]' -o -name '*.def' -o -name '*.sql' -o -name '*.md' -o -name '*.in' -o -name '*.mjs' -o -name '*.sh' \
        -o -name '*.awk' -o -name '*.mk' -o -name '*.am' -o -name '*.ac' -o -name '*.m4' -o -name '*.conf' -o -name '*.template' \
        -o -name '*.lua' -o -name '*.rows' -o -name bootstrap -o -name run -o -name run-case -o -name make-instance -o -name render-switch \) \
        ! -name Makefile.in ! -name config.h.in ! -name aclocal.m4 ! -path ./tests/lint/words.sh -exec awk '
        FNR == 1 { in_comment = in_code = 0 }
        FILENAME ~ /\.(c|h|sql)$/ {
            text = ""
            rest = $0
            if (match(rest, /TEST\(.*\)/)) {
                text = substr(rest, RSTART + 5, RLENGTH - 6)
                gsub(/_/, " ", text)
            }
            while (rest != "") {
                if (in_comment) {
                    at = index(rest, "*/")
                    text = text " " (at ? substr(rest, 1, at - 1) : rest)
                    if (!at) break
                    in_comment = 0
                } else {
                    at = index(rest, "/*")
                    if (!at) break
                    in_comment = 1
                }
                rest = substr(rest, at + 2)
            }
            if (match($0, /(^| )-- /)) text = substr($0, RSTART)
            if (text != "") print FILENAME ":" FNR ":" text
            next
        }
        FILENAME ~ /\.md$/ {
            if (/^ *```/) in_code = !in_code
            if (in_code) next
            gsub(/`[^`]*`/, "X")
            print FILENAME ":" FNR ":" $0
            next
        }
        FILENAME ~ /\.rows$/ { if (/^(#|==) /) print FILENAME ":" FNR ":" $0; next }
        FILENAME ~ /\.mjs$/ { if (/(^|[ ;])\/\/ / || /[cC]ase\(/) print FILENAME ":" FNR ":" $0; next }
        FILENAME ~ /\.(def|[0-9]\.in)$/ || /^[ \t]*(#|--|dnl) / || /[;{) ]#? # / { print FILENAME ":" FNR ":" $0 }' {} +
}

# Finds the phrases, also across the end of a line. `else` is one only as the last word of a sentence or comment.
phrases() {
    prose | awk '
        function complain(phrase) {
            gsub(/^[^a-z0-9]+|[^a-z0-9]+$/, "", phrase)
            print place "\"" phrase "\" has a plainer form"
        }
        {
            split($0, field, ":")
            place = substr(field[1], 1, 2) == "./" ? substr(field[1], 3) : field[1]
            place = place ":" field[2] ": "
            text = substr($0, length(field[1]) + length(field[2]) + 3)
            gsub(/(^|[ \t])(\/\/|\/?\*+\/?|#|--|==|dnl)([ \t]|$)/, " ", text)
            gsub(/[ \t]+/, " ", text)
            text = tolower(text)
            before = field[1] == last_file && field[2] == last_line + 1 ? tail : ""
            whole = before text " "
            for (i = 1; i <= count; i++)
                if (match(whole, pattern[i]) && RSTART + RLENGTH > length(before) + 1)
                    complain(substr(whole, RSTART, RLENGTH))
            if (match(text, /(null|absent|zero|false|true|none|known|empty|-?[0-9]+),? else[.;]? ?$|, else[.;] ?$/))
                complain(substr(text, RSTART, RLENGTH))
            n = split(text, word, " ")
            tail = " " (n > 2 ? word[n - 2] " " : "") (n > 1 ? word[n - 1] " " : "") (n > 0 ? word[n] " " : "")
            last_file = field[1]
            last_line = field[2]
        }
        BEGIN {
            count = split("[^a-z]so[ -]?many[ -]?(th|eth)[^a-z]|[^a-z]so[- ]manieth|[^a-z]so many [a-z]+" \
                "@ (is|are|was|were) said (of|about|to|in|nowhere|there)[^a-z]@[^a-z](nothing|what|all that) is said[^a-z]" \
                "@[^a-z](goes|go) by (the|its|their|a|all|each)? ?(name|key|number|order|table|rule)s?[^a-z]|[^a-z]what it goes by" \
                "@[^a-z]bears (the|a|an|its|no)[^a-z]|[^a-z](is|are) borne[^a-z]" \
                "@[^a-z]whose time is over[^a-z]@[^a-z]of which nothing[^a-z]@[^a-z]who may [a-z]+" \
                "@[^a-z]for want of[^a-z]@[^a-z](is|are) told so[^a-z]@[^a-z](to|can|could|may) be had[^a-z]", pattern, "@")
        }'
}

check 'no phrase that has a plainer form' phrases

sample_file src/x.c <<'C'
/* Every so many-th request, of which nothing else
 * is said of it. */
int x; /* NULL else */
TEST(a_claim_whose_time_is_over_is_refused)
C
catches 'phrases in comments and test names' phrases
rm -rf "${sample:?}/src"
printf 'The pool answers for want\nof pods.\n' | sample_file docs/x.md
catches 'a phrase in a document' phrases
rm -rf "${sample:?}/docs"
printf "testCase('a pod that is not to be had', f);\n" | sample_file tests/x.mjs
catches 'a phrase in a test title' phrases
rm -rf "${sample:?}/tests"
printf '== a claim whose time is over is refused\nGET pools -> 200\n' | sample_file tests/x.rows
catches 'a phrase in the title of a case of rows' phrases

rm -rf "${sample:?}/tests"
sample_file src/x.c <<'C'
/* Nothing else is needed, or else it fails. */
int f(bool x) { if (x) return g("whose time is over"); else
    return 0; }
C
# shellcheck disable=SC2016 # the backquotes are Markdown's
printf 'Use `who may`:\n```\nfor want of\n```\nPay the bearer, or nothing else.\n' | sample_file docs/x.md
in_sample() (
    cd -- "$sample" || exit
    "$@"
)
check 'code, quotations and ordinary uses pass' in_sample phrases
finish
