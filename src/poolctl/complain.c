/* SPDX-License-Identifier: MIT */
#include "poolctl/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "poolctl/print.h"

int complain(int status, const char *format, ...)
{
    char *sentence = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&sentence, format, arguments) < 0)
        sentence = NULL;
    va_end(arguments);
    fputs("poolctl: ", stderr);
    print_plain(stderr, text_of(sentence ? sentence : "out of memory"));
    fputc('\n', stderr);
    free(sentence);
    return status;
}

int complain_no_memory(void)
{
    return complain(EX_OSERR, "out of memory");
}

int complain_foreign(void)
{
    return complain(EX_PROTOCOL, "the answer is not one of a Pool Manager mock; check --url");
}

int complain_failed(const struct buffer *buffer, int status, const char *sentence)
{
    return buffer->no_memory ? complain_no_memory() : complain(status, "%s", sentence);
}
