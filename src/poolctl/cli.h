/* SPDX-License-Identifier: MIT
 *
 * The commands and options as tables: the rows of commands.def and options.def, without the columns
 * that only ways.c uses.
 */
#ifndef POOLCTL_CLI_H
#define POOLCTL_CLI_H

#include <stdbool.h>
#include <stdint.h>

enum command_id {
#define COMMAND(id, words, arguments, method, path, way, show, help) COMMAND_##id,
#include "poolctl/commands.def"
#undef COMMAND
    COMMAND__MAX
};

enum option_id {
#define OPTION(id, name, letter, type, argument, of, query, words, initial, help) OPTION_##id,
#include "poolctl/options.def"
#undef OPTION
    OPTION__MAX
};

enum option_type {
    OPTION_TYPE_TEXT,
    OPTION_TYPE_URL,
    OPTION_TYPE_TOKEN,
    OPTION_TYPE_COUNT,
    OPTION_TYPE_FRACTION,
    OPTION_TYPE_TIME,
    OPTION_TYPE_DELAY,
    OPTION_TYPE_WORD,
    OPTION_TYPE_HEADER,
    OPTION_TYPE_TARGET,
    OPTION_TYPE_HOST,
    OPTION_TYPE_FLAG,
};

enum { OPTION_VARIABLE_MAX = 32 /* bytes, with the NUL */ };

/* The last argument of a command that takes pairs. */
#define COMMAND_PAIRS "KEY=VALUE..."

struct command_row {
    const char *words;     /* one or two, such as "faults list" */
    const char *arguments; /* a name (in brackets: optional), COMMAND_PAIRS, or both; "": none */
    const char *help;
};

struct option_row {
    const char *name;
    char letter; /* 0: none */
    enum option_type type;
    const char *argument; /* the argument's name; "" for a flag */
    uint64_t of;          /* the commands that take the option: a bit for each */
    const char *query;    /* the parameter of the query, or "" */
    const char *words;    /* the possible words, separated by spaces, or "" */
    const char *initial;  /* the default, or "" */
    const char *help;
};

extern const struct command_row command_rows[COMMAND__MAX];
extern const struct option_row cli_option_rows[OPTION__MAX];

/* The keys of the pools' settings, each followed by a = and a space. */
extern const char setting_keys[];

/* Returns true if the command takes pairs. */
bool command_takes_pairs(const struct command_row *row);

/* Returns true if the command takes the option. */
bool option_is_of(enum option_id option, enum command_id command);

/* Returns true if every command takes the option. */
bool option_is_of_every(enum option_id option);

/* Writes the name of the option's environment variable; "" if it has none. */
void option_variable(enum option_id option, char name[static OPTION_VARIABLE_MAX]);

#endif
