/* SPDX-License-Identifier: MIT
 *
 * Goose, the AI agent of a pod: its scripted replies, and its sessions. Plain values.
 */
#ifndef MODEL_GOOSE_H
#define MODEL_GOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    SESSION_ID_MAX = 128,    /* bytes */
    SESSIONS_MAX = 1000,     /* per pod; a further one replaces the oldest */
    REPLIES_MAX = 100,       /* per script */
    REPLY_PIECES_MAX = 1000, /* per reply */
    REPLY_TOOL_CALLS_MAX = 100,
    REPLY_DELAY_MAX_MS = 3600 * 1000,
};

/* A tool call of a reply. `input` and `output` are JSON. */
struct tool_call {
    struct text name;
    struct text input;
    struct text output;
};

/* One scripted reply. */
struct goose_reply {
    struct text pattern; /* which prompts it answers; see goose_pattern_matches */
    struct text text;    /* absent: the default, an echo of the prompt */
    int64_t pieces;      /* number of pieces that the text is sent in */
    int64_t delay_ms;    /* before each piece, or before the error */
    struct text error;   /* replaces the text and the tool calls; absent: none */
    const struct tool_call *tool_calls;
    size_t tool_calls_count;
};

struct goose_session {
    int64_t number; /* counted over the whole state, from 1 */
    struct text id;
    struct text token;       /* secret, except to the session's opener */
    struct text webhook_url; /* is told what the session says; its query is secret; absent: none */
};

/* Returns true if `pattern` matches `text`. A pattern with a '*' must match the whole text
 * (base/glob.h); one without must occur in it. An empty pattern matches every text. Takes time
 * proportional to the product of both lengths at most. */
bool goose_pattern_matches(struct text pattern, struct text text);

#endif
