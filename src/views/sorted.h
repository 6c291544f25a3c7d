/* SPDX-License-Identifier: MIT
 *
 * Visits the keys of a table in byte order. Private to the views.
 */
#ifndef VIEWS_SORTED_H
#define VIEWS_SORTED_H

/* Returns the index of the key that follows keys[after] in byte order, or of the first key if
 * `after` is negative, or `count` if there is none. NULL entries are skipped. Takes time linear in
 * `count`, so it is for short tables. */
int sorted_next(const char *const *keys, int count, int after);

#endif
