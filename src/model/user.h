/* SPDX-License-Identifier: MIT
 *
 * A user of the Pool Manager. Plain values; the store fills them, the views write them.
 */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    USERNAME_MAX = 128,  /* bytes */
    USER_TEXT_MAX = 256, /* bytes of a password or an email address */
};

/* The prefix of generated tokens: mock-token-<n>. */
#define USER_TOKEN_PREFIX "mock-token-"

struct user {
    struct text username;
    struct text password;  /* secret; empty: any password is accepted */
    struct text email;     /* absent: none */
    struct text token;     /* secret, except to the user */
    bool registered;       /* created by POST users; false: made by a login */
    int64_t created_ms;    /* wall clock */
    int64_t last_login_ms; /* wall clock; 0: never */
};

#endif
