# SPDX-License-Identifier: MIT
# Tests of the Debian packages in a real Debian system. They need root, a network for debootstrap, and minutes.

package_tests = %D%/debian.mjs
LONG_TESTS += $(package_tests)
EXTRA_DIST += $(package_tests)
