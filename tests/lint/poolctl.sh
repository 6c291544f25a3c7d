#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the help, the manual and the completion of poolctl list every command and option, and that every command requests a
# route that exists.
. "${srcdir:-.}/tests/lint/tap.sh"

client=$build/src/poolctl/poolctl
manual=$build/docs/poolctl.1
completion=$build/src/poolctl/completion/poolctl

# A row's literals are awk's even fields, with the separator `"`.
commands() { rows src/poolctl/commands.def COMMAND | awk -F'"' '{ print $2 }' | sort -u; }
options() { rows src/poolctl/options.def OPTION | awk -F'"' '{ print $2 }'; }

# Usage: each LIST COMMAND: runs the command with each line of the list, and prints its complaints.
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

# "METHOD path" of each command's request, without its query. Each argument in the path is {}.
requests() {
    rows src/poolctl/commands.def COMMAND | awk -F'"' '{
        gsub(/[ ,]/, "", $5)
        sub(/\?.*/, "", $6)
        gsub(/\{[^}]*\}/, "{}", $6)
        print $5 " " $6
    }'
}
routes() {
    rows src/call/routes.def ROUTE | sed 's/^ROUTE(\([A-Z]*\), *"\([^"]*\)".*/\1 \2/; s/{[^}]*}/{}/g' >"$sample/routes"
    [ -n "$(requests)" ] || echo 'no request was found: the check looks in the wrong place'
    requests | while IFS= read -r request; do
        grep -qxF -- "$request" "$sample/routes" || echo "there is no route $request"
    done
}

check '--help lists each command and option' help_lists
check 'the manual lists each command and option' manual_lists
check 'the completion lists each command and option' completion_lists
check 'each command requests a route that exists' routes

if have mandoc; then
    check 'mandoc has no complaint about the manual' mandoc -T lint -W warning "$manual"
fi
if have shellcheck; then
    check 'shellcheck has no complaint about the completion' shellcheck "$completion"
fi

printf 'COMMAND(X, "no such", "", GET, "nowhere", plain, show_pods,\n        "help" "less")\n' | sample_file src/poolctl/commands.def
sample_file src/call/routes.def </dev/null
echo 'OPTION(X, "no-such", 0, TEXT, "A", EVERY, "", "", "", "help")' | sample_file src/poolctl/options.def
catches 'a command or an option that --help lacks' help_lists
catches 'one that the manual lacks' manual_lists
catches 'one that the completion lacks' completion_lists
catches 'a command without a route' routes
finish
