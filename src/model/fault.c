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

static bool is_id_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

bool fault_id_is_valid(struct text id)
{
    if (id.length == 0 || id.length > FAULT_ID_MAX || id.at[0] == '.')
        return false;
    for (size_t i = 0; i < id.length; i++)
        if (!is_id_byte(id.at[i]))
            return false;
    return true;
}
