/* SPDX-License-Identifier: MIT
 *
 * The pages that a pod shows a person: small, without a script or anything from elsewhere.
 */
#ifndef VIEWS_PAGE_H
#define VIEWS_PAGE_H

#include "base/buffer.h"
#include "model/pod.h"

/* Text between tags or quotes: & < > " ' are escaped. */
void page_put_text(struct buffer *out, struct text text);

/* The page of a pod at one of its addresses, called `what`: names the pod, its pool, who claimed
 * it, its repositories. */
void page_put_pod(struct buffer *out, const struct pod *pod, const char *what);

/* The page of a session of its Goose. */
void page_put_session(struct buffer *out, const struct pod *pod, struct text session);

#endif
