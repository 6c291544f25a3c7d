/* SPDX-License-Identifier: MIT */
#include "poolctl/relay_job.h"

#include <json.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "json/tree.h"
#include "json/writer.h"
#include "poolctl/calls.h"
#include "poolctl/complain.h"
#include "poolctl/hosts.h"
#include "poolctl/reply.h"

enum {
    ATTEMPT_TIMEOUT_MS = 10 * 1000,
    REPORT_TIMEOUT_MS = 10 * 1000,
    REPORT_PAUSE_US = 1000 * 1000,
    REPORT_MAX_BYTES = 1024,
    URL_MAX_BYTES = 16 * 1024,
};

static void end(struct relay_job *job)
{
    relay_job_free(job);
    *job = (struct relay_job){0};
}

void relay_job_free(struct relay_job *job)
{
    buffer_free(&job->report);
}

/* --- the report --- */

/* True for an answer after which the same report makes no sense. */
static bool is_settled(int status)
{
    return status >= 200 && status < 500 && status != 408 && status != 429;
}

static void take_answer(void *context, const struct call_result *result)
{
    struct relay_job *job = context;

    if (!is_settled(result->status)) {
        job->report_at_us = clock_mono_now_us() + REPORT_PAUSE_US;
        return;
    }
    /* 404: the delivery is gone, by a reset or with the worker */
    if (result->status >= 300 && result->status != 404)
        complain(EX_OK, "%s: the service has refused the result (%d)", job->id, result->status);
    end(job);
}

static void send_report(struct relay_job *job)
{
    char path[RELAY_ID_MAX + 32];
    struct buffer url = buffer_new(URL_MAX_BYTES);
    const struct relay_config *config = job->config;

    snprintf(path, sizeof(path), "__admin/deliveries/%s/result", job->id);
    buffer_put_text(&url, config->base);
    buffer_put(&url, path, strlen(path) + 1);
    job->report_at_us = 0;
    if (url.failed ||
        !calls_start(config->calls, &(struct call_request){.url = url.bytes,
                                                           .body = buffer_text(&job->report),
                                                           .headers = config->service_lines,
                                                           .ca_file = config->ca_file,
                                                           .timeout_ms = REPORT_TIMEOUT_MS,
                                                           .done = take_answer,
                                                           .context = job}))
        job->report_at_us = clock_mono_now_us() + REPORT_PAUSE_US;
    buffer_free(&url);
}

int64_t relay_job_continue(struct relay_job *job)
{
    int64_t now_us = clock_mono_now_us();

    if (!job->is_busy || job->report_at_us == 0)
        return INT64_MAX;
    if (now_us >= job->lease_until_us) {
        complain(EX_OK, "%s: the service could not be told the result", job->id);
        end(job);
        return INT64_MAX;
    }
    if (now_us < job->report_at_us)
        return job->report_at_us;
    send_report(job);
    return job->report_at_us ? job->report_at_us : INT64_MAX;
}

/* Adds the end of the report, `"take"` of which is written, and sends it. Prints the result. */
static void report(struct relay_job *job, const struct call_result *result, const char *refusal)
{
    struct writer writer = writer_resume(&job->report, true);

    if (result && result->status > 0)
        writer_member_number(&writer, "status", result->status);
    if (result && result->retry_after_s > 0)
        writer_member_number(&writer, "retryAfter", result->retry_after_s);
    if (refusal)
        writer_member_bool(&writer, "refused", true);
    const char *error = refusal ? refusal : result->error;
    if (error)
        writer_member_text(&writer, "error", text_of(error));
    writer_end_object(&writer);
    if (error)
        printf("%s %s\n", job->id, error);
    else
        printf("%s %d\n", job->id, result->status);
    fflush(stdout);
    send_report(job);
}

/* --- the attempt --- */

static const char not_allowed[] = "the relay may not call this host (--allow-host)";

static void take_result(void *context, const struct call_result *result)
{
    report(context, result, result->is_refused ? not_allowed : NULL);
}

/* Returns the URL of a target, NULL: the relay has none of that name. */
static const char *find_target(const struct values *targets, struct text name)
{
    for (int i = 0; i < targets->count; i++) {
        struct text rest = text_of(targets->at[i]), found;
        text_cut(&rest, '=', &found);
        if (text_equal(found, name))
            return rest.at;
    }
    return NULL;
}

/* Sends the request to the URL, unless the relay may not call its host. */
static bool attempt(struct relay_job *job, const char *url, const char *const *lines,
                    struct text body)
{
    const struct relay_config *config = job->config;
    enum host_access access = host_access_of(url, config->hosts);
    char id_line[RELAY_ID_MAX + 32];
    const char *headers[RELAY_LINES_MAX + 1] = {id_line};

    if (access == HOST_REFUSED) {
        report(job, NULL, not_allowed);
        return true;
    }
    snprintf(id_line, sizeof(id_line), "X-Mock-Delivery: %s", job->id);
    for (int i = 0; i + 1 < RELAY_LINES_MAX && lines[i]; i++)
        headers[i + 1] = lines[i];
    return calls_start(config->calls,
                       &(struct call_request){.url = url,
                                              .body = body,
                                              .headers = headers,
                                              .ca_file = config->ca_file,
                                              .timeout_ms = ATTEMPT_TIMEOUT_MS,
                                              .is_loopback_only = access == HOST_LOOPBACK,
                                              .done = take_result,
                                              .context = job});
}

/* Sends the request to the target or to the webhook of the delivery. */
static bool begin(struct relay_job *job, struct json_object *delivery)
{
    const int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
    struct json_object *webhook = reply_at(delivery, "url");
    char number[TREE_NUMBER_MAX];
    struct text target = reply_text(reply_at(delivery, "to"), number);
    struct text body = text_of(json_object_to_json_string_ext(reply_at(delivery, "body"), plain));

    if (!body.at || (!webhook && !target.at))
        return false;
    if (webhook)
        return attempt(job, json_object_get_string(webhook), job->config->webhook_lines, body);
    const char *url = find_target(job->config->targets, target);
    if (url)
        return attempt(job, url, job->config->target_lines, body);
    report(job, NULL, "the relay does not have this target (--target)");
    return true;
}

bool relay_job_begin(struct relay_job *job, const struct relay_config *config,
                     struct json_object *delivery, int64_t lease_ms)
{
    char number[TREE_NUMBER_MAX], take[TREE_NUMBER_MAX];
    struct text id = reply_text(reply_at(delivery, "id"), number);

    if (id.length == 0 || id.length >= RELAY_ID_MAX ||
        strspn(id.at, "0123456789abcdef.") != id.length)
        return false; /* it becomes a part of a path, a header and a line of output */
    *job = (struct relay_job){.is_busy = true,
                              .config = config,
                              .report = buffer_new(REPORT_MAX_BYTES),
                              .lease_until_us = clock_mono_now_us() + lease_ms * 1000};
    snprintf(job->id, sizeof(job->id), "%.*s", TEXT_ARGS(id));
    struct writer writer = writer_new(&job->report);
    writer_object(&writer);
    writer_member_raw(&writer, "take", reply_text(reply_at(delivery, "take"), take));
    if (!job->report.failed && begin(job, delivery))
        return true;
    end(job);
    return false;
}
