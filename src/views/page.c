/* SPDX-License-Identifier: MIT */
#include "views/page.h"

static struct text entity_of(char byte)
{
    switch (byte) {
    case '&':
        return TEXT("&amp;");
    case '<':
        return TEXT("&lt;");
    case '>':
        return TEXT("&gt;");
    case '"':
        return TEXT("&quot;");
    case '\'':
        return TEXT("&#39;");
    default:
        return (struct text){0};
    }
}

void page_put_text(struct buffer *out, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        struct text entity = entity_of(text.at[i]);
        if (entity.at)
            buffer_put_text(out, entity);
        else
            buffer_put_char(out, text.at[i]);
    }
}

static void put_row(struct buffer *out, const char *name, struct text value)
{
    buffer_printf(out, "<dt>%s</dt><dd>", name);
    page_put_text(out, value.at ? value : TEXT("nobody"));
    buffer_put_text(out, TEXT("</dd>\n"));
}

static void begin_page(struct buffer *out, const struct pod *pod, const char *what)
{
    buffer_put_text(out, TEXT("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                              "<title>"));
    pod_put_subdomain(out, pod);
    buffer_printf(out, ": %s</title></head>\n<body>\n<h1>", what);
    pod_put_subdomain(out, pod);
    buffer_printf(out, "</h1>\n<p>%s of a pod of the Pool Manager mock.</p>\n<dl>\n", what);
    put_row(out, "Pool", pod->pool_name);
    put_row(out, "Claimed by", pod->claimed_by);
}

static void end_page(struct buffer *out)
{
    buffer_put_text(out, TEXT("</dl>\n</body>\n</html>\n"));
}

void page_put_pod(struct buffer *out, const struct pod *pod, const char *what)
{
    begin_page(out, pod, what);
    for (size_t i = 0; i < pod->repositories_count; i++)
        put_row(out, "Repository", pod->repositories[i]);
    end_page(out);
}

void page_put_session(struct buffer *out, const struct pod *pod, struct text session)
{
    begin_page(out, pod, "Goose");
    put_row(out, "Session", session);
    end_page(out);
}
