#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks includes against docs/architecture.md: which room may include which, by which headers, and where foreign headers may be used.
. "${srcdir:-.}/tests/lint/tap.sh"

table=$top/docs/architecture.md
rules=$top/tests/lint/includes.awk

includes() { find src \( -name '*.c' -o -name '*.h' \) -exec awk -f "$rules" "$table" {} +; }

# Each room of src/ has its row.
rows() {
    for room in src/*/; do
        room=$(basename "$room")
        ls src/"$room"/*.c >/dev/null 2>&1 || continue
        grep -q "^| \`$room/\` |" "$table" || echo "$table has no row for src/$room/"
    done
}

# Prints the names that source files of two rooms have, except those that the document names.
same_names() {
    find src -mindepth 2 -name '*.c' | sed 's|.*/||' | sort | uniq -d | while read -r name; do
        sed -n '/different rooms have different names/,/^$/p' "$table" | grep -qF "\`$name\`" || echo "$name is in two rooms"
    done
}

check 'each include is one that docs/architecture.md allows' includes
check 'docs/architecture.md has a row for each room' rows
check 'source files in different rooms have different names' same_names

catches_include() {
    rm -rf "$sample/src"
    printf '#include %s\n' "$2" | sample_file "src/$1"
    catches "$1 may not include $2" includes
}
catches_include base/x.c '"http/message.h"'
catches_include http/x.c '"model/pod.h"'
catches_include http/x.c '"store/pool_state.h"'
catches_include json/x.h '"model/pod.h"'
catches_include views/x.h '"store/pool_state.h"'
catches_include store/x.c '"json/writer.h"'
catches_include store/x.c '"call/handler.h"'
catches_include api/x.c '"service/service.h"'
catches_include api/x.c '"admin/import.h"'
catches_include pods/x.c '"api/claim_once.h"'
catches_include api/x.c '"store/database.h"'
catches_include service/x.c '"gateway/gateway.h"'
catches_include service/x.c '"json/keys.h"'
catches_include gateway/x.c '"options.h"'
catches_include main.c '"service/internal.h"'
catches_include main.c '"gateway/decode.h"'
catches_include api/x.c '<sqlite3.h>'
catches_include api/x.c '<json.h>'
catches_include service/x.c '<json-c/json.h>'
catches_include gateway/connection.c '<fcgiapp.h>'
catches_include poolctl/x.c '"store/pool_state.h"'
catches_include poolctl/x.c '"json/keys.h"'
catches_include poolctl/x.c '"views/views.h"'
catches_include poolctl/x.c '<sqlite3.h>'
catches_include service/x.c '"poolctl/cli.h"'
catches_include service/x.c '<curl/curl.h>'
catches_include attic/x.c '<stdio.h>'

rm -rf "$sample/src"
sample_file src/api/pool.c </dev/null
sample_file src/store/pool.c </dev/null
catches 'a name in two rooms' same_names
finish
