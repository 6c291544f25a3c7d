dnl SPDX-License-Identifier: MIT
dnl PM_ADD_FLAG(VARIABLE, FLAG): adds FLAG to VARIABLE if the compiler and the linker accept it.
AC_DEFUN([PM_ADD_FLAG], [
    AS_VAR_PUSHDEF([pm_cache], [pm_cv_flag_$2])
    AC_CACHE_CHECK([whether $CC accepts $2], [pm_cache], [
        pm_saved_cflags=$CFLAGS
        CFLAGS="$CFLAGS -Werror $2"
        AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([pm_cache], [yes])], [AS_VAR_SET([pm_cache], [no])])
        CFLAGS=$pm_saved_cflags
    ])
    AS_VAR_IF([pm_cache], [yes], [$1="$$1 $2"])
    AS_VAR_POPDEF([pm_cache])
])
