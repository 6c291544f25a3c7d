# SPDX-License-Identifier: MIT
# Tests of the worker's socket with the FastCGI client of tests/lib: a directory for each suite.

include tests/lib/local.mk

wire_tests = \
	%D%/abort_before_the_end_runs_nothing/case.mjs \
	%D%/abort_of_a_streamed_list_ends_it/case.mjs \
	%D%/any_request_in_any_set_up_is_answered/case.mjs \
	%D%/answers_in_pieces_come_as_they_are_made/case.mjs \
	%D%/body_ends_with_its_content_length/case.mjs \
	%D%/body_of_another_length_is_refused/case.mjs \
	%D%/body_over_the_limit_is_413/case.mjs \
	%D%/connections_outlive_a_restart/case.mjs \
	%D%/decoding_needs_no_file/case.mjs \
	%D%/descriptors_that_run_out_are_survived/case.mjs \
	%D%/echo_is_linear_in_its_headers/case.mjs \
	%D%/half_closed_client_gets_its_answer/case.mjs \
	%D%/head_changes_nothing/case.mjs \
	%D%/head_is_one_record_and_one_send/case.mjs \
	%D%/hostile_bytes_break_nothing/case.mjs \
	%D%/kept_connection_serves_many_requests/case.mjs \
	%D%/listeners_miss_nothing_untold/case.mjs \
	%D%/lost_turn_is_told_and_changes_nothing/case.mjs \
	%D%/malformed_target_is_refused/case.mjs \
	%D%/management_records_are_answered/case.mjs \
	%D%/mount_and_target_are_found/case.mjs \
	%D%/memory_that_fails_in_a_library_changes_nothing/case.mjs \
	%D%/odd_but_sound_records_are_taken/case.mjs \
	%D%/one_request_as_cgi/case.mjs \
	%D%/options_are_checked/case.mjs \
	%D%/parked_requests_are_answered_when_due/case.mjs \
	%D%/pipelined_requests_are_answered_in_order/case.mjs \
	%D%/repeated_request_id_joins_its_claim/case.mjs \
	%D%/request_cut_at_every_byte_is_answered/case.mjs \
	%D%/requests_past_the_limit_are_busy/case.mjs \
	%D%/second_request_id_is_refused_and_the_first_goes_on/case.mjs \
	%D%/sighup_reopens_the_log_file/case.mjs \
	%D%/sigterm_answers_what_has_arrived/case.mjs \
	%D%/silent_and_half_sent_connections_hold_nobody_up/case.mjs \
	%D%/slow_reader_holds_nobody_up/case.mjs \
	%D%/sockets_are_made_or_inherited/case.mjs \
	%D%/state_file_keeps_what_there_was/case.mjs \
	%D%/state_file_on_a_full_disk_is_read_only/case.mjs \
	%D%/state_file_survives_kill_9/case.mjs \
	%D%/state_file_that_cannot_be_used_ends_the_start/case.mjs \
	%D%/stalled_standard_error_stops_no_answer/case.mjs \
	%D%/supervisor_is_notified/case.mjs \
	%D%/unknown_role_is_refused/case.mjs \
	%D%/unread_body_never_becomes_a_request/case.mjs \
	%D%/web_sockets_end_cleanly_and_in_time/case.mjs
TESTS += $(wire_tests)
LONG_TESTS += %D%/hostile_bytes_break_nothing/case.mjs %D%/kept_connection_serves_many_requests/case.mjs \
	%D%/listeners_miss_nothing_untold/case.mjs %D%/memory_that_fails_in_a_library_changes_nothing/case.mjs \
	%D%/state_file_survives_kill_9/case.mjs \
	%D%/web_sockets_end_cleanly_and_in_time/case.mjs
EXTRA_DIST += $(wire_tests)

# A worker with routes that wait, or answer in pieces.
check_PROGRAMS += %D%/parking-worker
%C%_parking_worker_SOURCES = %D%/parking_worker.c
%C%_parking_worker_LDADD = src/libpoolmanager.a $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS) $(WEBSOCKET_LIBS)

# A supervisor's socket.
check_PROGRAMS += %D%/datagrams
%C%_datagrams_SOURCES = %D%/datagrams.c

# Shows what a worker sends, with a line for each send.
check_PROGRAMS += %D%/packet-client
%C%_packet_client_SOURCES = %D%/packet_client.c

# An allocator for the worker that fails inside a library. It is a shared object, so the flags of programs do not apply. It is built
# without the sanitizers, which have their own allocator.
check_PROGRAMS += %D%/failing_allocator.so
%C%_failing_allocator_so_SOURCES = %D%/failing_allocator.c
%C%_failing_allocator_so_CFLAGS = -std=gnu11 $(WARNING_CFLAGS) -fPIC -fno-builtin
%C%_failing_allocator_so_LDFLAGS = -shared -Wl,-z,relro,-z,now,-z,noexecstack
