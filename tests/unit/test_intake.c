/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "gateway/intake.h"
#include "wire.h"

/* The path of the route whose body has a limit of its own. */
#define STATE "/__admin/state"

enum { BODY_MAX = 1000, LARGE_MAX = 3000 };

static const struct intake_limits limits = {
    .bodies = {.normal_bytes = BODY_MAX, .state_bytes = LARGE_MAX, .admin_token = TEXT("key")},
    .requests_max = 4096};
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

static void put_sound_pairs(void)
{
    buffer_clear(&pairs);
    wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("POST"));
    wire_put_pair(&pairs, TEXT("REQUEST_URI"), TEXT("/a/b"));
}

/* Walks all that has been sent, in one go, from a fresh start. */
static enum intake_event walk_sent(bool refuse)
{
    intake = intake_new(&limits);
    buffer_clear(&in);
    buffer_clear(&out);
    buffer_put_text(&in, buffer_text(&sent));
    return intake_walk(&intake, &in, &out, refuse);
}

static void assert_out(const char *expected, size_t count)
{
    assert_int_equal(out.length, count);
    assert_memory_equal(out.bytes, expected, count);
}

#define ASSERT_OUT(literal) assert_out(literal, sizeof(literal) - 1)

TEST(whole_request_is_told_with_its_bytes)
{
    put_sound_pairs();
    wire_put_request(&sent, 7, buffer_text(&pairs), TEXT("body"));
    size_t length = sent.length;
    wire_put_request(&sent, 7, buffer_text(&pairs), TEXT("next"));
    assert_int_equal(walk_sent(false), INTAKE_REQUEST);
    assert_int_equal(intake.walked, length);
    assert_int_equal(intake.id, 7);
    assert_int_equal(intake.body_bytes, 4);
    assert_true(intake.keep);
    assert_false(intake.body_dropped || intake.refused);
    assert_int_equal(out.length, 0);
    buffer_drop(&in, intake.walked);
    intake_restart(&intake);
    assert_int_equal(intake_walk(&intake, &in, &out, false), INTAKE_REQUEST);
    assert_int_equal(intake.walked, in.length);
}

TEST(request_split_at_any_byte_is_the_same)
{
    put_sound_pairs();
    wire_put_begin(&sent, 1, 1, 0);
    wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), 3);
    wire_put_stream(&sent, RECORD_STDIN, 1, TEXT("a body in pieces"), 5);
    for (size_t split = 0; split < sent.length; split++) {
        intake = intake_new(&limits);
        buffer_clear(&in);
        buffer_put(&in, sent.bytes, split);
        assert_int_equal(intake_walk(&intake, &in, &out, false), INTAKE_MORE);
        buffer_put(&in, sent.bytes + split, sent.length - split);
        assert_int_equal(intake_walk(&intake, &in, &out, false), INTAKE_REQUEST);
        assert_int_equal(intake.walked, sent.length);
        assert_int_equal(intake.body_bytes, 16);
        assert_false(intake.keep);
    }
    intake = intake_new(&limits);
    buffer_clear(&in);
    for (size_t at = 0; at < sent.length; at++) {
        buffer_put(&in, sent.bytes + at, 1);
        assert_int_equal(intake_walk(&intake, &in, &out, false),
                         at + 1 < sent.length ? INTAKE_MORE : INTAKE_REQUEST);
    }
    assert_memory_equal(in.bytes, sent.bytes, sent.length);
}

/* Begins a request and ends its parameters, for what follows them. */
static void put_sound_front(void)
{
    put_sound_pairs();
    wire_put_begin(&sent, 1, 1, 1);
    wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), 65528);
}

static void check_hostile(const char *what)
{
    if (walk_sent(false) != INTAKE_HOSTILE)
        fail_msg("%s is taken", what);
    buffer_clear(&sent);
}

TEST(request_is_whole_with_its_content_length)
{
    static const struct {
        const char *length, *body;
        bool is_whole;
    } rows[] = {
        {"4", "body", true},
        {"0", "", true},
        {"5", "body", false},
        {"3", "body", false},
        {"", "body", false},
        {"-1", "", false},
        {NULL, "body", false},
        {"04", "body", false},
        {"4x", "body", false},
        {"+4", "body", false},
        {"99999999999999999999", "", false},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        for (size_t piece = 1; piece < 70000; piece *= 40) {
            buffer_clear(&sent);
            put_sound_pairs();
            wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), TEXT("1"));
            wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"),
                          rows[i].length ? text_of(rows[i].length) : TEXT(""));
            wire_put_begin(&sent, 1, 1, 1);
            wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), piece);
            if (rows[i].body[0])
                wire_put_record(&sent, RECORD_STDIN, 1, text_of(rows[i].body), 3);
            if (walk_sent(false) != (rows[i].is_whole ? INTAKE_REQUEST : INTAKE_MORE))
                fail_msg("CONTENT_LENGTH %s, body %s", rows[i].length, rows[i].body);
            assert_false(intake.ended);
            assert_int_equal(intake.walked, in.length);
        }
}

TEST(what_comes_late_of_a_body_is_dropped)
{
    put_sound_pairs();
    wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), TEXT("2"));
    wire_put_begin(&sent, 7, 1, 1);
    wire_put_stream(&sent, RECORD_PARAMS, 7, buffer_text(&pairs), 100);
    wire_put_record(&sent, RECORD_STDIN, 7, TEXT("ab"), 0);
    size_t length = sent.length;
    assert_int_equal(walk_sent(false), INTAKE_REQUEST);
    wire_put_record(&sent, RECORD_STDIN, 7, TEXT("too long"), 5); /* has arrived: a longer body */
    wire_put_record(&sent, RECORD_STDIN, 7, TEXT(""), 9);
    assert_int_equal(walk_sent(false), INTAKE_REQUEST);
    assert_int_equal(intake.body_bytes, 10);
    assert_true(intake.ended);
    buffer_drop(&sent, length);
    wire_put_begin(&sent, 7, 1, 1);
    buffer_put_text(&in, buffer_text(&sent));
    buffer_drop(&in, intake.walked);
    assert_false(intake_drop_rest(&in, 8));
    assert_int_equal(in.length, sent.length);
    assert_true(intake_drop_rest(&in, 7));
    assert_int_equal(in.length, 16);
    assert_false(intake_drop_rest(&in, 7));
    buffer_drop(&sent, sent.length - 16 - 17);
    intake_restart(&intake);
    buffer_clear(&in);
    buffer_put_text(&in, buffer_text(&sent)); /* the end alone, with no request open */
    assert_int_equal(intake_walk(&intake, &in, &out, false), INTAKE_MORE);
    assert_int_equal(in.length, 16);
    assert_true(intake.open);
}

TEST(odd_names_are_told)
{
    static const struct {
        struct text name;
        bool is_bad;
    } rows[] = {{TEXT(""), true},   {TEXT("="), true},  {TEXT("=A"), true},
                {TEXT("A="), true}, {TEXT("A"), false}, {TEXT("A B"), false}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        for (size_t piece = 1; piece < 70000; piece *= 40) {
            buffer_clear(&sent);
            put_sound_pairs();
            wire_put_pair(&pairs, rows[i].name, TEXT("a=b"));
            wire_put_begin(&sent, 1, 1, 1);
            wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), piece);
            wire_put_stream(&sent, RECORD_STDIN, 1, TEXT(""), 1);
            assert_int_equal(walk_sent(false), INTAKE_REQUEST);
            assert_int_equal(intake.pairs.has_bad_name, rows[i].is_bad);
        }
}

TEST(records_out_of_order_are_hostile)
{
    wire_put_begin(&sent, 1, 1, 1);
    wire_put_record(&sent, RECORD_STDIN, 1, TEXT("x"), 0);
    check_hostile("a body before the parameters' end");
    wire_put_begin(&sent, 1, 1, 1);
    wire_put_record(&sent, RECORD_STDIN, 1, TEXT(""), 0);
    check_hostile("a body's end before the parameters' end");
    put_sound_front();
    wire_put_record(&sent, RECORD_PARAMS, 1, TEXT("\1\1ab"), 0);
    check_hostile("parameters after their end");
    put_sound_front();
    wire_put_record(&sent, RECORD_PARAMS, 1, TEXT(""), 0);
    check_hostile("a second end of the parameters");
    put_sound_front();
    wire_put_begin(&sent, 1, 1, 1);
    check_hostile("the same request begun twice");
    wire_put_begin(&sent, 0, 1, 1);
    check_hostile("a request of id 0");
    wire_put_record(&sent, RECORD_BEGIN_REQUEST, 1, TEXT("\0\1\1\0\0\0\0"), 0);
    check_hostile("a short BEGIN_REQUEST");
    wire_put_record(&sent, RECORD_BEGIN_REQUEST, 1, TEXT("\0\1\1\0\0\0\0\0\0"), 0);
    check_hostile("a long BEGIN_REQUEST");
    put_sound_front();
    for (unsigned type = RECORD_END_REQUEST; type <= 255; type++) {
        if (type == RECORD_PARAMS || type == RECORD_STDIN)
            continue;
        buffer_clear(&sent);
        put_sound_front();
        wire_put_record(&sent, type, 1, TEXT("x"), 0);
        check_hostile("a record of a type that no client sends");
    }
    put_sound_front();
    sent.bytes[0] = 2;
    check_hostile("another version");
    sent.bytes[0] = 1;
}

TEST(parameters_whose_lengths_lie_are_hostile)
{
    static const struct text lies[] = {
        TEXT("\5\5ab"),
        TEXT("\1"),
        TEXT("\1\x80\0\0"),
        TEXT("\xff\xff\xff\xff\1"),
        TEXT("\1\xff\xff\xff\xff"
             "a"),
        TEXT("\x80\4\0\1\0"),
        TEXT("\1\1ab\1"),
    };

    for (size_t i = 0; i < UNIT_COUNT(lies); i++)
        for (size_t piece = 1; piece <= 65528; piece *= 256) {
            wire_put_begin(&sent, 1, 1, 1);
            wire_put_stream(&sent, RECORD_PARAMS, 1, lies[i], piece);
            check_hostile("a pair that lies");
        }
}

TEST(too_many_parameters_are_hostile)
{
    static char value[INTAKE_PARAMS_MAX];
    const size_t taken_by_lengths = 1 + 4 + 1;

    for (size_t more = 0; more < 2; more++) {
        buffer_clear(&sent);
        buffer_clear(&pairs);
        wire_put_pair(&pairs, TEXT("A"),
                      (struct text){value, INTAKE_PARAMS_MAX - taken_by_lengths + more});
        assert_int_equal(pairs.length, INTAKE_PARAMS_MAX + more);
        wire_put_request(&sent, 1, buffer_text(&pairs), TEXT(""));
        assert_int_equal(walk_sent(false), more ? INTAKE_HOSTILE : INTAKE_REQUEST);
    }
}

TEST(padding_without_end_is_bounded)
{
    wire_put_begin(&sent, 1, 1, 1);
    while (sent.length < INTAKE_OVERHEAD_MAX)
        wire_put_record(&sent, RECORD_PARAMS, 1, TEXT("\1"), 255);
    check_hostile("parameters that are nearly all padding");
    put_sound_front();
    for (int i = 0; i < 9000; i++)
        wire_put_record(&sent, RECORD_STDIN, 1,
                        TEXT(""
                             "x"),
                        255);
    assert_int_equal(walk_sent(false), INTAKE_MORE);
    assert_true(intake.body_dropped);
    assert_true(in.length < INTAKE_OVERHEAD_MAX);
    assert_int_equal(intake.body_bytes, 9000);
}

TEST(body_of_the_limit_is_kept_and_a_longer_one_counted)
{
    static char body[4 * BODY_MAX];

    for (size_t length = BODY_MAX - 1; length <= 4 * BODY_MAX;
         length += length < BODY_MAX + 1 ? 1 : 999) {
        buffer_clear(&sent);
        put_sound_front();
        wire_put_stream(&sent, RECORD_STDIN, 1, (struct text){body, length}, 300);
        assert_int_equal(walk_sent(false), INTAKE_REQUEST);
        assert_int_equal(intake.body_bytes, length);
        assert_int_equal(intake.body_dropped, length > BODY_MAX);
        assert_int_equal(intake.walked, in.length);
        assert_true(in.length <= intake_buffer_max(&limits));
        if (length > BODY_MAX + 300)
            assert_true(in.length < BODY_MAX + 300);
    }
}

TEST(body_of_a_large_request_has_a_limit_of_its_own)
{
    static const struct {
        const char *method, *target, *authorization;
        bool is_large;
    } rows[] = {
        {"PUT", "/a" STATE, "Bearer key", true},
        {"PUT", STATE "?b=/c", "Bearer key", true},
        {"PUT", "/a/b", "Bearer key", false},
        {"PUT", "/a?b=" STATE, "Bearer key", false},
        {"PUT", "__admin/state", "Bearer key", false},
        {"PUT", "/a" STATE "/", "Bearer key", false},
        {"POST", "/a" STATE, "Bearer key", false},
        {"put", "/a" STATE, "Bearer key", false},
        {"PUT", "", "Bearer key", false},
        {"PUT", "/a" STATE, "Bearer keys", false},
        {"PUT", "/a" STATE, "Basic key", false},
        {"PUT", "/a" STATE, "", false},
    };
    static const size_t lengths[] = {BODY_MAX, BODY_MAX + 1, LARGE_MAX, LARGE_MAX + 1};
    static char body[LARGE_MAX + 1];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        size_t max = rows[i].is_large ? LARGE_MAX : BODY_MAX;
        for (size_t k = 0; k < UNIT_COUNT(lengths); k++) {
            buffer_clear(&sent);
            buffer_clear(&pairs);
            wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("PUT"));
            wire_put_pair(&pairs, TEXT("REQUEST_URI"), TEXT(STATE));
            wire_put_pair(&pairs, TEXT("HTTP_AUTHORIZATION"), TEXT("Bearer key"));
            wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), text_of(rows[i].method));
            wire_put_pair(&pairs, TEXT("REQUEST_URI"), text_of(rows[i].target));
            wire_put_pair(&pairs, TEXT("HTTP_AUTHORIZATION"), text_of(rows[i].authorization));
            wire_put_begin(&sent, 1, 1, 1);
            wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), 7); /* cut anywhere */
            wire_put_stream(&sent, RECORD_STDIN, 1, (struct text){body, lengths[k]}, 300);
            assert_int_equal(walk_sent(false), INTAKE_REQUEST);
            assert_int_equal(intake.body_bytes, lengths[k]);
            if (intake.body_dropped != (lengths[k] > max))
                fail_msg("%s %s, %s, %zu bytes", rows[i].method, rows[i].target,
                         rows[i].authorization, lengths[k]);
            assert_true(in.length <= intake_buffer_max(&limits));
        }
    }
}

TEST(refused_request_is_walked_but_not_kept)
{
    put_sound_pairs();
    wire_put_request(&sent, 3, buffer_text(&pairs), TEXT("body"));
    assert_int_equal(walk_sent(true), INTAKE_REQUEST);
    assert_true(intake.refused);
    assert_int_equal(intake.walked, 0);
    assert_int_equal(in.length, 0);
    assert_int_equal(intake.id, 3);
    assert_int_equal(intake.body_bytes, 4);
    buffer_clear(&sent);
    wire_put_begin(&sent, 1, 1, 1);
    wire_put_stream(&sent, RECORD_PARAMS, 1, TEXT("\5\5ab"), 100);
    assert_int_equal(walk_sent(true), INTAKE_HOSTILE);
}

TEST(abort_gives_the_request_up_and_is_answered)
{
    put_sound_front();
    wire_put_record(&sent, RECORD_STDIN, 1, TEXT("half a body"), 5);
    wire_put_record(&sent, RECORD_ABORT_REQUEST, 1, TEXT(""), 8);
    size_t length = sent.length;
    wire_put_request(&sent, 2, buffer_text(&pairs), TEXT(""));
    assert_int_equal(walk_sent(false), INTAKE_ABORTED);
    ASSERT_OUT("\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0");
    assert_true(intake.walked < length);
    buffer_drop(&in, intake.walked);
    intake_restart(&intake);
    assert_int_equal(intake_walk(&intake, &in, &out, false), INTAKE_REQUEST);
    assert_int_equal(intake.id, 2);
    assert_int_equal(intake.walked, in.length);
}

TEST(abort_of_the_request_being_served_is_taken_only_when_it_is_one)
{
    wire_put_record(&in, RECORD_ABORT_REQUEST, 7, TEXT(""), 8);
    wire_put_begin(&in, 8, 1, 1);
    size_t length = in.length;
    assert_false(intake_take_abort(&in, 8));
    assert_int_equal(in.length, length);
    assert_true(intake_take_abort(&in, 7));
    assert_int_equal(in.length, length - 16);
    assert_false(intake_take_abort(&in, 8));
    buffer_clear(&in);
    for (size_t have = 0; have < 16; have++) {
        assert_false(intake_take_abort(&in, 7));
        buffer_put(&in, &"\1\2\0\7\0\0\10\0\0\0\0\0\0\0\0\0"[have], 1);
    }
    in.bytes[0] = 3;
    assert_false(intake_take_abort(&in, 7));
    in.bytes[0] = 1;
    assert_true(intake_take_abort(&in, 7));
    assert_int_equal(in.length, 0);
}

TEST(what_belongs_to_no_request_is_answered_or_thrown_away)
{
    struct buffer values = buffer_new(1000);

    wire_put_pair(&values, TEXT("FCGI_MPXS_CONNS"), TEXT(""));
    put_sound_pairs();
    wire_put_record(&sent, RECORD_GET_VALUES, 0, buffer_text(&values), 3);
    wire_put_record(&sent, 77, 0, TEXT("?"), 0);
    wire_put_record(&sent, RECORD_STDIN, 9, TEXT("of no request"), 0);
    wire_put_record(&sent, RECORD_ABORT_REQUEST, 9, TEXT(""), 0);
    wire_put_begin(&sent, 1, 1, 1);
    wire_put_record(&sent, RECORD_STDIN, 9, TEXT("of no request"), 0);
    wire_put_begin(&sent, 2, 1, 1);
    wire_put_stream(&sent, RECORD_PARAMS, 1, buffer_text(&pairs), 10);
    wire_put_record(&sent, RECORD_GET_VALUES, 0, TEXT("\5\5"), 0);
    wire_put_stream(&sent, RECORD_STDIN, 1, TEXT("body"), 1);
    assert_int_equal(walk_sent(false), INTAKE_REQUEST);
    assert_int_equal(intake.id, 1);
    assert_int_equal(intake.walked, in.length);
    ASSERT_OUT("\1\12\0\0\0\22\6\0\17\1FCGI_MPXS_CONNS0\0\0\0\0\0\0"
               "\1\13\0\0\0\10\0\0\115\0\0\0\0\0\0\0"
               "\1\3\0\2\0\10\0\0\0\0\0\0\1\0\0\0"
               "\1\12\0\0\0\0\0\0");
    buffer_clear(&sent);
    wire_put_request(&sent, 1, buffer_text(&pairs), TEXT("body"));
    buffer_free(&values);
}

TEST(another_role_is_refused_and_the_connection_kept_if_it_is_to_be)
{
    for (unsigned role = 0; role < 4; role++)
        for (unsigned keep = 0; keep < 2; keep++) {
            buffer_clear(&sent);
            wire_put_begin(&sent, 1, role, keep);
            enum intake_event event = walk_sent(false);
            if (role == 1) {
                assert_int_equal(event, INTAKE_MORE);
                assert_int_equal(out.length, 0);
                continue;
            }
            assert_int_equal(event, keep ? INTAKE_MORE : INTAKE_CLOSE);
            ASSERT_OUT("\1\3\0\1\0\10\0\0\0\0\0\0\3\0\0\0");
            assert_int_equal(in.length, 0);
        }
}
