/* SPDX-License-Identifier: MIT */
#include "admin/journal_answer.h"

#include <stdio.h>

#include "tenant/tenant.h"

enum err journal_answer_open(struct call *call, struct journal **out)
{
    *out = &call->tenant->journal;
    return (*out)->max > 0 ? OK : ERR_NO_JOURNAL;
}

enum err journal_answer_check_after(struct call *call, uint64_t after, enum err err,
                                    const char *key)
{
    uint64_t last = journal_last_seq(&call->tenant->journal);

    return after <= last
               ? OK
               : problem_set(call->problem, err,
                             "%s: %llu is past the newest request, %llu; a reset starts again at 1",
                             key, (unsigned long long)after, (unsigned long long)last);
}

void journal_answer_show_dropped(struct writer *writer, const struct journal *journal)
{
    writer_member_number(writer, "dropped", (int64_t)journal_dropped(journal));
}

void journal_answer_explain(const struct journal *journal, uint64_t missing,
                            char out[static PROBLEM_TEXT_MAX])
{
    snprintf(out, PROBLEM_TEXT_MAX,
             "%llu older request%s no longer in the journal: clear it first, set after to "
             "%llu or more, or start the worker with a larger --journal",
             (unsigned long long)missing, missing == 1 ? " is" : "s are",
             (unsigned long long)journal_whole_after(journal));
}
