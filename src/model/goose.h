/* SPDX-License-Identifier: MIT
 *
 * What a pod's Goose says: scripted replies, and the sessions they are said in. Plain values.
 */
#ifndef MODEL_GOOSE_H
#define MODEL_GOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    SESSION_ID_MAX = 128,    /* bytes */
    SESSIONS_MAX = 1000,     /* of a pod; past it the oldest is forgotten */
    REPLIES_MAX = 100,       /* in a script */
    REPLY_PIECES_MAX = 1000, /* of a reply's text */
    REPLY_TOOL_CALLS_MAX = 100,
    REPLY_DELAY_MAX_MS = 3600 * 1000,
};

/* A call of a tool, with JSON texts. */
struct tool_call {
    struct text name;
    struct text input;
    struct text output;
};

/* One scripted reply. */
struct goose_reply {
    struct text pattern; /* of prompts: a piece of one, or with '*' in it a glob of the whole */
    struct text text;    /* absent: the usual echo */
    int64_t pieces;      /* into how many the text is cut */
    int64_t delay_ms;    /* before each piece, or before the error */
    struct text error;   /* absent, or the sentence that the reply ends with instead of its text */
    const struct tool_call *tool_calls;
    size_t tool_calls_count;
};

struct goose_session {
    int64_t number; /* of its opening, over the whole state */
    struct text id;
    struct text token; /* a secret, but to who has opened it */
};

/* True if the whole of `text` fits `pattern`, in which each '*' is any piece; without one, if it
 * holds it. An empty pattern fits all. Time at most the product of both lengths. */
bool goose_pattern_fits(struct text pattern, struct text text);

#endif
