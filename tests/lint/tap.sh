# SPDX-License-Identifier: MIT
# The lint tests source this file: it writes TAP, finds the source, and makes a folder for samples. It sets
#   top     the source tree, which is also the working directory
#   build   the build tree (where automake runs the tests)
#   sample  an empty folder, removed at the end
# A check is a command that prints a line for each complaint. It passes if it prints nothing and exits with status 0.
# shellcheck shell=sh
set -u

# shellcheck disable=SC2034 # for those who source this
build=$(pwd -P)
top=$(CDPATH='' cd -- "${srcdir:-.}" && pwd -P) || exit 99
cd -- "$top" || exit 99
sample=$(mktemp -d "${TMPDIR:-/tmp}/pool-manager-lint.XXXXXX") || exit 99
trap 'rm -rf -- "$sample"' EXIT
cases=0

# Usage: skip_all REASON: ends a test whose tool is not installed.
skip_all() {
    printf '1..0 # SKIP %s\n' "$1"
    exit 0
}

have() { command -v "$1" >/dev/null 2>&1; }

# Usage: result pass|fail NAME OUTPUT
result() {
    cases=$((cases + 1))
    if [ "$1" = pass ]; then
        printf 'ok %d - %s\n' "$cases" "$2"
    else
        printf 'not ok %d - %s\n' "$cases" "$2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

# Usage: check NAME COMMAND...: passes if the command prints no complaint.
check() {
    name=$1
    shift
    if output=$("$@" 2>&1) && [ -z "$output" ]; then
        result pass "$name"
    else
        result fail "$name" "${output:-"$* failed without a complaint"}"
    fi
}

# Usage: catches NAME COMMAND...: runs the command in the folder of samples, and passes if it complains there. This proves that the
# check can fail.
catches() {
    name=$1
    shift
    if output=$(cd -- "$sample" && "$@" 2>&1) || [ -n "$output" ]; then
        if [ -n "$output" ]; then
            result pass "$name"
        else
            result fail "$name" 'it printed no complaint'
        fi
    else
        result fail "$name" 'it failed without a complaint'
    fi
}

# Usage: rows FILE.def MACRO: prints the rows of the table, each in one line. A row may extend over several lines of the file, and a
# literal over several adjacent ones.
rows() {
    awk -v macro="$2(" '
        index($0, macro) == 1 { row = ""; in_row = 1 }
        in_row {
            sub(/^ +/, " ")
            row = row $0
            if (row ~ /\)( *\/\*.*\*\/)?$/) {
                gsub(/" +"/, "", row)
                print row
                in_row = 0
            }
        }' "$1"
}

# Usage: sample_file NAME: writes standard input to that file among the samples.
sample_file() {
    mkdir -p -- "$sample/$(dirname -- "$1")"
    cat >"$sample/$1"
}

finish() { printf '1..%d\n' "$cases"; }
