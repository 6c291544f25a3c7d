/* SPDX-License-Identifier: MIT
 *
 * The names of a repository. A client writes it as a URL ("https://github.com/owner/repo.git",
 * "git@github.com:owner/repo") or as "owner/repo".
 */
#ifndef MODEL_REPOSITORY_H
#define MODEL_REPOSITORY_H

#include <stdint.h>

#include "base/text.h"

/* The pull requests of a repository. Their numbers begin at 1. */
struct pull_count {
    int64_t number;         /* of the repository: 1 is the first that got a pull request */
    struct text repository; /* "owner/repo" */
    int64_t newest;         /* number of the newest pull request */
};

/* Returns the last segment of the path, without slashes and ".git" at its end. Borrowed from
 * `url`. */
struct text repository_name(struct text url);

/* Returns the last two segments, "owner/repo", or the whole text if it has fewer. Without slashes
 * and ".git" at its end. Borrowed from `url`. */
struct text repository_full_name(struct text url);

#endif
