#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks every shell script with shellcheck.
. "${srcdir:-.}/tests/lint/tap.sh"

have shellcheck || skip_all 'shellcheck is missing (Debian: shellcheck)'

scripts() {
    printf '%s\n' bootstrap .ci/run nginx/make-instance nginx/render-switch src/container/start \
        src/debian/pool-manager-mock.postinst src/debian/pool-manager-mock.postrm src/debian/pool-manager-mock.prerm
    find tests -name '*.sh'
    find tests -type f ! -name '*.*' -exec grep -lE '^#!.*\b(ba)?sh\b' {} +
}

shells() { scripts | while read -r script; do shellcheck -x -P "$top" -f gcc "$script"; done; }

check 'shellcheck has no complaint' shells
for script in bootstrap .ci/run nginx/make-instance nginx/render-switch src/container/start; do
    check "$script is executable" test -x "$script"
done

for script in bootstrap .ci/run nginx/make-instance nginx/render-switch tests/x.sh; do
    sample_file "$script" <<'SH'
#!/bin/sh
rm $1
SH
done
catches 'a word without quotes' shells
finish
