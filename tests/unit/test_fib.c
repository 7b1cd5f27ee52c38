/* lib/fib.c: wanted against acknowledged kernel state: changes, answers, refusals, other programs, resync. */
#include "kit.h"

#define P1 "2001:db8:1::/48"
#define P2 "2001:db8:2::/48"
#define P3 "2001:db8:3::/48"

static bool installed(const struct kit *k, const char *prefix)
{
    struct ripng_route_info i;
    return kit_read(k, prefix, &i) && i.installed;
}

static struct ripng_kernel_route foreign(const char *prefix)
{
    struct ripng_kernel_route r = kit_gateway(prefix, DAVE, ETH1, PROTO_BABEL);
    r.metric = 2048;
    return r;
}

static size_t route_changes(const struct kit *k)
{
    return kit_count_changes(k, RIPNG_ROUTE_SET, NULL) + kit_count_changes(k, RIPNG_ROUTE_DELETE, NULL);
}

/* --- changes and answers ---------------------------------------------- */

static void a_learned_route_is_set_with_the_settings_table_metric_and_protocol(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    assert_int_equal(k->n_changes, 1);
    const struct ripng_change *c = &k->changes[0].c;
    assert_int_equal(c->kind, RIPNG_ROUTE_SET);
    assert_int_equal(c->kernel.table, 254);
    assert_int_equal(c->kernel.metric, 2048);
    assert_int_equal(c->kernel.protocol, 189);
    expect_installed(k, P1, BOB, ETH0);
}

static void other_kernel_settings_are_used(void **state)
{
    struct kit *k = *state;
    kit_home(k);
    k->config.kernel.table = 1000;
    k->config.kernel.metric = 77;
    k->config.kernel.protocol = 99;
    kit_start(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    const struct ripng_change *c = &k->changes[k->n_changes - 1].c;
    assert_int_equal(c->kernel.table, 1000);
    assert_int_equal(c->kernel.metric, 77);
    assert_int_equal(c->kernel.protocol, 99);
}

static void a_route_is_installed_only_once_the_kernel_said_so(void **state)
{
    struct kit *k = *state;
    k->hold = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    assert_false(installed(k, P1));
    assert_int_equal(kit_status(k).kernel_pending, 1);
    assert_int_equal(kit_status(k).installed, 0);
    kit_release(k);
    assert_true(installed(k, P1));
    assert_int_equal(kit_status(k).kernel_pending, 0);
    assert_int_equal(kit_status(k).installed, 1);
}

static void a_change_is_asked_for_once(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (int i = 0; i < 10; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 30);
    }
    assert_int_equal(route_changes(k), 1);
}

static void of_many_wishes_while_the_kernel_is_slow_only_the_last_is_asked_for(void **state)
{
    struct kit *k = *state;
    k->hold = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 9));
    kit_hear(k, ETH0, CAROL, RTE(P1, 8));
    kit_hear(k, ETH0, DAVE, RTE(P1, 7));
    kit_hear(k, ETH1, BOB, RTE(P1, 6));
    kit_hear(k, ETH1, CAROL, RTE(P1, 5));
    kit_release(k);
    expect_installed(k, P1, CAROL, ETH1);
    assert_in_range(route_changes(k), 2, 2);
}

static void a_route_that_comes_and_goes_while_the_kernel_is_slow_ends_right(void **state)
{
    struct kit *k = *state;
    for (int last = 0; last < 2; last++) {
        k->hold = true;
        for (int i = 0; i < 21 + last; i++)
            kit_hear(k, ETH0, BOB, RTE(P1, i % 2 ? 16 : 1));
        kit_release(k);
        if (last)
            expect_not_installed(k, P1);
        else
            expect_installed(k, P1, BOB, ETH0);
        kit_hear(k, ETH0, BOB, RTE(P1, 16));
    }
    assert_int_equal(kit_status(k).kernel_pending, 0);
}

static void a_deletion_of_what_is_gone_already_is_done(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->refuse_delete = ESRCH;
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 100);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_DELETE, P1), 1);
    expect_no_event(k, RIPNG_EV_KERNEL_REFUSED);
    assert_int_equal(kit_status(k).kernel_pending, 0);
    k->lossy = true; /* the fake kernel has it still */
}

static void an_answer_counts_for_all_before_it(void **state)
{
    struct kit *k = *state;
    k->batch = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE(P3, 1));
    assert_true(installed(k, P1));
    assert_true(installed(k, P2));
    assert_true(installed(k, P3));
    assert_int_equal(kit_status(k).kernel_pending, 0);
}

static void a_failure_within_a_batch_is_that_ones_alone(void **state)
{
    struct kit *k = *state;
    k->batch = true;
    k->refuse = ENOBUFS;
    k->refuse_times = 1;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1), RTE(P3, 1));
    assert_int_equal(kit_status(k).installed, 2);
    assert_int_equal(kit_count_events(k, RIPNG_EV_KERNEL_REFUSED), 1);
    kit_advance(k, 2);
    assert_int_equal(kit_status(k).installed, 3);
}

static void unanswered_changes_are_limited_and_none_is_lost(void **state)
{
    struct kit *k = *state;
    static struct kit_in in;
    k->hold = true;
    for (unsigned j = 0; j < 100; j++) {
        kit_in(&in, KIT_RESPONSE, ETH0, BOB);
        for (unsigned i = 0; i < 70; i++) {
            char prefix[64];
            snprintf(prefix, sizeof(prefix), "2001:db8:%x:%x::/64", j, i);
            kit_in_rte(&in, prefix, 1, 0);
        }
        kit_receive(k, &in);
    }
    size_t unanswered = k->n_changes;
    assert_in_range(unanswered, 1, 6999);
    assert_int_equal(kit_status(k).kernel_pending, 7000);
    kit_release(k);
    kit_advance(k, 1);
    assert_int_equal(kit_kernel_count_ours(k), 7000);
    assert_int_equal(kit_status(k).installed, 7000);
}

static void an_answer_nobody_asked_for_does_no_harm(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    ripng_kernel_answer(k->r, k->now, 0, 0);
    ripng_kernel_answer(k->r, k->now, k->last_id, EINVAL);
    ripng_kernel_answer(k->r, k->now, k->last_id + 1000, EINVAL);
    ripng_kernel_answer(k->r, k->now, UINT32_MAX, 0);
    kit_pump(k);
    kit_hear(k, ETH0, BOB, RTE(P2, 1));
    expect_installed(k, P2, BOB, ETH0);
    expect_installed(k, P1, BOB, ETH0);
}

/* --- refusals --------------------------------------------------------- */

static void a_refusal_is_reported_with_the_prefix_and_the_error(void **state)
{
    struct kit *k = *state;
    struct ripng_prefix p1 = kit_prefix(P1);
    k->refuse = EPERM;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    const struct ripng_event *e = NULL;
    for (size_t i = 0; i < k->n_events; i++)
        if (k->events[i].kind == RIPNG_EV_KERNEL_REFUSED)
            e = &k->events[i];
    assert_non_null(e);
    assert_int_equal(e->error, EPERM);
    assert_true(ripng_prefix_equal(&e->prefix, &p1));
    assert_int_equal(kit_status(k).kernel_errors, 1);
    assert_false(installed(k, P1));
}

static void a_refused_route_is_tried_again_after_1_2_4_up_to_60_seconds(void **state)
{
    struct kit *k = *state;
    k->refuse = ENETUNREACH;
    for (int i = 0; i < 20; i++) {
        kit_hear(k, ETH0, BOB, RTE(P1, 1));
        kit_advance(k, 20);
    }
    int64_t expect[] = {1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60};
    assert_in_range(k->n_changes, 10, 12);
    for (size_t i = 1; i < k->n_changes; i++) {
        int64_t gap = k->changes[i].at_us - k->changes[i - 1].at_us;
        if (gap < SECONDS(expect[i - 1]) * 9 / 10 || gap > SECONDS(expect[i - 1]) * 15 / 10)
            kit_fail(k, __FILE__, __LINE__, "try %zu came after %.1f s", i + 1, (double)gap / 1e6);
    }
}

static void a_route_the_kernel_takes_at_last_is_installed(void **state)
{
    struct kit *k = *state;
    k->refuse = ENOMEM;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 10);
    k->refuse = 0;
    kit_advance(k, 10);
    expect_installed(k, P1, BOB, ETH0);
    assert_true(installed(k, P1));
}

static void a_refused_route_is_announced_all_the_same_or_not_but_told_as_not_installed(void **state)
{
    struct kit *k = *state;
    k->refuse = ENOMEM;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_route(k, P1, 2, BOB);
    assert_false(installed(k, P1));
    assert_int_equal(kit_status(k).installed, 0);
}

static void a_refused_route_that_is_withdrawn_is_not_tried_again(void **state)
{
    struct kit *k = *state;
    k->refuse = ENOMEM;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_forget(k);
    k->refuse = 0;
    kit_advance(k, 100);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 0);
    expect_not_installed(k, P1);
}

static void a_refused_route_with_a_new_next_hop_is_tried_at_once(void **state)
{
    struct kit *k = *state;
    k->refuse = EHOSTUNREACH;
    kit_hear(k, ETH0, BOB, RTE(P1, 5));
    kit_advance(k, 20);
    k->refuse = 0;
    kit_hear(k, ETH1, CAROL, RTE(P1, 1));
    kit_advance(k, 1);
    expect_installed(k, P1, CAROL, ETH1);
}

static void a_refused_deletion_is_tried_again(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->refuse_delete = EBUSY;
    k->refuse_times = 2;
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 10);
    expect_not_installed(k, P1);
}

/* --- other programs --------------------------------------------------- */

static void another_programs_route_in_our_place_is_left_alone(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, foreign(P1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1)); /* the kit fails where it is overwritten */
    expect_not_installed(k, P1);
    assert_int_equal(kit_count_events(k, RIPNG_EV_KERNEL_FOREIGN), 1);
    assert_false(installed(k, P1));
    kit_advance(k, 100);
    assert_non_null(kit_kernel_find(k, P1, PROTO_BABEL));
}

static void our_route_is_set_once_the_other_is_gone(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, foreign(P1));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_del(k, foreign(P1));
    kit_advance(k, 1);
    expect_installed(k, P1, BOB, ETH0);
}

/* netifd and odhcpd add with NLM_F_REPLACE: no RTM_DELROUTE tells of ours (HOME.md 0.4). */
static void a_route_of_ours_that_was_replaced_is_known_to_be_lost(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_replace(k, foreign(P1));
    assert_false(installed(k, P1));
    assert_int_equal(kit_count_events(k, RIPNG_EV_KERNEL_FOREIGN), 1);
    kit_advance(k, 60);
    assert_non_null(kit_kernel_find(k, P1, PROTO_BABEL));
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_del(k, foreign(P1));
    kit_advance(k, 1);
    expect_installed(k, P1, BOB, ETH0);
}

static void a_replaced_route_is_not_deleted_when_it_is_withdrawn(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_replace(k, foreign(P1));
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    kit_advance(k, 10);
    assert_non_null(kit_kernel_find(k, P1, PROTO_BABEL));
}

static void another_programs_route_of_another_priority_lives_beside_ours(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_gateway(P1, DAVE, ETH1, PROTO_BABEL)); /* metric 1024 */
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    expect_installed(k, P1, BOB, ETH0);
    expect_no_event(k, RIPNG_EV_KERNEL_FOREIGN);
}

static void a_route_of_ours_that_somebody_deleted_is_put_back(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_kernel_del_ours(k, P1);
    kit_advance(k, 5);
    expect_installed(k, P1, BOB, ETH0);
}

static void two_programs_at_odds_do_not_make_a_storm(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    for (int i = 0; i < 1000; i++) { /* 100 seconds */
        if (kit_kernel_find(k, P1, PROTO_OURS))
            kit_kernel_del_ours(k, P1);
        kit_advance(k, 0.1);
    }
    assert_in_range(kit_count_changes(k, RIPNG_ROUTE_SET, P1), 2, 200);
}

/* --- lost events ------------------------------------------------------ */

static void lost_events_lead_to_a_dump_at_once(void **state)
{
    struct kit *k = *state;
    k->no_auto_dump = true;
    assert_false(ripng_kernel_wants_dump(k->r));
    ripng_kernel_lost(k->r, k->now);
    assert_true(ripng_kernel_wants_dump(k->r));
    kit_pump(k);
    assert_int_equal(kit_count_events(k, RIPNG_EV_KERNEL_LOST), 1);
    kit_dump(k);
    assert_false(ripng_kernel_wants_dump(k->r));
    assert_int_equal(kit_status(k).kernel_resyncs, 1);
}

static void a_dump_that_tells_nothing_new_changes_nothing(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    kit_kernel_add(k, kit_onlink(P3, ETH1));
    kit_kernel_add(k, kit_discard("2001:db8:8::/56"));
    kit_settle(k);
    kit_lose(k);
    expect_no_changes(k);
    assert_int_equal(k->n_packets, 0);
    expect_no_event(k, RIPNG_EV_ROUTE_LOST);
    expect_no_event(k, RIPNG_EV_ROUTE_CHANGED);
    expect_no_event(k, RIPNG_EV_IFACE_DOWN);
}

static void a_dump_puts_back_what_was_lost_unheard(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    k->deaf = true;
    kit_kernel_del_ours(k, P1);
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 5);
    expect_installed(k, P1, BOB, ETH0);
    assert_int_equal(kit_count_changes(k, RIPNG_ROUTE_SET, P2), 1);
}

static void a_dump_finds_own_prefixes_that_came_and_went_unheard(void **state)
{
    struct kit *k = *state;
    kit_kernel_add(k, kit_onlink(P1, ETH0));
    kit_settle(k);
    k->deaf = true;
    kit_kernel_del(k, kit_onlink(P1, ETH0));
    kit_kernel_add(k, kit_onlink(P2, ETH0));
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 5);
    expect_garbage(k, P1);
    expect_sent(k, ETH1, P1, 16);
    expect_sent(k, ETH1, P2, 1);
}

static void a_dump_finds_links_and_addresses_that_went_unheard(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->deaf = true;
    kit_link_del(k, ETH0);
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 1);
    expect_garbage(k, P1);
    expect_not_installed(k, P1);
    struct ripng_iface_info i;
    assert_false(kit_iface(k, ETH0, &i) && i.up);
}

static void a_dump_finds_a_route_of_ours_that_was_replaced_unheard(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    k->deaf = true;
    kit_kernel_replace(k, foreign(P1));
    k->deaf = false;
    kit_lose(k);
    kit_advance(k, 10);
    assert_false(installed(k, P1));
    assert_non_null(kit_kernel_find(k, P1, PROTO_BABEL));
}

static void nothing_is_asked_of_the_kernel_while_it_is_dumped(void **state)
{
    struct kit *k = *state;
    kit_dump_begin(k);
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_advance(k, 1);
    expect_no_changes(k);
    ripng_kernel_dump_end(k->r, k->now);
    k->dumping = false;
    kit_pump(k);
    expect_installed(k, P1, BOB, ETH0);
}

static void a_dump_that_was_interrupted_is_begun_again_without_an_end(void **state)
{
    struct kit *k = *state;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    kit_settle(k);
    k->dumping = true;
    ripng_kernel_dump_begin(k->r, k->now); /* and nothing more */
    kit_dump(k);
    expect_no_changes(k);
    expect_route(k, P1, 2, BOB);
    expect_no_event(k, RIPNG_EV_IFACE_DOWN);
}

static void events_between_the_parts_of_a_dump_count(void **state)
{
    struct kit *k = *state;
    kit_dump_begin(k);
    kit_kernel_add(k, kit_onlink(P3, ETH0));
    ripng_kernel_dump_end(k->r, k->now);
    k->dumping = false;
    kit_pump(k);
    kit_advance(k, 6);
    expect_route(k, P3, 1, "::");
}

static void answers_that_were_lost_are_made_up_for_by_the_dump(void **state)
{
    struct kit *k = *state;
    k->lose_answers = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1), RTE(P2, 1));
    assert_false(installed(k, P1));
    k->lose_answers = false;
    kit_lose(k);
    kit_advance(k, 5);
    assert_true(installed(k, P1));
    assert_true(installed(k, P2));
    assert_int_equal(kit_status(k).kernel_pending, 0);
    k->lossy = false;
    kit_hear(k, ETH0, BOB, RTE(P1, 16));
    expect_not_installed(k, P1);
}

/* Netlink lost the answer to a join: it is asked for again. */
static void a_join_that_was_not_answered_before_a_dump_is_asked_for_again(void **state)
{
    struct kit *k = *state;
    k->hold = true;
    kit_link_add(k, ETH2, "eth2");
    kit_address(k, ETH2, OUR_ETH2, true);
    expect_active(k, ETH2, false);
    k->hold = false;
    free(k->waiting);
    k->waiting = NULL;
    k->n_waiting = k->cap_waiting = 0;
    kit_lose(k);
    kit_advance(k, 1);
    expect_active(k, ETH2, true);
}

static void a_dump_finds_an_address_that_went_unheard(void **state)
{
    struct kit *k = *state;
    k->deaf = true;
    kit_address_del(k, ETH0, OUR_ETH0);
    k->deaf = false;
    k->free_sending = true;
    kit_lose(k);
    expect_active(k, ETH0, false);
    kit_lose(k); /* and finds nothing more the next time */
    expect_active(k, ETH1, true);
}

/* With several routes of one metric only the kernel knows which was replaced. */
static void a_replacement_among_several_of_one_metric_is_looked_up(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route a = kit_onlink(P1, ETH0), b = kit_onlink(P1, ETH1), c = kit_discard(P1);
    c.metric = 256;
    kit_kernel_add(k, a);
    kit_kernel_add(k, b);
    kit_kernel_replace(k, c);
    kit_advance(k, 6);
    struct ripng_route_info i;
    assert_true(kit_read(k, P1, &i));
    assert_int_equal(i.source, RIPNG_SOURCE_DELEGATED);
    kit_kernel_del(k, c);
    kit_advance(k, 1);
    expect_garbage(k, P1);
}

/* Which of the two came last is not to be known from what we hear. */
static void a_foreign_route_that_comes_while_ours_is_on_its_way_is_looked_up(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_gateway(P1, CAROL, ETH1, PROTO_BOOT);
    r.metric = k->config.kernel.metric;
    k->hold = true;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    ripng_kernel_route(k->r, k->now, &r, false); /* it was there, and ours took its place */
    unsigned dumps = k->n_dumps;
    k->hold = false;
    kit_release(k);
    kit_advance(k, 1);
    assert_int_equal(k->n_dumps, dumps + 1);
    expect_installed(k, P1, BOB, ETH0);
}

static void a_foreign_route_heard_of_after_ours_took_its_place_is_looked_up(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_gateway(P1, CAROL, ETH1, PROTO_BOOT);
    r.metric = k->config.kernel.metric;
    kit_hear(k, ETH0, BOB, RTE(P1, 1));
    unsigned dumps = k->n_dumps;
    ripng_kernel_route(k->r, k->now, &r, false);
    kit_advance(k, 1);
    assert_int_equal(k->n_dumps, dumps + 1);
    expect_installed(k, P1, BOB, ETH0);
}

static void a_route_gone_that_was_known_otherwise_is_looked_up(void **state)
{
    struct kit *k = *state;
    struct ripng_kernel_route r = kit_onlink(P1, ETH0), other = kit_onlink(P1, ETH0);
    other.protocol = PROTO_BOOT;
    kit_kernel_add(k, r);
    k->deaf = true;
    kit_kernel_del(k, r);
    k->deaf = false;
    ripng_kernel_route_gone(k->r, k->now, &other); /* as the kernel tells it */
    kit_pump(k);
    kit_advance(k, 1);
    expect_garbage(k, P1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_RUNNING(a_learned_route_is_set_with_the_settings_table_metric_and_protocol),
        KIT_FRESH(other_kernel_settings_are_used),
        KIT_RUNNING(a_route_is_installed_only_once_the_kernel_said_so),
        KIT_RUNNING(a_change_is_asked_for_once),
        KIT_RUNNING(of_many_wishes_while_the_kernel_is_slow_only_the_last_is_asked_for),
        KIT_RUNNING(a_route_that_comes_and_goes_while_the_kernel_is_slow_ends_right),
        KIT_RUNNING(a_deletion_of_what_is_gone_already_is_done),
        KIT_RUNNING(an_answer_counts_for_all_before_it),
        KIT_RUNNING(a_failure_within_a_batch_is_that_ones_alone),
        KIT_RUNNING(unanswered_changes_are_limited_and_none_is_lost),
        KIT_RUNNING(an_answer_nobody_asked_for_does_no_harm),
        KIT_RUNNING(a_refusal_is_reported_with_the_prefix_and_the_error),
        KIT_RUNNING(a_refused_route_is_tried_again_after_1_2_4_up_to_60_seconds),
        KIT_RUNNING(a_route_the_kernel_takes_at_last_is_installed),
        KIT_RUNNING(a_refused_route_is_announced_all_the_same_or_not_but_told_as_not_installed),
        KIT_RUNNING(a_refused_route_that_is_withdrawn_is_not_tried_again),
        KIT_RUNNING(a_refused_route_with_a_new_next_hop_is_tried_at_once),
        KIT_RUNNING(a_refused_deletion_is_tried_again),
        KIT_RUNNING(another_programs_route_in_our_place_is_left_alone),
        KIT_RUNNING(our_route_is_set_once_the_other_is_gone),
        KIT_RUNNING(a_route_of_ours_that_was_replaced_is_known_to_be_lost),
        KIT_RUNNING(a_replaced_route_is_not_deleted_when_it_is_withdrawn),
        KIT_RUNNING(another_programs_route_of_another_priority_lives_beside_ours),
        KIT_RUNNING(a_route_of_ours_that_somebody_deleted_is_put_back),
        KIT_RUNNING(two_programs_at_odds_do_not_make_a_storm),
        KIT_RUNNING(lost_events_lead_to_a_dump_at_once),
        KIT_RUNNING(a_dump_that_tells_nothing_new_changes_nothing),
        KIT_RUNNING(a_dump_puts_back_what_was_lost_unheard),
        KIT_RUNNING(a_dump_finds_own_prefixes_that_came_and_went_unheard),
        KIT_RUNNING(a_dump_finds_links_and_addresses_that_went_unheard),
        KIT_RUNNING(a_dump_finds_a_route_of_ours_that_was_replaced_unheard),
        KIT_RUNNING(nothing_is_asked_of_the_kernel_while_it_is_dumped),
        KIT_RUNNING(a_dump_that_was_interrupted_is_begun_again_without_an_end),
        KIT_RUNNING(events_between_the_parts_of_a_dump_count),
        KIT_RUNNING(answers_that_were_lost_are_made_up_for_by_the_dump),
        KIT_RUNNING(a_join_that_was_not_answered_before_a_dump_is_asked_for_again),
        KIT_RUNNING(a_dump_finds_an_address_that_went_unheard),
        KIT_RUNNING(a_replacement_among_several_of_one_metric_is_looked_up),
        KIT_RUNNING(a_foreign_route_that_comes_while_ours_is_on_its_way_is_looked_up),
        KIT_RUNNING(a_foreign_route_heard_of_after_ours_took_its_place_is_looked_up),
        KIT_RUNNING(a_route_gone_that_was_known_otherwise_is_looked_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
