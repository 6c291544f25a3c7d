#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the relative links of the documents, in the source tree and where `make install` puts them.
. "${srcdir:-.}/tests/lint/tap.sh"

# Usage: headings DOCUMENT: prints the fragments of its headings, as GitHub makes them: a second `x` is `x-1`. Skips code blocks.
headings() {
    awk '/^```/ { code = !code } !code && sub(/^##* /, "")' "$1" | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g' | awk '{ n = seen[$0]++; print $0 (n ? "-" n : "") }'
}

# Usage: links_of DOCUMENT: complains about a link to a file or a heading that does not exist.
links_of() {
    grep -oE '\]\([^) ]+\)' "$1" | sed 's/^](//; s/)$//' | while IFS= read -r link; do
        case $link in *://* | mailto:*) continue ;; esac
        file=${link%%#*}
        target=${file:+$(dirname -- "$1")/$file}
        target=${target:-$1}
        if [ ! -e "$target" ]; then
            echo "$1: $link leads nowhere"
        elif [ "$link" != "$file" ] && ! headings "$target" | grep -qxF -- "${link#*#}"; then
            echo "$1: $link leads to no heading of $target"
        fi
    done
}

# Usage: links DIRECTORY: checks the documents of a tree.
links() (
    cd -- "$1" || exit
    for document in README.md docs/*.md; do
        links_of "$document"
    done
)

# Installs the documents. This make must not get the flags of the make that runs the tests. Prints its output if it fails.
install_documents() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$build" install-nobase_dist_docDATA \
        docdir=/doc DESTDIR="$sample/installed" >"$sample/make.log" 2>&1 || cat "$sample/make.log"
}

# Every document of the source tree is installed.
are_installed() {
    for document in README.md LICENSE docs/*.md; do
        [ -s "$sample/installed/doc/$document" ] || echo "$document is not installed"
    done
}

check 'each link of the source tree leads somewhere' links .
check 'the documents can be installed' install_documents
check 'each document is installed' are_installed
check 'each link of the installed documents leads somewhere' links "$sample/installed/doc"

catches_link() {
    # shellcheck disable=SC2016 # the backquotes are Markdown's
    printf '# One\n[x](%s)\n```\n# two\n```\n' "$2" | sample_file README.md
    printf '# Three\n' | sample_file docs/x.md
    catches "$1" links .
}
catches_link 'a link to no file' none.md
catches_link 'a link to no heading' '#none'
catches_link 'a link to a line of code' '#two'
catches_link 'a link to no heading of another document' 'docs/x.md#one'
catches_link 'a second heading that does not exist' '#one-1'

printf '# One\n# One\n[x](#one-1) [y](docs/x.md#three)\n' | sample_file README.md
check 'a link to a second heading of the same name is good' links "$sample"
finish
