/* SPDX-License-Identifier: MIT
 *
 * Usage: openapi-json [DOCUMENT...]
 *
 * Prints the OpenAPI document, which the worker serves as it is (GET __admin/openapi.json). The
 * build runs this program. The examples are the answers in the documents. */
#include <stdio.h>
#include <sysexits.h>

#include "config.h"
#include "openapi/document.h"
#include "openapi/examples.h"

enum { DOCUMENT_MAX = 4 << 20 };

int main(int argc, char **argv)
{
    struct buffer out = buffer_new(DOCUMENT_MAX);
    struct writer writer = writer_new(&out);

    for (int i = 1; i < argc; i++)
        examples_read(argv[i]);
    document_put(&writer, PACKAGE_VERSION);
    if (out.failed || fwrite(out.bytes, 1, out.length, stdout) != out.length ||
        fputc('\n', stdout) == EOF || fflush(stdout) != 0)
        return EX_IOERR;
    buffer_free(&out);
    return EX_OK;
}
