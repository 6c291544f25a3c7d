/* SPDX-License-Identifier: MIT
 *
 * POST __admin/deliveries/take and POST __admin/deliveries/{delivery}/result: the two routes of a
 * relay. At the root they are about the deliveries of all tenants, in a tenant about its own. */
#include <stdlib.h>

#include "call/wait.h"
#include "tenant/tenant.h"

enum { LIMIT_MAX = 100, LIMIT_DEFAULT = 16, STATUS_MAX = 999 };

/* Returns the deliveries that the call is about; NULL: those of all tenants. */
static struct deliveries *only_of(const struct call *call)
{
    return call->tenant == tenants_default(call->tenants) ? NULL : &call->tenant->deliveries;
}

/* --- POST take --- */

struct taking {
    struct continuation continuation;
    struct deliveries_watch watch;
    struct dispatch *dispatch;
    struct deliveries *only; /* NULL: of all tenants */
    const struct clock *real;
    int64_t until_us; /* monotonic */
    size_t limit;
};

static void show_taken(struct writer *writer, const struct dispatch *dispatch,
                       const struct taken_delivery *taken)
{
    const struct tenant *tenant = tenant_of_deliveries(taken->deliveries);
    char id[DELIVERY_ID_MAX];

    delivery_id_write(dispatch, taken->delivery, id);
    view_taken_delivery(writer, text_of(id), taken->take, taken->delivery, text_of(tenant->name));
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct taking *taking = (struct taking *)continuation;
    struct taken_delivery taken[LIMIT_MAX];
    int64_t now_us = taking->real->mono_us;
    size_t count = dispatch_take(taking->dispatch, taking->only, now_us, taken, taking->limit);

    if (count == 0 && now_us < taking->until_us) {
        int64_t next_us = dispatch_next_us(taking->dispatch, taking->only);
        continuation->wake_mono_us = next_us < taking->until_us ? next_us : taking->until_us;
        return CONTINUATION_WAIT;
    }
    struct writer writer = answer_begin(response, 200);
    writer_member_array(&writer, "deliveries");
    for (size_t i = 0; i < count; i++)
        show_taken(&writer, taking->dispatch, &taken[i]);
    writer_end_array(&writer);
    writer_member_number(&writer, "leaseMs", (int64_t)DELIVERIES_LEASE_S * 1000);
    writer_end_object(&writer);
    return response->body.failed ? CONTINUATION_BROKEN : CONTINUATION_DONE;
}

static void look_again(struct deliveries_watch *watch)
{
    char *at = (char *)watch - offsetof(struct taking, watch);
    struct continuation *continuation = &((struct taking *)at)->continuation;

    if (continuation->wake)
        continuation->wake(continuation);
}

static void taking_free(struct continuation *continuation)
{
    deliveries_unwatch(&((struct taking *)continuation)->watch);
    free(continuation);
}

enum err handle_take_deliveries(struct call *call)
{
    int64_t limit = LIMIT_DEFAULT, timeout_ms;
    enum err err;

    if ((err = call_empty_body(call)) ||
        (err = call_query_number(call, "limit", 1, LIMIT_MAX, &limit)) ||
        (err = wait_read_timeout(call, &timeout_ms)))
        return err;
    struct taking *taking = calloc(1, sizeof(*taking));
    if (!taking)
        return ERR_NO_MEMORY;
    *taking = (struct taking){
        .continuation = {.step = step, .free = taking_free},
        .watch = {.told = look_again},
        .dispatch = tenants_dispatch(call->tenants),
        .only = only_of(call),
        .real = call->real,
        .until_us = call->real->mono_us + timeout_ms * 1000,
        .limit = (size_t)limit,
    };
    dispatch_watch(taking->dispatch, &taking->watch);
    call->response->continuation = &taking->continuation;
    return OK;
}

/* --- POST result --- */

static enum err read_result(struct call *call, int64_t *take, struct delivery_attempt *attempt)
{
    static const char *const keys[] = {"take", "status", "retryAfter", "error", "refused", NULL};
    struct reader_node root, node;
    int64_t status = 0;
    enum err err;

    *attempt = (struct delivery_attempt){0};
    if ((err = call_body(call, &root)) || (err = reader_only_keys(&root, keys, call->problem)) ||
        (err = reader_required(&root, "take", &node, call->problem)) ||
        (err = reader_number(&node, 1, INT32_MAX, take, call->problem)) ||
        (err = reader_member_number(&root, "status", 0, STATUS_MAX, &status, call->problem)) ||
        (err = reader_member_number(&root, "retryAfter", 0, INT32_MAX, &attempt->retry_after_s,
                                    call->problem)) ||
        (err = reader_member_text(&root, "error", DELIVERY_ERROR_MAX, &attempt->error,
                                  call->problem)) ||
        (err = reader_member_bool(&root, "refused", &attempt->is_refused, call->problem)))
        return err;
    attempt->status = (int)status;
    return OK;
}

/* Enters the result. The events that it makes in another tenant have the cause of this request. */
static void enter(struct call *call, const struct taken_delivery *found, int64_t take,
                  const struct delivery_attempt *attempt)
{
    struct events *events = &tenant_of_deliveries(found->deliveries)->events;
    const struct event_origin before = events->origin;

    events->origin = call->tenant->events.origin;
    deliveries_enter_result(found, take, attempt, call->real->mono_us);
    events->origin = before;
}

enum err handle_delivery_result(struct call *call)
{
    struct text id = router_parameter(&call->match, TEXT("delivery"));
    struct delivery_attempt attempt;
    struct taken_delivery found;
    int64_t take;
    enum err err = read_result(call, &take, &attempt);

    if (err)
        return err;
    if (!dispatch_find(tenants_dispatch(call->tenants), only_of(call), id, &found))
        return ERR_DELIVERY_NOT_FOUND;
    struct writer writer = call_begin_message(call, 200, TEXT("Result entered"));
    if (!(err = call_end_answer(call, &writer)))
        enter(call, &found, take, &attempt);
    return err;
}
