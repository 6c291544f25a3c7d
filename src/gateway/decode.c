/* SPDX-License-Identifier: MIT */
#include "gateway/decode.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "gateway/record.h"
#include "gateway/variables.h"

/* The fields that libfcgi's header marks internal and that are preset below, where they have been
 * from 2.4.2 to 2.4.7; configure holds the version to those. */
struct fcgx_request_layout {
    int request_id, role;
    void *in, *out, *err, *envp, *params;
    int ipc_fd, is_begin_processed, keep_connection, app_status, writers, flags, listen_sock,
        detached;
};
_Static_assert(offsetof(FCGX_Request, ipcFd) == offsetof(struct fcgx_request_layout, ipc_fd),
               "libfcgi's layout");
_Static_assert(offsetof(FCGX_Request, keepConnection) ==
                   offsetof(struct fcgx_request_layout, keep_connection),
               "libfcgi's layout");
_Static_assert(offsetof(FCGX_Request, listen_sock) ==
                   offsetof(struct fcgx_request_layout, listen_sock),
               "libfcgi's layout");
_Static_assert(sizeof(FCGX_Request) == sizeof(struct fcgx_request_layout), "libfcgi's layout");

enum { FILE_KEEP_BYTES = 64 * 1024 };

struct decoder {
    int file; /* a memory file; -1 when libfcgi has closed it */
    FCGX_Request fcgx;
};

static bool open_file(struct decoder *decoder)
{
    decoder->file = memfd_create("request", MFD_CLOEXEC);
    return decoder->file >= 0;
}

static void close_file(struct decoder *decoder)
{
    if (decoder->file >= 0)
        close(decoder->file);
    decoder->file = -1;
}

enum err decoder_new(struct decoder **out, struct problem *problem)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (!decoder)
        return ERR_NO_MEMORY;
    if (FCGX_Init() != 0 || !open_file(decoder)) {
        problem_set(problem, ERR_INTERNAL, "libfcgi can't be initialised: %m");
        free(decoder);
        return ERR_INTERNAL;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGTERM, SIG_DFL); /* is blocked, and read from a signalfd */
    *out = decoder;
    return OK;
}

void decoder_free(struct decoder **decoder)
{
    if (!*decoder)
        return;
    close_file(*decoder);
    free(*decoder);
    *decoder = NULL;
}

static bool write_file(struct decoder *decoder, struct text bytes)
{
    if (decoder->file < 0 && !open_file(decoder))
        return false;
    /* The end of the body, which a front end may leave out. Where it is there, this one is never
     * read, and neither is what a longer request has left in the file. */
    char end[RECORD_HEADER_BYTES] = {RECORD_VERSION, RECORD_STDIN, bytes.at[2], bytes.at[3]};
    struct iovec parts[] = {{(char *)(uintptr_t)bytes.at, bytes.length}, {end, sizeof(end)}};
    return pwritev(decoder->file, parts, 2, 0) == (ssize_t)(bytes.length + sizeof(end)) &&
           lseek(decoder->file, 0, SEEK_SET) == 0;
}

static enum err copy_body(FCGX_Stream *in, size_t count, struct arena *arena,
                          struct request *request)
{
    char *body = arena_alloc(arena, count + 1);

    if (!body)
        return ERR_NO_MEMORY;
    body[count] = '\0';
    request->body = (struct text){body, count};
    if (count == 0)
        return OK;
    /* And nothing behind it: libfcgi has read the same body as intake. */
    return FCGX_GetStr(body, (int)count, in) == (int)count && FCGX_GetChar(in) == EOF &&
                   FCGX_GetError(in) == 0
               ? OK
               : ERR_INTERNAL;
}

enum err decoder_read(struct decoder *decoder, struct text bytes, size_t body_kept,
                      struct arena *arena, struct request *request)
{
    FCGX_Request *fcgx = &decoder->fcgx;

    if (!write_file(decoder, bytes))
        return ERR_NO_MEMORY;
    *fcgx = (FCGX_Request){.ipcFd = decoder->file, .keepConnection = 1, .listen_sock = -1};
    if (FCGX_Accept_r(fcgx) != 0) {
        decoder->file = -1; /* what it refuses, it closes */
        return ERR_INTERNAL;
    }
    enum err err = variables_copy(fcgx->envp, arena, request);
    if (!err)
        err = copy_body(fcgx->in, body_kept, arena, request);
    FCGX_Free(fcgx, 0);
    if (bytes.length > FILE_KEEP_BYTES && ftruncate(decoder->file, 0) != 0)
        close_file(decoder);
    return err;
}
