# SPDX-License-Identifier: MIT
# Checks each #include against the table of rooms in docs/architecture.md:
#
#     | `room/` | rooms it may include | its doors, or `all` | foreign headers that only it may include, and in which `file.c` |
#
# Usage: awk -f includes.awk architecture.md src/FILE...; prints FILE:LINE: complaint.
function list(cell, into, n, i, words) {
    gsub(/[`,()]/, " ", cell)
    n = split(cell, words, " ")
    for (i = 1; i <= n; i++)
        into[words[i]] = 1
    return n
}

function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what }

function room_of(path) { return index(path, "/") ? substr(path, 1, index(path, "/") - 1) : "" }

function own(target, from, to) {
    if (!(target ~ /\//)) {
        if (from != "")
            complain("a room does not include " target " of the floor above all rooms")
        return
    }
    if (!(to in rooms))
        complain(target " lies in no room")
    else if (from == "" || from == to) {
        if (from == "" && !door(target, to))
            complain(target " is private to " to "/")
    } else if (!((from, to) in edge))
        complain(from "/ may not include " to "/ (" target ")")
    else if (!door(target, to))
        complain(target " is private to " to "/")
}

function door(target, room) { return (room, "all") in doors || (room, substr(target, length(room) + 2)) in doors }

function foreign(header, path, i, where) {
    where = ""
    for (i = 1; i <= homes; i++) {
        if (header !~ home_of[i])
            continue
        if (path ~ ("^src/" home[i]))
            return
        where = where (where == "" ? "" : " and ") "src/" home[i]
    }
    if (where != "")
        complain("<" header "> belongs to " where " alone")
}

FILENAME ~ /architecture\.md$/ {
    if (split($0, cell, "|") < 5 || cell[2] !~ /^ `[a-z]+\/` $/)
        next
    room = cell[2]
    gsub(/[ `\/]/, "", room)
    rooms[room] = 1
    delete words
    list(cell[3], words)
    for (word in words)
        edge[room, word] = 1
    delete words
    list(cell[4], words)
    for (word in words)
        doors[room, word] = 1
    # Headers with commas between them; each may name its file.
    parts = split(cell[5], part, ",")
    for (i = 1; i <= parts; i++) {
        delete words
        list(part[i], words)
        place = room "/"
        for (word in words)
            if (word ~ /\.c$/)
                place = room "/" word
        for (word in words)
            if (word ~ /\.h$|\/$/) {
                home_of[++homes] = "^" word
                home[homes] = place
            }
    }
    next
}

FNR == 1 {
    name = FILENAME
    sub(/^src\//, "", name)
    from = room_of(name)
    if (from != "" && !(from in rooms))
        complain("the room " from "/ is not in the table of docs/architecture.md")
}

/^[ \t]*#[ \t]*include/ {
    includes++
    target = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", target)
    sub(/[">].*/, "", target)
    if ($0 ~ /include[ \t]*</)
        foreign(target, FILENAME)
    else
        own(target, from, room_of(target))
}

END {
    if (includes == 0)
        print "no include was found: the check looks in the wrong place"
}
