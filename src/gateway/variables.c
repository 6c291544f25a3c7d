/* SPDX-License-Identifier: MIT */
#include "gateway/variables.h"

#include <string.h>

enum err variables_copy(char *const *strings, struct arena *arena, struct request *request)
{
    size_t count = 0, bytes = 0;

    while (strings[count])
        count++;
    struct variable *variables = arena_alloc(arena, count * sizeof(*variables));
    if (!variables)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        variables[i].value.length = strlen(strings[i]);
        bytes += variables[i].value.length + 1;
    }
    char *to = arena_alloc(arena, bytes);
    if (!to)
        return ERR_NO_MEMORY;
    request->variables = variables;
    request->variables_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = variables[i].value.length;
        memcpy(to, strings[i], length + 1);
        const char *equals = memchr(to, '=', length);
        size_t name_length = equals ? (size_t)(equals - to) : length;
        if (name_length > 0)
            variables[request->variables_count++] = (struct variable){
                .name = {to, name_length},
                .value = equals ? (struct text){equals + 1, length - name_length - 1} : TEXT("")};
        to += length + 1;
    }
    request->method_name = request_variable(request, TEXT("REQUEST_METHOD"));
    request->method = http_method_of(request->method_name);
    return OK;
}
