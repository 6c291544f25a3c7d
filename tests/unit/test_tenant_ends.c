/* SPDX-License-Identifier: MIT
 *
 * Open requests whose tenant is removed or reset. */
#include "unit.h"

#include "front.h"

#define IN_A(path) AT("~a/" path)

enum { LONG_LIST = 600 };

/* Opens one request of each kind that can wait, all in the tenant a. */
enum { DELAYED, HANGING, QUEUED, WAITING, DRIBBLING, LISTING, ON_THE_WAY };
static struct client clients[ON_THE_WAY];

static void change(const char *method, const char *target, const char *body)
{
    assert_int_equal(front_ask(method, target, body, NULL) / 100, 2);
}

static void submit(int which, const char *target)
{
    clients[which] = client_new();
    assert_true(client_submit(&clients[which], "GET", target, ""));
    service_turn_end(front.service);
}

static void set_up(void)
{
    front_set_up();
    change("PATCH", IN_A("__admin/pools/queued"), "{\"newPoolPods\":0,\"onExhausted\":\"queue\"}");
    change("PUT", IN_A("__admin/faults"),
           "[{\"match\":{\"operation\":\"pools\"},\"delay\":{\"type\":\"fixed\",\"ms\":1000}},"
           "{\"match\":{\"operation\":\"claim\",\"pool\":\"default-pool\"},\"phase\":\"after\","
           "\"times\":1,\"answer\":{\"hang\":true}},"
           "{\"match\":{\"operation\":\"claim\",\"pool\":\"default-pool\"},\"phase\":\"after\","
           "\"answer\":{\"dribble\":{\"bytesPerSecond\":100}}}]");
    struct tenant *tenant = tenants_find(front.tenants, TEXT("a"));
    change("GET", IN_A("pools/large/workspaces"), "");
    assert_int_equal(pool_state_add_pods(tenant->state, TEXT("large"), LONG_LIST), OK);
    submit(DELAYED, IN_A("pools"));
    submit(HANGING, IN_A("pools/default-pool/workspace"));
    submit(QUEUED, IN_A("pools/queued/workspace"));
    submit(WAITING, IN_A("__admin/requests/wait?operation=scale"));
    submit(DRIBBLING, IN_A("pools/default-pool/workspace"));
    submit(LISTING, IN_A("pools/large/workspaces"));
    client_pull(&clients[DRIBBLING]);
    service_turn_end(front.service);
    assert_int_equal(service_parked(front.service), DRIBBLING + 1);
    assert_true(client_has_room(&clients[LISTING]));
}

static void tear_down(void)
{
    for (int i = 0; i < ON_THE_WAY; i++)
        client_free(&clients[i]);
    assert_int_equal(timers_next_due_us(&front.timers), INT64_MAX);
    front_tear_down();
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void assert_all_have_ended_as_stale(void)
{
    for (int i = DELAYED; i < DRIBBLING; i++) {
        assert_true(clients[i].ended);
        client_assert_error(&clients[i], ERR_STALE);
    }
    assert_int_equal(clients[DRIBBLING].part, EXCHANGE_BROKEN);
    assert_int_equal(service_parked(front.service), 0);
}

static void finish_list(void)
{
    struct client *client = &clients[LISTING];

    while (client_has_room(client)) {
        client_pull(client);
        service_turn_end(front.service);
    }
    assert_int_equal(client->part, EXCHANGE_LAST);
    json_object_put(client_json(client));
}

TEST(requests_of_a_removed_tenant_end)
{
    struct client removal = client_new(), next = client_new();

    assert_true(client_submit(&removal, "DELETE", AT("__admin/tenants/a"), ""));
    assert_true(client_submit(&next, "GET", IN_A("pools/default-pool/workspace"), ""));
    service_turn_end(front.service);
    assert_all_have_ended_as_stale();
    assert_int_equal(client_status(&next), 200);
    struct json_object *json = client_json(&next);
    assert_string_equal(json_text_at(json, "workspace.subdomain"), "mock-pod-1--a");
    json_object_put(json);
    finish_list();
    client_free(&removal);
    client_free(&next);
}

TEST(requests_of_a_reset_tenant_end)
{
    change("POST", IN_A("__admin/reset"), "");
    assert_all_have_ended_as_stale();
    finish_list();
    struct json_object *json;
    assert_int_equal(front_ask("GET", IN_A("__admin/leaks"), "", &json), 200);
    assert_int_equal(json_object_array_length(json_at(json, "leaks")), 0);
    json_object_put(json);
}

TEST(requests_of_other_tenants_go_on)
{
    change("GET", AT("~b/pools"), "");
    change("POST", AT("~b/__admin/reset"), "");
    change("DELETE", AT("__admin/tenants/b"), "");
    change("POST", AT("__admin/reset"), "");
    assert_int_equal(service_parked(front.service), DRIBBLING + 1);
    front_pass_us(1000000);
    service_turn_end(front.service);
    assert_int_equal(client_status(&clients[DELAYED]), 200);
    change("POST", IN_A("pools/queued/scale"), "{\"minimum_vms\":1}");
    front_pass_us(1000);
    service_turn_end(front.service);
    assert_int_equal(client_status(&clients[QUEUED]), 200);
    assert_int_equal(client_status(&clients[WAITING]), 200);
    assert_false(clients[HANGING].ended);
    assert_false(clients[DRIBBLING].ended);
    finish_list();
}

TEST(requests_end_when_the_service_stops)
{
    service_stop(front.service);
    service_turn_end(front.service);
    for (int i = DELAYED; i < DRIBBLING; i++)
        client_assert_error(&clients[i], ERR_STOPPING);
    assert_int_equal(clients[DRIBBLING].part, EXCHANGE_BROKEN);
    finish_list();
    struct client late = client_new();
    client_ask(&late, "GET", IN_A("pools/queued/workspace"), "");
    client_assert_error(&late, ERR_STOPPING);
    client_free(&late);
}
