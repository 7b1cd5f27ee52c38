/* ripng_stop(): the orderly end, with poison for the neighbours and a clean kernel; and graceful restart. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define OWN "2001:db8:99::/48"

static void fill(struct kit *k)
{
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    kit_kernel_add(k, kit_onlink(OWN, KIT_LO));
    kit_settle(k);
}

static void stop(struct kit *k)
{
    kit_stop(k);
    for (int i = 0; i < 50 && !ripng_stopped(k->r); i++)
        kit_advance(k, 0.1);
}

static void a_stop_poisons_everything_on_every_interface(void **state)
{
    struct kit *k = *state;
    fill(k);
    stop(k);
    expect_sent(k, ETH0, P1, 16);
    expect_sent(k, ETH0, P2, 16);
    expect_sent(k, ETH0, OWN, 16);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH1, P2, 16);
    expect_sent(k, ETH1, OWN, 16);
}

static void a_stop_withdraws_every_kernel_route(void **state)
{
    struct kit *k = *state;
    fill(k);
    stop(k);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    assert_true(ripng_stopped(k->r));
}

static void a_stop_leaves_the_routes_of_others(void **state)
{
    struct kit *k = *state;
    fill(k);
    stop(k);
    assert_non_null(kit_kernel_find(k, OWN, PROTO_KERNEL));
}

static void a_stop_is_quick(void **state)
{
    struct kit *k = *state;
    fill(k);
    int64_t before = k->now.us;
    stop(k);
    assert_true(k->now.us - before < SECONDS(1));
}

static void a_stop_is_not_done_before_the_kernel_answered(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->hold = true;
    kit_stop(k);
    kit_advance(k, 1);
    assert_false(ripng_stopped(k->r));
    kit_release(k);
    kit_advance(k, 1);
    assert_true(ripng_stopped(k->r));
}

static void a_stop_is_not_done_before_the_poison_is_out(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->blocked = true;
    kit_stop(k);
    kit_advance(k, 0.5);
    assert_false(ripng_stopped(k->r));
    k->blocked = false;
    kit_advance(k, 1);
    assert_true(ripng_stopped(k->r));
    expect_sent(k, ETH0, OWN, 16);
    expect_sent(k, ETH1, OWN, 16);
}

/* How long to go on is for the driver. */
static void a_deletion_refused_during_the_stop_is_tried_again(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->refuse_delete = EBUSY;
    k->refuse_times = 3;
    kit_stop(k);
    kit_advance(k, 10);
    assert_true(ripng_stopped(k->r));
    assert_int_equal(kit_kernel_count_ours(k), 0);
}

static void a_stop_deletes_again_where_the_answers_were_lost(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->hold = true;
    kit_stop(k);
    k->n_waiting = 0; /* the kernel has done none of it */
    k->hold = false;
    ripng_kernel_answer(k->r, k->now, k->last_id, ENOBUFS);
    kit_advance(k, 10);
    assert_true(ripng_stopped(k->r));
    assert_int_equal(kit_kernel_count_ours(k), 0);
}

static void a_stop_with_nothing_to_do_is_done(void **state)
{
    struct kit *k = *state;
    stop(k);
    assert_true(ripng_stopped(k->r));
}

static void a_stop_before_the_first_dump_is_done(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->no_auto_dump = true;
    kit_start(k);
    stop(k);
    assert_true(ripng_stopped(k->r));
}

static void what_is_heard_during_the_stop_is_ignored(void **state)
{
    struct kit *k = *state;
    fill(k);
    k->hold = true;
    kit_stop(k);
    kit_hear(k, ETH0, BOB, RTE("2001:db8:3::/48", 1), RTE(P1, 1));
    kit_kernel_add(k, kit_onlink("2001:db8:4::/48", KIT_LO));
    kit_ask(k, ETH0, DAVE, 40000, WHOLE_TABLE);
    kit_release(k);
    kit_advance(k, 1);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    for (size_t i = 0; i < k->n_packets; i++)
        for (size_t j = 0; j < k->packets[i].n; j++)
            assert_int_equal(k->packets[i].rtes[j].metric, 16);
}

static void nothing_is_sent_after_the_stop(void **state)
{
    struct kit *k = *state;
    fill(k);
    stop(k);
    kit_forget(k);
    kit_advance(k, 300);
    assert_int_equal(k->n_packets, 0);
    assert_int_equal(k->n_changes, 0);
}

static void a_passive_interface_is_not_poisoned(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    kit_section(k, "eth0")->passive = true;
    kit_section(k, "eth1");
    kit_start(k);
    kit_settle(k);
    fill(k);
    stop(k);
    expect_silent(k, ETH0);
    expect_sent(k, ETH1, OWN, 16);
    assert_true(ripng_stopped(k->r));
}

static void what_is_on_link_somewhere_is_not_poisoned_there(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_settle(k);
    stop(k);
    expect_not_sent(k, ETH0, P1);
    expect_sent(k, ETH1, P1, 16);
}

static void a_big_table_is_poisoned_and_withdrawn_whole(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    for (unsigned j = 0; j < 100; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 70; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x:%x::/64", j, i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    kit_settle(k);
    kit_stop(k);
    for (int i = 0; i < 100 && !ripng_stopped(k->r); i++)
        kit_advance(k, 0.1);
    assert_true(ripng_stopped(k->r));
    assert_int_equal(kit_kernel_count_ours(k), 0);
    size_t n = 0;
    for (size_t i = 0; i < k->n_packets; i++)
        n += k->packets[i].send.ifindex == ETH1 ? k->packets[i].n : 0;
    assert_int_equal(n, 7000);
}

static void routes_in_garbage_and_adopted_ones_go_as_well(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_gateway("2001:db8:5::/48", DAVE, ETH0, PROTO_OURS);
    r.metric = 2048;
    kit_home(k);
    kit_kernel_add(k, r);
    kit_start(k);
    kit_settle(k);
    fill(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    stop(k);
    assert_int_equal(kit_kernel_count_ours(k), 0);
    expect_sent(k, ETH1, P1, 16);
    assert_true(ripng_stopped(k->r));
}

/* --- graceful restart ------------------------------------------------- */

static void graceful(struct kit *k)
{
    k->config.graceful_restart = true;
    kit_home(k);
    kit_start(k);
    kit_settle(k);
    fill(k);
    stop(k);
}

static void a_graceful_stop_leaves_the_kernels_routes(void **state)
{
    struct kit *k = *state;
    graceful(k);
    expect_installed(k, P1, BOB, ETH0);
    expect_installed(k, P2, CAROL, ETH1);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL), 0);
}

static void a_graceful_stop_poisons_nothing(void **state)
{
    struct kit *k = *state;
    graceful(k);
    assert_int_equal(k->n_packets, 0);
    assert_true(ripng_stopped(k->r));
}

static void after_a_graceful_stop_the_next_run_adopts(void **state)
{
    struct kit *k = *state;
    graceful(k);
    kit_crash(k);
    kit_start(k);
    assert_int_equal(expect_event(k, RIPNG_EV_ADOPTED, RIPNG_WHY_NONE)->value, 2);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH1, CAROL, RTE(P2, 1));
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_stop_poisons_everything_on_every_interface),
        KIT_RUNNING(a_stop_withdraws_every_kernel_route),
        KIT_RUNNING(a_stop_leaves_the_routes_of_others),
        KIT_RUNNING(a_stop_is_quick),
        KIT_RUNNING(a_stop_is_not_done_before_the_kernel_answered),
        KIT_RUNNING(a_stop_is_not_done_before_the_poison_is_out),
        KIT_RUNNING(a_deletion_refused_during_the_stop_is_tried_again),
        KIT_RUNNING(a_stop_deletes_again_where_the_answers_were_lost),
        KIT_RUNNING(a_stop_with_nothing_to_do_is_done),
        KIT_FRESH(a_stop_before_the_first_dump_is_done),
        KIT_RUNNING(what_is_heard_during_the_stop_is_ignored),
        KIT_RUNNING(nothing_is_sent_after_the_stop),
        KIT_FRESH(a_passive_interface_is_not_poisoned),
        KIT_RUNNING(what_is_on_link_somewhere_is_not_poisoned_there),
        KIT_RUNNING(a_big_table_is_poisoned_and_withdrawn_whole),
        KIT_FRESH(routes_in_garbage_and_adopted_ones_go_as_well),
        KIT_FRESH(a_graceful_stop_leaves_the_kernels_routes),
        KIT_FRESH(a_graceful_stop_poisons_nothing),
        KIT_FRESH(after_a_graceful_stop_the_next_run_adopts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
