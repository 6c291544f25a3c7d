# SPDX-License-Identifier: MIT
# The container image, which `make image` builds from the checkout. IMAGE_BUILDER may also be podman; IMAGE_FLAGS are arguments for it.

EXTRA_DIST += \
	%D%/Containerfile \
	%D%/Containerfile.dockerignore \
	%D%/start

IMAGE = pool-manager-mock
IMAGE_BUILDER = $$(command -v buildah || command -v podman || echo buildah)
IMAGE_FLAGS =

# Docker's format, because the other one has no HEALTHCHECK.
.PHONY: image
image:
	cd $(srcdir) && $(IMAGE_BUILDER) build --format docker --ignorefile %D%/Containerfile.dockerignore -f %D%/Containerfile \
		-t $(IMAGE) $(IMAGE_FLAGS) .
