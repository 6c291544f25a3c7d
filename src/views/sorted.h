/* SPDX-License-Identifier: MIT
 *
 * Private to views: the keys of a table in the order of their bytes.
 */
#ifndef VIEWS_SORTED_H
#define VIEWS_SORTED_H

/* The place of the key that follows keys[after], or of the first if `after` is negative; `count`
 * behind the last. A NULL is no key. Time linear in `count`, for short tables. */
int sorted_next(const char *const *keys, int count, int after);

#endif
