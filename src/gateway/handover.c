/* SPDX-License-Identifier: MIT */
#include "gateway/handover.h"

#include <fcntl.h>

#include "base/supervisor.h"
#include "gateway/handed.h"

#define NAMED "\nFDNAME=" HANDED_CONNECTION

void handover_give(const struct gateway *gateway)
{
    int fds[SUPERVISOR_DESCRIPTORS_MAX];
    const struct connection *c = LIST_FIRST(&gateway->connections);
    bool sent = true;

    while (c && sent) {
        size_t count = 0;
        for (; c && count < SUPERVISOR_DESCRIPTORS_MAX; c = LIST_NEXT(c, link))
            if (connection_is_reusable(c))
                fds[count++] = c->fd;
        sent = count == 0 || supervisor_notify_with("FDSTORE=1" NAMED, fds, count);
    }
}

void handover_take(struct gateway *gateway)
{
    bool any = false;

    for (struct handed each = handed_begin(); handed_next(&each);) {
        if (!text_equal(each.name, TEXT(HANDED_CONNECTION)))
            continue;
        fcntl(each.fd, F_SETFD, FD_CLOEXEC);
        connection_open(gateway, each.fd);
        any = true;
    }
    /* Otherwise systemd's copies would keep open what this worker closes. */
    if (any)
        supervisor_notify("FDSTOREREMOVE=1" NAMED);
}
