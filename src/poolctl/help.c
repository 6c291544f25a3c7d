/* SPDX-License-Identifier: MIT */
#include "poolctl/help.h"

#include <ctype.h>
#include <string.h>

#include "base/paragraph.h"
#include "poolctl/cli.h"

enum { COMMAND_COLUMNS = 35, OPTION_COLUMNS = 23 };

static void print_command(FILE *to, const struct command_row *row)
{
    char name[64];

    snprintf(name, sizeof(name), "%s %s", row->words, row->arguments);
    fprintf(to, "  %-*s ", COMMAND_COLUMNS, name);
    paragraph_print(to, 2 + COMMAND_COLUMNS + 1, row->help, "");
}

static void print_option(FILE *to, enum option_id option)
{
    const struct option_row *row = &cli_option_rows[option];
    char name[64], dash_letter[] = {'-', row->letter, ',', '\0'};

    snprintf(name, sizeof(name), "--%s%s%s", row->name, row->argument[0] ? " " : "", row->argument);
    fprintf(to, "  %3s %-*s ", row->letter ? dash_letter : "", OPTION_COLUMNS, name);
    paragraph_print(to, 6 + OPTION_COLUMNS + 1, row->help, row->initial);
}

static void print_options(FILE *to, bool of_every)
{
    for (int i = 0; i < OPTION__MAX; i++)
        if (option_is_of_every((enum option_id)i) == of_every)
            print_option(to, (enum option_id)i);
}

void help_print(FILE *to)
{
    fputs("Usage: poolctl [OPTION]... COMMAND [ARGUMENT]...\n"
          "\n"
          "Sends one request to a Pool Manager mock, and prints the answer.\n"
          "\n"
          "Commands:\n",
          to);
    for (int i = 0; i < COMMAND__MAX; i++)
        print_command(to, &command_rows[i]);
    fputs("\n"
          "Options of every command, with their defaults in brackets:\n",
          to);
    print_options(to, true);
    fputs("\n"
          "Options of some commands (man poolctl tells which):\n",
          to);
    print_options(to, false);
    fputs("\n"
          "FILE may be -, for standard input or output. TIME may end in ms, s, m or h; a\n"
          "bare number is in milliseconds. An option of every command that has an argument\n"
          "can also be set in the environment, such as POOLCTL_URL. The command line wins.\n",
          to);
}

/* Prints a command's argument. `[NAME]` is optional. */
static void print_roff_argument(FILE *to, const char *argument)
{
    size_t length = strlen(argument);

    if (argument[0] == '[')
        fprintf(to, " Op Ar %.*s", (int)length - 2, argument + 1);
    else if (length > 0)
        fprintf(to, " Ar %s", argument);
}

static void print_sentence(FILE *to, const char *help)
{
    fprintf(to, "%c%s.\n", toupper((unsigned char)help[0]), help + 1);
}

void help_print_command_items(FILE *to)
{
    for (int i = 0; i < COMMAND__MAX; i++) {
        fprintf(to, ".It Cm %s", command_rows[i].words);
        print_roff_argument(to, command_rows[i].arguments);
        fputc('\n', to);
        print_sentence(to, command_rows[i].help);
    }
}

/* Prints the commands that take the option, each once. */
static void print_roff_commands(FILE *to, enum option_id option)
{
    const char *last = "";

    if (option_is_of_every(option))
        return;
    fputs("For\n", to);
    for (int i = 0; i < COMMAND__MAX; i++) {
        if (!option_is_of(option, (enum command_id)i) || strcmp(last, command_rows[i].words) == 0)
            continue;
        if (last[0])
            fputs(" ,\n", to);
        last = command_rows[i].words;
        fprintf(to, ".Cm %s", last);
    }
    fputs(" .\n", to);
}

void help_print_option_items(FILE *to)
{
    for (int i = 0; i < OPTION__MAX; i++) {
        const struct option_row *row = &cli_option_rows[i];
        char variable[OPTION_VARIABLE_MAX];
        fputs(".It ", to);
        if (row->letter)
            fprintf(to, "Fl %c , ", row->letter);
        fprintf(to, "Fl Fl %s", row->name);
        print_roff_argument(to, row->argument);
        fputc('\n', to);
        print_sentence(to, row->help);
        print_roff_commands(to, (enum option_id)i);
        if (row->initial[0])
            fprintf(to, "The default is\n.Ql %s .\n", row->initial);
        option_variable((enum option_id)i, variable);
        if (variable[0])
            fprintf(to, "Environment:\n.Ev %s .\n", variable);
    }
}

/* Prints the options of all rows with these words. */
static void print_options_of(FILE *to, const char *words)
{
    for (int option = 0; option < OPTION__MAX; option++) {
        bool taken = false;
        for (int i = 0; i < COMMAND__MAX; i++)
            taken |= strcmp(command_rows[i].words, words) == 0 &&
                     option_is_of((enum option_id)option, (enum command_id)i);
        if (taken)
            fprintf(to, "--%s ", cli_option_rows[option].name);
    }
}

static void print_takes(FILE *to)
{
    fputs("    local -A takes=(\n", to);
    for (int i = 0; i < COMMAND__MAX; i++) {
        const char *words = command_rows[i].words;
        if (i > 0 && strcmp(words, command_rows[i - 1].words) == 0)
            continue;
        fprintf(to, "        ['%s']=' ", words);
        print_options_of(to, words);
        fputs("'\n", to);
    }
    fputs("    )\n", to);
}

static void print_words(FILE *to, const struct option_row *row)
{
    if (!row->words[0])
        return;
    fprintf(to, "        [--%s]=' %s '\n", row->name, row->words);
    if (row->letter)
        fprintf(to, "        [-%c]=' %s '\n", row->letter, row->words);
}

/* Prints the commands whose arguments contain this name, with a bar before and after each. */
static void print_commands_with(FILE *to, const char *argument)
{
    fputc('|', to);
    for (int i = 0; i < COMMAND__MAX; i++)
        if (strstr(command_rows[i].arguments, argument))
            fprintf(to, "%s|", command_rows[i].words);
}

/* Prints which command lists the possible arguments of a command: for a POOL it is `list`, for a
 * NAME or an ID it is the `list` of the same group. */
static void print_lists(FILE *to)
{
    fputs("    local -A lists=(\n", to);
    for (int i = 0; i < COMMAND__MAX; i++) {
        const struct command_row *row = &command_rows[i];
        int first = (int)strcspn(row->words, " ");
        if (strstr(row->arguments, "POOL"))
            fprintf(to, "        ['%s']='list'\n", row->words);
        else if (strcmp(row->arguments, "NAME") == 0 || strcmp(row->arguments, "ID") == 0)
            fprintf(to, "        ['%s']='%.*s list'\n", row->words, first, row->words);
    }
    fputs("    )\n", to);
}

static void print_flags(FILE *to)
{
    for (int i = 0; i < OPTION__MAX; i++) {
        const struct option_row *row = &cli_option_rows[i];
        if (row->type != OPTION_TYPE_FLAG)
            continue;
        fprintf(to, "--%s ", row->name);
        if (row->letter)
            fprintf(to, "-%c ", row->letter);
    }
}

void help_print_completion_tables(FILE *to)
{
    print_takes(to);
    fputs("    local -A words=(\n", to);
    for (int i = 0; i < OPTION__MAX; i++)
        print_words(to, &cli_option_rows[i]);
    fputs("    )\n", to);
    print_lists(to);
    fputs("    local every=' ", to);
    for (int i = 0; i < OPTION__MAX; i++)
        if (option_is_of_every((enum option_id)i))
            fprintf(to, "--%s ", cli_option_rows[i].name);
    fputs("'\n    local files='", to);
    print_commands_with(to, "FILE");
    fputs("'\n    local pairs='", to);
    print_commands_with(to, COMMAND_PAIRS);
    fprintf(to, "'\n    local keys=' %s'\n    local flags=' ", setting_keys);
    print_flags(to);
    fputs("'\n", to);
}
