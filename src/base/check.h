/* SPDX-License-Identifier: MIT
 *
 * CHECK(condition) asserts a precondition, in every build. It is for bugs only: bad input returns
 * an error, and no input can make a CHECK fail.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Writes the file, the line and the condition to standard error, then aborts. */
_Noreturn void check_failed(const char *file, int line, const char *condition);

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#endif
