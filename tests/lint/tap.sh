# SPDX-License-Identifier: MIT
# For the lint tests, which source it: TAP, where the source is, and a folder for samples. Sets
#   top     the source tree, which is also the working directory
#   build   the build tree (where automake runs the tests)
#   sample  an empty folder, removed at the end
# A check is a command that prints a line for each complaint, so no output and exit status 0 is a pass.
# shellcheck shell=sh
set -u

# shellcheck disable=SC2034 # for those who source this
build=$(pwd -P)
top=$(CDPATH='' cd -- "${srcdir:-.}" && pwd -P) || exit 99
cd -- "$top" || exit 99
sample=$(mktemp -d "${TMPDIR:-/tmp}/pool-manager-lint.XXXXXX") || exit 99
trap 'rm -rf -- "$sample"' EXIT
cases=0

# For a test whose tool is absent.
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

# Usage: check NAME COMMAND...: passes if the command has nothing to complain of.
check() {
    name=$1
    shift
    if output=$("$@" 2>&1) && [ -z "$output" ]; then
        result pass "$name"
    else
        result fail "$name" "${output:-"$* failed without a word"}"
    fi
}

# Usage: catches NAME COMMAND...: the same command in the folder of samples, where it has to complain: proof that it can.
catches() {
    name=$1
    shift
    if output=$(cd -- "$sample" && "$@" 2>&1) || [ -n "$output" ]; then
        if [ -n "$output" ]; then
            result pass "$name"
        else
            result fail "$name" 'it found nothing to complain of'
        fi
    else
        result fail "$name" 'it failed without a word'
    fi
}

# Usage: sample_file NAME: writes standard input to that file among the samples.
sample_file() {
    mkdir -p -- "$sample/$(dirname -- "$1")"
    cat >"$sample/$1"
}

finish() { printf '1..%d\n' "$cases"; }
