/* SPDX-License-Identifier: MIT
 *
 * Settings as bodies say them.
 */
#ifndef ADMIN_SETTINGS_BODY_H
#define ADMIN_SETTINGS_BODY_H

#include "json/reader.h"
#include "model/settings.h"

/* Reads an object of settings: what is null is taken back, what is absent left as it is. Returns OK
 * or ERR_BAD_FIELD. */
enum err settings_body_read(const struct reader_node *object, struct settings_patch *patch,
                            struct problem *problem);

#endif
