#!/bin/sh
# SPDX-License-Identifier: MIT
# Every command and option of poolctl stands in its help, its manual and its completion, and every command asks for a route that there is.
. "${srcdir:-.}/tests/lint/tap.sh"

client=$build/src/poolctl/poolctl
manual=$build/docs/poolctl.1
completion=$build/src/poolctl/completion/poolctl

commands() { sed -n 's/^COMMAND([A-Z_]*, *"\([^"]*\)".*/\1/p' src/poolctl/commands.def | sort -u; }
options() { sed -n 's/^OPTION([A-Z_]*, *"\([^"]*\)".*/\1/p' src/poolctl/options.def; }

# Usage: each LIST COMMAND: runs it with each line of the list and prints what it says.
each() { "$1" | while read -r line; do "$2" "$line"; done; }

command_in_help() { grep -qE "^  $1( |$)" "$sample/help" || echo "--help lacks $1"; }
option_in_help() { grep -qE -- "^  (-.,|   ) --$1 " "$sample/help" || echo "--help lacks --$1"; }
help_lists() {
    "$client" --help >"$sample/help" && each commands command_in_help && each options option_in_help
}

command_in_manual() { grep -qE "^\.It Cm $1( |$)" "$manual" || echo "the manual lacks $1"; }
option_in_manual() { grep -qE "^\.It .*Fl Fl $1( |$)" "$manual" || echo "the manual lacks --$1"; }
manual_lists() { each commands command_in_manual && each options option_in_manual; }

command_in_completion() { grep -qF "['$1']='" "$completion" || echo "the completion lacks $1"; }
option_in_completion() { grep -qE -- " --$1 " "$completion" || echo "the completion lacks --$1"; }
completion_lists() { each commands command_in_completion && each options option_in_completion; }

# METHOD path, as src/call/routes.def has them: without a query, and any argument is called {}.
requests() {
    awk -F'"' '/^COMMAND\(/ {
        gsub(/[ ,]/, "", $5)
        sub(/\?.*/, "", $6)
        gsub(/\{[^}]*\}/, "{}", $6)
        print $5 " " $6
    }' src/poolctl/commands.def
}
routes() {
    sed -n 's/^ROUTE(\([A-Z]*\), *"\([^"]*\)".*/\1 \2/p' src/call/routes.def | sed 's/{[^}]*}/{}/g' >"$sample/routes"
    [ -n "$(requests)" ] || echo 'no request was found: the check looks in the wrong place'
    requests | while IFS= read -r request; do
        grep -qxF -- "$request" "$sample/routes" || echo "there is no route $request"
    done
}

check 'each command and option stands in --help' help_lists
check 'each command and option stands in the manual' manual_lists
check 'each command and option stands in the completion' completion_lists
check 'each command asks for a route that there is' routes

if have mandoc; then
    check 'mandoc has nothing to say of the manual' mandoc -T lint -W warning "$manual"
fi
if have shellcheck; then
    check 'shellcheck has nothing to say of the completion' shellcheck "$completion"
fi

echo 'COMMAND(X, "no such", "", GET, "nowhere", plain, show_pods, "help")' | sample_file src/poolctl/commands.def
sample_file src/call/routes.def </dev/null
echo 'OPTION(X, "no-such", 0, TEXT, "A", EVERY, "", "", "", "help")' | sample_file src/poolctl/options.def
catches 'a command or an option that --help does not have' help_lists
catches 'one that the manual does not have' manual_lists
catches 'one that the completion does not have' completion_lists
catches 'a command without a route' routes
finish
