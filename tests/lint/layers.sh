#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the files of a room form layers: no file uses another one that, directly or not, uses it. Reads the symbols of the objects.
. "${srcdir:-.}/tests/lint/tap.sh"

compiler=${POOL_MANAGER_TEST_COMPILER-cc}
have nm || skip_all 'there is no nm'
have "${compiler%% *}" || skip_all "there is no C compiler: $compiler"

# Usage: objects FOLDER ROOM: prints the names of the objects of the room. Leaves out an object whose source was deleted.
objects() {
    for object in "$1/$2"/lib*-*.o; do
        name=${object##*-}
        if [ -f "src/$2/${name%.o}.c" ]; then echo "${object##*/}"; fi
    done
}

# Usage: circles FOLDER: prints each use that leads back to its file.
circles() {
    for room in src/*/; do
        room=$(basename "$room")
        ls "src/$room"/*.c >/dev/null 2>&1 || continue
        objects "$1" "$room" | (cd -- "$1/$room" && xargs -r nm -A -P) | awk -v room="$room" '
            { file = $1; sub(/.*-/, "", file); sub(/\.o:$/, ".c", file); files[file] }
            $3 == "U" { uses[file, $2] }
            $3 ~ /^[BCDRTVW]$/ { home[$2] = file }
            END {
                for (use in uses) {
                    split(use, part, SUBSEP)
                    if (part[2] in home && home[part[2]] != part[1])
                        what[part[1], home[part[2]]] = part[2]
                }
                for (tie in what)
                    leads[tie]
                for (by in files)
                    for (from in files)
                        for (to in files)
                            if ((from, by) in leads && (by, to) in leads)
                                leads[from, to]
                for (tie in what) {
                    split(tie, part, SUBSEP)
                    if ((part[2], part[1]) in leads)
                        print room "/" part[1] " uses " part[2] " (" what[tie] "), which uses it in turn"
                }
                if (NR == 0)
                    print room "/ has no objects: the check looks in the wrong place"
            }'
    done
}

check 'the files of each room form layers' circles "$build/src"

# Usage: sample_object NAME: compiles standard input, as a source of a room.
sample_object() {
    sample_file "src/room/$1.c"
    # The compiler comes with its options.
    # shellcheck disable=SC2086
    $compiler -c -o "$sample/src/room/lib_a-$1.o" "$sample/src/room/$1.c"
}
sample_object top <<'C'
void middle(void);
void top(void);
void top(void) { middle(); }
C
sample_object middle <<'C'
void bottom(void);
void middle(void);
void middle(void) { bottom(); }
C
sample_object bottom <<'C'
void bottom(void);
void bottom(void) { }
C
in_sample() (
    cd -- "$sample" || exit
    "$@"
)
check 'layers without a circle pass' in_sample circles src
sample_object bottom <<'C'
void top(void);
void bottom(void);
void bottom(void) { top(); }
C
catches 'a circle over three files' circles src
rm "$sample"/src/room/*.o
catches 'a room without objects' circles src
finish
