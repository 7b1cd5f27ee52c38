/* lib/default.c: when this router announces ::/0, and whether it takes one (INTERFACE.md, RFC 2080 2.2). */
#include "kit.h"

#define DEFAULT "::/0"

static struct ripng_kernel_route uplink(uint32_t ifindex)
{
    return kit_gateway(DEFAULT, DAVE, ifindex, PROTO_RA);
}

/* odhcp6c's: "default from PREFIX via ..." */
static struct ripng_kernel_route uplink_from(const char *source, uint32_t ifindex)
{
    struct ripng_prefix p = kit_prefix(source);
    struct ripng_kernel_route r = kit_gateway(DEFAULT, DAVE, ifindex, PROTO_STATIC);
    r.source = p.addr;
    r.source_len = p.len;
    r.metric = 512;
    return r;
}

/* A third link, on which RIPng does not run, with the uplink. */
static void start(struct kit *k, enum ripng_originate originate)
{
    k->config.default_route.originate = originate;
    kit_section(k, "eth2")->enabled = false;
    kit_section(k, "*");
    kit_home(k);
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    kit_start(k);
    kit_settle(k);
}

static bool originated(const struct kit *k)
{
    struct ripng_route_info i;
    return kit_read(k, DEFAULT, &i) && i.state == RIPNG_ROUTE_VALID && i.source == RIPNG_SOURCE_DEFAULT;
}

/* --- whether ----------------------------------------------------------- */

static void by_default_the_kernels_default_route_is_not_announced(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_NEVER);
    kit_kernel_add(k, uplink(ETH2));
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    kit_advance(k, 60);
    assert_false(originated(k));
    expect_not_sent(k, ETH0, DEFAULT);
}

static void always_is_without_any_default_route_of_the_kernel(void **state)
{
    struct kit *k = *state;
    k->config.default_route.metric = 4;
    start(k, RIPNG_ORIGINATE_ALWAYS);
    assert_true(originated(k));
    kit_advance(k, 60);
    expect_sent(k, ETH0, DEFAULT, 4);
    expect_sent(k, ETH1, DEFAULT, 4);
    expect_not_installed(k, DEFAULT);
}

static void if_present_it_is_announced_from_the_start(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, uplink(ETH2));
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    assert_true(originated(k));
    kit_advance(k, 60);
    expect_sent(k, ETH0, DEFAULT, 1);
}

static void if_present_it_comes_and_goes_with_the_kernels_at_once(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_advance(k, 10);
    assert_false(originated(k));
    kit_kernel_add(k, uplink(ETH2));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, DEFAULT, 1);
    expect_sent(k, ETH1, DEFAULT, 1);
    kit_advance(k, 10);
    kit_forget(k);
    kit_kernel_del(k, uplink(ETH2));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, DEFAULT, 16);
    expect_sent(k, ETH1, DEFAULT, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_WITHDRAWN);
}

static void one_of_two_default_routes_that_stays_is_enough(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route second = uplink(ETH2);
    second.metric = 4096;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink(ETH2));
    kit_kernel_add(k, second);
    kit_kernel_del(k, uplink(ETH2));
    assert_true(originated(k));
    kit_kernel_del(k, second);
    assert_false(originated(k));
}

static void an_on_link_default_route_counts(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route ppp = kit_onlink(DEFAULT, ETH2);
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, ppp);
    assert_true(originated(k));
}

/* Kernels and systemd leave `unreachable default` where there is none. */
static void a_default_route_that_discards_does_not_count(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route none = kit_discard(DEFAULT), from = kit_discard(DEFAULT);
    from.source = kit_addr("2001:db8::");
    from.source_len = 56;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, none);
    kit_kernel_add(k, from);
    assert_false(originated(k));
}

static void other_routes_do_not_count(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route from = uplink_from("2001:db8::/56", ETH2);
    from.prefix = kit_prefix("2000::/3");
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, kit_gateway("2000::/3", DAVE, ETH2, PROTO_RA));
    kit_kernel_add(k, from);
    assert_false(originated(k));
}

/* --- source-specific ---------------------------------------------------- */

static void a_source_specific_default_route_counts(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    assert_true(originated(k));
    kit_kernel_del(k, uplink_from("2001:db8::/56", ETH2));
    assert_false(originated(k));
    kit_advance(k, 10);
    expect_sent(k, ETH0, DEFAULT, 16);
}

static void source_specific_default_routes_of_several_sources_are_told_apart(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    kit_kernel_add(k, uplink_from("2001:db8::77/128", ETH2));
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2)); /* a refresh */
    kit_kernel_del(k, uplink_from("2001:db8::/56", ETH2));
    assert_true(originated(k));
    kit_kernel_del(k, uplink_from("2001:db8::77/128", ETH2));
    assert_false(originated(k));
}

/* odhcp6c's `ip -6 route replace`, here to a gateway of another address. */
static void a_source_specific_default_route_that_is_replaced_counts_once(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route other = uplink_from("2001:db8::/56", ETH2);
    other.gateway = kit_addr(CAROL);
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    ripng_kernel_route(k->r, k->now, &other, true);
    assert_true(originated(k));
    ripng_kernel_route_gone(k->r, k->now, &other);
    assert_false(originated(k));
}

static void a_source_specific_default_route_replaced_by_a_discard_is_none(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route other = uplink_from("2001:db8::/56", ETH2);
    other.type = RIPNG_TYPE_DISCARD;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    ripng_kernel_route(k->r, k->now, &other, true);
    assert_false(originated(k));
}

static void a_dump_finds_that_a_source_specific_default_route_went_unseen(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink_from("2001:db8::/56", ETH2));
    kit_kernel_add(k, uplink_from("2001:db8:1::/56", ETH2));
    k->deaf = true;
    kit_kernel_del(k, uplink_from("2001:db8::/56", ETH2));
    k->deaf = false;
    kit_lose(k);
    assert_true(originated(k));
    k->deaf = true;
    kit_kernel_del(k, uplink_from("2001:db8:1::/56", ETH2));
    k->deaf = false;
    kit_lose(k);
    assert_false(originated(k));
}

/* --- the uplink's link --------------------------------------------------- */

static void a_default_route_out_of_a_link_without_carrier_does_not_count(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, uplink(ETH2));
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_link_up(k, ETH2, false);
    assert_false(originated(k));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, DEFAULT, 16);
    kit_link_up(k, ETH2, true);
    assert_true(originated(k));
}

static void the_end_of_the_uplinks_interface_is_the_end_of_its_default_route(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, uplink(ETH2));
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_link_del(k, ETH2);
    assert_false(originated(k));
}

/* --- ours and those of others --------------------------------------------- */

/* Two routers with if-present would else keep each other's default route alive for ever. */
static void a_default_route_that_we_installed_ourselves_does_not_count(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    expect_installed(k, DEFAULT, BOB, ETH0);
    assert_false(originated(k));
    kit_dump(k); /* nor when it is read from the kernel */
    assert_false(originated(k));
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 16));
    expect_not_installed(k, DEFAULT);
    kit_advance(k, 5);
    expect_sent(k, ETH1, DEFAULT, 16);
}

static void a_default_route_of_an_earlier_run_does_not_count(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route ours = kit_gateway(DEFAULT, BOB, ETH0, PROTO_OURS);
    ours.metric = 2048;
    kit_kernel_add(k, ours);
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    assert_false(originated(k));
    expect_installed(k, DEFAULT, BOB, ETH0); /* adopted */
    kit_advance(k, 60);
    expect_not_sent(k, ETH1, DEFAULT);
}

static void what_we_originate_is_not_displaced_by_a_learned_default_route(void **state)
{
    struct kit *k = *state;
    k->config.default_route.metric = 9;
    start(k, RIPNG_ORIGINATE_ALWAYS);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    assert_true(originated(k));
    expect_not_installed(k, DEFAULT);
    kit_advance(k, 60);
    expect_sent(k, ETH1, DEFAULT, 9);
}

static void a_learned_default_route_stands_back_for_the_uplink(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    kit_kernel_add(k, uplink(ETH2));
    assert_true(originated(k));
    expect_not_installed(k, DEFAULT);
    assert_non_null(kit_kernel_find(k, DEFAULT, PROTO_RA)); /* which is the kernel's own */
}

/* The backup router is asked at once: traffic moves in the time of a question, not of an update. */
static void when_the_uplink_fails_the_backup_is_asked_and_taken(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink(ETH2));
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 5));
    kit_advance(k, 10);
    kit_forget(k);
    kit_kernel_del(k, uplink(ETH2));
    kit_advance(k, 0.05);
    expect_sent(k, ETH0, DEFAULT, 16);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 5));
    expect_installed(k, DEFAULT, BOB, ETH0);
}

static void without_a_default_route_of_ours_a_learned_one_stands_beside_the_kernels(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_NEVER);
    kit_kernel_add(k, uplink(ETH2));
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    expect_installed(k, DEFAULT, BOB, ETH0); /* metric 2048: the kernel prefers its own of 1024 */
    assert_non_null(kit_kernel_find(k, DEFAULT, PROTO_RA));
}

/* --- accept ------------------------------------------------------------------ */

static void unless_accepted_a_default_route_heard_is_dropped_and_counted(void **state)
{
    struct kit *k = *state;
    k->config.default_route.accept = false;
    start(k, RIPNG_ORIGINATE_NEVER);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1), RTE("2001:db8::/32", 1));
    expect_no_route(k, DEFAULT);
    expect_not_installed(k, DEFAULT);
    expect_route(k, "2001:db8::/32", 2, BOB);
    assert_int_equal(kit_drops(k, RIPNG_WHY_DEFAULT), 1);
    const struct ripng_event *e = expect_event(k, RIPNG_EV_RTE_DROPPED, RIPNG_WHY_DEFAULT);
    assert_int_equal(ripng_event_severity(e), RIPNG_DEBUG); /* as wished: nothing to warn of */
}

static void a_default_route_of_an_earlier_run_is_not_kept_unless_accepted(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route ours = kit_gateway(DEFAULT, BOB, ETH0, PROTO_OURS);
    ours.metric = 2048;
    kit_kernel_add(k, ours);
    k->config.default_route.accept = false;
    start(k, RIPNG_ORIGINATE_NEVER);
    expect_not_installed(k, DEFAULT);
}

static void accept_switched_off_loses_the_default_route_at_once(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_NEVER);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1), RTE("2001:db8::/32", 1));
    kit_hear(k, ETH0, CAROL, RTE(DEFAULT, 3));
    kit_advance(k, 10);
    kit_forget(k);
    k->config.default_route.accept = false;
    kit_configure(k);
    expect_not_installed(k, DEFAULT);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    kit_advance(k, 0.05);
    expect_sent(k, ETH1, DEFAULT, 16);
    expect_not_sent(k, ETH1, "2001:db8::/32");
    expect_installed(k, "2001:db8::/32", BOB, ETH0);
}

static void accept_switched_on_asks_the_neighbours(void **state)
{
    struct kit *k = *state;
    k->config.default_route.accept = false;
    start(k, RIPNG_ORIGINATE_NEVER);
    kit_advance(k, 10);
    kit_forget(k);
    k->config.default_route.accept = true;
    kit_configure(k);
    kit_advance(k, 0.05);
    assert_int_equal(kit_count_packets(k, ETH0, KIT_REQUEST), 1);
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    expect_installed(k, DEFAULT, BOB, ETH0);
}

static void one_that_is_not_accepted_is_no_backup_for_the_uplink_either(void **state)
{
    struct kit *k = *state;
    k->config.default_route.accept = false;
    start(k, RIPNG_ORIGINATE_IF_PRESENT);
    kit_kernel_add(k, uplink(ETH2));
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    kit_kernel_del(k, uplink(ETH2));
    kit_hear(k, ETH0, BOB, RTE(DEFAULT, 1));
    expect_not_installed(k, DEFAULT);
    expect_garbage(k, DEFAULT);
}

/* --- reload -------------------------------------------------------------------- */

static void set(struct kit *k, enum ripng_originate originate)
{
    k->config.default_route.originate = originate;
    kit_forget(k);
    kit_configure(k);
    kit_advance(k, 5);
}

static void originate_is_changed_at_run_time(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink("2001:db8:1:1::/64", ETH1));
    start(k, RIPNG_ORIGINATE_NEVER);
    set(k, RIPNG_ORIGINATE_ALWAYS);
    expect_sent(k, ETH0, DEFAULT, 1);
    expect_not_sent(k, ETH0, "2001:db8:1:1::/64"); /* nothing else is disturbed */
    set(k, RIPNG_ORIGINATE_IF_PRESENT);            /* there is none */
    expect_sent(k, ETH0, DEFAULT, 16);
    expect_event(k, RIPNG_EV_ROUTE_LOST, RIPNG_WHY_CONFIG);
    kit_kernel_add(k, uplink(ETH2));
    kit_advance(k, 5);
    expect_sent(k, ETH0, DEFAULT, 1);
    set(k, RIPNG_ORIGINATE_ALWAYS); /* the same to others */
    expect_not_sent(k, ETH0, DEFAULT);
    k->config.default_route.metric = 7;
    set(k, RIPNG_ORIGINATE_ALWAYS);
    expect_sent(k, ETH0, DEFAULT, 7);
    set(k, RIPNG_ORIGINATE_NEVER);
    expect_sent(k, ETH0, DEFAULT, 16);
    kit_advance(k, 150);
    expect_no_route(k, DEFAULT);
}

static void a_stop_takes_the_default_route_back(void **state)
{
    struct kit *k = *state;
    start(k, RIPNG_ORIGINATE_ALWAYS);
    kit_stop(k);
    expect_sent(k, ETH0, DEFAULT, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_FRESH(by_default_the_kernels_default_route_is_not_announced),
        KIT_FRESH(always_is_without_any_default_route_of_the_kernel),
        KIT_FRESH(if_present_it_is_announced_from_the_start),
        KIT_FRESH(if_present_it_comes_and_goes_with_the_kernels_at_once),
        KIT_FRESH(one_of_two_default_routes_that_stays_is_enough),
        KIT_FRESH(an_on_link_default_route_counts),
        KIT_FRESH(a_default_route_that_discards_does_not_count),
        KIT_FRESH(other_routes_do_not_count),
        KIT_FRESH(a_source_specific_default_route_counts),
        KIT_FRESH(source_specific_default_routes_of_several_sources_are_told_apart),
        KIT_FRESH(a_source_specific_default_route_that_is_replaced_counts_once),
        KIT_FRESH(a_source_specific_default_route_replaced_by_a_discard_is_none),
        KIT_FRESH(a_dump_finds_that_a_source_specific_default_route_went_unseen),
        KIT_FRESH(a_default_route_out_of_a_link_without_carrier_does_not_count),
        KIT_FRESH(the_end_of_the_uplinks_interface_is_the_end_of_its_default_route),
        KIT_FRESH(a_default_route_that_we_installed_ourselves_does_not_count),
        KIT_FRESH(a_default_route_of_an_earlier_run_does_not_count),
        KIT_FRESH(what_we_originate_is_not_displaced_by_a_learned_default_route),
        KIT_FRESH(a_learned_default_route_stands_back_for_the_uplink),
        KIT_FRESH(when_the_uplink_fails_the_backup_is_asked_and_taken),
        KIT_FRESH(without_a_default_route_of_ours_a_learned_one_stands_beside_the_kernels),
        KIT_FRESH(unless_accepted_a_default_route_heard_is_dropped_and_counted),
        KIT_FRESH(a_default_route_of_an_earlier_run_is_not_kept_unless_accepted),
        KIT_FRESH(accept_switched_off_loses_the_default_route_at_once),
        KIT_FRESH(accept_switched_on_asks_the_neighbours),
        KIT_FRESH(one_that_is_not_accepted_is_no_backup_for_the_uplink_either),
        KIT_FRESH(originate_is_changed_at_run_time),
        KIT_FRESH(a_stop_takes_the_default_route_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
