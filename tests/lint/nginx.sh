#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that nginx accepts the complete server that make-instance writes, and the switch in both positions.
. "${srcdir:-.}/tests/lint/tap.sh"

nginx=${POOL_MANAGER_TEST_NGINX-}
[ -n "$nginx" ] || skip_all 'nginx is missing (Debian: nginx-light)'

# Usage: accepts DIR: prints the errors and warnings of nginx about DIR/nginx.conf.
accepts() {
    said=$("$nginx" -t -q -e "$1/error.log" -p "$1" -c "$1/nginx.conf" 2>&1) || echo "nginx -t failed"
    printf %s "$said"
}

# Usage: instance NAME: makes an instance among the samples.
instance() {
    nginx/make-instance "$sample/$1" "unix:$sample/listen.sock" "$sample/worker.sock"
}

# Usage: switched NAME VARIABLE=VALUE...: checks an instance in which the rendered switch replaces location and fence.
switched() {
    name=$1
    shift
    instance "$name" &&
        env -u USE_MOCKS -u POOL_MANAGER_BASE_URL -u POOL_MANAGER_SWITCH_PREFIX "$@" nginx/render-switch \
            >"$sample/$name/pool-manager-mock/location.conf" &&
        : >"$sample/$name/pool-manager-mock/admin-fence.conf" &&
        accepts "$sample/$name"
}

complete() { instance complete && accepts "$sample/complete"; }

scaled() {
    instance scaled &&
        cp nginx/scale-out.conf "$sample/scaled/pool-manager-mock/upstream.conf" &&
        accepts "$sample/scaled"
}

broken() {
    echo 'broken;' >>"$sample/complete/nginx.conf"
    accepts "$sample/complete"
}

check 'the complete server' complete
check 'the switch, to the mock' switched mock USE_MOCKS=true
check 'the switch, to the real service' switched real POOL_MANAGER_BASE_URL=http://127.0.0.1:9/base
check 'the complete server with several workers' scaled
catches 'a directive that nginx does not know' broken
finish
