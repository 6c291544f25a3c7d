/* SPDX-License-Identifier: MIT
 *
 * Names that clients choose and later use in a path: of pools, users, sessions and snapshots
 * (docs/api.md, "Names and ids"), for which any text that a front end can carry in a path is
 * allowed; and the ids of fault and callback rules.
 */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include <stdbool.h>

#include "base/text.h"

/* Returns what is wrong with a name, as the end of a sentence ("is empty"), or NULL if it is valid.
 * Static.
 *
 * Invalid names: the empty one; one that is not UTF-8; one with a control character; and one whose
 * dot segments resolve to nothing ("a/..") or to a place above the name ("../../x"). The last two
 * would reach another path, because a front end decodes "%2F" into a slash and resolves the result.
 * Empty segments are ignored, as nginx merges slashes. The caller checks the maximum length. */
const char *name_fault(struct text name);

enum { RULE_ID_MAX = 64 }; /* bytes */

/* Returns true for 1 to RULE_ID_MAX bytes of a-z A-Z 0-9 . _ - that do not begin with a dot. */
bool rule_id_is_valid(struct text id);

#endif
