/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/repository.h"

TEST(names_are_the_last_segments_without_git)
{
    static const struct {
        const char *url, *name, *full;
    } rows[] = {
        {"https://github.com/o/r.git", "r", "o/r"},
        {"https://github.com/o/r", "r", "o/r"},
        {"https://github.com/o/r/", "r", "o/r"},
        {"https://github.com/o/r.git//", "r", "o/r"},
        {"git@github.com:o/r.git", "r", "o/r"},
        {"ssh://git@example.org:22/o/r", "r", "o/r"},
        {"o/r", "r", "o/r"},
        {"r", "r", "r"},
        {"a/o/r.js", "r.js", "o/r.js"},
        {".git", ".git", ".git"},
        {"o/.git", ".git", "o/.git"},
        {"", "", ""},
        {"///", "", ""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_text(repository_name(text_of(rows[i].url)), rows[i].name);
        assert_text(repository_full_name(text_of(rows[i].url)), rows[i].full);
    }
}
