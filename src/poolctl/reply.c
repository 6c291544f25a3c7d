/* SPDX-License-Identifier: MIT */
#include "poolctl/reply.h"

#include <json.h>
#include <string.h>

#include "poolctl/complain.h"
#include "poolctl/transfer.h"

/* The codes whose exit status is not EXIT_REFUSED. */
static const struct {
    const char *code;
    int status;
} exceptions[] = {
    {"exhausted", EX_TEMPFAIL},
    {"bad_gateway", EX_UNAVAILABLE},
    {"gateway_timeout", EX_UNAVAILABLE},
    {"unavailable", EX_UNAVAILABLE},
};

enum { HTTP_NOT_FOUND = 404, HTTP_REQUEST_TIMEOUT = 408 };

/* Reads an answer. The tree is empty if the answer is not a JSON object. Returns false if memory
 * ran out. */
static bool parse(struct text body, struct tree *out)
{
    struct problem problem;
    enum err err = tree_build(out, body, body, SIZE_MAX, &problem);

    if (err || !json_object_is_type(out->root, json_type_object))
        tree_free(out);
    return err != ERR_NO_MEMORY;
}

struct json_object *reply_at(struct json_object *value, const char *path)
{
    struct text rest = text_of(path), key;

    while (value && text_cut(&rest, '.', &key)) {
        char name[64] = "";
        memcpy(name, key.at, key.length < sizeof(name) ? key.length : sizeof(name) - 1);
        if (!json_object_object_get_ex(value, name, &value))
            return NULL;
    }
    return value;
}

struct text reply_text(struct json_object *value, char *number)
{
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
        return tree_number(value, number);
    if (!json_object_is_type(value, json_type_string))
        return (struct text){0};
    return (struct text){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
}

static int status_of(long http_status, struct text code)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (text_equal(code, text_of(exceptions[i].code)))
            return exceptions[i].status;
    return http_status == HTTP_REQUEST_TIMEOUT ? EX_TEMPFAIL : EXIT_REFUSED;
}

/* True if the answer says that there is no such path. The service has every path that poolctl
 * requests, so the URL is not the service's. */
static bool is_elsewhere(long http_status, struct text code)
{
    return http_status == HTTP_NOT_FOUND &&
           (code.length == 0 || text_equal(code, TEXT("not_found")) ||
            text_equal(code, TEXT("outside_mount")));
}

static int refuse(const struct transfer_answer *answer, struct json_object *value)
{
    long http_status = answer->status;
    char numbers[2][TREE_NUMBER_MAX];
    struct text sentence = reply_text(reply_at(value, "error"), numbers[0]);
    struct text code = reply_text(reply_at(value, "code"), numbers[1]);
    int status = status_of(http_status, code);

    if (http_status < 400)
        return complain(status, "the service answered %ld; poolctl does not follow a redirect",
                        http_status);
    if (is_elsewhere(http_status, code))
        return complain(EX_UNAVAILABLE,
                        "%.*s: no Pool Manager mock is there; its URL (--url) usually ends in "
                        "/api/mock/pool-manager",
                        TEXT_ARGS(answer->base));
    if (sentence.length == 0)
        return complain(status, "the service answered %ld without a reason", http_status);
    bool is_about_file = answer->sent_path && (text_equal(code, TEXT("bad_json")) ||
                                               text_equal(code, TEXT("bad_field")));
    return complain(status, "%s%s%.*s (%.*s)", is_about_file ? answer->sent_path : "",
                    is_about_file ? ": " : "", TEXT_ARGS(sentence), TEXT_ARGS(code));
}

bool reply_has_code(const struct transfer_answer *answer, struct text code)
{
    struct tree tree;
    char number[TREE_NUMBER_MAX];

    parse(buffer_text(&answer->body), &tree);
    bool has = text_equal(reply_text(reply_at(tree.root, "code"), number), code);
    tree_free(&tree);
    return has;
}

int reply_read(const struct transfer_answer *answer, struct tree *out)
{
    if (!parse(buffer_text(&answer->body), out))
        return complain_no_memory();
    if (answer->status >= 300)
        return refuse(answer, out->root);
    return out->root ? EX_OK : complain_foreign();
}
