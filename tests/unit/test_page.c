/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "views/page.h"

static const char hostile[] = "</title><script>\"a\" & 'b'</script>";
static const char escaped[] =
    "&lt;/title&gt;&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;";

static void assert_holds(const struct buffer *page, const char *part)
{
    if (!memmem(page->bytes, page->length, part, strlen(part)))
        fail_msg("no \"%s\" in %.*s", part, TEXT_ARGS(buffer_text(page)));
}

TEST(text_is_escaped_for_tags_and_quotes)
{
    struct buffer out = buffer_new(1000);

    page_put_text(&out, text_of(hostile));
    assert_text(buffer_text(&out), escaped);
    buffer_clear(&out);
    page_put_text(&out, TEXT("\xC3\xBC &amp;"));
    assert_text(buffer_text(&out), "\xC3\xBC &amp;amp;");
    buffer_clear(&out);
    page_put_text(&out, TEXT(""));
    assert_int_equal(out.length, 0);
    buffer_free(&out);
}

TEST(pages_name_the_pod_and_escape_what_clients_said)
{
    const struct text repositories[] = {TEXT("https://x/o/r"), text_of(hostile)};
    const struct pod pod = {.number = 7,
                            .pool_number = 2,
                            .pool_name = text_of(hostile),
                            .usage = POD_USED,
                            .claimed_by = text_of(hostile),
                            .repositories = repositories,
                            .repositories_count = 2};
    struct buffer pages[] = {buffer_new(10000), buffer_new(10000)};

    page_put_pod(&pages[0], &pod, "Front end");
    page_put_session(&pages[1], &pod, text_of(hostile));
    for (size_t i = 0; i < UNIT_COUNT(pages); i++) {
        assert_false(pages[i].failed);
        assert_holds(&pages[i], "<!DOCTYPE html>");
        assert_holds(&pages[i], "mock-pod-7");
        assert_holds(&pages[i], escaped);
        assert_null(memmem(pages[i].bytes, pages[i].length, "<script", 7));
    }
    assert_holds(&pages[0], "Front end");
    assert_holds(&pages[0], "https://x/o/r");
    assert_holds(&pages[1], "Session");
    buffer_free(&pages[0]);
    buffer_free(&pages[1]);
}

TEST(page_of_a_pod_without_a_claimant_says_nobody)
{
    const struct pod pod = {
        .number = 1, .pool_number = 1, .pool_name = TEXT("p"), .usage = POD_USED};
    struct buffer page = buffer_new(10000);

    page_put_pod(&page, &pod, "IDE");
    assert_holds(&page, "nobody");
    buffer_free(&page);
}
