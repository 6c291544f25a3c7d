/* SPDX-License-Identifier: MIT */
#include "model/delivery.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const *callback_cause_words(void)
{
    static const char *const words[] = {
#define CALLBACK_CAUSE(name, word) word,
#include "model/delivery.def"
        NULL};

    return words;
}

const char *const *delivery_state_words(void)
{
    static const char *const words[] = {
#define DELIVERY_STATE(name, word) word,
#include "model/delivery.def"
        NULL};

    return words;
}

const char *const *delivery_fault_words(void)
{
    static const char *const words[] = {
#define DELIVERY_FAULT(name, word) word,
#include "model/delivery.def"
        NULL};

    return words;
}

bool delivery_has_ended(const struct delivery *delivery)
{
    return delivery->state == DELIVERY_DELIVERED || delivery->state == DELIVERY_FAILED;
}

/* Returns true for a status after which another attempt makes no sense. */
static bool is_final(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

/* Returns the seconds until the next attempt, after so many. */
static int64_t pause_s(int attempts)
{
    static const int pauses[] = {1, 5, 30, DELIVERY_PAUSE_MAX_S};
    const int last = sizeof(pauses) / sizeof(pauses[0]) - 1;

    return pauses[attempts - 1 < last ? attempts - 1 : last];
}

static void fail(struct delivery *delivery, enum delivery_fault fault)
{
    delivery->state = DELIVERY_FAILED;
    delivery->fault = fault;
}

int64_t delivery_take_attempt(struct delivery *delivery, const struct delivery_attempt *attempt)
{
    int64_t wanted_s = attempt->retry_after_s;

    delivery->attempts++;
    delivery->status = attempt->status;
    snprintf(delivery->error, sizeof(delivery->error), "%.*s", TEXT_ARGS(attempt->error));
    if (attempt->is_refused)
        fail(delivery, DELIVERY_FAULT_REFUSED);
    else if (attempt->status >= 200 && attempt->status < 300)
        delivery->state = DELIVERY_DELIVERED;
    else if (is_final(attempt->status))
        fail(delivery, DELIVERY_FAULT_STATUS);
    else if (delivery->attempts >= delivery->attempts_max)
        fail(delivery, DELIVERY_FAULT_ATTEMPTS);
    else
        delivery->state = DELIVERY_DUE;
    if (wanted_s > DELIVERY_PAUSE_MAX_S)
        return DELIVERY_PAUSE_MAX_S;
    return wanted_s > 0 ? wanted_s : pause_s(delivery->attempts);
}

/* Returns the length of "http://" or "https://" at the front of a URL, in any case; 0: neither. */
static size_t scheme_length(struct text url)
{
    static const struct text schemes[] = {{"http://", 7}, {"https://", 8}};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (url.length >= schemes[i].length &&
            strncasecmp(url.at, schemes[i].at, schemes[i].length) == 0)
            return schemes[i].length;
    return 0;
}

/* Returns the bytes up to the first one of `ends`. */
static size_t length_to(struct text text, const char *ends)
{
    size_t length = 0;

    while (length < text.length && !strchr(ends, text.at[length]))
        length++;
    return length;
}

struct text callback_url_shown(struct text url, char out[static CALLBACK_URL_MAX])
{
    struct text rest = text_from(url, scheme_length(url));
    size_t length = (size_t)(rest.at - url.at);

    rest.length = length_to(rest, "?#");
    size_t authority = length_to(rest, "/");
    const char *at = memrchr(rest.at, '@', authority);
    if (at)
        rest = text_from(rest, (size_t)(at - rest.at) + 1);
    memcpy(out, url.at, length);
    memcpy(out + length, rest.at, rest.length);
    return (struct text){out, length + rest.length};
}

bool callback_url_is_valid(struct text url)
{
    size_t length = scheme_length(url);

    for (size_t i = 0; i < url.length; i++)
        if (url.at[i] <= ' ' || url.at[i] > '~')
            return false;
    return length > 0 && length_to(text_from(url, length), "/?#") > 0;
}

bool callback_target_is_valid(struct text name)
{
    if (name.length == 0 || name.length > CALLBACK_TARGET_MAX)
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!(name.at[i] >= 'a' && name.at[i] <= 'z') &&
            !(name.at[i] >= '0' && name.at[i] <= '9') && name.at[i] != '-')
            return false;
    return true;
}
