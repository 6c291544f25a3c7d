dnl SPDX-License-Identifier: MIT
dnl PM_WARNINGS: sets WARNING_CFLAGS to the warnings that the code must not cause. --enable-werror makes them errors.
AC_DEFUN([PM_WARNINGS], [
    AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])], [], [enable_werror=no])
    m4_foreach_w([pm_flag],
        [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
         -Wcast-qual -Wformat=2 -Wundef -Wimplicit-fallthrough -Wnull-dereference],
        [PM_ADD_FLAG([WARNING_CFLAGS], pm_flag)])
    AS_VAR_IF([enable_werror], [yes], [WARNING_CFLAGS="$WARNING_CFLAGS -Werror"])
    AC_SUBST([WARNING_CFLAGS])
])
