#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that no source calls a banned function, and that statuses of failures are in one table only.
. "${srcdir:-.}/tests/lint/tap.sh"

strip() { awk -f "$top/tests/lint/strip.awk" "$@"; }

# These are unbounded, or have hidden state. Each has a better alternative in src/base or in the library.
banned='strcpy strcat sprintf vsprintf gets strtok atoi atol atoll atof localtime gmtime ctime asctime system popen alloca tmpnam mktemp'

banned() {
    find src tests -name '*.c' -o -name '*.h' | while read -r file; do strip "$file"; done |
        grep -E "(^|[^A-Za-z0-9_.>])($(printf %s "$banned" | tr ' ' '|'))[[:space:]]*\(" |
        sed 's/$/   (banned call)/'
}

# A test waits for a condition, with a deadline, and never for a fixed time. The benchmark is no test: it paces what it measures.
sleeps() {
    find tests -name '*.c' ! -path 'tests/bench/*' | while read -r file; do strip "$file"; done |
        grep -E '(^|[^A-Za-z0-9_])(u|nano|clock_nano)?sleep[[:space:]]*\('
}

# JSON is written by json/writer.h. A literal that contains a key and a printf directive is JSON by printf.
printed_json() {
    find src -name '*.[ch]' -exec awk '{
        rest = $0
        while (match(rest, /"([^"\\]|\\.)*"/)) {
            literal = substr(rest, RSTART, RLENGTH)
            rest = substr(rest, RSTART + RLENGTH)
            if (literal ~ /\\":/ && literal ~ /%[-+ #0-9.*lzj]*[a-zA-Z]/)
                print FILENAME ":" FNR ": JSON by printf: " literal
        }
    }' {} +
}

# base/err.def is the only list of statuses for failures. (http/message.c names the reason of each status.)
statuses() {
    for room in api service gateway store json views; do
        find "src/$room" -name '*.[ch]' 2>/dev/null | while read -r file; do strip "$file"; done |
            awk -F: '{
                code = $0
                sub(/^[^:]*:[^:]*:/, "", code)
                gsub(/[0-9A-Za-z_.]+/, " & ", code)
                n = split(code, words, /[ \t]+/)
                for (i = 1; i <= n; i++)
                    if (words[i] ~ /^[45][0-9][0-9]$/)
                        print $1 ":" $2 ": the status " words[i] " of a failure belongs to base/err.def"
            }'
    done
}

# An error is checked by an early return or by a ladder of `if (!err)`. `err || x ? err : f()` is hard to read.
mixed_checks() {
    find src tests -name '*.[ch]' | while read -r file; do strip "$file"; done |
        awk -v mixed='(return|[^=!<>]=) (!?err (\\|\\||&&)[^?]*|[^?]*(\\|\\||&&) !?err [^?]*)[?]|if [(]err [|][|].*return err [?]' '{
            code = $0
            sub(/^[^:]*:[^:]*:/, "", code)
            if (statement == "")
                place = substr($0, 1, length($0) - length(code))
            sub(/^ +/, " ", code)
            statement = statement code
            if (code ~ /[;{}]/ || code ~ /^#/) {
                if (statement ~ mixed)
                    print place statement "   (two ways to check an error in one)"
                statement = ""
            }
        }'
}

# Doubly linked lists are those of <sys/queue.h>. The heap of timers is not a list.
lists_by_hand() {
    find src -name '*.[ch]' ! -path src/base/timer.h | while read -r file; do strip "$file"; done |
        grep -E '[*](previous|prev|older)(_[a-z_]+)?[,;]' | sed 's/$/   (a list by hand)/'
}

all_of() {
    "$1"
    : # a grep without a match is not a failure
}

check 'no banned call' all_of banned
check 'no test in C sleeps' all_of sleeps
check 'no JSON by printf' printed_json
check 'an error is checked by an early return or a ladder' mixed_checks
check 'no list is linked by hand' all_of lists_by_hand
check 'no status of a failure outside base/err.def' statuses

sample_file tests/x.c <<'C'
int f(char *a, const char *b) { strcpy(a, b); usleep(1); return 0; }
C
sample_file src/api/x.c <<'C'
static void f(struct buffer *b) { buffer_printf(b, "{\"id\":\"%s\"}", id); response->status = 404; }
C
sample_file src/gateway/x.h <<'C'
struct link { struct link *next, *previous; };
C
sample_file src/store/x.c <<'C'
enum err f(bool x) { enum err err = g();
    return err || x ? err
                    : h(); }
C
catches 'strcpy' all_of banned
catches 'an error and another condition before a question mark' mixed_checks
catches 'a list by hand' all_of lists_by_hand
catches 'usleep in a test' all_of sleeps
catches 'JSON by printf, where it stands' printed_json
catches 'a 404 in a handler' statuses
rm -rf "${sample:?}/src" "${sample:?}/tests"
sample_file src/api/x.c <<'C'
/* strcpy(a, b); 404 */
static const char *text = "strcpy(a, b) and 404 %s";
static enum err f(bool x) {
    if (!err && x)
        err = g(x ? 1 : 2);
    return err ? err : x || y ? OK : h(err);
}
static int a = my_system(x.gets(1), 4040, 0x404, TEXT404);
C
mkdir "$sample/tests"
in_sample() (
    cd -- "$sample" || exit
    "$@"
)
check 'comments, texts and longer names are left alone' in_sample all_of banned
check 'and so are other numbers' in_sample statuses
check 'and a ladder, and an error alone before a question mark' in_sample mixed_checks
finish
