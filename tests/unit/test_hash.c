/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

TEST(hash_is_siphash_1_3)
{
    /* Hashes of the bytes 0, 1, 2 ... with the key of the bytes 0 to 15, as in the authors' test
     * vectors. */
    static const struct {
        size_t length;
        uint64_t hash;
    } rows[] = {
        {0, 0xabac0158050fc4dc},  {1, 0xc9f49bf37d57ca93},  {7, 0xd3927d989bb11140},
        {8, 0x369095118d299a8e},  {9, 0x25a48eb36c063de4},  {15, 0xd320d86d2a519956},
        {16, 0xcc4fdd1a7d908b66}, {63, 0x9d199062b7bbb3a8},
    };
    const struct hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    char bytes[64];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_true(hash_text(key, (struct text){bytes, rows[i].length}) == rows[i].hash);
}

TEST(wide_hash_is_siphash_1_3_128)
{
    static const struct {
        size_t length;
        uint64_t halves[2];
    } rows[] = {
        {0, {0xbea58827b2bc7ee7, 0x013030dd6adb62fd}},
        {1, {0xa8edd36004376ffc, 0x63f02f2bcc73055e}},
        {15, {0x6c52bdb205557ec1, 0x09017e1eeccd2129}},
    };
    const struct hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    char bytes[16];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct hash_wide hash = hash_text_wide(key, (struct text){bytes, rows[i].length});
        assert_true(hash.halves[0] == rows[i].halves[0]);
        assert_true(hash.halves[1] == rows[i].halves[1]);
    }
}

TEST(hash_does_not_depend_on_the_address_of_the_text)
{
    const struct hash_key key = {1, 2};
    char bytes[64 + 8];

    for (size_t length = 0; length < 48; length++) {
        uint64_t expected = 0;
        for (size_t offset = 0; offset < 8; offset++) {
            memset(bytes, (int)offset, sizeof(bytes));
            memset(bytes + offset, 'p', length);
            uint64_t hash = hash_text(key, (struct text){bytes + offset, length});
            if (offset == 0)
                expected = hash;
            assert_true(hash == expected);
        }
    }
}

TEST(hash_depends_on_both_halves_of_the_key)
{
    uint64_t hash = hash_text((struct hash_key){1, 2}, TEXT("pod"));

    assert_true(hash_text((struct hash_key){1, 2}, TEXT("pod")) == hash);
    assert_true(hash_text((struct hash_key){2, 2}, TEXT("pod")) != hash);
    assert_true(hash_text((struct hash_key){1, 3}, TEXT("pod")) != hash);
}

TEST(hash_depends_on_every_byte_and_the_length)
{
    const struct hash_key key = {1, 2};
    char bytes[32] = {0};

    for (size_t length = 1; length <= sizeof(bytes); length++) {
        uint64_t hash = hash_text(key, (struct text){bytes, length});
        assert_true(hash_text(key, (struct text){bytes, length - 1}) != hash);
        for (size_t i = 0; i < length; i++) {
            bytes[i] = 1;
            assert_true(hash_text(key, (struct text){bytes, length}) != hash);
            bytes[i] = 0;
        }
    }
}

TEST(new_keys_differ)
{
    struct hash_key a = hash_key_new(), b = hash_key_new();

    assert_true(a.k0 != b.k0 && a.k1 != b.k1);
}
