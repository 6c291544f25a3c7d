/* SPDX-License-Identifier: MIT */
#include "http/tickets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { RANDOM_BYTES = TICKET_TEXT_BYTES / 2 };

static void end(struct tickets *tickets, struct ticket *ticket)
{
    TAILQ_REMOVE(&tickets->waiting, ticket, link);
    ticket->socket->feed.free(&ticket->socket->feed);
    free(ticket);
}

static void expire(struct timer *timer)
{
    struct tickets *tickets = TIMER_OWNER(timer, struct tickets, expiry);
    struct ticket *first;

    while ((first = TAILQ_FIRST(&tickets->waiting)) && first->until_us <= tickets->clock->mono_us)
        end(tickets, first);
    if (first)
        timers_arm(tickets->timers, timer, first->until_us);
}

void tickets_init(struct tickets *tickets, struct timers *timers, const struct clock *clock)
{
    *tickets = (struct tickets){.timers = timers, .clock = clock, .expiry = {.fire = expire}};
    TAILQ_INIT(&tickets->waiting);
}

void tickets_end(struct tickets *tickets)
{
    while (!TAILQ_EMPTY(&tickets->waiting))
        end(tickets, TAILQ_FIRST(&tickets->waiting));
    timers_disarm(tickets->timers, &tickets->expiry);
}

static bool draw(char text[static TICKET_TEXT_BYTES + 1])
{
    unsigned char bytes[RANDOM_BYTES];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

const struct ticket *tickets_add(struct tickets *tickets, const struct request *request,
                                 struct socket *socket)
{
    struct ticket *ticket = malloc(sizeof(*ticket));

    if (!ticket || !draw(ticket->text)) {
        socket->feed.free(&socket->feed);
        free(ticket);
        return NULL;
    }
    handshake_accept(request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_KEY")), ticket->accept);
    ticket->has_protocol = handshake_offers_protocol(request);
    ticket->socket = socket;
    ticket->until_us = tickets->clock->mono_us + TICKETS_VALID_US;
    TAILQ_INSERT_TAIL(&tickets->waiting, ticket, link);
    if (!tickets->expiry.armed)
        timers_arm(tickets->timers, &tickets->expiry, ticket->until_us);
    return ticket;
}

/* Compares all bytes, so that the time tells nothing about the ticket. */
static bool is_same(const char *ticket, struct text text)
{
    unsigned difference = 0;

    for (size_t i = 0; i < TICKET_TEXT_BYTES; i++)
        difference |= (unsigned)(ticket[i] ^ text.at[i]);
    return difference == 0;
}

struct ticket *tickets_take(struct tickets *tickets, struct text text)
{
    struct ticket *ticket, *found = NULL;

    if (text.length != TICKET_TEXT_BYTES)
        return NULL;
    TAILQ_FOREACH(ticket, &tickets->waiting, link)
        if (is_same(ticket->text, text))
            found = ticket;
    if (found)
        TAILQ_REMOVE(&tickets->waiting, found, link);
    return found;
}
