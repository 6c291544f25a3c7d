/* SPDX-License-Identifier: MIT
 *
 * Prints answers for people, on standard output, with one function for each shape of answer. Each
 * returns EX_OK, or an exit status after a complaint. `is_first` is false for the second and later
 * pages of a list.
 */
#ifndef POOLCTL_SHOW_H
#define POOLCTL_SHOW_H

#include <stdbool.h>

struct json_object;
struct table;

typedef int show_function(struct json_object *answer, bool is_first);

show_function show_callbacks;
show_function show_claim;
show_function show_clock;
show_function show_deliveries;
show_function show_events;
show_function show_fault;
show_function show_faults;
show_function show_leaks;
show_function show_message;
show_function show_nothing;
show_function show_pods;
show_function show_pools;
show_function show_release;
show_function show_requests;
show_function show_settings;
show_function show_snapshots;
show_function show_status;
show_function show_tenants;
show_function show_verify;

/* Complains that events are missing, as `gap` tells. */
int show_gap(struct json_object *gap);

/* Prints an event as a row of the table, which is empty at first. Each row is printed at once. */
int show_event(struct json_object *event, struct table *table);

#endif
