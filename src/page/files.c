/* SPDX-License-Identifier: MIT */
#include "page/files.h"

#include <string.h>

#include "base/check.h"

static const struct file {
    const char *name, *text;
    size_t length;
} files[] = {
#define FILE_ROW(name, text) {name, text, sizeof(text) - 1},
#include "page/embedded.inc"
#undef FILE_ROW
};

/* Nothing inline, nothing foreign, no frame, no form, and no text that becomes HTML or code. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

static const struct type {
    const char *ending, *content_type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
};

static const char *content_type(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(strrchr(name, '.'), types[i].ending) == 0)
            return types[i].content_type;
    CHECK(!"a file of the pages has an unknown ending");
    return NULL;
}

enum err files_answer(struct call *call, struct text name)
{
    struct response *response = call->response;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (!text_equal(name, text_of(files[i].name)))
            continue;
        response->status = 200;
        response->content_type = content_type(files[i].name);
        response_add_header(response, "Content-Security-Policy", text_of(policy));
        response_add_header(response, "X-Content-Type-Options", TEXT("nosniff"));
        response_add_header(response, "Referrer-Policy", TEXT("no-referrer"));
        buffer_put(&response->body, files[i].text, files[i].length);
        return response->body.failed ? ERR_NO_MEMORY : OK;
    }
    return problem_set(call->problem, ERR_NOT_FOUND, "the pages have no file %.*s",
                       TEXT_ARGS(name));
}
