/* SPDX-License-Identifier: MIT
 *
 * Lists the tenants that have a state file. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/pool_state.h"
#include "store/state_file.h"

static enum err visit_entry(struct text entry, struct text file_name,
                            pool_state_visit_tenant *visit, void *context)
{
    if (!text_starts_with(entry, file_name))
        return OK;
    struct text tenant = state_file_tenant(text_from(entry, file_name.length));
    return tenant.at ? visit(tenant, context) : OK;
}

enum err pool_state_list_tenants(const char *file, pool_state_visit_tenant *visit, void *context,
                                 struct problem *problem)
{
    const char *slash = strrchr(file, '/');
    struct text file_name = text_of(slash ? slash + 1 : file);
    char *folder = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    struct dirent **entries = NULL;
    enum err err = OK;

    if (!folder)
        return ERR_NO_MEMORY;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0)
        err = problem_set(problem, ERR_STATE_FILE, "state file %s: the folder %s: %m", file,
                          folder);
    for (int i = 0; i < count; i++) {
        if (!err)
            err = visit_entry(text_of(entries[i]->d_name), file_name, visit, context);
        free(entries[i]);
    }
    free(entries);
    free(folder);
    return err;
}
