dnl SPDX-License-Identifier: MIT
dnl PM_SANITIZERS: --enable-sanitizers builds everything with the address and undefined-behaviour sanitizers. Errors are fatal.
AC_DEFUN([PM_SANITIZERS], [
    AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers], [build with the address and undefined sanitizers])],
        [], [enable_sanitizers=no])
    pm_sanitizers=no
    AS_VAR_IF([enable_sanitizers], [yes], [
        pm_sanitizers=address,undefined
        SANITIZER_CFLAGS="-fsanitize=$pm_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
        HARDENING_CPPFLAGS=
    ])
    AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
    AC_SUBST([SANITIZER_CFLAGS])
])
