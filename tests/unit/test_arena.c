/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "chaos.h"

TEST(allocations_are_aligned_and_do_not_overlap)
{
    struct arena arena = {0};
    char *blocks[200];

    for (size_t i = 0; i < UNIT_COUNT(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)i, i);
    }
    for (size_t i = 0; i < UNIT_COUNT(blocks); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)blocks[i][j], i);
    arena_free(&arena);
}

TEST(allocation_larger_than_a_chunk_is_contiguous)
{
    struct arena arena = {0};

    char *large = arena_alloc(&arena, 1 << 20);
    assert_non_null(large);
    memset(large, 'x', 1 << 20);
    char *small = arena_alloc(&arena, 16);
    assert_non_null(small);
    memset(small, 'y', 16);
    assert_int_equal(large[(1 << 20) - 1], 'x');
    arena_free(&arena);
}

TEST(copy_ends_with_a_nul_and_absent_stays_absent)
{
    struct arena arena = {0};
    char source[] = "pod";

    struct text copy = arena_copy(&arena, text_of(source));
    source[0] = 'x';
    assert_text(copy, "pod");
    assert_int_equal(copy.at[copy.length], '\0');
    assert_non_null(arena_copy(&arena, TEXT("")).at);
    assert_null(arena_copy(&arena, (struct text){0}).at);
    arena_free(&arena);
}

TEST(formatted_text_ends_with_a_nul)
{
    struct arena arena = {0};

    struct text text = arena_printf(&arena, "%.*s-%d", TEXT_ARGS(TEXT("pod")), 7);
    assert_text(text, "pod-7");
    assert_int_equal(text.at[text.length], '\0');
    assert_non_null(arena_printf(&arena, "%s", "").at);
    text = arena_printf(&arena, "%*d", 100000, 1);
    assert_int_equal(text.length, 100000);
    assert_int_equal(text.at[99999], '1');
    arena_free(&arena);
}

TEST(taken_buffer_is_copied_and_freed)
{
    struct arena arena = {0};
    struct buffer buffer = buffer_new(3);

    assert_text(arena_take(&arena, &buffer), "");
    buffer_put_text(&buffer, TEXT("pod"));
    assert_text(arena_take(&arena, &buffer), "pod");
    assert_null(buffer.bytes);
    arena_free(&arena);
}

TEST(failed_buffer_gives_no_text_and_is_freed)
{
    struct arena arena = {0};
    struct buffer buffer = buffer_new(3);

    buffer_put_text(&buffer, TEXT("pod"));
    buffer_put_char(&buffer, 's');
    assert_null(arena_take(&arena, &buffer).at);
    assert_null(buffer.bytes);
    arena_free(&arena);
}

TEST(reset_keeps_one_chunk_so_the_next_round_allocates_nothing)
{
    struct arena arena = {0};

    long before = chaos_blocks();
    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 1000);
    arena_alloc(&arena, 100000);
    assert_true(chaos_blocks() > before + 2);
    arena_reset(&arena);
    assert_int_equal(chaos_blocks(), before + 1);
    chaos_fail_at(1);
    assert_non_null(arena_alloc(&arena, 2000));
    assert_false(chaos_failed());
    chaos_fail_at(0);
    arena_free(&arena);
    assert_int_equal(chaos_blocks(), before);
}

TEST(begun_arena_has_a_chunk_of_the_given_size_which_reset_frees)
{
    struct arena arena = {0};
    long before = chaos_blocks();

    assert_true(arena_begin(&arena, 2 * alignof(max_align_t)));
    assert_non_null(arena_alloc(&arena, 1));
    assert_non_null(arena_alloc(&arena, alignof(max_align_t)));
    assert_int_equal(chaos_blocks(), before + 1);
    assert_non_null(arena_alloc(&arena, 1));
    assert_int_equal(chaos_blocks(), before + 2);
    arena_reset(&arena);
    assert_int_equal(chaos_blocks(), before + 1);
    arena_free(&arena);
    chaos_fail_at(1);
    assert_false(arena_begin(&arena, 100));
    chaos_fail_at(0);
    arena_free(&arena);
    assert_int_equal(chaos_blocks(), before);
}

TEST(reset_of_only_large_chunks_frees_them)
{
    struct arena arena = {0};
    long before = chaos_blocks();

    arena_alloc(&arena, 100000);
    arena_reset(&arena);
    assert_int_equal(chaos_blocks(), before);
    arena_free(&arena);
}

TEST(zeroed_arena_may_be_reset_and_freed)
{
    struct arena arena = {0};

    arena_reset(&arena);
    arena_free(&arena);
    assert_null(arena.chunks);
}

static bool take(struct arena *arena)
{
    struct buffer buffer = buffer_new(10);

    buffer_put_text(&buffer, TEXT("pod"));
    return arena_take(arena, &buffer).at;
}

static bool fill(struct arena *arena)
{
    return arena_alloc(arena, 10) && arena_alloc(arena, 5000) &&
           arena_copy(arena, TEXT("pod")).at && arena_alloc(arena, 4090) &&
           arena_alloc(arena, 4090) && arena_printf(arena, "%*d", 5000, 1).at && take(arena);
}

TEST(no_memory_returns_null_and_the_arena_still_works)
{
    long before = chaos_blocks();
    unsigned n = 0;

    do {
        struct arena arena = {0};
        chaos_fail_at(++n);
        bool filled = fill(&arena);
        assert_int_equal(filled, !chaos_failed());
        chaos_fail_at(0);
        assert_true(fill(&arena));
        arena_free(&arena);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    assert_true(n > 3);
}
