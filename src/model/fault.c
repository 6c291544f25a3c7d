/* SPDX-License-Identifier: MIT */
#include "model/fault.h"

_Static_assert(OPERATION__CLIENTS < 32, "fault_match has a bit for each operation");

const char *const *fault_phase_words(void)
{
    static const char *const words[] = {
#define FAULT_PHASE(name, word) word,
#include "model/fault.def"
        NULL};

    return words;
}

const char *const *fault_delay_words(void)
{
    static const char *const words[] = {
#define FAULT_DELAY(name, word) word,
#include "model/fault.def"
        NULL};

    return words;
}

const char *const *fault_answer_words(void)
{
    static const char *const words[] = {
#define FAULT_ANSWER(name, word) word,
#include "model/fault.def"
        NULL};

    return words;
}

const char *const *fault_connection_words(void)
{
    static const char *const words[] = {
#define FAULT_CONNECTION(name, word) word,
#include "model/fault.def"
        NULL};

    return words;
}
