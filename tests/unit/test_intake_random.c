/* SPDX-License-Identifier: MIT
 *
 * Requests by chance, sound and mutated: what intake takes has to be the same request to libfcgi.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "dice.h"
#include "gateway/decode.h"
#include "gateway/intake.h"
#include "wire.h"

enum { BODY_MAX = 1000 };

static const struct intake_limits limits = {.bodies.normal_bytes = BODY_MAX, .requests_max = 4096};
static struct buffer sent, in, out, pairs;
static struct intake intake;

static void set_up(void)
{
    sent = buffer_new(WIRE_MAX);
    in = buffer_new(WIRE_MAX);
    out = buffer_new(WIRE_MAX);
    pairs = buffer_new(WIRE_MAX);
    intake = intake_new(&limits);
}

static void tear_down(void)
{
    buffer_free(&sent);
    buffer_free(&in);
    buffer_free(&out);
    buffer_free(&pairs);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void roll_request(struct dice *dice)
{
    static const char text[] = "REQUEST_URI=/api/mock/pool-manager?workspaceId=1&x=2";
    static char body[2 * BODY_MAX];
    unsigned id = 1 + dice_roll(dice, 3);

    buffer_clear(&pairs);
    for (unsigned i = dice_roll(dice, 6); i > 0; i--)
        wire_put_pair(&pairs, (struct text){text, 1 + dice_roll(dice, 20)},
                      (struct text){body, dice_roll(dice, 400)});
    wire_put_begin(&sent, id, 1, dice_roll(dice, 2));
    wire_put_stream(&sent, RECORD_PARAMS, id, buffer_text(&pairs), 1 + dice_roll(dice, 300));
    wire_put_stream(&sent, RECORD_STDIN, id, (struct text){body, dice_roll(dice, 2 * BODY_MAX)},
                    1 + dice_roll(dice, 600));
}

/* A stream in records with padding of any length, in which there are records too. */
static void put_padded_stream(struct dice *dice, unsigned type, unsigned id, struct text content)
{
    struct buffer padding = buffer_new(WIRE_MAX);

    wire_put_stream(&padding, RECORD_STDIN, id, TEXT("smuggled"), 8);
    while (padding.length < 255)
        buffer_put_char(&padding, (char)dice_roll(dice, 12));
    for (;;) {
        size_t most = 1 + dice_roll(dice, 600),
               count = content.length < most ? content.length : most;
        size_t pad = dice_roll(dice, 2) ? dice_roll(dice, 256) : 0;
        wire_put_record(&sent, type, id, (struct text){content.at, count}, pad);
        memcpy(sent.bytes + sent.length - pad, padding.bytes, pad);
        sent.bytes[sent.length - pad - count - 1] = (char)dice_bits(dice); /* the reserved byte */
        if (count == 0)
            break;
        content = text_from(content, count);
    }
    buffer_free(&padding);
}

static void put_padded_begin(struct dice *dice, unsigned id)
{
    const char body[8] = {0, 1, (char)dice_roll(dice, 2)};
    size_t pad = dice_roll(dice, 2) ? dice_roll(dice, 256) : 0;

    wire_put_record(&sent, RECORD_BEGIN_REQUEST, id, (struct text){body, sizeof(body)}, pad);
    for (size_t i = sent.length - pad; i < sent.length; i++)
        sent.bytes[i] = (char)dice_roll(dice, 12);
}

/* A name as some front end might send it: empty, with a '=' in it, or CONTENT_LENGTH. */
static struct text roll_name(struct dice *dice)
{
    static const struct text odd[] = {TEXT(""),
                                      TEXT("="),
                                      TEXT("=A"),
                                      TEXT("A="),
                                      TEXT("A=B"),
                                      TEXT("CONTENT_LENGTH"),
                                      TEXT("CONTENT_LENGTH=1"),
                                      TEXT("CONTENT_LENGT")};
    static const char plain[] = "REQUEST_URI/ABCDEFGHIJKLM";

    return dice_roll(dice, 4) ? (struct text){plain, 1 + dice_roll(dice, 20)}
                              : odd[dice_roll(dice, UNIT_COUNT(odd))];
}

/* A sound request, whose body begins at `body`. */
static struct text roll_padded_request(struct dice *dice, const char *body)
{
    unsigned id = 1 + dice_roll(dice, 3);
    struct text content = {body, dice_roll(dice, 3) ? dice_roll(dice, BODY_MAX) : 0};
    char number[24];

    buffer_clear(&pairs);
    for (unsigned i = dice_roll(dice, 6); i > 0; i--)
        wire_put_pair(&pairs, roll_name(dice), (struct text){"1234567890=?&", dice_roll(dice, 14)});
    snprintf(number, sizeof(number), "%zu", content.length);
    if (dice_roll(dice, 2))
        wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), text_of(number));
    else if (dice_roll(dice, 2))
        wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), dice_roll(dice, 2) ? TEXT("-1") : TEXT(""));
    put_padded_begin(dice, id);
    put_padded_stream(dice, RECORD_PARAMS, id, buffer_text(&pairs));
    put_padded_stream(dice, RECORD_STDIN, id, content);
    return content;
}

/* Changes some bytes, most of them in the headers' small numbers. */
static void mutate(struct dice *dice)
{
    for (unsigned i = dice_roll(dice, 4); i > 0; i--) {
        size_t at = dice_roll(dice, (unsigned)sent.length);
        switch (dice_roll(dice, 4)) {
        case 0:
            sent.bytes[at] = (char)dice_bits(dice);
            break;
        case 1:
            sent.bytes[at] ^= (char)(1 << dice_roll(dice, 8));
            break;
        case 2:
            sent.length = at + 1;
            break;
        default:
            sent.bytes[at] = (char)dice_roll(dice, 12);
        }
    }
}

/* Checks that libfcgi reads a whole request where intake found one, with its body. The decoder is
 * new each time, so that nothing of an earlier request can replace what is missing. */
static void check_with_libfcgi(void)
{
    struct decoder *decoder;
    struct problem problem;
    struct arena arena = {0};
    struct request request = {0};
    size_t kept = intake.body_dropped ? 0 : (size_t)intake.body_bytes;

    assert_true(intake.walked <= in.length);
    assert_int_equal(decoder_new(&decoder, &problem), OK);
    if (!intake.refused)
        assert_int_equal(
            decoder_read(decoder, (struct text){in.bytes, intake.walked}, kept, &arena, &request),
            OK);
    decoder_free(&decoder);
    arena_free(&arena);
}

/* What libfcgi has decoded is what was sent: the pairs, unless the request is refused for their
 * names, and the body. It puts FCGI_ROLE before the pairs. */
static void check_decoded(struct decoder *decoder, struct text body)
{
    struct arena arena = {0};
    struct request request = {0};
    struct text rest = buffer_text(&pairs), name, value;
    size_t count = 0;

    assert_int_equal(decoder_read(decoder, (struct text){in.bytes, intake.walked},
                                  (size_t)intake.body_bytes, &arena, &request),
                     OK);
    assert_int_equal(intake.body_bytes, body.length);
    assert_true(text_equal(request.body, body));
    bool odd = false;
    for (; record_cut_pair(&rest, &name, &value); count++) {
        odd |= name.length == 0 || memchr(name.at, '=', name.length);
        if (intake.pairs.has_bad_name)
            continue;
        assert_true(text_equal(request.variables[count + 1].name, name));
        assert_true(text_equal(request.variables[count + 1].value, value));
    }
    assert_int_equal(intake.pairs.has_bad_name, odd);
    if (!odd)
        assert_int_equal(request.variables_count, count + 1);
    arena_free(&arena);
}

/* Walks all that has been sent, in one go, from a fresh start. */
static enum intake_event walk_sent(void)
{
    intake = intake_new(&limits);
    buffer_clear(&in);
    buffer_clear(&out);
    buffer_put_text(&in, buffer_text(&sent));
    return intake_walk(&intake, &in, &out, false);
}

TEST(libfcgi_reads_what_was_walked)
{
    static char body[BODY_MAX];
    struct dice dice = dice_new();
    struct decoder *decoder;
    struct problem problem;

    assert_int_equal(decoder_new(&decoder, &problem), OK);
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)dice_bits(&dice);
    for (int round = 0; round < 3000; round++) {
        buffer_clear(&sent);
        struct text content = roll_padded_request(&dice, body);
        if (walk_sent() == INTAKE_REQUEST)
            check_decoded(decoder, content);
        else
            fail_msg("round %d: a sound request is not taken", round);
    }
    decoder_free(&decoder);
}

/* Feeds what was sent in pieces of any size, from memory that ends where the bytes do; gives how
 * many requests were whole. */
static int feed(struct dice *dice)
{
    size_t at = 0;
    int requests = 0;

    intake = intake_new(&limits);
    buffer_clear(&in);
    buffer_clear(&out);
    for (;;) {
        struct buffer exact = buffer_new(in.length ? in.length : 1);
        buffer_put_text(&exact, buffer_text(&in));
        buffer_free(&in);
        in = exact;
        enum intake_event event = intake_walk(&intake, &in, &out, dice_roll(dice, 20) == 0);
        assert_true(intake.walked <= in.length);
        if (event == INTAKE_HOSTILE || event == INTAKE_CLOSE)
            return requests;
        if (event == INTAKE_REQUEST) {
            check_with_libfcgi();
            requests++;
        }
        if (event != INTAKE_MORE) {
            buffer_drop(&in, intake.walked);
            intake_restart(&intake);
            continue;
        }
        if (at == sent.length)
            return requests;
        size_t count = 1 + dice_roll(dice, (unsigned)(sent.length - at));
        in.max = WIRE_MAX;
        buffer_put(&in, sent.bytes + at, count);
        at += count;
    }
}

TEST(random_mutations_are_refused_or_sound)
{
    struct dice dice = dice_new();
    int whole = 0;

    for (int round = 0; round < 4000; round++) {
        buffer_clear(&sent);
        roll_request(&dice);
        roll_request(&dice);
        if (round % 4 == 0) {
            assert_int_equal(feed(&dice), 2);
            continue;
        }
        mutate(&dice);
        whole += feed(&dice);
    }
    assert_true(whole > 1000);
}
