/* SPDX-License-Identifier: MIT */
#include "callbacks/delivery_filter.h"

#include "base/glob.h"
#include "base/words.h"

/* Reads states, with commas between them. */
static enum err read_states(struct call *call, unsigned *states)
{
    const char *const *words = delivery_state_words();
    struct text rest, word;
    char expected[PROBLEM_TEXT_MAX / 2];
    enum err err = call_query(call, "state", &rest);

    if (err || rest.length == 0)
        return err;
    *states = 0;
    while (text_cut(&rest, ',', &word)) {
        size_t state = words_find(words, word);
        if (!words[state]) {
            words_write(words, "expected ", expected, sizeof(expected));
            return call_refuse_parameter(call, "state", word, expected);
        }
        *states |= 1u << state;
    }
    return OK;
}

enum err delivery_filter_read(struct call *call, unsigned states, struct delivery_filter *out)
{
    struct pod_name pod_name = {0};
    enum err err;

    *out = (struct delivery_filter){.states = states};
    if ((err = read_states(call, &out->states)) ||
        (err = call_query_pattern(call, "pool", &out->pool_name)) ||
        (err = call_query_pod(call, &pod_name)) ||
        (err = call_query_pattern(call, "sessionId", &out->session)))
        return err;
    out->pod_number = pod_name.pod_number;
    return OK;
}

static bool matches(struct text pattern, struct text text)
{
    return !pattern.at || (text.at && glob_matches(pattern, text));
}

bool delivery_filter_matches(const struct delivery_filter *filter, const struct delivery *delivery)
{
    return (filter->states >> delivery->state & 1) &&
           (filter->pod_number == 0 || filter->pod_number == delivery->pod_number) &&
           matches(filter->pool_name, delivery->pool_name) &&
           matches(filter->session, delivery->session);
}
