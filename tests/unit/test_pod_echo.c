/* SPDX-License-Identifier: MIT
 *
 * What a pod's ports tell of a request: _echo; and the addresses of pods that a request sees. */
#include "unit.h"

#include <string.h>

#include "pod_rig.h"

/* --- echo --- */

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

TEST(echo_shows_what_arrived)
{
    struct client client = client_new();

    client_add(&client, "HTTP_X_FORWARDED_PROTO", "https");
    client_add(&client, "HTTP_X_FORWARDED_HOST", "example.org");
    client_add(&client, "HTTP_X_ODD", "\xC3\xBC\"");
    client_add(&client, "SERVER_NAME", "n");
    client_ask(&client, "PATCH", PORT("8080", "/_echo/a%2Fb/../c?x=1&y"), "body");
    assert_int_equal(client_status(&client), 200);
    struct json_object *json = client_json(&client);
    assert_text_at(json, "pool", "default-pool");
    assert_text_at(json, "podId", "pod-pool-1-1");
    assert_int_equal(json_number_at(json, "port"), 8080);
    assert_text_at(json, "state", "running");
    assert_text_at(json, "claimedBy", "w<x>");
    assert_text_at(json, "method", "PATCH");
    assert_text_at(json, "path", "/_echo/a%2Fb/../c");
    assert_text_at(json, "query", "x=1&y");
    assert_text_at(json, "headers.x-odd", "\xC3\xBC\"");
    assert_text_at(json, "forwarded.proto", "https");
    assert_text_at(json, "forwarded.host", "example.org");
    assert_null(json_at(json, "forwarded.prefix"));
    assert_null(json_at(json, "forwarded.for"));
    assert_text_at(json, "cgi.SERVER_NAME", "n");
    assert_text_at(json, "cgi.REQUEST_URI", PORT("8080", "/_echo/a%2Fb/../c?x=1&y"));
    json_object_put(json);
    client_free(&client);
}

TEST(echo_masks_by_whole_words_too)
{
    static const char *const secret[] = {
        "HTTP_X_SESSION", "HTTP_X_JWT",  "HTTP_X_PAT",  "HTTP_X_PASSWD", "HTTP_PW",
        "HTTP_X_SIG",     "HTTP_X_AUTH", "HTTP_AUTH_X", "HTTP_x-jwt-y",  "HTTP_SESSION_ID"};
    static const char *const plain[] = {"HTTP_X_PATH",     "HTTP_AUTHOR", "HTTP_SIGN",
                                        "HTTP_X_SESSIONS", "HTTP_DEPAT",  "HTTP_PWD",
                                        "HTTP_JWTS"};

    for (size_t i = 0; i < UNIT_COUNT(secret) + UNIT_COUNT(plain); i++) {
        bool is_secret = i < UNIT_COUNT(secret);
        const char *name = is_secret ? secret[i] : plain[i - UNIT_COUNT(secret)];
        struct client client = client_new();
        client_add(&client, name, "s3cret-1");
        client_ask(&client, "GET", PORT("3000", "/_echo"), "");
        struct json_object *json = client_json(&client);
        if (!strstr(json_object_to_json_string(json), "s3cret") != is_secret)
            fail_msg("%s: %s", name, json_object_to_json_string(json));
        json_object_put(json);
        client_free(&client);
    }
}

TEST(echo_masks_a_query_and_a_fragment_pair_by_pair)
{
    static const struct {
        const char *name, *value, *path, *expected;
    } rows[] = {
        {"HTTP_REFERER", "http://x/a=b?sig=s3cret-1&b=2#c", "headers.referer",
         "http://x/a=b?sig=s3****-1&b=2#c"},
        {"HTTP_REFERER", "http://x/#access_token=s3cret-1&b=2", "headers.referer",
         "http://x/#access_token=s3****-1&b=2"},
        {"HTTP_REFERER", "http://x/?a=1#jwt=s3cret-1", "headers.referer",
         "http://x/?a=1#jwt=s3****-1"},
        {"HTTP_REFERER", "http://x/?a=1;pw=s3cret-1;b", "headers.referer",
         "http://x/?a=1;pw=s3****-1;b"},
        {"HTTP_X_URL", "/p?q=/r?auth=s3cret-1", "headers.x-url", "/p?q=/r?auth=s3****-1"},
        {"HTTP_X", "?", "headers.x", "?"},
        {"HTTP_X", "#&&=&pat", "headers.x", "#&&=&pat"},
        {"QUERY_STRING", "session=s3cret-1&pat=&path=x", "cgi.QUERY_STRING",
         "session=s3****-1&pat=&path=x"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        client_add(&client, rows[i].name, rows[i].value);
        client_ask(&client, "GET", PORT("3000", "/_echo"), "");
        struct json_object *json = client_json(&client);
        assert_text_at(json, rows[i].path, rows[i].expected);
        json_object_put(json);
        client_free(&client);
    }
}

TEST(echo_masks_secrets_wherever_they_stand)
{
    struct client client = client_new();

    client_add(&client, "HTTP_AUTHORIZATION", "Bearer s3cret-1");
    client_add(&client, "HTTP_COOKIE", "s3cret-2=s3cret-3");
    client_add(&client, "HTTP_X_API_KEY", "s3cret-4");
    client_add(&client, "HTTP_X_APIKEY", "s3cret-5");
    client_add(&client, "HTTP_PROXY_AUTHORIZATION", "s3cret-6");
    client_add(&client, "HTTP_REFERER", "http://x/?token=s3cret-7&b=2");
    client_add(&client, "QUERY_STRING", "token=s3cret-8&a=1");
    client_add(&client, "HTTP_X_SESSION_TOKEN", "s3cret-9");
    client_add(&client, "MY_SECRET", "s3cret-A");
    client_ask(&client, "GET",
               PORT("3000", "/_echo?Token=s3cret-B&x-api-key=s3cret-C&PassWord=s3cret-D&a=1"), "");
    struct json_object *json = client_json(&client);
    if (strstr(json_object_to_json_string(json), "s3cret"))
        fail_msg("%s", json_object_to_json_string(json));
    assert_text_at(json, "query", "Token=s3****-B&x-api-key=s3****-C&PassWord=s3****-D&a=1");
    assert_text_at(json, "headers.x-api-key", "s3****-4");
    assert_text_at(json, "headers.referer", "http://x/?token=s3****-7&b=2");
    assert_text_at(json, "cgi.QUERY_STRING", "token=s3****-8&a=1");
    assert_text_at(json, "cgi.MY_SECRET", "s3****-A");
    json_object_put(json);
    client_free(&client);
    struct buffer log = front_log();
    assert_null(memmem(log.bytes, log.length, "s3cret", 6));
    buffer_free(&log);
}

TEST(echo_of_a_header_twice_shows_the_last)
{
    struct client client = client_new();

    client_add(&client, "HTTP_X", "first");
    client_add(&client, "HTTP_X", "second");
    client_ask(&client, "GET", PORT("3000", "/_echo"), "");
    struct json_object *json = client_json(&client);
    assert_text_at(json, "headers.x", "second");
    assert_text_at(json, "cgi.HTTP_X", "second");
    json_object_put(json);
    client_free(&client);
}

/* --- addresses that requests see --- */

static void assert_url(const char *const *variables, const char *expected)
{
    struct client client = client_new();

    for (; *variables; variables += 2)
        client_add(&client, variables[0], variables[1]);
    client_ask(&client, "GET", AT("workspaces/mock-pod-1"), "");
    struct json_object *json = client_json(&client);
    assert_text_at(json, "url", expected);
    json_object_put(json);
    client_free(&client);
}

TEST(path_form_begins_where_the_client_is)
{
    static const char *const host[] = {"HTTP_HOST", "h:8080", NULL};
    static const char *const https[] = {"HTTP_HOST", "h", "HTTPS", "on", NULL};
    static const char *const scheme[] = {"HTTP_HOST", "h", "REQUEST_SCHEME", "https", NULL};
    static const char *const server[] = {"SERVER_NAME", "n", "SERVER_PORT", "81", NULL};
    static const char *const forwarded[] = {"HTTP_HOST",
                                            "h",
                                            "HTTP_X_FORWARDED_PROTO",
                                            "https, http",
                                            "HTTP_X_FORWARDED_HOST",
                                            "a.org , b.org",
                                            "HTTP_X_FORWARDED_PREFIX",
                                            "/pre",
                                            NULL};
    static const char *const evil[] = {"HTTP_HOST", "a\"b", NULL};
    static const char *const control[] = {"HTTP_HOST", "h:15552", NULL};
    static const char *const nobody[] = {NULL};
    static const char *const given[] = {"HTTP_HOST", "h", "POOL_MANAGER_PUBLIC_URL",
                                        "https://place/x/", NULL};
    static const char *const empty[] = {"HTTP_HOST", "h", "POOL_MANAGER_PUBLIC_URL", "", NULL};
    static const struct {
        const char *value, *expected;
    } secure[] = {
        {"ON", "https://h" AT("_pod/mock-pod-1")},   {"1", "https://h" AT("_pod/mock-pod-1")},
        {"True", "https://h" AT("_pod/mock-pod-1")}, {"off", "http://h" AT("_pod/mock-pod-1")},
        {"", "http://h" AT("_pod/mock-pod-1")},      {"onx", "http://h" AT("_pod/mock-pod-1")},
        {"0", "http://h" AT("_pod/mock-pod-1")},
    };
    static const struct {
        const char *name, *expected;
    } servers[] = {
        {"n:99", "http://n:99" AT("_pod/mock-pod-1")},
        {"[::1]", "http://[::1]:81" AT("_pod/mock-pod-1")},
        {"[::1]:99", "http://[::1]:99" AT("_pod/mock-pod-1")},
        {"n.1", "http://n.1:81" AT("_pod/mock-pod-1")},
    };
    struct problem problem;

    assert_int_equal(pod_templates_read(TEXT("path"), TEXT(""), &front.api.templates, &problem),
                     OK);
    assert_url(host, "http://h:8080" AT("_pod/mock-pod-1"));
    assert_url(https, "https://h" AT("_pod/mock-pod-1"));
    assert_url(scheme, "https://h" AT("_pod/mock-pod-1"));
    assert_url(server, "http://n:81" AT("_pod/mock-pod-1"));
    assert_url(forwarded, "http://h" AT("_pod/mock-pod-1"));
    assert_url(evil, "https://mock-pod-1.mock.sphinx.chat");
    assert_url(control, "https://mock-pod-1.mock.sphinx.chat");
    assert_url(nobody, "https://mock-pod-1.mock.sphinx.chat");
    for (size_t i = 0; i < UNIT_COUNT(secure); i++) {
        const char *const variables[] = {"HTTP_HOST", "h", "HTTPS", secure[i].value, NULL};
        assert_url(variables, secure[i].expected);
    }
    for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
        const char *const variables[] = {"SERVER_NAME", servers[i].name, "SERVER_PORT", "81", NULL};
        assert_url(variables, servers[i].expected);
    }
    front.api.trust_forwarded = true;
    assert_url(forwarded, "https://a.org/pre" AT("_pod/mock-pod-1"));
    front.api.public_url = TEXT("https://public/m");
    assert_url(host, "https://public/m/_pod/mock-pod-1");
    assert_url(forwarded, "https://public/m/_pod/mock-pod-1");
    assert_url(given, "https://place/x/_pod/mock-pod-1");
    front.api.public_url = TEXT("");
    assert_url(given, "https://place/x/_pod/mock-pod-1");
    assert_url(empty, "http://h" AT("_pod/mock-pod-1"));
}

TEST(public_url_of_the_front_end_has_to_be_one)
{
    static const char *const rows[] = {"place/x", "http://", "http://x:15552", "x\"y"};
    struct problem problem;

    assert_int_equal(pod_templates_read(TEXT("path"), TEXT(""), &front.api.templates, &problem),
                     OK);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        client_add(&client, "POOL_MANAGER_PUBLIC_URL", rows[i]);
        client_ask(&client, "GET", AT("workspaces/mock-pod-1"), "");
        client_assert_error(&client, ERR_BAD_REQUEST);
        client_free(&client);
    }
}

TEST(long_list_keeps_the_addresses_of_its_request)
{
    struct client client = client_new();
    struct problem problem;

    assert_int_equal(pod_templates_read(TEXT("path"), TEXT(""), &front.api.templates, &problem),
                     OK);
    assert_int_equal(pool_state_add_pods(front.state, TEXT("default-pool"), 500), OK);
    client_add(&client, "HTTP_HOST", "h:8080");
    client_ask(&client, "GET", AT("pools/default-pool/workspaces"), "");
    assert_true(client.pieces > 1);
    struct json_object *json = client_json(&client);
    assert_text_at(json, "workspaces.504.portMappings.15552",
                   "http://h:8080" AT("_pod/mock-pod-505/15552"));
    json_object_put(json);
    client_free(&client);
}
