/* Filters for what is heard and for what is shared: what they deny is not there, what they set is what others
 * hear. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"
#define LAN "2001:db8:99::/64"
#define GUESTS "2001:db8:98::/64"

/* eth0 with this import filter, eth1 with none. */
static void start(struct kit *k, unsigned import)
{
    kit_home(k);
    kit_section(k, "eth0")->import = import;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
}

static void reload_import(struct kit *k, unsigned import)
{
    k->config.ifaces[0].import = import;
    kit_forget(k);
    kit_configure(k);
}

static size_t requests(const struct kit *k, uint32_t ifindex)
{
    return kit_count_packets(k, ifindex, KIT_REQUEST);
}

/* --- what is heard ------------------------------------------------------ */

static void what_an_import_filter_denies_is_not_learned(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny 2001:db8:9::/48 le 128", "deny 2001:db8:1::/48",
                        "permit 2001:db8::/32 le 128"));
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE("fd00::/48", 1));
    expect_no_route(k, P1);
    expect_route(k, P2, 2, BOB);
    expect_no_route(k, "fd00::/48");
    assert_int_equal(kit_drops(k, RIPNG_WHY_FILTERED), 2);
    kit_hear(k, ETH1, CAROL, RTE(P1, 1)); /* another interface is not concerned */
    expect_route(k, P1, 2, CAROL);
}

static void a_denied_route_is_told_with_the_number_of_the_rule(void **state)
{
    struct kit *k = *state;
    struct ripng_neigh_info n;
    start(k, kit_filter(k, "permit fd00::/8 le 64", "deny any ge 48"));
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 3, 7));
    const struct ripng_event *e = expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_FILTERED);
    assert_int_equal(e->value, 2);
    assert_int_equal(e->metric, 3);
    assert_int_equal(e->tag, 7);
    assert_int_equal(ripng_event_severity(e), RIPNG_DEBUG);
    char text[200];
    assert_non_null(strstr(ripng_event_text(e, text, sizeof text), "the import filter denies it, rule 2"));
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE("2001:db8::/32", 1));
    e = expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_FILTERED);
    assert_int_equal(e->value, 0);
    assert_non_null(strstr(ripng_event_text(e, text, sizeof text), "no rule of it matches"));
    assert_true(kit_neigh(k, ETH0, BOB, &n));
    assert_int_equal(n.bad_routes, 0); /* nothing is wrong with it */
}

static void a_route_that_comes_to_be_denied_is_lost_at_once(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny any tag 66", "permit any"));
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_settle(k);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 66), RTE(P2, 1));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_FILTERED);
    expect_route(k, P2, 2, BOB);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 65));
    expect_installed(k, P1, BOB, ETH0);
}

static void another_way_takes_over_from_a_denied_one(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny any tag 66", "permit any"));
    kit_hear(k, ETH0, BOB, RTE(P1, 2));
    kit_hear(k, ETH1, CAROL, RTE(P1, 2));
    expect_route(k, P1, 3, BOB);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 2, 66));
    expect_installed(k, P1, CAROL, ETH1);
}

static void a_denied_withdrawal_says_nothing(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit fd00::/8 le 64"));
    kit_hear(k, ETH0, BOB, RTE(P1, 16), RTE(P2, 15));
    expect_no_event(k, RIPNG_EV_RTE_DROPPED);
    assert_int_equal(kit_drops(k, RIPNG_WHY_FILTERED), 0);
}

static void what_a_filter_sets_is_held_and_passed_on(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    start(k, kit_filter(k, "permit 2001:db8:1::/48 set metric 7 set tag 9",
                        "permit 2001:db8:2::/48 add metric 3", "permit any set tag 0"));
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5), RTE_TAG(P2, 1, 5), RTE_TAG(P3, 1, 5));
    expect_route(k, P1, 7, BOB);
    expect_route(k, P2, 5, BOB);
    expect_route(k, P3, 2, BOB);
    assert_true(kit_read(k, P1, &i) && i.tag == 9);
    assert_true(kit_read(k, P2, &i) && i.tag == 5);
    assert_true(kit_read(k, P3, &i) && i.tag == 0);
    kit_advance(k, 5);
    assert_int_equal(expect_sent(k, ETH1, P1, 7)->tag, 9);
    assert_int_equal(expect_sent(k, ETH1, P2, 5)->tag, 5);
    kit_forget(k);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5), RTE_TAG(P2, 1, 5), RTE_TAG(P3, 1, 5));
    kit_advance(k, 1);
    assert_int_equal(k->n_events, 0); /* the same again */
}

static void a_metric_that_comes_to_16_is_no_route(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any add metric 10"));
    kit_hear(k, ETH0, BOB, RTE(P1, 4), RTE(P2, 5));
    expect_route(k, P1, 15, BOB);
    expect_no_route(k, P2);
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    expect_garbage(k, P1);
}

static void the_default_route_passes_a_filter_that_permits_it(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit ::/0"));
    kit_hear(k, ETH0, BOB, RTE("::/0", 1), RTE(P1, 1));
    expect_installed(k, "::/0", BOB, ETH0);
    expect_no_route(k, P1);
    reload_import(k, kit_filter(k, "deny ::/0", "permit any"));
    expect_garbage(k, "::/0");
    expect_not_installed(k, "::/0");
}

/* With the metric as it was set, Carol would seem to be nearer than we are, though she may lead back to us.
 */
static void what_a_filter_sets_makes_no_way_out_of_a_way_back(void **state)
{
    struct kit *k = *state;
    start(k, 0);
    k->config.ifaces[1].import = kit_filter(k, "permit any set metric 3");
    kit_configure(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));   /* 2 */
    kit_hear(k, ETH1, CAROL, RTE(P1, 3)); /* from us, perhaps */
    expect_route(k, P1, 2, BOB);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
}

/* --- a reload -------------------------------------------------------------- */

static void a_changed_import_filter_loses_at_once_what_it_denies(void **state)
{
    struct kit *k = *state;
    start(k, 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_hear(k, ETH1, CAROL, RTE(P3, 1));
    kit_settle(k);
    reload_import(k, kit_filter(k, "permit 2001:db8:2::/48"));
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_FILTERED);
    expect_installed(k, P2, BOB, ETH0);
    expect_installed(k, P3, CAROL, ETH1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, NULL), 0);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 1);
}

static void a_changed_import_filter_asks_for_what_it_permits(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny any"));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    reload_import(k, kit_filter(k, "permit any"));
    assert_int_equal(requests(k, ETH0), 1);
    assert_int_equal(requests(k, ETH1), 0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

static void the_same_filter_under_another_name_changes_nothing(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any"));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    reload_import(k, kit_filter(k, "permit any"));
    strcpy(k->config.ifaces[1].pattern, "eth1");
    k->config.ifaces[0].export = 0;
    kit_configure(k);
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_events, 0);
}

static void what_a_new_filter_sets_is_set_at_once(void **state)
{
    struct kit *k = *state;
    struct ripng_route_info i;
    start(k, 0);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5));
    kit_settle(k);
    reload_import(k, kit_filter(k, "permit any add metric 3 set tag 9"));
    expect_route(k, P1, 5, BOB);
    assert_int_equal(expect_sent(k, ETH1, P1, 5)->tag, 9);
    reload_import(k, kit_filter(k, "permit any set metric 9"));
    expect_route(k, P1, 9, BOB);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5)); /* the answer */
    assert_true(kit_read(k, P1, &i) && i.tag == 5);
    reload_import(k, 0);
    expect_route(k, P1, 2, BOB);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0); /* and never without a way */
}

/* Else a reload would drop what the new filter permits. */
static void a_tag_that_a_filter_has_set_does_not_decide_about_the_next_filter(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "permit any set tag 66"));
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5), RTE_TAG(P2, 1, 6));
    reload_import(k, kit_filter(k, "permit any add metric 1"));
    reload_import(k, kit_filter(k, "permit any tag 5"));
    expect_route(k, P1, 3, BOB);
    assert_int_equal(requests(k, ETH0), 1);
    kit_hear(k, ETH0, BOB, RTE_TAG(P1, 1, 5), RTE_TAG(P2, 1, 6));
    expect_route(k, P1, 2, BOB);
    expect_garbage(k, P2);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, P1), 0);
}

static void whatever_lets_more_in_is_followed_by_a_question(void **state)
{
    struct kit *k = *state;
    start(k, 0);
    k->config.limits.routes = k->config.limits.routes_per_neighbor = 10;
    kit_configure(k);
    k->config.ifaces[0].n_accept = 1;
    k->config.ifaces[0].accept_from[0] = kit_addr(DAVE);
    kit_configure(k);
    kit_settle(k);

    k->config.ifaces[0].n_accept = 0;
    kit_configure(k);
    assert_int_equal(requests(k, ETH0), 1);
    kit_settle(k);
    k->config.ifaces[0].metric = 3; /* what was too far away is so no more, when it goes back */
    kit_configure(k);
    k->config.ifaces[0].metric = 1;
    kit_configure(k);
    assert_in_range(requests(k, ETH0), 1, 2);
    kit_settle(k);
    k->config.limits.routes = 0;
    kit_configure(k);
    assert_int_equal(requests(k, ETH0), 1);
    assert_int_equal(requests(k, ETH1), 1);
    kit_settle(k);
    k->config.limits.routes_per_neighbor = 11;
    kit_configure(k);
    assert_int_equal(requests(k, ETH1), 1);
    kit_settle(k);
    k->config.limits.routes_per_neighbor = 9;
    kit_configure(k);
    assert_int_equal(requests(k, ETH1), 0);
}

static void a_passive_interface_asks_nothing_and_waits_for_the_next_update(void **state)
{
    struct kit *k = *state;
    start(k, kit_filter(k, "deny any"));
    k->config.ifaces[0].passive = true;
    k->free_sending = true;
    kit_configure(k);
    kit_settle(k);
    k->free_sending = false;
    reload_import(k, 0);
    expect_silent(k, ETH0);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
}

/* --- what is shared ----------------------------------------------------------- */

static void share(struct kit *k)
{
    kit_home(k);
    kit_start(k);
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    kit_kernel_add(k, kit_onlink(GUESTS, KIT_LO));
    kit_settle(k);
}

static struct ripng_redistribute_config *source(struct kit *k, enum ripng_source s)
{
    return &k->config.redistribute[s];
}

static void what_a_filter_of_a_source_denies_is_not_shared(void **state)
{
    struct kit *k = *state;
    source(k, RIPNG_SOURCE_CONNECTED)->filter = kit_filter(k, "deny 2001:db8:98::/64", "permit any");
    share(k);
    kit_advance(k, 46);
    expect_sent(k, ETH0, LAN, 1);
    expect_not_sent(k, ETH0, GUESTS);
    kit_hear(k, ETH0, BOB, RTE(GUESTS, 1)); /* it is ours all the same */
    expect_not_installed(k, GUESTS);
}

static void what_a_filter_of_a_source_sets_is_announced(void **state)
{
    struct kit *k = *state;
    source(k, RIPNG_SOURCE_CONNECTED)->metric = 2;
    source(k, RIPNG_SOURCE_CONNECTED)->tag = 5;
    source(k, RIPNG_SOURCE_CONNECTED)->filter =
        kit_filter(k, "permit 2001:db8:98::/64 tag 5 set metric 9 set tag 6", "permit any add metric 1");
    share(k);
    kit_advance(k, 46);
    assert_int_equal(expect_sent(k, ETH0, GUESTS, 9)->tag, 6);
    assert_int_equal(expect_sent(k, ETH0, LAN, 3)->tag, 5);
}

static void each_source_has_its_own_filter(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_start(k);
    kit_kernel_add(k, kit_discard("2001:db8:4000::/40"));
    kit_kernel_add(k, kit_gateway("2001:db8:1::/64", DAVE, ETH1, PROTO_STATIC));
    kit_kernel_add(k, kit_gateway("2001:db8:2::/64", DAVE, ETH1, PROTO_BABEL));
    kit_kernel_add(k, kit_onlink(LAN, KIT_LO));
    static const char *const prefix[] = {LAN, "2001:db8:4000::/40", "2001:db8:1::/64", "2001:db8:2::/64"};
    for (enum ripng_source s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        source(k, s)->enabled = true;
    source(k, RIPNG_SOURCE_KERNEL)->protocols[PROTO_BABEL / 8] |= 1 << PROTO_BABEL % 8;
    for (enum ripng_source denied = 0; denied < RIPNG_N_REDISTRIBUTE; denied++) {
        source(k, denied)->filter = kit_filter(k, "deny any");
        kit_configure(k);
        kit_advance(k, 130);
        for (enum ripng_source s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
            if (s == denied)
                expect_no_route(k, prefix[s]);
            else
                expect_route(k, prefix[s], 1, NULL);
        source(k, denied)->filter = 0;
    }
}

/* OpenWrt's on-link routes are of protocol static: a guest network must not get out by that door. */
static void what_one_source_denies_is_not_shared_as_another(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_onlink("2001:db8:97::/64", KIT_LO);
    r.protocol = PROTO_STATIC;
    source(k, RIPNG_SOURCE_CONNECTED)->filter = kit_filter(k, "deny 2001:db8:97::/64", "permit any");
    source(k, RIPNG_SOURCE_STATIC)->enabled = true;
    share(k);
    kit_kernel_add(k, r);
    expect_no_route(k, "2001:db8:97::/64");
}

static void a_shared_route_of_metric_16_is_none(void **state)
{
    struct kit *k = *state;
    source(k, RIPNG_SOURCE_CONNECTED)->metric = 8;
    source(k, RIPNG_SOURCE_CONNECTED)->filter =
        kit_filter(k, "permit 2001:db8:98::/64 add metric 8", "permit any");
    share(k);
    expect_no_route(k, GUESTS);
    expect_route(k, LAN, 8, "::");
}

static void a_changed_filter_of_a_source_is_followed_at_once(void **state)
{
    struct kit *k = *state;
    share(k);
    source(k, RIPNG_SOURCE_CONNECTED)->filter = kit_filter(k, "permit 2001:db8:99::/64 set tag 4");
    kit_configure(k);
    kit_advance(k, 1);
    expect_sent(k, ETH0, GUESTS, 16);
    assert_int_equal(expect_sent(k, ETH0, LAN, 1)->tag, 4);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    source(k, RIPNG_SOURCE_CONNECTED)->filter = 0;
    kit_configure(k);
    kit_advance(k, 6);
    expect_sent(k, ETH0, GUESTS, 1);
    assert_int_equal(expect_sent(k, ETH0, LAN, 1)->tag, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(what_an_import_filter_denies_is_not_learned),
        KIT_FRESH(a_denied_route_is_told_with_the_number_of_the_rule),
        KIT_FRESH(a_route_that_comes_to_be_denied_is_lost_at_once),
        KIT_FRESH(another_way_takes_over_from_a_denied_one),
        KIT_FRESH(a_denied_withdrawal_says_nothing),
        KIT_FRESH(what_a_filter_sets_is_held_and_passed_on),
        KIT_FRESH(a_metric_that_comes_to_16_is_no_route),
        KIT_FRESH(the_default_route_passes_a_filter_that_permits_it),
        KIT_FRESH(what_a_filter_sets_makes_no_way_out_of_a_way_back),
        KIT_FRESH(a_changed_import_filter_loses_at_once_what_it_denies),
        KIT_FRESH(a_changed_import_filter_asks_for_what_it_permits),
        KIT_FRESH(the_same_filter_under_another_name_changes_nothing),
        KIT_FRESH(what_a_new_filter_sets_is_set_at_once),
        KIT_FRESH(a_tag_that_a_filter_has_set_does_not_decide_about_the_next_filter),
        KIT_FRESH(whatever_lets_more_in_is_followed_by_a_question),
        KIT_FRESH(a_passive_interface_asks_nothing_and_waits_for_the_next_update),
        KIT_FRESH(what_a_filter_of_a_source_denies_is_not_shared),
        KIT_FRESH(what_a_filter_of_a_source_sets_is_announced),
        KIT_FRESH(each_source_has_its_own_filter),
        KIT_FRESH(what_one_source_denies_is_not_shared_as_another),
        KIT_FRESH(a_shared_route_of_metric_16_is_none),
        KIT_FRESH(a_changed_filter_of_a_source_is_followed_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
