/* SPDX-License-Identifier: MIT
 *
 * The HTML pages of a pod: small, without scripts and without content from other hosts.
 */
#ifndef VIEWS_PAGE_H
#define VIEWS_PAGE_H

#include "base/buffer.h"
#include "model/pod.h"

/* Writes text for an element or a quoted attribute: escapes & < > " and '. */
void page_put_text(struct buffer *out, struct text text);

/* Writes the page that a pod serves at one of its addresses. `what` is the title, such as "IDE".
 * The page shows the pod, its pool, its claimant and its repositories. */
void page_put_pod(struct buffer *out, const struct pod *pod, const char *what);

/* Writes the page of a session of the pod's Goose. */
void page_put_session(struct buffer *out, const struct pod *pod, struct text session);

#endif
