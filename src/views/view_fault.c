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

static void put_match(struct writer *writer, const struct fault_match *match)
{
    writer_object(writer);
    writer_key(writer, "operation");
    put_operations(writer, match->operations);
    writer_member_text(writer, "pool", match->pool);
    writer_member_text(writer, "pod", match->pod);
    writer_member_text(writer, "workspaceId", match->workspace);
    writer_member_number_or_null(writer, "port", match->port);
    writer_member_text(writer, "method", match->method);
    writer_member_text(writer, "path", match->path);
    writer_end_object(writer);
}

static void put_uniform(struct writer *writer, const struct fault_delay *delay)
{
    writer_member_number(writer, "lowerMs", delay->lower_ms);
    writer_member_number(writer, "upperMs", delay->upper_ms);
}

static void put_lognormal(struct writer *writer, const struct fault_delay *delay)
{
    writer_member_number(writer, "medianMs", delay->median_ms);
    writer_member_real(writer, "sigma", delay->sigma);
    writer_member_number(writer, "maxMs", delay->max_ms);
}

static void put_delay(struct writer *writer, const struct fault_delay *delay)
{
    if (delay->type == FAULT_DELAY_NONE) {
        writer_null(writer);
        return;
    }
    writer_object(writer);
    writer_member_text(writer, "type", text_of(fault_delay_words()[delay->type - 1]));
    if (delay->type == FAULT_DELAY_UNIFORM) {
        put_uniform(writer, delay);
    } else if (delay->type == FAULT_DELAY_LOGNORMAL) {
        put_lognormal(writer, delay);
    } else {
        writer_member_number(writer, "ms", delay->ms);
    }
    writer_end_object(writer);
}

static void put_headers(struct writer *writer, struct text lines)
{
    struct text line, name;

    if (!lines.at)
        return;
    writer_member_object(writer, "headers");
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
        writer_member_raw(writer, "json", rule->content);
        return;
    }
    if (rule->answer.content == FAULT_CONTENT_TEXT) {
        writer_member_text(writer, "text", rule->content);
        return;
    }
    writer_member_number_or_null(writer, "retryAfter", rule->answer.retry_after_s);
    writer_member_text(writer, "error", rule->error);
}

static void put_dribble(struct writer *writer, const struct fault_answer *answer)
{
    writer_object(writer);
    writer_member_number(writer, "bytesPerSecond", answer->bytes_per_second);
    writer_end_object(writer);
}

/* Writes the value under the key of the answer's kind, and the members that belong to it. */
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
    writer_member_number(writer, "skip", rule->skip);
    writer_member_number(writer, "every", rule->every);
    writer_member_number_or_null(writer, "times", rule->times);
    writer_member_real(writer, "probability", rule->probability);
    writer_member_number_or_null(writer, "ttl", rule->ttl_ms);
}

void view_fault(struct writer *writer, const struct fault_rule *rule,
                const struct fault_counts *counts)
{
    writer_object(writer);
    writer_member_text(writer, "id", rule->id);
    writer_key(writer, "match");
    put_match(writer, &rule->match);
    put_share(writer, rule);
    writer_member_text(writer, "phase", text_of(fault_phase_words()[rule->phase]));
    writer_key(writer, "delay");
    put_delay(writer, &rule->delay);
    writer_key(writer, "answer");
    put_answer(writer, rule);
    writer_member_number(writer, "matched", counts->matched);
    writer_member_number(writer, "hits", counts->hits);
    writer_member_bool(writer, "spent", counts->spent);
    writer_end_object(writer);
}
