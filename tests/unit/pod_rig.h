/* SPDX-License-Identifier: MIT
 *
 * A used pod, and requests to its ports. Short words, as state_rig.h has them.
 */
#ifndef POD_RIG_H
#define POD_RIG_H

#include "front.h"

/* The pod's ports, in the path form. */
#define PORT(port, path) AT("_pod/mock-pod-1/" port path)
#define CONTROL(path) PORT("15552", path)

#define CLAIM AT("pools/default-pool/workspace?workspaceId=w%3Cx%3E")

/* Opens the service and claims mock-pod-1 by the workspace "w<x>". */
void set_up_used_pod(void);

/* Asks with the pod's password. */
struct client ask(const char *method, const char *target, const char *body);

/* The same; fails unless the answer is 200 and JSON. The caller puts it back. */
struct json_object *ask_json(const char *method, const char *target, const char *body);

/* The same; fails unless a text of the answer is that. */
void assert_answer(const char *method, const char *target, const char *body, const char *path,
                   const char *expected);

/* The same; fails unless it is refused so; `sentence` NULL: with any. */
void assert_error(const char *method, const char *target, const char *body, enum err err,
                  const char *sentence);

#endif
