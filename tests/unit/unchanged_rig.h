/* SPDX-License-Identifier: MIT
 *
 * Requests that ask for what is already so, which leave the state unchanged to the byte, and what
 * GET shows, sent back.
 */
#ifndef UNCHANGED_RIG_H
#define UNCHANGED_RIG_H

#include "front.h"

/* Asks as a pod's own client may, and gives the status. A millisecond passes with each request, so
 * that a time stamp which is set anew is seen. `json` may be NULL. */
int timed_ask(const char *method, const char *path, const char *body, struct json_object **json);

/* Fails unless the answer has that status and no row of the state is another one after it. */
void ask_nothing_new(int status, const char *method, const char *path, const char *body);

/* A member of what GET shows. The caller puts `*whole` back when it has used the member. */
struct json_object *shown(const char *path, const char *member, struct json_object **whole);

/* Sends JSON that says nothing new; the answer has to be 200. */
void send_back(const char *method, const char *path, struct json_object *json);

/* Sends a pool's configuration back as GET shows it, and the pool as the answer shows that. */
void send_pool_back(const char *method, const char *path);

/* Moves the clock by actions that move nothing. */
void move_clock_nowhere(void);

#endif
