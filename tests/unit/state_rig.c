/* SPDX-License-Identifier: MIT */
#include "state_rig.h"

enum { WORDS_MAX = 4000 };

struct clock now;
struct pool_state *pools;
struct arena arena;
struct pool pool;
struct pod pod;
struct claim_refusal refusal;

struct pool_state_config fresh_config(void)
{
    return (struct pool_state_config){
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
}

void open_with(const struct pool_state_config *config)
{
    struct problem problem;

    pool_state_close(&pools);
    clock_set(&now, START_MS, 1000000);
    assert_int_equal(pool_state_open(config, &now, &pools, &problem), OK);
}

void open_state(void)
{
    const struct pool_state_config config = fresh_config();

    open_with(&config);
}

void open_small_state(void)
{
    struct pool_state_config config = fresh_config();

    config.default_pool_pods = 2;
    open_with(&config);
}

void close_state(void)
{
    pool_state_close(&pools);
    arena_free(&arena);
}

void pass_us(int64_t us)
{
    clock_set(&now, now.wall_ms + us / 1000, now.mono_us + us);
}

void end_turn(void)
{
    assert_int_equal(pool_state_turn_end(pools), OK);
}

void lose_turn(void)
{
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
}

void reset_state(unsigned keep)
{
    struct pool_state_totals dropped;

    assert_int_equal(pool_state_reset(pools, keep, &dropped), OK);
}

/* --- pools and pods --- */

struct pool *get(const char *name)
{
    assert_int_equal(
        pool_state_get_or_create_pool(pools, text_of(name), (struct text){0}, &arena, &pool), OK);
    return &pool;
}

struct pod *show(const char *name)
{
    assert_int_equal(get_pod_by_name(pools, text_of(name), &arena, &pod), OK);
    return &pod;
}

enum err scale(const char *pool_name, int64_t minimum_vms)
{
    return pool_state_update_pool(pools, get(pool_name),
                                  &(struct pool_spec){.minimum_vms = minimum_vms}, &arena, &pool);
}

static enum err claim_as(const struct claim_wish *wish)
{
    return pool_state_claim_pod(pools, wish, &arena, &pod, &refusal);
}

enum err try_claim(const char *pool_name)
{
    return claim_as(
        &(struct claim_wish){.pool_name = text_of(pool_name), .workspace_id = TEXT("w")});
}

struct pod *claim(const char *pool_name)
{
    return claim_by("w", pool_name);
}

struct pod *claim_by(const char *workspace, const char *pool_name)
{
    assert_int_equal(claim_as(&(struct claim_wish){.pool_name = text_of(pool_name),
                                                   .workspace_id = text_of(workspace)}),
                     OK);
    return &pod;
}

struct pod *claim_for_ms(int64_t ttl_ms, const char *pool_name)
{
    assert_int_equal(claim_as(&(struct claim_wish){.pool_name = text_of(pool_name),
                                                   .workspace_id = TEXT("w"),
                                                   .ttl_is_set = true,
                                                   .ttl_ms = ttl_ms}),
                     OK);
    return &pod;
}

void release(const char *name)
{
    assert_int_equal(release_pod_by_name(pools, text_of(name), &arena, &pod), OK);
}

void delete_pod(const char *name)
{
    assert_int_equal(delete_pod_by_name(pools, text_of(name), &arena, &pod), OK);
}

void assert_id(const struct pod *of, const char *id)
{
    struct buffer text = buffer_new(100);

    pod_put_id(&text, of);
    assert_text(buffer_text(&text), id);
    buffer_free(&text);
}

void assert_totals(int64_t pools_count, int64_t pods)
{
    struct pool_state_totals totals;

    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, pools_count);
    assert_int_equal(totals.pods, pods);
}

static void assert_counts_are(const struct pool_counts *expected)
{
    assert_int_equal(pool.counts.total, expected->total);
    assert_int_equal(pool.counts.used, expected->used);
    assert_int_equal(pool.counts.available, expected->available);
    assert_int_equal(pool.counts.pending, expected->pending);
    assert_int_equal(pool.counts.failed, expected->failed);
}

void assert_counts(const char *name, int64_t total, int64_t used)
{
    get(name);
    assert_counts_are(
        &(struct pool_counts){.total = total, .used = used, .available = total - used});
}

/* A pool's counts, and its pods as text, both from the list of its pods. */
struct recount {
    struct pool_counts counts;
    struct buffer words;
    void (*tell)(struct buffer *words, const struct pod *of);
};

static bool count_pod(const struct pod *of, void *context)
{
    struct recount *recount = context;
    bool used = of->usage == POD_USED, runs = of->state == POD_RUNNING;
    bool failed = of->state == POD_FAILED;

    recount->counts.total++;
    recount->counts.used += used;
    recount->counts.available += runs && !used;
    recount->counts.failed += failed;
    recount->counts.pending += !runs && !failed;
    recount->tell(&recount->words, of);
    return true;
}

static void assert_recount(const char *name, const char *words,
                           void (*tell)(struct buffer *words, const struct pod *of))
{
    struct recount recount = {.words = buffer_new(WORDS_MAX), .tell = tell};

    get(name);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, 1000, &arena, count_pod, &recount), OK);
    assert_text(buffer_text(&recount.words), words);
    assert_counts_are(&recount.counts);
    buffer_free(&recount.words);
}

static void tell_number(struct buffer *words, const struct pod *of)
{
    buffer_printf(words, "%lld%s ", (long long)of->number, of->usage == POD_USED ? "*" : "");
}

void assert_numbers(const char *name, const char *numbers)
{
    assert_recount(name, numbers, tell_number);
}

static void tell_state(struct buffer *words, const struct pod *of)
{
    buffer_put_char(words, (of->usage == POD_USED ? "PSRF" : "psrf")[of->state]);
}

void assert_pods(const char *name, const char *letters)
{
    assert_recount(name, letters, tell_state);
}

/* --- settings and events --- */

void set_setting(const char *pool_name, enum setting setting, int64_t value)
{
    struct settings_patch patch = {0};

    patch.settings.is_set[setting] = true;
    patch.settings.values[setting] = value;
    assert_int_equal(pool_state_change_settings(pools, text_of(pool_name), &patch), OK);
}

void set_times(const char *pool_name, int64_t pending_ms, int64_t starting_ms)
{
    set_setting(pool_name, SETTING_PROGRESSION, PROGRESSION_TIME);
    set_setting(pool_name, SETTING_PENDING, pending_ms);
    set_setting(pool_name, SETTING_STARTING, starting_ms);
}

void set_looks(const char *pool_name, int64_t looks)
{
    set_setting(pool_name, SETTING_PROGRESSION, PROGRESSION_MANUAL);
    set_setting(pool_name, SETTING_LOOKS, looks);
}

void look(int64_t of_pool)
{
    assert_int_equal(pool_state_look(pools, of_pool, 1, INT64_MAX), OK);
}

static void put_event(const struct pod_event *event, void *context)
{
    buffer_printf(context, "%lld:%s:%lld:%.*s ", (long long)(event->at_ms - START_MS),
                  pod_event_word(event->what), (long long)event->pod_number,
                  TEXT_ARGS(event->pool_name));
}

void assert_events(int64_t at_ms, const char *events)
{
    assert_first_events(at_ms, INT64_MAX, events);
}

void assert_first_events(int64_t at_ms, int64_t max, const char *events)
{
    struct buffer words = buffer_new(WORDS_MAX);

    clock_set(&now, START_MS + at_ms, now.mono_us);
    assert_int_equal(pool_state_run_due(pools, now.wall_ms, max, put_event, &words), OK);
    assert_text(buffer_text(&words), events);
    buffer_free(&words);
}

void assert_next_due(int64_t expected_ms)
{
    int64_t due_ms;

    assert_int_equal(pool_state_next_due_ms(pools, &due_ms), OK);
    assert_int_equal(due_ms, expected_ms == INT64_MAX ? INT64_MAX : START_MS + expected_ms);
}
