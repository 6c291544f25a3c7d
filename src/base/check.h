/* SPDX-License-Identifier: MIT
 *
 * CHECK(condition): a precondition of our own, kept in every build. What comes from outside returns
 * an error instead; nothing on the wire can reach a CHECK that fails.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Says on standard error where and what, then aborts. */
_Noreturn void check_failed(const char *file, int line, const char *condition);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#endif
