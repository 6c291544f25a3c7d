/* SPDX-License-Identifier: MIT
 *
 * Reads pool settings from bodies (docs/control.md, "Pool settings").
 */
#ifndef ADMIN_SETTINGS_BODY_H
#define ADMIN_SETTINGS_BODY_H

#include "json/reader.h"
#include "model/settings.h"

/* Reads an object of settings. A null removes a setting; an absent one keeps its value. Returns OK
 * or ERR_BAD_FIELD. */
enum err settings_body_read(const struct reader_node *object, struct settings_patch *patch,
                            struct problem *problem);

#endif
