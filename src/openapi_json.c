/* SPDX-License-Identifier: MIT
 *
 * Prints the OpenAPI document, which the worker serves as it is (GET __admin/openapi.json). The
 * build runs this program. */
#include <stdio.h>
#include <sysexits.h>

#include "config.h"
#include "openapi/document.h"

enum { DOCUMENT_MAX = 4 << 20 };

int main(void)
{
    struct buffer out = buffer_new(DOCUMENT_MAX);
    struct writer writer = writer_new(&out);

    document_put(&writer, PACKAGE_VERSION);
    if (out.failed || fwrite(out.bytes, 1, out.length, stdout) != out.length ||
        fputc('\n', stdout) == EOF || fflush(stdout) != 0)
        return EX_IOERR;
    buffer_free(&out);
    return EX_OK;
}
