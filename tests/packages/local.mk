# SPDX-License-Identifier: MIT
# Tests of the Debian packages in a real Debian system, and of the container image. They need root, a network for debootstrap, and minutes.

package_tests = %D%/debian.mjs %D%/image.mjs %D%/operating.mjs
LONG_TESTS += $(package_tests)
EXTRA_DIST += $(package_tests)
