/* SPDX-License-Identifier: MIT */
#include "gateway/variables.h"

#include <string.h>

enum err variables_copy(char *const *strings, struct arena *arena, struct request *request)
{
    size_t count = 0, bytes = 0;

    for (; strings[count]; count++)
        bytes += strlen(strings[count]) + 1;
    struct variable *variables = arena_alloc(arena, count * sizeof(*variables));
    char *to = arena_alloc(arena, bytes);
    if (!variables || !to)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(strings[i]);
        memcpy(to, strings[i], length + 1);
        struct text rest = {to, length};
        text_cut(&rest, '=', &variables[i].name);
        variables[i].value = rest.at ? rest : TEXT("");
        to += length + 1;
    }
    request->variables = variables;
    request->variables_count = count;
    request->method_name = request_variable(request, TEXT("REQUEST_METHOD"));
    request->method = http_method_of(request->method_name);
    return OK;
}
