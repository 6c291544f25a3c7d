/* SPDX-License-Identifier: MIT
 *
 * A scan of a text that ends where its memory ends, so that valgrind or a sanitizer sees a byte
 * read past it.
 */
#ifndef SCAN_COPY_H
#define SCAN_COPY_H

#include <stdlib.h>
#include <string.h>

#include "json/scan.h"

static inline enum err scan_copy(struct text json, size_t values_max, struct problem *problem)
{
    char *copy = malloc(json.length + 1);

    memcpy(copy + 1, json.at, json.length);
    enum err err = scan_json((struct text){copy + 1, json.length}, values_max, NULL, problem);
    free(copy);
    return err;
}

#endif
