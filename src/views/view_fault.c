/* SPDX-License-Identifier: MIT */
#include "views/views.h"

static void put_operations(struct writer *writer, uint32_t operations)
{
    if (operations == OPERATIONS_ALL) {
        writer_text(writer, TEXT("*"));
        return;
    }
    writer_array(writer);
    for (int i = 0; i < OPERATION__CLIENTS; i++)
        if (operations_contain(operations, (enum operation)i))
            writer_text(writer, text_of(operation_words()[i]));
    writer_end_array(writer);
}

/* 0 stands for "none". */
static void put_bound(struct writer *writer, int64_t bound)
{
    if (bound == 0)
        writer_null(writer);
    else
        writer_number(writer, bound);
}

static void put_match(struct writer *writer, const struct fault_match *match)
{
    writer_object(writer);
    writer_key(writer, "operation");
    put_operations(writer, match->operations);
    writer_key(writer, "pool");
    writer_text(writer, match->pool);
    writer_key(writer, "pod");
    writer_text(writer, match->pod);
    writer_key(writer, "workspaceId");
    writer_text(writer, match->workspace);
    writer_key(writer, "port");
    put_bound(writer, match->port);
    writer_key(writer, "method");
    writer_text(writer, match->method);
    writer_key(writer, "path");
    writer_text(writer, match->path);
    writer_end_object(writer);
}

static void put_uniform(struct writer *writer, const struct fault_delay *delay)
{
    writer_key(writer, "lowerMs");
    writer_number(writer, delay->lower_ms);
    writer_key(writer, "upperMs");
    writer_number(writer, delay->upper_ms);
}

static void put_lognormal(struct writer *writer, const struct fault_delay *delay)
{
    writer_key(writer, "medianMs");
    writer_number(writer, delay->median_ms);
    writer_key(writer, "sigma");
    writer_real(writer, delay->sigma);
    writer_key(writer, "maxMs");
    writer_number(writer, delay->max_ms);
}

static void put_delay(struct writer *writer, const struct fault_delay *delay)
{
    if (delay->type == FAULT_DELAY_NONE) {
        writer_null(writer);
        return;
    }
    writer_object(writer);
    writer_key(writer, "type");
    writer_text(writer, text_of(fault_delay_words()[delay->type - 1]));
    if (delay->type == FAULT_DELAY_UNIFORM) {
        put_uniform(writer, delay);
    } else if (delay->type == FAULT_DELAY_LOGNORMAL) {
        put_lognormal(writer, delay);
    } else {
        writer_key(writer, "ms");
        writer_number(writer, delay->ms);
    }
    writer_end_object(writer);
}

static void put_headers(struct writer *writer, struct text lines)
{
    struct text line, name;

    if (!lines.at)
        return;
    writer_key(writer, "headers");
    writer_object(writer);
    while (text_cut(&lines, '\r', &line) && lines.at) {
        lines = text_from(lines, 1); /* its '\n' */
        text_cut(&line, ':', &name);
        writer_text_key(writer, name);
        writer_text(writer, text_from(line, 1));
    }
    writer_end_object(writer);
}

static void put_status(struct writer *writer, const struct fault_rule *rule)
{
    writer_number(writer, rule->answer.status);
    put_headers(writer, rule->headers);
    if (rule->answer.content == FAULT_CONTENT_JSON) {
        writer_key(writer, "json");
        writer_raw(writer, rule->content);
        return;
    }
    if (rule->answer.content == FAULT_CONTENT_TEXT) {
        writer_key(writer, "text");
        writer_text(writer, rule->content);
        return;
    }
    writer_key(writer, "retryAfter");
    put_bound(writer, rule->answer.retry_after_s);
    writer_key(writer, "error");
    writer_text(writer, rule->error);
}

static void put_dribble(struct writer *writer, const struct fault_answer *answer)
{
    writer_object(writer);
    writer_key(writer, "bytesPerSecond");
    writer_number(writer, answer->bytes_per_second);
    writer_end_object(writer);
}

/* The value under the key of the answer's kind, and what goes with it. */
static void put_answer_value(struct writer *writer, const struct fault_rule *rule)
{
    const struct fault_answer *answer = &rule->answer;

    switch (answer->kind) {
    case FAULT_ANSWER_STATUS:
        put_status(writer, rule);
        break;
    case FAULT_ANSWER_CONNECTION:
        writer_text(writer, text_of(fault_connection_words()[answer->connection]));
        break;
    case FAULT_ANSWER_TRUNCATE:
        writer_real(writer, answer->truncate);
        break;
    case FAULT_ANSWER_DRIBBLE:
        put_dribble(writer, answer);
        break;
    case FAULT_ANSWER_GARBAGE:
    case FAULT_ANSWER_HANG:
    case FAULT_ANSWER_NONE:
    case FAULT_ANSWER__MAX:
        writer_bool(writer, true);
        break;
    }
}

static void put_answer(struct writer *writer, const struct fault_rule *rule)
{
    if (rule->answer.kind == FAULT_ANSWER_NONE) {
        writer_null(writer);
        return;
    }
    writer_object(writer);
    writer_text_key(writer, text_of(fault_answer_words()[rule->answer.kind - 1]));
    put_answer_value(writer, rule);
    writer_end_object(writer);
}

static void put_share(struct writer *writer, const struct fault_rule *rule)
{
    writer_key(writer, "skip");
    writer_number(writer, rule->skip);
    writer_key(writer, "every");
    writer_number(writer, rule->every);
    writer_key(writer, "times");
    put_bound(writer, rule->times);
    writer_key(writer, "probability");
    writer_real(writer, rule->probability);
    writer_key(writer, "ttl");
    put_bound(writer, rule->ttl_ms);
}

void view_fault(struct writer *writer, const struct fault_rule *rule,
                const struct fault_counts *counts)
{
    writer_object(writer);
    writer_key(writer, "id");
    writer_text(writer, rule->id);
    writer_key(writer, "match");
    put_match(writer, &rule->match);
    put_share(writer, rule);
    writer_key(writer, "phase");
    writer_text(writer, text_of(fault_phase_words()[rule->phase]));
    writer_key(writer, "delay");
    put_delay(writer, &rule->delay);
    writer_key(writer, "answer");
    put_answer(writer, rule);
    writer_key(writer, "matched");
    writer_number(writer, counts->matched);
    writer_key(writer, "hits");
    writer_number(writer, counts->hits);
    writer_key(writer, "spent");
    writer_bool(writer, counts->spent);
    writer_end_object(writer);
}
