/* SPDX-License-Identifier: MIT */
#include "tenant/callback_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { MADE_ID_MAX = 24 /* bytes of "callback-<n>", with the NUL */ };

void callback_rules_clear(struct callback_rules *rules)
{
    free(rules->list);
    *rules = (struct callback_rules){0};
}

void callback_rules_take(struct callback_rules *rules, struct callback_rules *from)
{
    callback_rules_clear(rules);
    *rules = *from;
    *from = (struct callback_rules){0};
}

static bool has_id(const struct callback_rule *list, size_t count, struct text id)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i].id, id))
            return true;
    return false;
}

/* Makes the next id that no rule of `list` has. */
static struct text make_id(const struct callback_rule *list, size_t count, int *last,
                           char id[static MADE_ID_MAX])
{
    do
        snprintf(id, MADE_ID_MAX, "callback-%d", ++*last);
    while (has_id(list, count, text_of(id)));
    return text_of(id);
}

static size_t texts_length(const struct callback_rule *list, size_t count)
{
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += list[i].id.length + list[i].to.length + list[i].members.length + MADE_ID_MAX;
    return length;
}

static char *put_text(struct text *text, char *to)
{
    if (text->at)
        text->at = memcpy(to, text->at, text->length);
    return to + text->length;
}

enum err callback_rules_replace(struct callback_rules *rules, const struct callback_rule *list,
                                size_t count)
{
    struct callback_rules fresh = {.count = count};
    char id[MADE_ID_MAX];
    int last_id = 0;

    CHECK(count <= CALLBACK_RULES_MAX);
    fresh.list = malloc(count * sizeof(*list) + texts_length(list, count));
    if (!fresh.list && count > 0)
        return ERR_NO_MEMORY;
    char *end = (char *)(fresh.list + count);
    for (size_t i = 0; i < count; i++) {
        struct callback_rule *rule = &fresh.list[i];
        *rule = list[i];
        if (!rule->id.at)
            rule->id = make_id(list, count, &last_id, id);
        end = put_text(&rule->id, end);
        end = put_text(&rule->to, end);
        end = put_text(&rule->members, end);
    }
    callback_rules_take(rules, &fresh);
    return OK;
}

static void add(const struct callback_rule *rule, const struct event *event, int64_t pod_number,
                struct deliveries *deliveries)
{
    deliveries_add(deliveries, &(struct delivery){.on = CALLBACK_ON_POD_FAILED,
                                                  .rule = rule->id,
                                                  .to = rule->to,
                                                  .pool_name = event->pool_name,
                                                  .pool_number = event->pool_number,
                                                  .pod_number = pod_number,
                                                  .at_ms = event->at_ms,
                                                  .body = rule->members,
                                                  .attempts_max = rule->attempts_max});
}

void callback_rules_apply(const struct callback_rules *rules, const struct event *event,
                          struct deliveries *deliveries)
{
    bool is_range = event->type == EVENT_PODS_CREATED;
    int64_t last = is_range ? event->last_pod_number : event->pod_number;

    if ((!is_range && event->type != EVENT_POD_STATE) || event->state != POD_FAILED)
        return;
    for (int64_t number = event->pod_number; number <= last; number++)
        for (size_t i = 0; i < rules->count; i++)
            add(&rules->list[i], event, number, deliveries);
}
