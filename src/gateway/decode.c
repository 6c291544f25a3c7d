/* SPDX-License-Identifier: MIT */
#include "gateway/decode.h"

#include <fcgiapp.h>
#include <fcgios.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/record.h"
#include "gateway/variables.h"

/* The layout of FCGX_Request from 2.4.2 to 2.4.7, the versions that configure accepts. Three fields
 * that libfcgi's header marks internal are set below, so the assertions check where they are. */
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

struct decoder {
    int descriptor; /* libfcgi believes that it reads this one; -1 after it has closed it */
    FCGX_Request fcgx;
};

/* The source that OS_Read reads: the bytes of one request, then a record that ends its body. */
static struct {
    struct text bytes, end;
    bool was_read; /* libfcgi has called OS_Read */
} source;

static size_t read_text(struct text *from, char *to, size_t room)
{
    size_t count = from->length < room ? from->length : room;

    memcpy(to, from->at, count);
    *from = text_from(*from, count);
    return count;
}

/* Replaces the function of libfcgi's porting layer (fcgios.h) that reads a connection: the dynamic
 * linker prefers the program's own. So libfcgi reads memory, can't block, and can't read into the
 * next request. */
int OS_Read(int fd, char *buf, size_t len)
{
    (void)fd;
    source.was_read = true;
    size_t count = read_text(&source.bytes, buf, len);
    return (int)(count + read_text(&source.end, buf + count, len - count));
}

/* libfcgi needs a descriptor that it may close when it refuses a request. */
static bool open_descriptor(struct decoder *decoder)
{
    decoder->descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return decoder->descriptor >= 0;
}

/* Decodes a request, to check that libfcgi calls our OS_Read. */
static enum err test_source(struct decoder *decoder, struct problem *problem)
{
    static const char bytes[] = "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0" /* BEGIN_REQUEST */
                                "\1\4\0\1\0\4\0\0\1\1NV"            /* PARAMS */
                                "\1\4\0\1\0\0\0\0";
    struct arena arena = {0};
    struct request request = {0};

    source.was_read = false;
    enum err err = decoder_read(decoder, (struct text){bytes, sizeof(bytes) - 1}, 0, &arena,
                                &request);

    arena_free(&arena);
    if (err == ERR_NO_MEMORY || source.was_read)
        return err;
    return problem_set(
        problem, ERR_INTERNAL,
        "libfcgi does not call this program's OS_Read: it was linked with -Bsymbolic "
        "or the like; use a shared libfcgi built without");
}

enum err decoder_new(struct decoder **out, struct problem *problem)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    *out = decoder;
    if (!decoder)
        return ERR_NO_MEMORY;
    enum err err = OK;
    if (FCGX_Init() != 0 || !open_descriptor(decoder))
        err = problem_set(problem, ERR_INTERNAL, "libfcgi can't be initialised: %m");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGTERM, SIG_DFL); /* is blocked, and read from a signalfd */
    if (!err)
        err = test_source(decoder, problem);
    if (err)
        decoder_free(out);
    return err;
}

void decoder_free(struct decoder **decoder)
{
    if (!*decoder)
        return;
    if ((*decoder)->descriptor >= 0)
        close((*decoder)->descriptor);
    free(*decoder);
    *decoder = NULL;
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
    /* If nothing follows the body, libfcgi has read the same body as intake.c. */
    return FCGX_GetStr(body, (int)count, in) == (int)count && FCGX_GetChar(in) == EOF &&
                   FCGX_GetError(in) == 0
               ? OK
               : ERR_INTERNAL;
}

enum err decoder_read(struct decoder *decoder, struct text bytes, size_t body_kept,
                      struct arena *arena, struct request *request)
{
    FCGX_Request *fcgx = &decoder->fcgx;
    /* Ends the body, for a front end that sends no such record. libfcgi does not read it after
     * another. */
    const char end[RECORD_HEADER_BYTES] = {RECORD_VERSION, RECORD_STDIN, bytes.at[2], bytes.at[3]};

    if (decoder->descriptor < 0 && !open_descriptor(decoder))
        return ERR_NO_MEMORY;
    source.bytes = bytes;
    source.end = (struct text){end, sizeof(end)};
    *fcgx = (FCGX_Request){.ipcFd = decoder->descriptor, .keepConnection = 1, .listen_sock = -1};
    if (FCGX_Accept_r(fcgx) != 0) {
        decoder->descriptor = -1; /* libfcgi has closed it */
        return ERR_INTERNAL;
    }
    enum err err = variables_copy(fcgx->envp, arena, request);
    if (!err)
        err = copy_body(fcgx->in, body_kept, arena, request);
    FCGX_Free(fcgx, 0);
    source.bytes = source.end = (struct text){0};
    return err;
}
