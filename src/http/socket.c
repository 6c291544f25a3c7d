/* SPDX-License-Identifier: MIT */
#include "http/socket.h"

enum { FINAL = 0x80, SHORT_MAX = 125, LENGTH_16 = 126, LENGTH_64 = 127 };

size_t socket_write_header(unsigned char header[static SOCKET_HEADER_MAX], enum socket_frame frame,
                           size_t length)
{
    size_t length_bytes = length <= SHORT_MAX ? 0 : length <= UINT16_MAX ? 2 : 8;

    header[0] = (unsigned char)(FINAL | frame);
    header[1] = (unsigned char)(length_bytes == 0   ? length
                                : length_bytes == 2 ? LENGTH_16
                                                    : LENGTH_64);
    for (size_t i = 0; i < length_bytes; i++)
        header[2 + i] = (unsigned char)((uint64_t)length >> 8 * (length_bytes - 1 - i));
    return 2 + length_bytes;
}

void socket_put(struct buffer *out, enum socket_frame frame, struct text message)
{
    unsigned char header[SOCKET_HEADER_MAX];

    buffer_put(out, header, socket_write_header(header, frame, message.length));
    buffer_put_text(out, message);
}

size_t socket_frame_length(struct text frames)
{
    const unsigned char *header = (const unsigned char *)frames.at;
    size_t length_bytes = header[1] == LENGTH_16 ? 2 : header[1] == LENGTH_64 ? 8 : 0;
    size_t length = length_bytes == 0 ? header[1] : 0;

    for (size_t i = 0; i < length_bytes; i++)
        length = length << 8 | header[2 + i];
    return 2 + length_bytes + length;
}
