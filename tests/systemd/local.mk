# SPDX-License-Identifier: MIT
# The units under a real systemd: it takes root, a network for debootstrap, and minutes.

systemd_tests = %D%/stays_up.mjs
LONG_TESTS += $(systemd_tests)
EXTRA_DIST += $(systemd_tests)
