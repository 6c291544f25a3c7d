# SPDX-License-Identifier: MIT
# The unit tests: a program for each module (and one for the scanner's grammar), linked with the worker's library and an allocator that fails on order.

unit_cpp_flags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JSON_C_CFLAGS)
unit_link_flags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
unit_link_with = %D%/libunit.a src/libpoolmanager.a $(CMOCKA_LIBS) $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS)
unit_tests =
check_LIBRARIES =

EXTRA_DIST += %D%/no_cmocka.sh

if HAVE_CMOCKA
check_LIBRARIES += %D%/libunit.a
%C%_libunit_a_SOURCES = %D%/chaos.c %D%/chaos.h %D%/dice.c %D%/dice.h %D%/unit.h

unit_tests += \
	%D%/test_arena \
	%D%/test_buffer \
	%D%/test_clock \
	%D%/test_err \
	%D%/test_hash \
	%D%/test_log \
	%D%/test_message \
	%D%/test_reader \
	%D%/test_router \
	%D%/test_scan \
	%D%/test_scan_rows \
	%D%/test_text \
	%D%/test_timer \
	%D%/test_uri \
	%D%/test_writer
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += %D%/no_cmocka.sh
endif

%C%_test_arena_SOURCES = %D%/test_arena.c
%C%_test_arena_CPPFLAGS = $(unit_cpp_flags)
%C%_test_arena_LDFLAGS = $(unit_link_flags)
%C%_test_arena_LDADD = $(unit_link_with)

%C%_test_buffer_SOURCES = %D%/test_buffer.c
%C%_test_buffer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_buffer_LDFLAGS = $(unit_link_flags)
%C%_test_buffer_LDADD = $(unit_link_with)

%C%_test_clock_SOURCES = %D%/test_clock.c
%C%_test_clock_CPPFLAGS = $(unit_cpp_flags)
%C%_test_clock_LDFLAGS = $(unit_link_flags)
%C%_test_clock_LDADD = $(unit_link_with)

%C%_test_err_SOURCES = %D%/test_err.c
%C%_test_err_CPPFLAGS = $(unit_cpp_flags)
%C%_test_err_LDFLAGS = $(unit_link_flags)
%C%_test_err_LDADD = $(unit_link_with)

%C%_test_hash_SOURCES = %D%/test_hash.c
%C%_test_hash_CPPFLAGS = $(unit_cpp_flags)
%C%_test_hash_LDFLAGS = $(unit_link_flags)
%C%_test_hash_LDADD = $(unit_link_with)

%C%_test_log_SOURCES = %D%/test_log.c
%C%_test_log_CPPFLAGS = $(unit_cpp_flags)
%C%_test_log_LDFLAGS = $(unit_link_flags)
%C%_test_log_LDADD = $(unit_link_with)

%C%_test_message_SOURCES = %D%/test_message.c
%C%_test_message_CPPFLAGS = $(unit_cpp_flags)
%C%_test_message_LDFLAGS = $(unit_link_flags)
%C%_test_message_LDADD = $(unit_link_with)

%C%_test_reader_SOURCES = %D%/test_reader.c
%C%_test_reader_CPPFLAGS = $(unit_cpp_flags)
%C%_test_reader_LDFLAGS = $(unit_link_flags) -Wl,--wrap=json_tokener_new_ex
%C%_test_reader_LDADD = $(unit_link_with)

%C%_test_router_SOURCES = %D%/test_router.c
%C%_test_router_CPPFLAGS = $(unit_cpp_flags)
%C%_test_router_LDFLAGS = $(unit_link_flags)
%C%_test_router_LDADD = $(unit_link_with)

%C%_test_scan_SOURCES = %D%/test_scan.c %D%/scan_copy.h
%C%_test_scan_CPPFLAGS = $(unit_cpp_flags)
%C%_test_scan_LDFLAGS = $(unit_link_flags)
%C%_test_scan_LDADD = $(unit_link_with)

%C%_test_scan_rows_SOURCES = %D%/test_scan_rows.c %D%/scan_copy.h
%C%_test_scan_rows_CPPFLAGS = $(unit_cpp_flags)
%C%_test_scan_rows_LDFLAGS = $(unit_link_flags)
%C%_test_scan_rows_LDADD = $(unit_link_with)

%C%_test_text_SOURCES = %D%/test_text.c
%C%_test_text_CPPFLAGS = $(unit_cpp_flags)
%C%_test_text_LDFLAGS = $(unit_link_flags)
%C%_test_text_LDADD = $(unit_link_with)

%C%_test_timer_SOURCES = %D%/test_timer.c
%C%_test_timer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_timer_LDFLAGS = $(unit_link_flags)
%C%_test_timer_LDADD = $(unit_link_with)

%C%_test_uri_SOURCES = %D%/test_uri.c
%C%_test_uri_CPPFLAGS = $(unit_cpp_flags)
%C%_test_uri_LDFLAGS = $(unit_link_flags)
%C%_test_uri_LDADD = $(unit_link_with)

%C%_test_writer_SOURCES = %D%/test_writer.c
%C%_test_writer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_writer_LDFLAGS = $(unit_link_flags)
%C%_test_writer_LDADD = $(unit_link_with)

# Each unit program under valgrind: an error or a lost block fails it. Needs a build without sanitizers.
.PHONY: check-valgrind
check-valgrind: $(unit_tests)
	@test -n "$(VALGRIND)" || { echo "valgrind is missing (Debian: valgrind)" >&2; exit 1; }; \
	passed=0; failed=0; \
	for program in $(unit_tests); do \
	    if $(VALGRIND) -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=all ./$$program \
	        > $$program.valgrind 2>&1; \
	    then passed=$$((passed + 1)); \
	    else failed=$$((failed + 1)); echo "not ok - $$program"; cat $$program.valgrind; fi; \
	done; \
	echo "valgrind: $$passed passed, $$failed failed"; \
	test $$failed -eq 0
CLEANFILES += $(unit_tests:=.valgrind)
