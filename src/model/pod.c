/* SPDX-License-Identifier: MIT */
#include "model/pod.h"

#include "base/check.h"
#include "model/repository.h"

static const char *const state_words[] = {
#define POD_STATE(name, shown) [POD_##name] = shown,
#include "model/pod_state.def"
#undef POD_STATE
    [POD_STATE__MAX] = NULL,
};

const char *const *pod_state_words(void)
{
    return state_words;
}

const char *const *pod_usage_words(void)
{
    static const char *const words[] = {[POD_FREE] = "free", [POD_USED] = "used", NULL};

    return words;
}

enum pod_outcome pod_outcome(enum pod_action action, enum pod_usage usage)
{
    static const enum pod_outcome edges[POD_ACTION__MAX][POD_USAGE__MAX] = {
#define POD_EDGE(action, from, to) [POD_##action][POD_##from] = POD_TO_##to,
#include "model/pod_edge.def"
#undef POD_EDGE
    };

    CHECK(action < POD_ACTION__MAX && usage < POD_USAGE__MAX);
    return edges[action][usage];
}

const char *pod_state_name(enum pod_state state)
{
    CHECK(state < POD_STATE__MAX);
    return state_words[state];
}

enum pod_state pod_next_state(const struct pod *pod)
{
    if (pod->state != POD_PENDING && pod->state != POD_STARTING)
        return pod->state;
    if (pod->state == POD_PENDING && (pod->looks_left > 1 || pod->starting_ms > 0))
        return POD_STARTING;
    return pod->will_fail ? POD_FAILED : POD_RUNNING;
}

int64_t pod_expires_ms(const struct pod *pod)
{
    return pod->usage == POD_USED && pod->state == POD_RUNNING ? pod->due_ms : 0;
}

const char *pod_event_word(enum pod_event_kind what)
{
    static const char *const words[POD_EVENT__MAX] = {
#define POD_EVENT(name, word) [POD_EVENT_##name] = word,
#include "model/pod_event.def"
#undef POD_EVENT
    };

    CHECK(what < POD_EVENT__MAX);
    return words[what];
}

/* Returns the power of ten at which the digits 15551 or 15552 end in a number, or 0 if it does not
 * contain them. */
static int64_t skipped_unit(int64_t number)
{
    for (int64_t unit = 1; number / unit >= 15551; unit *= 10)
        if (number / unit % 100000 == 15551 || number / unit % 100000 == 15552)
            return unit;
    return 0;
}

bool pod_number_is_skipped(int64_t number)
{
    return skipped_unit(number) != 0;
}

int64_t pod_number_after(int64_t number)
{
    int64_t unit;

    number++;
    while ((unit = skipped_unit(number)) != 0)
        number = (number / unit + 1) * unit; /* all numbers below contain them too */
    return number;
}

void pod_put_id(struct buffer *out, const struct pod *pod)
{
    buffer_put_text(out, TEXT("pod-pool-"));
    buffer_put_number(out, pod->pool_number);
    buffer_put_char(out, '-');
    buffer_put_number(out, pod->number);
}

void pod_put_subdomain(struct buffer *out, const struct pod *pod)
{
    buffer_put_text(out, TEXT("mock-pod-"));
    buffer_put_number(out, pod->number);
    if (pod->tenant.length == 0)
        return;
    buffer_put_text(out, TEXT("--"));
    buffer_put_text(out, pod->tenant);
}

struct text pod_subdomain(const struct pod *pod, char text[static POD_NAME_TEXT_MAX])
{
    struct buffer out = buffer_on(text, POD_NAME_TEXT_MAX);

    pod_put_subdomain(&out, pod);
    return buffer_text(&out);
}

/* Parses a number of a name: 1 or more, in decimal, without leading zeros. */
static bool parse_counter(struct text text, int64_t *out)
{
    uint64_t number;

    if (!text_to_number(text, INT64_MAX, &number) || number == 0)
        return false;
    *out = (int64_t)number;
    return true;
}

static bool parse_pod_number(struct text text, int64_t *out)
{
    int64_t number;

    if (!parse_counter(text, &number) || pod_number_is_skipped(number))
        return false;
    *out = number;
    return true;
}

/* Parses `<k>` or `<k>--<tenant>`. */
static bool parse_subdomain(struct text text, struct pod_name *out)
{
    struct text rest = text, number;

    text_cut(&rest, '-', &number);
    if (!rest.at)
        return parse_pod_number(number, &out->pod_number);
    if (rest.length < 2 || rest.at[0] != '-')
        return false;
    out->tenant = text_from(rest, 1);
    return parse_pod_number(number, &out->pod_number);
}

bool pod_name_parse(struct text text, struct pod_name *out)
{
    const struct text subdomain = TEXT("mock-pod-"), id = TEXT("pod-pool-");

    *out = (struct pod_name){.tenant = TEXT("")};
    if (text_starts_with(text, subdomain))
        return parse_subdomain(text_from(text, subdomain.length), out);
    if (!text_starts_with(text, id))
        return false;
    struct text rest = text_from(text, id.length), pool;
    text_cut(&rest, '-', &pool);
    return rest.at && parse_counter(pool, &out->pool_number) &&
           parse_pod_number(rest, &out->pod_number);
}

bool pod_name_is_of(struct pod_name name, struct text tenant)
{
    return name.pod_number != 0 && (name.pool_number != 0 || text_equal(name.tenant, tenant));
}

bool pod_name_of_tenant(struct text text, struct text tenant, struct pod_name *out)
{
    return pod_name_parse(text, out) && pod_name_is_of(*out, tenant);
}

struct text pod_primary_repository(const struct pod *pod)
{
    return pod->repositories_count > 0 ? pod->repositories[0] : TEXT("");
}

struct text pod_repository_name(const struct pod *pod)
{
    return repository_name(pod_primary_repository(pod));
}
