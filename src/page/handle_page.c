/* SPDX-License-Identifier: MIT
 *
 * GET __page/{file}: a file of the web pages. */
#include "page/files.h"

enum err handle_page_file(struct call *call)
{
    return files_answer(call, router_parameter(&call->match, TEXT("file")));
}
