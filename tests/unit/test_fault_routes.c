/* SPDX-License-Identifier: MIT
 *
 * The routes of fault rules when a turn is lost, and behind a front end without faults.conf. Plain
 * requests and answers are in tests/stack/rows/fault_rules.rows. */
#include "unit.h"

#include "front.h"

#define FAULTS FRONT_MOUNT "/__admin/faults"

/* Fails unless GET shows these rules. */
static void check_shown(const char *expected)
{
    struct json_object *json = front_expect(200, "GET", FAULTS, "");

    assert_string_equal(json_plain(json_at(json, "faults")), expected);
    json_object_put(json);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(rules_are_put_whatever_becomes_of_other_changes_of_the_turn)
{
    struct client lost = client_new(), put_rules = client_new();

    assert_true(client_submit(&lost, "GET", FRONT_MOUNT "/pools/default-pool/workspace", ""));
    pool_state_turn_fail(front.state);
    assert_true(client_submit(&put_rules, "PUT", FAULTS, "[{\"answer\":{\"hang\":true}}]"));
    service_turn_end(front.service);
    client_assert_error(&lost, ERR_TURN_LOST);
    assert_int_equal(client_status(&put_rules), 200);
    check_shown(
        "[{\"id\":\"fault-1\","
        "\"match\":{\"operation\":\"*\",\"pool\":null,\"pod\":null,\"workspaceId\":null,"
        "\"port\":null,\"method\":null,\"path\":null},\"skip\":0,\"every\":1,\"times\":null,"
        "\"probability\":1,\"ttl\":null,\"phase\":\"before\",\"delay\":null,"
        "\"answer\":{\"hang\":true},"
        "\"matched\":0,\"hits\":0,\"spent\":false}]");
    client_free(&lost);
    client_free(&put_rules);
}

TEST(connection_takes_the_front_ends_help)
{
    static const char body[] = "[{\"answer\":{\"connection\":\"reset\"}}]";
    struct json_object *json;

    assert_int_equal(front_ask("PUT", FAULTS, body, &json), 400);
    assert_string_equal(json_text_at(json, "error"),
                        "[0].answer.connection: needs nginx: its server must include "
                        "pool-manager-mock/faults.conf");
    json_object_put(json);
    check_shown("[]");
    struct client client = client_new();
    client_add(&client, "POOL_MANAGER_FAULTS", "1");
    client_ask(&client, "PUT", FAULTS, body);
    assert_int_equal(client_status(&client), 200);
    client_free(&client);
}
