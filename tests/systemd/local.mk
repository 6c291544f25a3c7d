# SPDX-License-Identifier: MIT
# Tests of the units with a real systemd. They need root, a network for debootstrap, and minutes.

systemd_tests = %D%/stays_up.mjs
LONG_TESTS += $(systemd_tests)
EXTRA_DIST += $(systemd_tests)
