/* SPDX-License-Identifier: MIT */
#include "base/paragraph.h"

#include "base/text.h"

enum { WIDTH = 80 };

/* Prints a word, on a new line if it does not fit. Returns the column behind it. */
static int print_word(FILE *to, int indent, int column, struct text before, struct text word,
                      struct text after)
{
    int length = (int)(before.length + word.length + after.length);

    if (column > indent && column + 1 + length > WIDTH) {
        fprintf(to, "\n%*s", indent, "");
        column = indent;
    } else if (column > indent) {
        fputc(' ', to);
        column++;
    }
    fprintf(to, "%.*s%.*s%.*s", TEXT_ARGS(before), TEXT_ARGS(word), TEXT_ARGS(after));
    return column + length;
}

void paragraph_print(FILE *to, int indent, const char *text, const char *note)
{
    struct text rest = text_of(text), word;
    int column = indent;

    while (text_cut(&rest, ' ', &word))
        column = print_word(to, indent, column, TEXT(""), word, TEXT(""));
    if (note[0])
        print_word(to, indent, column, TEXT("["), text_of(note), TEXT("]"));
    fputc('\n', to);
}
