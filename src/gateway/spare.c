/* SPDX-License-Identifier: MIT */
#include "gateway/spare.h"

enum { KEPT_BYTES_MAX = 256 * 1024 };

void spare_borrow(struct buffer *mine, struct buffer *spare)
{
    if (mine->bytes || !spare->bytes)
        return;
    mine->bytes = spare->bytes;
    mine->capacity = spare->capacity;
    spare->bytes = NULL;
    spare->capacity = 0;
}

void spare_give_back(struct buffer *mine, struct buffer *spare)
{
    if (mine->length > 0 || !mine->bytes)
        return;
    if (spare->bytes || mine->capacity > KEPT_BYTES_MAX) {
        buffer_free(mine);
        return;
    }
    spare->bytes = mine->bytes;
    spare->capacity = mine->capacity;
    mine->bytes = NULL;
    mine->capacity = 0;
    mine->failed = false;
}
