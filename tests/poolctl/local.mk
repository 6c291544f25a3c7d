# SPDX-License-Identifier: MIT
# The command-line client: what it sends and what it makes of the answers, against a server that answers as told. What the worker does
# about it is in tests/stack/poolctl.mjs.

poolctl_tests = \
	%D%/answers.mjs \
	%D%/arguments.mjs \
	%D%/completion.mjs \
	%D%/files.mjs \
	%D%/requests.mjs
TESTS += $(poolctl_tests)
EXTRA_DIST += $(poolctl_tests)
