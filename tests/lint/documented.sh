#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the documents list what the source's tables list, and that what the documents name exists.
. "${srcdir:-.}/tests/lint/tap.sh"

worker=$build/src/pool-manager-mock
manual=$build/docs/pool-manager-mock.8

# A row's literals are awk's even fields, with the separator `"`.
options() { rows src/options.def OPTION | awk -F'"' '{ print $2 }'; }
client_options() { rows src/poolctl/options.def OPTION 2>/dev/null | awk -F'"' '{ print $2 }'; }

# Usage: each_option COMMAND: runs the command with the name of each option, and prints its complaints.
each_option() { options | while read -r option; do "$1" "$option"; done; }

in_help() { grep -qE -- "--$1( |\[=|$)" "$sample/help" || echo "--$1 is not in --help"; }
in_manual() { grep -qE "^\.It .*Fl Fl $1( |$)" "$manual" || echo "--$1 is not in the manual"; }

help_lists() {
    env -i "$worker" --help >"$sample/help" && each_option in_help
}

# The rows of the table in docs/configuration.md, made from options.def.
configuration_rows() {
    rows src/options.def OPTION | awk -F'"' '{
        letter = $3 ~ /\047.\047/ ? "`-" substr($3, index($3, "\047") + 1, 1) "`, " : ""
        initial = $4 == "" ? "none" : "`" $4 "`"
        gsub(/\|/, "\\|", $6) # as a table needs it
        print "| " letter "`--" $2 "` " $6 " | " initial " | " $8 " |"
    }'
}

# Usage: lacks DOCUMENT <rows: complains about each row that is not a line of the document.
lacks() {
    while IFS= read -r row; do
        grep -qxF -- "$row" "$1" || echo "$1 lacks the line: $row"
    done
}

configuration() { configuration_rows | lacks docs/configuration.md; }

# "METHOD path" of each route. The root's path is empty; its chapter is "GET /".
routes() { rows src/call/routes.def ROUTE | sed -e 's/^ROUTE(\([A-Z]*\), *"\([^"]*\)".*/\1 \2/' -e 's|^\([A-Z]*\) $|\1 /|'; }
# The control routes have a document of their own.
client_routes() { routes | grep -v ' __admin'; }
control_routes() { routes | grep ' __admin'; }

# Usage: chapters ROUTES DOCUMENT
chapters() { "$1" | sed 's/^/## /' | lacks "$2"; }
no_other_chapter() {
    "$1" >"$sample/routes"
    sed -n 's/^## \([A-Z][A-Z]* [a-z_/].*\)/\1/p' "$2" | while IFS= read -r chapter; do
        grep -qxF -- "$chapter" "$sample/routes" || echo "$2 has a chapter of no route: $chapter"
    done
}

# Each error's row: | status | `code` | seconds of Retry-After, empty for 0 | sentence |
codes() {
    rows src/base/err.def ERR | awk -F'"' '{
        split($1, field, /, */)
        print "| " field[2] " | `" $2 "` |" (field[3] ? " " field[3] : "") " | " $4 " |"
    }' | lacks docs/api.md
}

# The same for nginx's own errors.
nginx_codes() {
    # shellcheck disable=SC2016 # the backquotes are Markdown's
    sed -n 's/.*return \([0-9]*\) .*"error":"\([^"]*\)".*"code":"\([^"]*\)".*/| \1 | `\3` | \2 |/p' nginx/errors.conf >"$sample/nginx"
    [ -s "$sample/nginx" ] || echo 'nginx/errors.conf has no error'
    lacks docs/api.md <"$sample/nginx"
}

# True for the variable of an option, and for a name that the nginx files, the worker or make use.
known_variable() {
    options | tr '[:lower:]-' '[:upper:]_' | grep -qx -- "${1#POOL_MANAGER_}" || grep -rqw -- "$1" nginx src/options.c Makefile.am tests/*/local.mk
}

variables() {
    grep -noE 'POOL_MANAGER_[A-Z_]*[A-Z]' README.md docs/*.md docs/*.in | sort -u -t: -k3 |
        while IFS=: read -r file line name; do
            known_variable "$name" || echo "$file:$line: there is no $name"
        done
}

flags() {
    grep -noP -- "(?<![[:alnum:]])--[a-z][a-z-]+" README.md docs/*.md | sort -u -t: -k3 | while IFS=: read -r file line flag; do
        case ${flag#--} in
        check | help | version) ;;
        # of configure, systemctl, curl, bootstrap and render-switch
        enable-coverage | enable-sanitizers | prefix | with-systemdsystemunitdir | now | path-as-is | ready-file | instance | kill-whom | allow-downgrades | env-file | callbacks) ;;
        format | name | rm) ;; # of docker and podman
        *) { options; client_options; } | grep -qx -- "${flag#--}" || echo "$file:$line: there is no $flag" ;;
        esac
    done
}

check '--help lists each option' help_lists
check 'the manual lists each option' each_option in_manual
check 'docs/configuration.md lists each option, with its default' configuration
check 'each client route has a chapter in docs/api.md' chapters client_routes docs/api.md
check 'each route chapter of docs/api.md has a route' no_other_chapter client_routes docs/api.md
check 'each control route has a chapter in docs/control.md' chapters control_routes docs/control.md
check 'each route chapter of docs/control.md has a route' no_other_chapter control_routes docs/control.md
check 'docs/api.md lists each error of the worker' codes
check 'docs/api.md lists each error of nginx' nginx_codes
check 'each POOL_MANAGER_ variable in the documents exists' variables
check 'each --option in the documents exists' flags

if have mandoc; then
    check 'mandoc has no complaint about the manual' mandoc -T lint -W warning "$manual"
fi

printf '## GET pools\n## GET __admin/nothing\n' | sample_file docs/api.md
printf '## GET pools\n## GET __admin/nothing\n' | sample_file docs/control.md
printf 'ROUTE(GET,    "%s", "x", f, SHOW)\n' nowhere __admin/nowhere | sample_file src/call/routes.def
echo 'OPTION(x, "no-such", 0, TEXT, 0, 0, "a", "B", "help")' | sample_file src/options.def
echo 'ERR(X, 400, 1, "no_such", "sentence")' | sample_file src/base/err.def
echo 'POOL_MANAGER_NO_SUCH --not-there' | sample_file docs/configuration.md
catches 'an option that --help lacks' each_option in_help
catches 'an option without its row' configuration
catches 'a route without a chapter' chapters client_routes docs/api.md
catches 'a chapter without a route' no_other_chapter client_routes docs/api.md
catches 'a control route without a chapter' chapters control_routes docs/control.md
catches 'a chapter without a control route' no_other_chapter control_routes docs/control.md
catches 'an error without its row' codes
catches 'an unknown option in a document' flags
catches 'an unknown variable in a document' variables
finish
