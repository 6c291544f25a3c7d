/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <endian.h>
#include <string.h>
#include <sys/random.h>

#include "base/check.h"

struct hash_key hash_key_new(void)
{
    struct hash_key key;

    CHECK(getrandom(&key, sizeof(key), 0) == (ssize_t)sizeof(key));
    return key;
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate_left(s->v1, 13) ^ s->v0;
    s->v3 = rotate_left(s->v3, 16) ^ s->v2;
    s->v0 = rotate_left(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate_left(s->v1, 17) ^ s->v2;
    s->v3 = rotate_left(s->v3, 21) ^ s->v0;
    s->v2 = rotate_left(s->v2, 32);
}

static void sip_compress(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

static struct sip sip_start(struct hash_key key)
{
    return (struct sip){key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
                        key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
}

static void sip_absorb(struct sip *s, struct text text)
{
    size_t whole = text.length / 8 * 8;
    uint64_t word;

    for (size_t i = 0; i < whole; i += 8) {
        memcpy(&word, text.at + i, 8);
        sip_compress(s, le64toh(word));
    }
    word = 0;
    if (text.length > whole)
        memcpy(&word, text.at + whole, text.length - whole);
    sip_compress(s, le64toh(word) | (uint64_t)text.length << 56);
}

static uint64_t sip_finish(struct sip *s)
{
    for (int i = 0; i < 3; i++)
        sip_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t hash_text(struct hash_key key, struct text text)
{
    struct sip s = sip_start(key);

    sip_absorb(&s, text);
    s.v2 ^= 0xff;
    return sip_finish(&s);
}

struct hash_wide hash_text_wide(struct hash_key key, struct text text)
{
    struct sip s = sip_start(key);
    struct hash_wide hash;

    s.v1 ^= 0xee;
    sip_absorb(&s, text);
    s.v2 ^= 0xee;
    hash.halves[0] = sip_finish(&s);
    s.v1 ^= 0xdd;
    hash.halves[1] = sip_finish(&s);
    return hash;
}
