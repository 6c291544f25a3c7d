/* SPDX-License-Identifier: MIT */
#include "gateway/variables.h"

#include <string.h>

enum err variables_copy(char *const *strings, struct arena *arena, struct request *request)
{
    size_t count = 0, named = 0, bytes = 0;

    for (; strings[count]; count++)
        bytes += strlen(strings[count]) + 1;
    struct variable *variables = arena_alloc(arena, count * sizeof(*variables));
    char *to = variables ? arena_alloc(arena, bytes) : NULL;
    if (!to)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        char *end = stpcpy(to, strings[i]), *equals = memchr(to, '=', (size_t)(end - to));
        struct text name = {to, (size_t)((equals ? equals : end) - to)};
        if (name.length > 0)
            variables[named++] = (struct variable){
                name, equals ? (struct text){equals + 1, (size_t)(end - equals - 1)} : TEXT("")};
        to = end + 1;
    }
    if (!request_set_variables(request, variables, named, arena))
        return ERR_NO_MEMORY;
    request->method_name = request_variable(request, TEXT("REQUEST_METHOD"));
    request->method = http_method_of(request->method_name);
    return OK;
}
