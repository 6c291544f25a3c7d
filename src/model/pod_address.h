/* SPDX-License-Identifier: MIT
 *
 * The URLs of pods, made from templates. The placeholders of a template are:
 *
 * {pod}     the pod's subdomain
 * {port}    the number of one of its ports
 * {base}    the URL of this service as the client sees it, with the mount
 * {scheme}  the scheme of that URL, such as "http"
 * {front}   the port of that URL with its colon, such as ":8080", or nothing
 */
#ifndef MODEL_POD_ADDRESS_H
#define MODEL_POD_ADDRESS_H

#include "base/buffer.h"
#include "base/err.h"
#include "model/pod.h"

/* The ports of a pod. POD_PORT_NONE is the pod's address without a port. */
enum {
    POD_PORT_NONE = 0,
    POD_PORT_FRONTEND = 3000,
    POD_PORT_GOOSE = 15551,
    POD_PORT_CONTROL = 15552
};

enum { POD_BASE_TEXT_MAX = 1024 }; /* bytes; room for the texts of a struct pod_base */

enum { POD_TEMPLATE_PARTS_MAX = 8 };

/* A parsed template. Each part is a text followed by a placeholder. */
struct pod_template {
    struct {
        struct text before;
        enum pod_filling {
            POD_FILL_NOTHING,
            POD_FILL_POD,
            POD_FILL_PORT,
            POD_FILL_BASE,
            POD_FILL_SCHEME,
            POD_FILL_FRONT
        } filling;
    } parts[POD_TEMPLATE_PARTS_MAX];
    size_t count;
};

struct pod_templates {
    struct pod_template pod;      /* the pod's address without a port */
    struct pod_template pod_port; /* one of its ports */
    bool need_base;               /* one of them contains {base}, {scheme} or {front} */
};

/* The URL of this service as the client sees it. All texts are empty if no template needs it. */
struct pod_base {
    struct text base;
    struct text scheme;
    struct text port; /* with its colon; empty for the scheme's default port */
};

/* Parses the values of --pod-url and --pod-port-url. Each is a template. `pod` may also be one of
 * the words `mock`, `path` and `host`: each stands for a template for the pod and one for its
 * ports, and the latter is used if `pod_port` is empty. Texts are borrowed. Returns OK, or
 * ERR_BAD_REQUEST with a sentence.
 *
 * Clients compute the URL of the control port from that of the Goose port, and the reverse, by
 * replacing the number. So the template for ports must contain {port} exactly once, and neither of
 * the two numbers. */
enum err pod_templates_read(struct text pod, struct text pod_port, struct pod_templates *out,
                            struct problem *problem);

/* Parses a URL such as "http://127.0.0.1:8080/api/mock". Ignores slashes at its end. Texts are
 * borrowed from `base`. Returns false if `base` is not a URL, is longer than half of
 * POD_BASE_TEXT_MAX, contains a byte that JSON or HTML would have to escape, or contains the number
 * of the control port or of the Goose port. */
bool pod_base_read(struct text base, struct pod_base *out);

/* Copies `base` to `out`, and its texts to `text`. */
void pod_base_copy(const struct pod_base *base, char text[static POD_BASE_TEXT_MAX],
                   struct pod_base *out);

/* Writes the URL of a pod's port, or of the pod itself if `port` is POD_PORT_NONE. `pod` is its
 * subdomain. If the templates need a base and there is none, writes the form `mock` instead. */
void pod_put_address(struct buffer *out, const struct pod_templates *templates,
                     const struct pod_base *base, struct text pod, int port);

/* Writes the host of the pod's own URL, without a port. */
void pod_put_host(struct buffer *out, const struct pod_templates *templates,
                  const struct pod_base *base, struct text pod);

#endif
