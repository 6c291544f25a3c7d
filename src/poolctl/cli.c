/* SPDX-License-Identifier: MIT */
#include "poolctl/cli.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define OF(command) (UINT64_C(1) << COMMAND_##command)
#define EVERY UINT64_MAX

/* The names of the worker's operations. */
static const char operation_words[] =
#define OPERATION(id, word, ...) word " "
#include "model/operation.def"
#undef OPERATION
    "";

/* The types of events. */
static const char event_words[] =
#define EVENT(name, word) word " "
#include "model/event.def"
#undef EVENT
    "";

/* The states of deliveries. */
static const char state_words[] =
#define DELIVERY_STATE(name, word) word " "
#include "model/delivery.def"
    "";

const char setting_keys[] =
#define SETTING(name, key, kind, least, most, initial) key "= "
#define PROGRESSION_SETTING(name, key, kind, least, most, initial)
#include "model/settings.def"
    "progression= ";

static_assert(COMMAND__MAX < 64, "a bit for each command");

const struct command_row command_rows[COMMAND__MAX] = {
#define COMMAND(id, words, arguments, method, path, way, show, help) \
    [COMMAND_##id] = {words, arguments, help},
#include "poolctl/commands.def"
#undef COMMAND
};

const struct option_row cli_option_rows[OPTION__MAX] = {
#define OPTION(id, name, letter, type, argument, of, query, words, initial, help) \
    [OPTION_##id] = {name, letter, OPTION_TYPE_##type, argument, of, query, words, initial, help},
#include "poolctl/options.def"
#undef OPTION
};

bool command_takes_pairs(const struct command_row *row)
{
    return strstr(row->arguments, COMMAND_PAIRS);
}

bool option_is_of(enum option_id option, enum command_id command)
{
    return cli_option_rows[option].of >> command & 1;
}

bool option_is_of_every(enum option_id option)
{
    return cli_option_rows[option].of == EVERY;
}

void option_variable(enum option_id option, char name[static OPTION_VARIABLE_MAX])
{
    const struct option_row *row = &cli_option_rows[option];
    size_t length;

    name[0] = '\0';
    if (!option_is_of_every(option) || row->type == OPTION_TYPE_FLAG)
        return;
    length = (size_t)snprintf(name, OPTION_VARIABLE_MAX, "POOLCTL_%s", row->name);
    for (size_t i = 0; i < length; i++)
        name[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
}
