/* SPDX-License-Identifier: MIT
 *
 * What a repository is called. Clients name one by a URL ("https://github.com/owner/repo.git",
 * "git@github.com:owner/repo") or by "owner/repo".
 */
#ifndef MODEL_REPOSITORY_H
#define MODEL_REPOSITORY_H

#include <stdint.h>

#include "base/text.h"

/* The pull requests of a repository, which are numbered from 1 on. */
struct pull_count {
    int64_t number; /* of the repository: its place in the order of their first pull requests */
    struct text repository; /* "owner/repo" */
    int64_t newest;         /* the number of the newest */
};

/* The last part of its path, without ".git" and slashes at the end. Borrowed from `url`. */
struct text repository_name(struct text url);

/* The last two parts: "owner/repo"; all of it where it has fewer. Borrowed from `url`. */
struct text repository_full_name(struct text url);

#endif
