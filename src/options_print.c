/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/buffer.h"
#include "options_rows.h"

enum { VALUE_MAX = 128 * 1024 };

void options_print_help(FILE *to)
{
    fprintf(to, "Usage: pool-manager-mock [OPTION]...\n"
                "A mock of a Pool Manager, as a FastCGI worker.\n\n");
    for (int i = 0; i < OPTIONS_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        char name[64];
        bool is_flag = row->type == TYPE_FLAG;
        snprintf(name, sizeof(name), "--%s%s%s%s", row->name, is_flag ? "[=" : " ", row->argument,
                 is_flag ? "]" : "");
        if (row->letter)
            fprintf(to, "  -%c, %-28s", row->letter, name);
        else
            fprintf(to, "      %-28s", name);
        fprintf(to, " %s", row->help);
        fprintf(to, row->initial[0] ? " [%s]\n" : "\n", row->initial);
    }
    fprintf(to, "      %-28s %s\n", "--check", "check the options, show their values, and exit");
    fprintf(to, "  -h, %-28s %s\n", "--help", "show this and exit");
    fprintf(to, "  -V, %-28s %s\n", "--version", "show the version and exit");
    fputs("\nEach option is also taken from the environment: POOL_MANAGER_ and its name in\n"
          "capitals, such as POOL_MANAGER_LOG_LEVEL; a flag wins. BYTES may end in K, M or G,\n"
          "TIME in ms, s, m or h.\n",
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
        fprintf(to, "Fl Fl %s %sAr %s\n", row->name, row->type == TYPE_FLAG ? "Op " : "",
                row->argument);
        fprintf(to, "%c%s.\n", toupper((unsigned char)row->help[0]), row->help + 1);
        if (row->initial[0])
            fprintf(to, "The default is\n.Ql %s .\n", row->initial);
        fprintf(to, "Environment:\n.Ev %s .\n", name);
    }
}

/* The value as it was given; in quotes, with escapes, where it is not a plain word. */
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
