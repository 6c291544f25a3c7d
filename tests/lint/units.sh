#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that systemd accepts the units without a warning, that the service stays well confined, and that systemd never gives it up.
. "${srcdir:-.}/tests/lint/tap.sh"

have systemd-analyze || skip_all 'systemd-analyze is missing (Debian: systemd)'

service=pool-manager-mock.service
template=pool-manager-mock@.service
relay=pool-manager-mock-relay.service

# Usage: prepare DIR: copies the units, with the paths of this build's programs, which are not installed.
prepare() {
    mkdir -p -- "$sample/$1" &&
        cp src/systemd/*.socket "$build"/src/systemd/*@.socket "$sample/$1" || return
    for unit in $service $template; do
        sed "s|^ExecStart=[^ ]*|ExecStart=$build/src/pool-manager-mock|" "$build/src/systemd/$unit" >"$sample/$1/$unit" || return
    done
    sed "s|^ExecStart=[^ ]*|ExecStart=$build/src/poolctl/poolctl|" "$build/src/systemd/$relay" >"$sample/$1/$relay"
}

verify() { systemd-analyze verify --man=no "$sample/$1/$service" "$sample/$1/$template" "$sample/$1/$relay"; }

# Each instance of the templates has its own sockets, folders, name and state file.
is_apart() {
    has "$1" pool-manager-mock@.socket ListenStream=/run/pool-manager-mock/%i.sock
    has "$1" pool-manager-mock-live@.socket ListenStream=/run/pool-manager-mock/%i-live.sock
    has "$1" pool-manager-mock-live@.socket Service=pool-manager-mock@%i.service
    has "$1" $template 'Sockets=pool-manager-mock@%i.socket pool-manager-mock-live@%i.socket'
    has "$1" $template StateDirectory=pool-manager-mock-%i
    has "$1" $template LogsDirectory=pool-manager-mock-%i
    grep -qxE 'ExecStart=[^ ]+ --worker-name %i --state /var/lib/pool-manager-mock-%i/state\.db' "$sample/$1/$template" ||
        echo "$template lacks a name and a state file for each instance"
}

# Usage: exposure DIR UNIT TENTHS: 6 is an exposure of 0.6.
exposure() {
    report=$(systemd-analyze security --offline=true --threshold="$3" --no-pager "$sample/$1/$2") || printf '%s\n' "$report" | tail -n 1
}

# Only this machine can be reached from the relay's unit.
stays_here() {
    has "$1" $relay IPAddressDeny=any
    [ "$(grep -c ^IPAddressAllow= "$sample/$1/$relay")" = 1 ] || echo "$relay has not exactly one IPAddressAllow="
    has "$1" $relay IPAddressAllow=localhost
}

# Usage: has DIR UNIT LINE: complains if the unit lacks the line.
has() { grep -qxF -- "$3" "$sample/$1/$2" || echo "$2 lacks $3"; }

# After a bad option, or many failures or restarts in a row, systemd still holds the socket and starts the worker again.
is_kept_up() {
    for unit in $service $relay; do
        has "$1" "$unit" StartLimitIntervalSec=0
        has "$1" "$unit" Restart=on-failure
        has "$1" "$unit" RestartSec=1s
    done
    for socket in pool-manager-mock.socket pool-manager-mock-live.socket; do
        has "$1" $socket StartLimitIntervalSec=0
        has "$1" $socket TriggerLimitBurst=200
    done
    ! grep -n '^RestartPreventExitStatus=' "$sample/$1/$service"
}

prepare units
check 'systemd-analyze verifies the units' verify units
check 'the instances of the templates share nothing' is_apart units
check 'the exposure of the worker is at most 0.6' exposure units $service 6
check 'the exposure of the relay is at most 1.2' exposure units $relay 12
check 'the relay reaches this machine only' stays_here units
check 'no number of failures or restarts makes systemd give up' is_kept_up units

prepare broken
printf 'NoSuchSetting=yes\n' >>"$sample/broken/$service"
catches 'a setting that systemd does not know' verify broken
sed -i '/^PrivateNetwork=/d' "$sample/broken/$service"
catches 'a service that is more exposed' exposure broken $service 6
sed -i '/^RestrictAddressFamilies=/d' "$sample/broken/$relay"
catches 'a relay that is more exposed' exposure broken $relay 12
printf 'IPAddressAllow=any\n' >>"$sample/broken/$relay"
catches 'a relay that reaches other machines' stays_here broken
printf 'RestartPreventExitStatus=64\n' >>"$sample/broken/$service"
catches 'a failure after which systemd starts nothing' is_kept_up broken
sed -i 's/ --state .*//' "$sample/broken/$template"
catches 'instances that share a state file' is_apart broken
finish
