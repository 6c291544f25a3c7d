# SPDX-License-Identifier: MIT
# The worker behind nginx as a real browser meets it. playwright-core (npm) drives Debian's Chromium. ws_package.mjs has another client
# from npm.

browser_tests = %D%/event_source.mjs %D%/foreign_pages.mjs %D%/live_page.mjs %D%/web_socket.mjs %D%/ws_package.mjs
TESTS += $(browser_tests)
EXTRA_DIST += $(browser_tests) %D%/package.json %D%/package-lock.json
