# SPDX-License-Identifier: MIT
# Prints C sources as FILE:LINE:CODE, without comments and with empty literals, so that a search finds only code.
FNR == 1 { in_comment = 0 }
{
    rest = $0
    code = ""
    while (rest != "") {
        if (in_comment) {
            if (!match(rest, /\*\//))
                break
            in_comment = 0
            rest = substr(rest, RSTART + 2)
        } else if (match(rest, /\/\*|\/\/|"|'/)) {
            token = substr(rest, RSTART, RLENGTH)
            code = code substr(rest, 1, RSTART - 1)
            rest = substr(rest, RSTART + RLENGTH)
            if (token == "//")
                break
            if (token == "/*") {
                in_comment = 1
                continue
            }
            literal = token == "\"" ? "^([^\"\\\\]|\\\\.)*\"" : "^([^'\\\\]|\\\\.)*'"
            rest = match(rest, literal) ? substr(rest, RLENGTH + 1) : ""
            code = code token token
        } else {
            code = code rest
            break
        }
    }
    print FILENAME ":" FNR ":" code
}
