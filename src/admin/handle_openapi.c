/* SPDX-License-Identifier: MIT
 *
 * GET __admin/openapi.json: the OpenAPI document, as the build has made it (src/openapi/). */
#include "admin/openapi.h"
#include "call/handler.h"

enum err handle_openapi(struct call *call)
{
    call->response->status = 200;
    call->response->content_type = "application/json";
    buffer_put(&call->response->body, openapi, sizeof(openapi) - 1);
    return call->response->body.failed ? ERR_NO_MEMORY : OK;
}
