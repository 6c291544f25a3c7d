/* SPDX-License-Identifier: MIT */
#include "openapi/examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/buffer.h"

enum { DOCUMENTS_MAX = 4 << 20 };

static struct buffer documents; /* one after the other, with a NUL at the end */

void examples_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char bytes[4096];
    size_t count;

    if (!documents.bytes)
        documents = buffer_new(DOCUMENTS_MAX);
    if (documents.length > 0)
        documents.length--; /* the NUL */
    while (file && (count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buffer_put(&documents, bytes, count);
    buffer_put(&documents, "", 1);
    if (!file || ferror(file) || documents.failed) {
        fprintf(stderr, "openapi-json: %s can't be read\n", path);
        exit(EX_NOINPUT);
    }
    fclose(file);
}

/* Finds the answer's head between `from` and `until`, and returns the JSON below it. */
static struct text find_answer(const char *from, const char *until, int status)
{
    char head[32];

    snprintf(head, sizeof(head), "```http\nHTTP/1.1 %d ", status);
    const char *at = strstr(from, head);
    const char *body = at ? strstr(at, "\n\n") : NULL, *end = body ? strstr(body, "\n```") : NULL;
    if (!end || at > until || body > end || (body[2] != '{' && body[2] != '['))
        return (struct text){0};
    const char *left_out = strstr(body, "\u2026\n"); /* a line that stands for several */
    if (left_out && left_out < end)
        return (struct text){0};
    return (struct text){body + 2, (size_t)(end - body) - 2};
}

struct text examples_find(const char *method, const char *pattern, int status)
{
    char heading[160];

    snprintf(heading, sizeof(heading), "\n## %s %s\n", method, pattern[0] ? pattern : "/");
    const char *chapter = documents.bytes ? strstr(documents.bytes, heading) : NULL;
    if (!chapter)
        return (struct text){0};
    const char *next = strstr(chapter + strlen(heading), "\n## ");
    return find_answer(chapter, next ? next : strchr(chapter, '\0'), status);
}
