/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "base/paragraph.h"
#include "options_rows.h"

enum { VALUE_MAX = 128 * 1024, NAME_COLUMNS = 23, HELP_COLUMN = 6 + NAME_COLUMNS + 1 };

/* `letter` is 0 where the option has none. A name that is too wide has a line of its own. */
static void print_option(FILE *to, char letter, const char *name, const char *help,
                         const char *initial)
{
    char dash_letter[] = {'-', letter, ',', '\0'};

    if (strlen(name) > NAME_COLUMNS)
        fprintf(to, "  %3s %s\n%*s", letter ? dash_letter : "", name, HELP_COLUMN, "");
    else
        fprintf(to, "  %3s %-*s ", letter ? dash_letter : "", NAME_COLUMNS, name);
    paragraph_print(to, HELP_COLUMN, help, initial);
}

void options_print_help(FILE *to)
{
    fputs("Usage: pool-manager-mock [OPTION]...\n"
          "\n"
          "Answers the HTTP API of a Pool Manager without starting any pod. It is a FastCGI\n"
          "worker: it needs a web server in front of it, such as nginx. To try it out, run\n"
          "`./bootstrap serve` in a checkout.\n"
          "\n"
          "Options, with their defaults in brackets:\n",
          to);
    for (int i = 0; i < OPTIONS_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char name[64];
        bool is_flag = row->type == TYPE_FLAG;
        snprintf(name, sizeof(name), "--%s%s%s%s", row->name, is_flag ? "[=" : " ", row->argument,
                 is_flag ? "]" : "");
        print_option(to, row->letter, name, row->help, row->initial);
    }
    print_option(to, 0, "--check", "check the options, show their values, and exit", "");
    print_option(to, 'h', "--help", "show this text and exit", "");
    print_option(to, 'V', "--version", "show the version and exit", "");
    fputs("\n"
          "BYTES may end in K, M or G. TIME may end in ms, s, m or h; a bare number is in\n"
          "milliseconds. Each option can also be set in the environment, by a variable with\n"
          "its name in capitals: POOL_MANAGER_LOG_LEVEL=debug is --log-level debug. The\n"
          "command line wins over the environment.\n",
          to);
}

void options_print_roff(FILE *to)
{
    for (int i = 0; i < OPTIONS_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char name[ENVIRONMENT_NAME_MAX];
        option_environment_name(row, name);
        fprintf(to, ".It ");
        if (row->letter)
            fprintf(to, "Fl %c , ", row->letter);
        fprintf(to, "Fl Fl %s %sAr %s\n", row->name, row->type == TYPE_FLAG ? "Ns Op Ns = Ns " : "",
                row->argument);
        fprintf(to, "%c%s.\n", toupper((unsigned char)row->help[0]), row->help + 1);
        if (row->initial[0])
            fprintf(to, "The default is\n.Ql %s .\n", row->initial);
        fprintf(to, "Environment:\n.Ev %s .\n", name);
    }
}

/* Puts the value as it was given. A value that is not a plain word is put in quotes, with escapes.
 */
static void put_value(struct buffer *out, const struct option_row *row,
                      const struct option_origin *origin)
{
    struct text value = text_of(origin->value);
    bool is_plain = value.length > 0;

    for (size_t i = 0; i < value.length; i++)
        is_plain = is_plain && value.at[i] > ' ' && value.at[i] < 0x7F && value.at[i] != '"';
    if (row->type == TYPE_SECRET && origin->source != OPTION_FROM_DEFAULT) {
        buffer_put_text(out, TEXT("(not shown)"));
    } else if (is_plain) {
        buffer_put_text(out, value);
    } else {
        buffer_put_char(out, '"');
        buffer_put_escaped(out, value);
        buffer_put_char(out, '"');
    }
}

static void print_value(FILE *to, const struct option_row *row, const struct option_origin *origin)
{
    struct buffer value = buffer_new(VALUE_MAX);
    char variable[ENVIRONMENT_NAME_MAX];

    option_environment_name(row, variable);
    put_value(&value, row, origin);
    fprintf(to, "--%-18s %-30.*s %s\n", row->name, TEXT_ARGS(buffer_text(&value)),
            origin->source == OPTION_FROM_DEFAULT       ? "default"
            : origin->source == OPTION_FROM_ENVIRONMENT ? variable
                                                        : "flag");
    buffer_free(&value);
}

void options_print_values(FILE *to, const struct options *options)
{
    fprintf(to, "%-20s %-30s %s\n", "OPTION", "VALUE", "FROM");
    for (int i = 0; i < OPTIONS_COUNT; i++)
        print_value(to, &option_rows[i], &options->origins[i]);
}
