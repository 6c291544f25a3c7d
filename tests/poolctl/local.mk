# SPDX-License-Identifier: MIT
# The command-line client: what it sends, and how it shows the answers of a scripted server. The client with a real worker is in
# tests/stack/poolctl.mjs.

poolctl_tests = \
	%D%/answers.mjs \
	%D%/arguments.mjs \
	%D%/completion.mjs \
	%D%/files.mjs \
	%D%/requests.mjs
TESTS += $(poolctl_tests)
EXTRA_DIST += $(poolctl_tests)
