/* SPDX-License-Identifier: MIT
 *
 * Private to views: visits the keys of a table in byte order.
 */
#ifndef VIEWS_SORTED_H
#define VIEWS_SORTED_H

/* Returns the place of the key after keys[after]; of the first key if `after` is negative; `count`
 * after the last key. NULL entries are skipped. Takes time linear in `count`: for short tables. */
int sorted_next(const char *const *keys, int count, int after);

#endif
