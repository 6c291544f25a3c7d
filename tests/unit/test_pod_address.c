/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "model/pod_address.h"

static const struct text pod = TEXT("mock-pod-7");
static struct pod_templates templates;
static struct pod_base base;
static struct problem problem;

static enum err read_templates(const char *pod_url, const char *pod_port_url)
{
    problem = (struct problem){0};
    return pod_templates_read(text_of(pod_url), text_of(pod_port_url), &templates, &problem);
}

static void assert_address(int port, const char *expected)
{
    struct buffer out = buffer_new(2000);

    pod_put_address(&out, &templates, &base, pod, port);
    assert_text(buffer_text(&out), expected);
    buffer_free(&out);
}

static void assert_host(const char *expected)
{
    struct buffer out = buffer_new(2000);

    buffer_put_text(&out, TEXT("before"));
    pod_put_host(&out, &templates, &base, pod);
    assert_text(text_from(buffer_text(&out), 6), expected);
    buffer_free(&out);
}

TEST(host_is_that_of_the_url_without_a_port)
{
    static const struct {
        const char *base, *template, *host;
    } rows[] = {
        {"http://h:8080/m", "mock", "mock-pod-7.mock.sphinx.chat"},
        {"http://h:8080/m", "path", "h"},
        {"https://h/m", "path", "h"},
        {"http://[::1]:8080/m", "path", "[::1]"},
        {"http://[::1]/m", "path", "[::1]"},
        {"http://h:8080/m", "host", "mock-pod-7.pods.localhost"},
        {"http://h/m", "https://{pod}.example.org:8443", "mock-pod-7.example.org"},
        {"http://h/m", "https://example.org/a:b@c/{pod}", "example.org"},
        {"http://h/m", "https://user:word@{pod}.example.org:1/x", "mock-pod-7.example.org"},
        {"http://h/m", "https://{pod}?x", "mock-pod-7"},
        {"http://h/m", "https://{pod}#x", "mock-pod-7"},
        {"http://h/m", "{pod}:80", "mock-pod-7"},
        {"http://h/m", "/{pod}", ""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        bool is_word = !strchr(rows[i].template, '{');
        assert_true(pod_base_read(text_of(rows[i].base), &base));
        assert_int_equal(read_templates(rows[i].template, is_word ? "" : "{port}"), OK);
        assert_host(rows[i].host);
    }
}

TEST(words_choose_both_templates)
{
    static const struct {
        const char *word, *pod, *frontend, *goose, *control;
        bool need_base;
    } rows[] = {
        {"mock", "https://mock-pod-7.mock.sphinx.chat", "https://mock-pod-7.mock.sphinx.chat:3000",
         "https://mock-pod-7.mock.sphinx.chat:15551", "https://mock-pod-7.mock.sphinx.chat:15552",
         false},
        {"path", "http://h:8080/m/_pod/mock-pod-7", "http://h:8080/m/_pod/mock-pod-7/3000",
         "http://h:8080/m/_pod/mock-pod-7/15551", "http://h:8080/m/_pod/mock-pod-7/15552", true},
        {"host", "http://mock-pod-7.pods.localhost:8080",
         "http://mock-pod-7-3000.pods.localhost:8080",
         "http://mock-pod-7-15551.pods.localhost:8080",
         "http://mock-pod-7-15552.pods.localhost:8080", true},
    };

    assert_true(pod_base_read(TEXT("http://h:8080/m"), &base));
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(read_templates(rows[i].word, ""), OK);
        assert_int_equal(templates.need_base, rows[i].need_base);
        assert_address(POD_PORT_NONE, rows[i].pod);
        assert_address(POD_PORT_FRONTEND, rows[i].frontend);
        assert_address(POD_PORT_GOOSE, rows[i].goose);
        assert_address(POD_PORT_CONTROL, rows[i].control);
    }
}

TEST(templates_are_filled_in)
{
    assert_true(pod_base_read(TEXT("https://h/m"), &base));
    assert_int_equal(read_templates("{base}|{scheme}|{front}|{pod}|{pod}", "p{port}"), OK);
    assert_true(templates.need_base);
    assert_address(POD_PORT_NONE, "https://h/m|https||mock-pod-7|mock-pod-7");
    assert_address(80, "p80");
    assert_int_equal(read_templates("plain", "{port}"), OK);
    assert_false(templates.need_base);
    assert_address(POD_PORT_NONE, "plain");
    assert_address(65535, "65535");
    assert_int_equal(read_templates("a}", "{port}}"), OK);
    assert_address(POD_PORT_NONE, "a}");
    assert_address(1, "1}");
}

TEST(template_for_ports_can_be_combined_with_a_word)
{
    assert_true(pod_base_read(TEXT("http://h/m"), &base));
    assert_int_equal(read_templates("path", "http://{pod}.x:{port}"), OK);
    assert_true(templates.need_base);
    assert_address(POD_PORT_NONE, "http://h/m/_pod/mock-pod-7");
    assert_address(POD_PORT_CONTROL, "http://mock-pod-7.x:15552");
}

TEST(template_that_would_mislead_clients_is_refused)
{
    static const struct {
        const char *pod, *pod_port, *part;
    } rows[] = {
        {"http://{pod}", "", "--pod-port-url"},
        {"", "", "--pod-port-url"},
        {"Mock", "", "--pod-port-url"},
        {"http://{pod}", "http://{pod}",
         "--pod-port-url: the template must contain {port} exactly once"},
        {"http://{pod}", "{port}{pod}{port}", "{port} exactly once"},
        {"http://{pod}:{port}", "{port}", "--pod-url: the template must not contain {port}"},
        {"{host}", "{port}",
         "--pod-url: {host} is not known; use {pod}, {base}, {scheme}, {front}"},
        {"https://{pd}.x", "", "--pod-url: {pd} is not known"},
        {"x", "{Port}",
         "--pod-port-url: {Port} is not known; use {pod}, {port}, {base}, {scheme}, {front}"},
        {"x", "{port}{}", "{}"},
        {"x", "http://{pod}{port}.x", "next to {port}"},
        {"x", "http://{pod}-1{port}", "next to {port}"},
        {"x", "{port}0", "next to {port}"},
        {"x", "{port}{pod}", "next to {port}"},
        {"a{pod", "{port}", "{pod"},
        {"a{", "{port}", "{"},
        {"x:15551", "{port}", "15551"},
        {"x", "{port}/15552", "15552"},
        {"x", "115551{port}", "15551"},
        {"a b", "{port}", "visible ASCII"},
        {"a\"b", "{port}", "quotes"},
        {"a\\b", "{port}", "backslashes"},
        {"x", "<{port}", "<"},
        {"x", "{port}>", ">"},
        {"a\nb", "{port}", "visible ASCII"},
        {"a\xC3\xBC", "{port}", "visible ASCII"},
        {"{pod}{pod}{pod}{pod}{pod}{pod}{pod}{pod}", "{port}", "too many"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        if (read_templates(rows[i].pod, rows[i].pod_port) != ERR_BAD_REQUEST)
            fail_msg("%s, %s: accepted", rows[i].pod, rows[i].pod_port);
        if (!strstr(problem.text, rows[i].part))
            fail_msg("%s, %s: \"%s\" lacks %s", rows[i].pod, rows[i].pod_port, problem.text,
                     rows[i].part);
    }
    assert_int_equal(read_templates("{pod}{pod}{pod}{pod}{pod}{pod}{pod}", "{port}"), OK);
}

TEST(base_url_is_parsed)
{
    static const struct {
        const char *base, *scheme, *port;
    } rows[] = {
        {"http://127.0.0.1:8080/api/mock", "http", ":8080"},
        {"https://example.org/api/mock", "https", ""},
        {"https://example.org", "https", ""},
        {"http://example.org:80", "http", ":80"},
        {"http://[::1]:8080/x", "http", ":8080"},
        {"http://[::1]/x:1", "http", ""},
        {"http://h/x:9/y", "http", ""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_true(pod_base_read(text_of(rows[i].base), &base));
        assert_text(base.base, rows[i].base);
        assert_text(base.scheme, rows[i].scheme);
        assert_text(base.port, rows[i].port);
    }
}

TEST(base_url_that_an_answer_would_have_to_escape_is_refused)
{
    static const char *const wrong[] = {
        "",
        "x",
        "://h",
        "http:/h",
        "http://",
        "http:///m",
        "http://a b",
        "http://a\"b",
        "http://a\\b",
        "http://a<b",
        "http://a&b",
        "http://a'b",
        "http://a\xFF",
        "http://h:15551/m",
        "http://h/15552",
        "http://a\nb",
        "http://a?b",
        "http://a#b",
        "http://a{pod}",
        "http://a\x7F",
    };
    char longest[POD_BASE_TEXT_MAX / 2 + 2] = "http://";

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        base = (struct pod_base){0};
        if (pod_base_read(text_of(wrong[i]), &base) || base.base.length > 0)
            fail_msg("%s: accepted", wrong[i]);
    }
    assert_false(pod_base_read((struct text){"http://a\0b", 10}, &base));
    assert_false(pod_base_read((struct text){0}, &base));
    memset(longest + 7, 'x', sizeof(longest) - 8);
    assert_false(pod_base_read(text_of(longest), &base));
    longest[sizeof(longest) - 2] = '\0';
    assert_true(pod_base_read(text_of(longest), &base));
}

TEST(without_a_base_the_form_mock_is_used)
{
    static const char *const words[] = {"path", "host"};

    base = (struct pod_base){0};
    for (size_t i = 0; i < UNIT_COUNT(words); i++) {
        assert_int_equal(read_templates(words[i], ""), OK);
        assert_address(POD_PORT_NONE, "https://mock-pod-7.mock.sphinx.chat");
        assert_address(POD_PORT_CONTROL, "https://mock-pod-7.mock.sphinx.chat:15552");
    }
    assert_int_equal(read_templates("x{pod}", "{base}/{port}"), OK);
    assert_address(POD_PORT_NONE, "https://mock-pod-7.mock.sphinx.chat");
}

TEST(copy_outlives_its_source)
{
    char original[] = "http://h:8080/m", kept[POD_BASE_TEXT_MAX];
    struct pod_base copy;

    assert_true(pod_base_read(text_of(original), &base));
    pod_base_copy(&base, kept, &copy);
    memset(original, 'x', sizeof(original));
    assert_text(copy.base, "http://h:8080/m");
    assert_text(copy.scheme, "http");
    assert_text(copy.port, ":8080");
    base = (struct pod_base){0};
    pod_base_copy(&base, kept, &copy);
    assert_int_equal(copy.base.length, 0);
}
