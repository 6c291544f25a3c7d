/* SPDX-License-Identifier: MIT */
#include "poolctl/existence.h"

#include <json.h>
#include <stdbool.h>

#include "poolctl/complain.h"
#include "poolctl/reply.h"

enum { HTTP_NOT_FOUND = 404 };

/* Requests a path of the control API. `out` is the answer. It is empty after a refusal other than
 * pool_not_found, such as one by a fence, or by a front end without the control API. */
static int get(const struct transfer_config *config, struct text target, int64_t timeout_ms,
               bool as_json, struct tree *out)
{
    struct transfer_request request = {.method = "GET", .target = target, .timeout_ms = timeout_ms};
    struct transfer_answer answer = {0};
    struct transfer *transfer;
    int status = transfer_open(config, &transfer);

    *out = (struct tree){0};
    if (status == EX_OK)
        status = transfer_run(transfer, &request, &answer);
    bool is_missing = status == EX_OK && answer.status == HTTP_NOT_FOUND &&
                      reply_has_code(&answer, TEXT("pool_not_found"));
    if (is_missing && as_json)
        printf("%.*s\n", TEXT_ARGS(buffer_text(&answer.body)));
    if (status == EX_OK && (answer.status < 300 || is_missing))
        status = reply_read(&answer, out);
    buffer_free(&answer.body);
    transfer_close(&transfer);
    return status;
}

static bool has_name(struct json_object *list, const char *name)
{
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        char number[TREE_NUMBER_MAX];
        if (text_equal(reply_text(reply_at(item, "name"), number), text_of(name)))
            return true;
    }
    return false;
}

static int check_tenant(const struct transfer_config *config, int64_t timeout_ms, bool as_json)
{
    struct transfer_config outside = *config;
    struct tree answer;

    outside.tenant = NULL;
    int status = get(&outside, TEXT("__admin/tenants"), timeout_ms, as_json, &answer);
    if (status == EX_OK && answer.root &&
        !has_name(reply_at(answer.root, "tenants"), config->tenant))
        status = complain(EXIT_REFUSED,
                          "there is no tenant %s; a tenant is made when it is first used, such as "
                          "by a claim",
                          config->tenant);
    tree_free(&answer);
    return status;
}

static int check_pool(const struct transfer_config *config, const char *pool, int64_t timeout_ms,
                      bool as_json)
{
    struct buffer target = buffer_new(TRANSFER_URL_MAX_BYTES);
    struct tree answer = {0};
    int status;

    buffer_put_text(&target, TEXT("__admin/pools/"));
    transfer_put_encoded(&target, pool);
    buffer_put_text(&target, TEXT("/pods?limit=1"));
    status = target.failed ? complain_failed(&target, EX_USAGE, "the URL is too long")
                           : get(config, buffer_text(&target), timeout_ms, as_json, &answer);
    tree_free(&answer);
    buffer_free(&target);
    return status;
}

int existence_check(const struct transfer_config *config, const char *pool, int64_t timeout_ms,
                    bool as_json)
{
    int status = config->tenant ? check_tenant(config, timeout_ms, as_json) : EX_OK;

    return status == EX_OK && pool ? check_pool(config, pool, timeout_ms, as_json) : status;
}
