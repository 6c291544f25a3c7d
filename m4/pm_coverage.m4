dnl SPDX-License-Identifier: MIT
dnl PM_COVERAGE: --enable-coverage builds everything with gcov's counters, and without the hardening checks, which would count as
dnl branches of the source.
AC_DEFUN([PM_COVERAGE], [
    AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build with gcov's counters])],
        [], [enable_coverage=no])
    AS_VAR_IF([enable_coverage], [yes], [
        COVERAGE_CFLAGS=--coverage
        HARDENING_CPPFLAGS=
    ])
    AC_PATH_PROG([GCOVR], [gcovr])
    AC_SUBST([COVERAGE_CFLAGS])
])
