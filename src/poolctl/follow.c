/* SPDX-License-Identifier: MIT */
#include "poolctl/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "poolctl/complain.h"
#include "poolctl/print.h"
#include "poolctl/reply.h"
#include "poolctl/show.h"
#include "poolctl/transfer.h"

enum { LINE_MAX_BYTES = 1024 * 1024, ID_MAX = 128, VALUES_MAX = 1000, PAUSE_S = 1 };

struct follow {
    struct transfer *transfer;
    bool as_json;
    bool has_begun; /* a stream of the service has come */
    bool is_broken; /* the stream broke off, and has not come back */
    int status;     /* of a failure while a stream was read */
    char id[ID_MAX];
    struct buffer line; /* that has not ended yet */
    struct table table;
};

struct follow *follow_new(struct transfer *transfer, bool as_json)
{
    struct follow *follow = calloc(1, sizeof(*follow));

    if (!follow)
        return NULL;
    follow->transfer = transfer;
    follow->as_json = as_json;
    follow->line = buffer_new(LINE_MAX_BYTES);
    return follow;
}

void follow_free(struct follow **follow)
{
    if (!*follow)
        return;
    buffer_free(&(*follow)->line);
    table_free(&(*follow)->table);
    free(*follow);
    *follow = NULL;
}

const char *follow_id(const struct follow *follow)
{
    return follow->id;
}

static int print_event(struct follow *follow, struct text data, struct json_object *event)
{
    char number[TREE_NUMBER_MAX];
    struct text type = reply_text(reply_at(event, "type"), number);
    bool is_gap = text_equal(type, TEXT("stream.gap"));

    if (is_gap && !follow->as_json)
        return show_gap(event);
    if (!is_gap && text_starts_with(type, TEXT("stream.")))
        return EX_OK;
    if (!follow->as_json)
        return show_event(event, &follow->table);
    print_plain(stdout, data);
    putchar('\n');
    return EX_OK;
}

/* Prints the event whose JSON is `data`. */
static int take_event(struct follow *follow, struct text data)
{
    struct problem problem = {0};
    struct tree tree = {0};
    enum err err = tree_build(&tree, data, data, VALUES_MAX, &problem);
    int status = err == ERR_NO_MEMORY ? complain_no_memory()
                 : err                ? complain_foreign()
                                      : print_event(follow, data, tree.root);

    tree_free(&tree);
    fflush(stdout);
    return status;
}

static int take_line(struct follow *follow, struct text line)
{
    const struct text id = TEXT("id: "), data = TEXT("data: "), retry = TEXT("retry: ");

    if (!follow->has_begun && !text_starts_with(line, retry))
        return complain_foreign();
    follow->has_begun = true;
    follow->is_broken = false;
    if (text_starts_with(line, id))
        snprintf(follow->id, sizeof(follow->id), "%.*s", TEXT_ARGS(text_from(line, id.length)));
    if (text_starts_with(line, data))
        return take_event(follow, text_from(line, data.length));
    return EX_OK;
}

/* Takes a piece of the stream. Returns false after a failure. */
static bool take_piece(void *context, struct text piece)
{
    struct follow *follow = context;
    struct text rest = piece, part;

    while (follow->status == EX_OK && !ferror(stdout) && text_cut(&rest, '\n', &part)) {
        buffer_put_text(&follow->line, part);
        if (follow->line.failed)
            follow->status = complain_failed(&follow->line, EX_PROTOCOL, "an event is too long");
        else if (rest.at)
            follow->status = take_line(follow, buffer_text(&follow->line));
        if (rest.at)
            buffer_clear(&follow->line);
    }
    return follow->status == EX_OK && !ferror(stdout);
}

/* Tells once that the stream broke off, and waits before it is opened again. */
static int wait_for_service(struct follow *follow)
{
    if (!follow->is_broken)
        complain(EX_OK, "the stream broke off; it is opened again as soon as the service answers");
    follow->is_broken = true;
    nanosleep(&(struct timespec){.tv_sec = PAUSE_S}, NULL);
    return EX_OK;
}

/* Returns true for an answer that a service gives for a while: it is busy, or a front end has lost
 * it. */
static bool is_passing(long status)
{
    return status < 300 || (status >= 502 && status <= 504);
}

int follow_stream(struct follow *follow, struct text target)
{
    const struct transfer_request request = {.method = "GET",
                                             .target = target,
                                             .take = take_piece,
                                             .context = follow,
                                             .is_quiet = follow->has_begun};
    struct transfer_answer answer;
    struct tree tree = {0};

    buffer_clear(&follow->line);
    int status = transfer_run(follow->transfer, &request, &answer);
    bool comes_back = follow->has_begun && is_passing(answer.status);
    if (status == EX_OK && answer.status >= 300 && !comes_back)
        status = reply_read(&answer, &tree);
    tree_free(&tree);
    buffer_free(&answer.body);
    if (follow->status != EX_OK || ferror(stdout))
        return follow->status;
    return comes_back ? wait_for_service(follow) : status ? status : complain_foreign();
}
