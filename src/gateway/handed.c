/* SPDX-License-Identifier: MIT */
#include "gateway/handed.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_FD = 3, HANDED_MAX = 65536 };

struct handed handed_begin(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    struct handed none = {.fd = FIRST_FD - 1, .end = FIRST_FD};
    uint64_t number, handed;

    if (!pid || !count || !text_to_number(text_of(pid), UINT32_MAX, &number) ||
        number != (uint64_t)getpid() || !text_to_number(text_of(count), HANDED_MAX, &handed))
        return none;
    return (struct handed){.fd = FIRST_FD - 1,
                           .end = FIRST_FD + (int)handed,
                           .names = text_of(getenv("LISTEN_FDNAMES"))};
}

bool handed_next(struct handed *handed)
{
    handed->fd++;
    if (!text_cut(&handed->names, ':', &handed->name))
        handed->name = (struct text){0};
    return handed->fd < handed->end;
}
