/* SPDX-License-Identifier: MIT
 *
 * The files of the web pages: HTML, style sheets, scripts and the icon. They are embedded in the
 * worker (src/local.mk lists them), and hold no data.
 */
#ifndef PAGE_FILES_H
#define PAGE_FILES_H

#include "call/handler.h"

/* Answers with a file. The headers allow a page nothing but files and requests of its own origin.
 * Returns OK, ERR_NOT_FOUND, or ERR_NO_MEMORY. */
enum err files_answer(struct call *call, struct text name);

#endif
