/* SPDX-License-Identifier: MIT */
#include "model/event.h"

static const char *const words[] = {
#define EVENT(name, word) [EVENT_##name] = word,
#include "model/event.def"
#undef EVENT
    [EVENT_TYPE__MAX] = NULL,
};

const char *const *event_type_words(void)
{
    return words;
}
