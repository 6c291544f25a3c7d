/* SPDX-License-Identifier: MIT */
#include "gateway/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "gateway/handed.h"

enum { HOST_MAX = 256 };

static enum err refuse(struct problem *problem, const char *address, const char *why)
{
    return problem_set(problem, ERR_INTERNAL, "can't listen on %s: %s", address, why);
}

/* Refuses an address that is malformed, or that names something that does not exist. */
static enum err refuse_address(struct problem *problem, const struct listener_config *config,
                               const char *why)
{
    return problem_set(problem, ERR_BAD_REQUEST, "%s %s: %s", config->option, config->address, why);
}

static enum err refuse_errno(struct problem *problem, const char *address)
{
    return refuse(problem, address, strerror(errno));
}

/* Returns OK if no process listens on the socket file any more. Only ECONNREFUSED proves that: a
 * process that listens may be too busy to accept, or may forbid it. */
static enum err check_leftover(const struct sockaddr_un *address, const char *name,
                               struct problem *problem)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return refuse_errno(problem, name);
    bool in_use = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                  errno != ECONNREFUSED;
    close(fd);
    return in_use ? refuse(problem, name, "another process listens there") : OK;
}

static enum err clear_path(const struct sockaddr_un *address, const char *name,
                           struct problem *problem)
{
    struct stat status;

    if (lstat(address->sun_path, &status) < 0)
        return errno == ENOENT ? OK : refuse_errno(problem, name);
    if (!S_ISSOCK(status.st_mode))
        return refuse(problem, name, "the path is there and is no socket");
    enum err err = check_leftover(address, name, problem);
    if (err)
        return err;
    return unlink(address->sun_path) == 0 ? OK : refuse_errno(problem, name);
}

/* Finds the group to set. Without one, `out` is (gid_t)-1, which makes chown change no group. */
static enum err find_group(const struct listener_config *config, gid_t *out,
                           struct problem *problem)
{
    const struct group *group = config->socket_group ? getgrnam(config->socket_group) : NULL;

    *out = group ? group->gr_gid : (gid_t)-1;
    if (config->socket_group && !group)
        return problem_set(problem, ERR_BAD_REQUEST, "--socket-group: there is no group %s",
                           config->socket_group);
    return OK;
}

static enum err set_group(const char *path, const struct listener_config *config,
                          struct problem *problem)
{
    gid_t group;
    enum err err = find_group(config, &group, problem);

    if (err || group == (gid_t)-1)
        return err;
    return chown(path, (uid_t)-1, group) == 0 ? OK : refuse_errno(problem, config->address);
}

/* Binds the socket with no access for anybody, so that nobody connects before its mode and group
 * are set. */
static enum err bind_unix(struct listener *listener, const struct sockaddr_un *address,
                          const struct listener_config *config, struct problem *problem)
{
    enum err err = clear_path(address, config->address, problem);

    if (err)
        return err;
    mode_t mask = umask(0777);
    int bound = bind(listener->fd, (const struct sockaddr *)address, sizeof(*address));
    umask(mask);
    if (bound < 0)
        return refuse_errno(problem, config->address);
    memcpy(listener->path, address->sun_path, sizeof(listener->path));
    err = set_group(address->sun_path, config, problem);
    if (!err && chmod(address->sun_path, config->socket_mode) < 0)
        err = refuse_errno(problem, config->address);
    return err;
}

static enum err open_unix(const struct listener_config *config, const char *path,
                          struct listener *listener, struct problem *problem)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    listener->is_unix = true;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0)
        return refuse_errno(problem, config->address);
    return bind_unix(listener, &address, config, problem);
}

/* Splits "host:port" at its last colon. An IPv6 address is in brackets, which are removed. */
static bool split_host(const char *address, char host[static HOST_MAX], const char **port)
{
    const char *colon = strrchr(address, ':');
    uint64_t number;

    if (!colon || colon == address || colon - address >= HOST_MAX ||
        !text_to_number(text_of(colon + 1), UINT16_MAX, &number))
        return false;
    size_t length = (size_t)(colon - address);
    bool bracketed = address[0] == '[' && address[length - 1] == ']';
    snprintf(host, HOST_MAX, "%.*s", (int)(bracketed ? length - 2 : length), address + bracketed);
    *port = colon + 1;
    return true;
}

static enum err open_inet(const struct listener_config *config, struct listener *listener,
                          struct problem *problem)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[HOST_MAX];
    const char *port = NULL;
    int on = 1;

    CHECK(split_host(config->address, host, &port));
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure)
        return refuse_address(problem, config, gai_strerror(failure));
    listener->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0 ||
        setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(listener->fd, found->ai_addr, found->ai_addrlen) < 0) {
        freeaddrinfo(found);
        return refuse_errno(problem, config->address);
    }
    freeaddrinfo(found);
    return OK;
}

bool listener_is_listening(int fd)
{
    int listening = 0;
    socklen_t size = sizeof(listening);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening;
}

static bool is_worker_socket(struct text name)
{
    return !text_equal(name, TEXT(LISTENER_LIVE)) && !text_equal(name, TEXT(HANDED_CONNECTION));
}

/* Finds the socket of that name among those that systemd has handed over; for NULL, the first one
 * that has no other use. Returns -1 if there is none. */
static int find_handed(const char *name)
{
    for (struct handed each = handed_begin(); handed_next(&each);)
        if (name ? text_equal(each.name, text_of(name)) : is_worker_socket(each.name))
            return each.fd;
    return -1;
}

static int find_inherited(const struct listener_config *config)
{
    int handed = find_handed(config->name);

    return handed < 0 && !config->name ? STDIN_FILENO : handed;
}

static enum err take_inherited(const struct listener_config *config, struct listener *listener,
                               struct problem *problem)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);

    listener->fd = find_inherited(config);
    if (listener->fd < 0)
        return OK;
    if (!listener_is_listening(listener->fd)) {
        listener->fd = -1;
        return problem_set(
            problem, ERR_INTERNAL,
            "no listening socket was handed over; give one with --listen unix:/path, or run "
            "./bootstrap serve");
    }
    if (fcntl(listener->fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(listener->fd, F_SETFL, O_NONBLOCK) < 0 ||
        getsockname(listener->fd, (struct sockaddr *)&address, &size) < 0)
        return refuse_errno(problem, "the inherited socket");
    listener->is_unix = address.ss_family == AF_UNIX;
    return OK;
}

static bool is_inherited(const struct listener_config *config)
{
    return strcmp(config->address, "inherit") == 0;
}

/* Returns the path of a unix socket's address; NULL for other addresses. */
static const char *unix_path(const struct listener_config *config)
{
    return strncmp(config->address, "unix:", 5) == 0 ? config->address + 5 : NULL;
}

enum err listener_check(const struct listener_config *config, struct problem *problem)
{
    const char *path = unix_path(config), *port;
    char host[HOST_MAX];
    gid_t group;

    if (is_inherited(config))
        return OK;
    if (!path && !split_host(config->address, host, &port))
        return refuse_address(problem, config, "expected unix:/path, host:port or inherit");
    if (path && (strlen(path) == 0 || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)))
        return refuse_address(problem, config, "a socket's path has 1 to 107 bytes");
    return path ? find_group(config, &group, problem) : OK;
}

enum err listener_open(const struct listener_config *config, struct listener *out,
                       struct problem *problem)
{
    *out = (struct listener){.fd = -1};
    enum err err = listener_check(config, problem);
    if (err)
        return err;
    if (is_inherited(config))
        return take_inherited(config, out, problem);
    if (unix_path(config))
        err = open_unix(config, unix_path(config), out, problem);
    else
        err = open_inet(config, out, problem);
    if (!err && listen(out->fd, LISTENER_BACKLOG) < 0)
        err = refuse_errno(problem, config->address);
    if (err)
        listener_close(out);
    return err;
}

bool listener_lacks_means(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0)
        close(listener->fd);
    if (listener->path[0])
        unlink(listener->path);
    listener->fd = -1;
    listener->path[0] = '\0';
}
