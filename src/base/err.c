/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

static const struct {
    int status;
    int retry_after_s;
    const char *code;
    const char *sentence;
} rows[ERR__MAX] = {
    [OK] = {200, 0, "ok", "ok"},
#define ERR(name, status, retry_after_s, code, sentence) \
    [ERR_##name] = {status, retry_after_s, code, sentence},
#include "base/err.def"
#undef ERR
};

int err_status(enum err err)
{
    CHECK(err < ERR__MAX);
    return rows[err].status;
}

int err_retry_after_s(enum err err)
{
    CHECK(err < ERR__MAX);
    return rows[err].retry_after_s;
}

bool err_is_own_failure(enum err err)
{
    return err_status(err) == err_status(ERR_INTERNAL) || err == ERR_TURN_LOST ||
           err == ERR_STATE_FILE;
}

const char *err_code(enum err err)
{
    CHECK(err < ERR__MAX);
    return rows[err].code;
}

const char *err_sentence(enum err err)
{
    CHECK(err < ERR__MAX);
    return rows[err].sentence;
}

/* Removes an incomplete UTF-8 sequence, left by a cut, from the end. */
static void trim_cut_character(char *string, size_t length)
{
    size_t start = length;

    while (start > 0 && length - start < 3 && ((unsigned char)string[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)string[start - 1] >= 0xC0)
        start--;
    if (text_utf8_length((struct text){string + start, length - start}) != length - start)
        string[start] = '\0';
}

enum err problem_set(struct problem *problem, enum err err, const char *format, ...)
{
    va_list args;

    problem->err = err;
    problem->status = 0;
    problem->members = (struct text){0};
    va_start(args, format);
    int length = vsnprintf(problem->text, sizeof(problem->text), format, args);
    va_end(args);
    if (length >= (int)sizeof(problem->text))
        trim_cut_character(problem->text, sizeof(problem->text) - 1);
    return err;
}

enum err problem_set_status(struct problem *problem, enum err err, int status, int retry_after_s)
{
    CHECK(status >= 400 && status <= 599);
    if (problem->err != err) {
        problem->text[0] = '\0';
        problem->members = (struct text){0};
    }
    problem->err = err;
    problem->status = status;
    problem->retry_after_s = retry_after_s;
    return err;
}

int problem_status(const struct problem *problem, enum err err)
{
    return problem->err == err && problem->status ? problem->status : err_status(err);
}

int problem_retry_after_s(const struct problem *problem, enum err err)
{
    return problem->err == err && problem->status ? problem->retry_after_s : err_retry_after_s(err);
}

void problem_set_members(struct problem *problem, struct text members)
{
    CHECK(problem->err);
    problem->members = members;
}

struct text problem_members(const struct problem *problem, enum err err)
{
    return problem->err == err ? problem->members : (struct text){0};
}

struct text problem_sentence(const struct problem *problem, enum err err)
{
    if (problem->err == err && problem->text[0])
        return text_of(problem->text);
    return text_of(err_sentence(err));
}
