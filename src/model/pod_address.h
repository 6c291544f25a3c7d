/* SPDX-License-Identifier: MIT
 *
 * Where a pod is: URLs made from templates. In a template {pod} is the pod's host, {port} one of
 * its ports, {base} the URL of this service as the client sees it, with the mount; {scheme} and
 * {front} are parts of it: "http", and
 * ":8080" or nothing.
 */
#ifndef MODEL_POD_ADDRESS_H
#define MODEL_POD_ADDRESS_H

#include "base/buffer.h"
#include "base/err.h"
#include "model/pod.h"

/* The ports that a pod has. POD_PORT_NONE is the pod itself, without a port. */
enum {
    POD_PORT_NONE = 0,
    POD_PORT_FRONTEND = 3000,
    POD_PORT_GOOSE = 15551,
    POD_PORT_CONTROL = 15552
};

enum { POD_BASE_TEXT_MAX = 1024 }; /* bytes of all texts of a struct pod_base */

enum { POD_TEMPLATE_PARTS_MAX = 8 };

/* A template taken apart: in each part a text, then what fills it in. */
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
    struct pod_template pod;      /* of the pod itself */
    struct pod_template pod_port; /* of one of its ports */
    bool need_base;               /* one of them has {base}, {scheme} or {front} in it */
};

/* The front end as the client sees it. All empty where no template needs it. */
struct pod_base {
    struct text base;
    struct text scheme;
    struct text port; /* with its colon; empty for the scheme's own */
};

/* Takes the two options: a template each, or for `pod` one word of `mock`, `path`, `host`, whose
 * own port form is taken where `pod_port` is empty. Texts are borrowed. Returns OK, or
 * ERR_BAD_REQUEST with a sentence: clients compute the control port's URL and Goose's from one
 * another, so {port} stands in the port's exactly once, and neither of their numbers stands beside
 * it. */
enum err pod_templates_read(struct text pod, struct text pod_port, struct pod_templates *out,
                            struct problem *problem);

/* Takes a URL such as "http://127.0.0.1:8080/api/mock" apart; slashes at its end are left out.
 * False where it is none, or has a byte in it that could not stand in JSON and HTML as it is, or
 * one of the two ports' numbers. Texts are borrowed from it. */
bool pod_base_read(struct text base, struct pod_base *out);

/* Copies the texts into `text`. */
void pod_base_copy(const struct pod_base *base, char text[static POD_BASE_TEXT_MAX],
                   struct pod_base *out);

/* Writes the URL of a pod, or with a port of that port of it. A template that needs a front where
 * there is none is written as the mock's own form. */
void pod_put_address(struct buffer *out, const struct pod_templates *templates,
                     const struct pod_base *base, const struct pod *pod, int port);

/* Writes the host of that URL of the pod, without the port. */
void pod_put_host(struct buffer *out, const struct pod_templates *templates,
                  const struct pod_base *base, const struct pod *pod);

#endif
