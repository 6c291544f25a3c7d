# SPDX-License-Identifier: MIT
# Makes the template of a unit: the instance's name (%i) is the worker's name, and is in its sockets and folders. The name and the state
# file are arguments, because all workers read the same /etc/default/pool-manager-mock, and arguments win.

s|^Description=Pool Manager mock|& %i|
s|pool-manager-mock\.socket|pool-manager-mock@%i.socket|g
s|pool-manager-mock-live\.socket|pool-manager-mock-live@%i.socket|g
s|^Service=pool-manager-mock\.service|Service=pool-manager-mock@%i.service|
s|/run/pool-manager-mock/worker\.sock|/run/pool-manager-mock/%i.sock|
s|/run/pool-manager-mock/live\.sock|/run/pool-manager-mock/%i-live.sock|
s|^ExecStart=.*|& --worker-name %i --state /var/lib/pool-manager-mock-%i/state.db|
s|^# A state file can be put in .*|# Each worker has its own state file.|
s|/var/log/pool-manager-mock\.|/var/log/pool-manager-mock-%i.|
s|^LogsDirectory=.*|&-%i|
s|^StateDirectory=.*|&-%i|
