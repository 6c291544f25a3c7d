/* SPDX-License-Identifier: MIT
 *
 * The HTML pages of a pod: small, without scripts and without content from other hosts.
 */
#ifndef VIEWS_PAGE_H
#define VIEWS_PAGE_H

#include "base/buffer.h"
#include "model/pod.h"

/* Writes text between tags or quotes: escapes & < > " and '. */
void page_put_text(struct buffer *out, struct text text);

/* Writes the page of a pod at one of its addresses, whose title is `what`. The page names the pod,
 * its pool, its claimant and its repositories. */
void page_put_pod(struct buffer *out, const struct pod *pod, const char *what);

/* Writes the page of a session of the pod's Goose. */
void page_put_session(struct buffer *out, const struct pod *pod, struct text session);

#endif
