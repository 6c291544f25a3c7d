dnl SPDX-License-Identifier: MIT
dnl PM_HARDENING: sets HARDENING_CPPFLAGS, _CFLAGS and _LDFLAGS to flags with which a memory error ends the process before it can be
dnl exploited. On by default. Leaves out _FORTIFY_SOURCE if the user's flags do not optimise, or set it themselves.
AC_DEFUN([PM_HARDENING], [
    AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [leave out PIE, RELRO, stack protector and _FORTIFY_SOURCE])],
        [], [enable_hardening=yes])
    pm_hardening=no
    AS_VAR_IF([enable_hardening], [yes], [
        m4_foreach_w([pm_flag], [-fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection],
            [PM_ADD_FLAG([HARDENING_CFLAGS], pm_flag)])
        PM_ADD_FLAG([HARDENING_LDFLAGS], [-pie])
        PM_ADD_FLAG([HARDENING_LDFLAGS], [-Wl,-z,relro,-z,now,-z,noexecstack])
        AS_CASE([" $CPPFLAGS $CFLAGS "],
            [*_FORTIFY_SOURCE* | *-fsanitize* | *" -O0 "*], [],
            [*" -O"*], [HARDENING_CPPFLAGS=-D_FORTIFY_SOURCE=2])
        pm_hardening=$(AS_ECHO(["$HARDENING_CPPFLAGS$HARDENING_CFLAGS$HARDENING_LDFLAGS"]))
    ])
    AC_SUBST([HARDENING_CPPFLAGS])
    AC_SUBST([HARDENING_CFLAGS])
    AC_SUBST([HARDENING_LDFLAGS])
])
