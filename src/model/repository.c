/* SPDX-License-Identifier: MIT */
#include "model/repository.h"

#include <string.h>

/* Returns the text after the n-th separator from the end, or the whole text if there are fewer. */
static struct text after_separator(struct text url, int nth, const char *separators)
{
    for (size_t i = url.length; i > 0; i--)
        if (strchr(separators, url.at[i - 1]) && --nth == 0)
            return text_from(url, i);
    return url;
}

/* Removes slashes and ".git" from the end. Keeps a last segment that is ".git" alone. */
static struct text without_end(struct text url)
{
    url = text_trim_end(url, '/');
    struct text last = after_separator(url, 1, "/");
    if (last.length > 4 && memcmp(url.at + url.length - 4, ".git", 4) == 0)
        url.length -= 4;
    return url;
}

struct text repository_name(struct text url)
{
    return after_separator(without_end(url), 1, "/");
}

struct text repository_full_name(struct text url)
{
    return after_separator(without_end(url), 2, "/:");
}
