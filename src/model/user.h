/* SPDX-License-Identifier: MIT
 *
 * A user of the Pool Manager. Plain values; the store fills them, the views show them.
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    USERNAME_MAX = 128,  /* bytes: it stands in paths */
    USER_TEXT_MAX = 256, /* bytes of a password, of an email */
};

/* What the tokens begin with that are counted: mock-token-<n>. */
#define USER_TOKEN_PREFIX "mock-token-"

struct user {
    struct text username;
    struct text password;  /* a secret; empty: any is good */
    struct text email;     /* absent where none was given */
    struct text token;     /* a secret, but to the user */
    bool registered;       /* was made, and did not only log in */
    int64_t created_ms;    /* wall clock */
    int64_t last_login_ms; /* 0 before the first */
};

#endif
