/* SPDX-License-Identifier: MIT
 *
 * The names that clients give to things and later write into a path: of pools, users, sessions,
 * snapshots (contract, section 1). Free text, as long as a front end can carry it.
 */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include "base/text.h"

/* Returns what is wrong with a name, as the end of a sentence ("is empty"), or NULL. Wrong are the
 * empty name, one that is not UTF-8, one with a control character, and one whose parts, resolved as
 * dot segments, leave nothing ("a/..") or lead above its own segment ("../../x"): a front end
 * decodes a path, takes "%2F" for a slash, and so finds another one. Empty parts count as none, as
 * nginx merges slashes. The maximum length is the caller's to check. Static. */
const char *name_fault(struct text name);

#endif
