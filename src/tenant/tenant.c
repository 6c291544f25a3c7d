/* SPDX-License-Identifier: MIT */
#include "tenant/tenant.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"

enum {
    BUCKETS = 256,
    LISTENERS_SHARE = 10, /* of all listeners, one tenant may have a tenth */
};

struct tenants {
    struct tenants_config config;
    const struct clock *real;
    struct hash_key key;
    struct tenant *by_name[BUCKETS];
    struct tenant *default_tenant;
    TAILQ_HEAD(, tenant) list;
    struct events_budget events_budget;
    struct metrics metrics;
    struct dispatch dispatch;
    size_t count, removed, listeners;
};

static struct text name_of(const struct tenant *tenant)
{
    return text_of(tenant->name);
}

static struct tenant **bucket_of(struct tenants *tenants, struct text name)
{
    return &tenants->by_name[hash_text(tenants->key, name) % BUCKETS];
}

static void show_time(struct tenant *tenant, const struct clock *real, int64_t now_ms)
{
    tenant->clock = (struct clock){
        .wall_ms = now_ms, .steady_ms = now_ms, .mono_us = real->mono_us, .manual = true};
}

void tenant_tick(struct tenant *tenant, const struct clock *real)
{
    show_time(tenant, real, state_clock_now_ms(&tenant->time, real));
}

static int64_t earlier(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

enum err tenant_run_due(struct tenant *tenant, const struct clock *real, struct tenant_due due)
{
    struct pool_state *state = tenant->state;
    int64_t shown_ms = tenant->clock.wall_ms, due_ms;

    tenant_tick(tenant, real);
    int64_t now_ms = tenant->clock.wall_ms;
    if (pool_state_next_due_ms(state, &due_ms) || due_ms > now_ms)
        return OK;
    enum err err = pool_state_run_due(state, earlier(due.until_ms, now_ms), due.max, due.visit,
                                      due.context);
    if (err && err != ERR_STATE_FILE)
        pool_state_turn_fail(state);
    /* The clock never goes back, even if an event was due before the time that it has shown. */
    if (!err && !pool_state_next_due_ms(state, &due_ms) && due_ms <= now_ms)
        show_time(tenant, real, earlier(now_ms, due_ms > shown_ms ? due_ms : shown_ms));
    return err;
}

/* Lets the clock go with real time again. Returns how it was set. */
static struct state_clock restart_clock(struct tenant *tenant, const struct clock *real)
{
    struct state_clock before = tenant->time;

    tenant->time = (struct state_clock){0};
    tenant_tick(tenant, real);
    return before;
}

/* Starts a clock that no request has seen yet. Runs up to `max` overdue events; the clock waits for
 * those that are left. */
static enum err begin_clock(struct tenant *tenant, const struct clock *real, int64_t max)
{
    tenant->clock = (struct clock){0};
    return tenant_run_due(tenant, real, (struct tenant_due){.until_ms = INT64_MAX, .max = max});
}

void tenant_note(struct tenant *tenant, const struct event *event)
{
    struct event noted = *event;

    if (pool_state_is_rehearsing(tenant->state))
        return;
    noted.at_ms = tenant->in_turn ? tenant->clock.wall_ms
                                  : state_clock_now_ms(&tenant->time, tenant->tenants->real);
    events_note(&tenant->events, &noted);
    if (!tenant->in_turn)
        events_turn_end(&tenant->events, true);
}

void tenant_note_replaced(struct tenant *tenant, const char *by)
{
    deliveries_fail_all(&tenant->deliveries, DELIVERY_FAULT_STALE);
    events_restart(&tenant->events);
    tenant_note(tenant, &(struct event){.type = EVENT_STATE_REPLACED, .detail = by});
}

struct tenant *tenant_of_deliveries(struct deliveries *deliveries)
{
    return (struct tenant *)((char *)deliveries - offsetof(struct tenant, deliveries));
}

static void note_delivery(struct deliveries *deliveries, enum event_type type,
                          const struct delivery *delivery)
{
    struct tenant *tenant = tenant_of_deliveries(deliveries);
    char id[DELIVERY_ID_MAX];

    if (type != EVENT_CALLBACK_QUEUED)
        tenant->tenants->metrics.callbacks[delivery->fault]++;
    delivery_id_write(deliveries->dispatch, delivery, id);
    tenant_note(tenant, &(struct event){
                            .type = type,
                            .pool_name = delivery->pool_name,
                            .pool_number = delivery->pool_number,
                            .pod_number = delivery->pod_number,
                            .rule = text_of(id),
                            .detail = type == EVENT_CALLBACK_FAILED
                                          ? delivery_fault_words()[delivery->fault]
                                          : callback_cause_words()[delivery->on],
                        });
}

static void note_event(void *context, const struct event *event)
{
    events_note(context, event);
}

static void note_and_call_back(void *context, const struct event *event)
{
    struct tenant *tenant = context;

    events_note(&tenant->events, event);
    callback_rules_apply(&tenant->callback_rules, event, &tenant->deliveries);
}

/* Chooses the observer of the state: without callback rules, callbacks cost nothing. */
static void observe(struct tenant *tenant)
{
    if (tenant->callback_rules.count > 0)
        pool_state_observe(tenant->state, note_and_call_back, tenant);
    else
        pool_state_observe(tenant->state, note_event, &tenant->events);
}

void tenant_take_callback_rules(struct tenant *tenant, struct callback_rules *from)
{
    callback_rules_take(&tenant->callback_rules, from);
    observe(tenant);
}

enum err tenant_reset(struct tenant *tenant, const struct clock *real, struct tenant_kept kept)
{
    struct pool_state_totals dropped;
    int64_t before_ms = tenant->clock.wall_ms;
    /* before the reset, which makes the first pods at this time */
    struct state_clock before = restart_clock(tenant, real);
    enum err err = pool_state_reset(tenant->state, kept.of_state, &dropped);

    if (!err)
        err = begin_clock(tenant, real, TENANT_DUE_MAX);
    if (!err)
        err = pool_state_turn_end(tenant->state);
    if (err) {
        tenant->time = before;
        tenant_tick(tenant, real);
        return err;
    }
    if (kept.faults)
        faults_shift(&tenant->faults, state_clock_now_ms(&tenant->time, real) - before_ms);
    else
        faults_clear(&tenant->faults);
    faults_reseed(&tenant->faults, TENANT_FIRST_SEED);
    if (!kept.journal)
        journal_reset(&tenant->journal);
    leaks_clear(&tenant->leaks);
    deliveries_turn_end(&tenant->deliveries, false); /* of pods that failed in the reset */
    if (!kept.callbacks) {
        tenant_take_callback_rules(tenant, &(struct callback_rules){0});
        deliveries_clear(&tenant->deliveries);
    }
    events_restart(&tenant->events);
    tenant_note(tenant, &(struct event){.type = EVENT_STATE_RESET});
    return OK;
}

static void tenant_free(struct tenant *tenant)
{
    CHECK(tenant->requests == 0);
    timers_disarm(tenant->timers, &tenant->due);
    timers_disarm(tenant->timers, &tenant->idle);
    faults_clear(&tenant->faults);
    journal_free(&tenant->journal);
    leaks_clear(&tenant->leaks);
    snapshots_free(&tenant->snapshots);
    callback_rules_clear(&tenant->callback_rules);
    deliveries_free(&tenant->deliveries);
    pool_state_close(&tenant->state);
    events_free(&tenant->events);
    free(tenant);
}

/* Restores the clock from the state. */
static enum err resume_clock(struct tenant *tenant, const struct clock *real)
{
    enum err err = pool_state_stored_clock(tenant->state, &tenant->time);

    return err ? err : begin_clock(tenant, real, 0);
}

/* Arms the timer for when the tenant will have been idle for long enough, if no request comes until
 * then. A request only records its time; it does not rearm the timer. */
static void arm_idle(struct tenant *tenant)
{
    const struct tenants_config *config = &tenant->tenants->config;

    if (config->idle_us > 0 && !config->state.file)
        timers_arm(tenant->timers, &tenant->idle, tenant->last_request_us + config->idle_us);
}

static void idle_passed(struct timer *timer)
{
    struct tenant *tenant = TIMER_OWNER(timer, struct tenant, idle);
    const struct tenants_config *config = &tenant->tenants->config;
    int64_t now_us = tenant->tenants->real->mono_us;

    if (tenant->requests > 0)
        tenant->last_request_us = now_us;
    if (now_us - tenant->last_request_us < config->idle_us) {
        arm_idle(tenant);
        return;
    }
    if (config->on_forgotten)
        config->on_forgotten(config->context, tenant->name);
    tenants_remove(tenant->tenants, tenant);
}

static enum err tenant_new(struct tenants *tenants, struct text name, struct tenant **out,
                           struct problem *problem)
{
    struct pool_state_config config = tenants->config.state;
    struct tenant *tenant = calloc(1, sizeof(*tenant));

    *out = NULL;
    if (!tenant)
        return ERR_NO_MEMORY;
    memcpy(tenant->name, name.at, name.length);
    tenant->tenants = tenants;
    tenant->timers = tenants->config.timers;
    tenant->idle.fire = idle_passed;
    tenant->last_request_us = tenants->real->mono_us;
    tenant->journal = journal_new(tenants->config.journal_max, name_of(tenant));
    tenant->events = events_new(tenants->config.events_max, &tenants->events_budget);
    tenant->faults.seed = TENANT_FIRST_SEED;
    snapshots_init(&tenant->snapshots);
    claim_queues_init(&tenant->claim_queues);
    deliveries_init(&tenant->deliveries, &tenants->dispatch, note_delivery);
    config.tenant = name_of(tenant);
    tenant_tick(tenant, tenants->real);
    enum err err = pool_state_open(&config, &tenant->clock, &tenant->state, problem);
    if (!err)
        err = resume_clock(tenant, tenants->real);
    if (err) {
        tenant_free(tenant);
        return err;
    }
    observe(tenant);
    *out = tenant;
    return OK;
}

static bool is_name(struct text name)
{
    if (name.length == 0 || name.length > TENANT_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.at[i];
        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-')
            return false;
    }
    return true;
}

static void add(struct tenants *tenants, struct tenant *tenant)
{
    struct tenant **bucket = bucket_of(tenants, name_of(tenant));

    tenant->next_of_name = *bucket;
    *bucket = tenant;
    TAILQ_INSERT_TAIL(&tenants->list, tenant, link);
    tenants->count++;
    arm_idle(tenant);
}

/* The context of open_one. */
struct opening {
    struct tenants *tenants;
    struct problem *problem;
};

static enum err open_one(struct text name, void *context)
{
    struct opening *opening = context;
    struct tenant *tenant;

    if (!is_name(name))
        return OK;
    enum err err = tenant_new(opening->tenants, name, &tenant, opening->problem);
    if (!err)
        add(opening->tenants, tenant);
    return err;
}

static enum err open_kept(struct tenants *tenants, struct problem *problem)
{
    struct opening opening = {tenants, problem};
    const char *file = tenants->config.state.file;

    return file ? pool_state_list_tenants(file, open_one, &opening, problem) : OK;
}

static void take_out(struct tenants *tenants, struct tenant *tenant)
{
    struct tenant **at = bucket_of(tenants, name_of(tenant));

    CHECK(tenant != tenants->default_tenant && !tenant->removed);
    while (*at != tenant)
        at = &(*at)->next_of_name;
    *at = tenant->next_of_name;
    TAILQ_REMOVE(&tenants->list, tenant, link);
    tenants->count--;
    tenants->removed++;
    tenant->removed = true;
    timers_disarm(tenant->timers, &tenant->idle);
    tenant_sweep(tenant);
}

void tenants_close(struct tenants **tenants)
{
    struct tenants *closing = *tenants;

    if (!closing)
        return;
    while (!TAILQ_EMPTY(&closing->list))
        take_out(closing, TAILQ_FIRST(&closing->list));
    if (closing->default_tenant)
        tenant_free(closing->default_tenant);
    free(closing);
    *tenants = NULL;
}

enum err tenants_open(const struct tenants_config *config, const struct clock *real,
                      struct tenants **out, struct problem *problem)
{
    struct tenants *tenants = calloc(1, sizeof(*tenants));

    *out = NULL;
    if (!tenants)
        return ERR_NO_MEMORY;
    tenants->config = *config;
    tenants->real = real;
    tenants->key = hash_key_new();
    tenants->events_budget.max_bytes = config->events_bytes_max;
    tenants->events_budget.kept = tenants->metrics.events;
    dispatch_init(&tenants->dispatch);
    TAILQ_INIT(&tenants->list);
    enum err err = tenant_new(tenants, TEXT(""), &tenants->default_tenant, problem);
    if (!err)
        err = open_kept(tenants, problem);
    if (err)
        tenants_close(&tenants);
    *out = tenants;
    return err;
}

struct tenant *tenants_default(struct tenants *tenants)
{
    return tenants->default_tenant;
}

struct tenant *tenants_find(struct tenants *tenants, struct text name)
{
    struct tenant *tenant = name.length == 0 ? tenants->default_tenant : *bucket_of(tenants, name);

    while (tenant && !text_equal(name_of(tenant), name))
        tenant = tenant->next_of_name;
    return tenant;
}

enum err tenants_check_name(struct text name, struct problem *problem)
{
    if (is_name(name))
        return OK;
    return problem_set(problem, ERR_BAD_NAME,
                       "a tenant's name is 1 to %d characters of a-z, 0-9 and -, not '%.*s'",
                       TENANT_NAME_MAX, TEXT_ARGS(name));
}

enum err tenants_get(struct tenants *tenants, struct text name, struct tenant **out,
                     struct problem *problem)
{
    *out = tenants_find(tenants, name);
    if (*out)
        return OK;
    enum err err = tenants_check_name(name, problem);
    if (err)
        return err;
    if (tenants->count >= tenants->config.tenants_max)
        return problem_set(problem, ERR_TENANT_LIMIT,
                           "%zu tenants exist (--tenants-max); delete one", tenants->count);
    err = tenant_new(tenants, name, out, problem);
    if (!err)
        add(tenants, *out);
    return err;
}

size_t tenants_count(const struct tenants *tenants)
{
    return tenants->count;
}

struct tenant *tenants_first(const struct tenants *tenants)
{
    return TAILQ_FIRST(&tenants->list);
}

struct tenant *tenants_next(const struct tenant *tenant)
{
    return TAILQ_NEXT(tenant, link);
}

size_t tenants_removed(const struct tenants *tenants)
{
    return tenants->removed;
}

void tenants_remove(struct tenants *tenants, struct tenant *tenant)
{
    pool_state_remove_file(tenant->state);
    tenant_note(tenant, &(struct event){.type = EVENT_TENANT_DELETED});
    take_out(tenants, tenant);
}

enum err tenants_count_claims(struct tenants *tenants, int64_t *claims)
{
    enum err err = pool_state_count_claims(tenants->default_tenant->state, claims);
    struct tenant *tenant;
    int64_t more;

    if (err)
        return err;
    TAILQ_FOREACH(tenant, &tenants->list, link) {
        if ((err = pool_state_count_claims(tenant->state, &more)))
            return err;
        *claims += more;
    }
    return OK;
}

void tenant_join(struct tenant *tenant)
{
    tenant->requests++;
    tenant->last_request_us = tenant->tenants->real->mono_us;
}

void tenant_leave(struct tenant *tenant)
{
    CHECK(tenant->requests > 0);
    tenant->requests--;
    tenant->last_request_us = tenant->tenants->real->mono_us;
    tenant_sweep(tenant);
}

enum err tenant_join_listener(struct tenant *tenant, enum metric_listener form,
                              struct problem *problem)
{
    struct tenants *tenants = tenant->tenants;
    size_t max = tenants->config.listeners_max;
    size_t share = max / LISTENERS_SHARE > 0 ? max / LISTENERS_SHARE : 1;

    if (tenants->listeners >= max)
        return problem_set(problem, ERR_LISTENER_LIMIT,
                           "the limit of %zu listeners is reached (--listeners-max)", max);
    if (tenant->listeners >= share)
        return problem_set(problem, ERR_LISTENER_LIMIT,
                           "this tenant has %zu listeners, its share of --listeners-max", share);
    tenants->listeners++;
    tenants->metrics.listeners[form]++;
    tenant->listeners++;
    tenant_join(tenant);
    return OK;
}

void tenant_leave_listener(struct tenant *tenant, enum metric_listener form)
{
    CHECK(tenant->listeners > 0);
    tenant->tenants->metrics.listeners[form]--;
    tenant->tenants->listeners--;
    tenant->listeners--;
    tenant_leave(tenant);
}

struct metrics *tenants_metrics(struct tenants *tenants)
{
    return &tenants->metrics;
}

struct dispatch *tenants_dispatch(struct tenants *tenants)
{
    return &tenants->dispatch;
}

size_t tenants_listeners(const struct tenants *tenants)
{
    return tenants->listeners;
}

void tenant_sweep(struct tenant *tenant)
{
    if (tenant->requests > 0 || tenant->in_turn)
        return;
    if (tenant->removed)
        tenant_free(tenant);
    else if (tenant->is_passing)
        tenants_remove(tenant->tenants, tenant);
}
