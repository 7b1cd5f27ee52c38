/* daemon/feed.c: events for readers that are slow, fast, or not there. */
#include "kit.h"

#include "feed.h"

static void put(struct feed *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        feed_put(f, &(struct ripng_event){.value = f->number + 1}, 7);
}

/* The next event's number; 0: none, or it has missed `missed`. */
static uint64_t next(struct feed *f, struct feed_reader *r, uint64_t *missed)
{
    const struct feed_entry *e = feed_next(f, r, missed);
    if (!e)
        return 0;
    assert_int_equal(*missed, 0);
    assert_int_equal(e->event.value, e->number);
    assert_int_equal(e->time_us, 7);
    return e->number;
}

static void a_reader_gets_each_event_from_its_beginning_on(void **state)
{
    (void)state;
    struct feed f = {0};
    struct feed_reader early, late;
    uint64_t missed;
    assert_true(feed_join(&f, &early));
    put(&f, 2);
    assert_true(feed_join(&f, &late));
    assert_false(feed_waiting(&f, &late));
    put(&f, 1);
    assert_int_equal(next(&f, &early, &missed), 1);
    assert_int_equal(next(&f, &early, &missed), 2);
    assert_int_equal(next(&f, &early, &missed), 3);
    assert_false(feed_waiting(&f, &early));
    assert_int_equal(next(&f, &late, &missed), 3);
    feed_leave(&f);
    feed_leave(&f);
}

static void a_slow_reader_is_told_how_many_it_missed_and_goes_on(void **state)
{
    (void)state;
    struct feed f = {0};
    struct feed_reader r;
    uint64_t missed;
    assert_true(feed_join(&f, &r));
    put(&f, FEED_EVENTS + 10);
    assert_int_equal(next(&f, &r, &missed), 0);
    assert_int_equal(missed, 10);
    for (unsigned i = 0; i < FEED_EVENTS; i++)
        assert_int_equal(next(&f, &r, &missed), 11 + i);
    assert_false(feed_waiting(&f, &r));
    feed_leave(&f);
}

static void events_lost_on_the_way_are_told_in_their_place(void **state)
{
    (void)state;
    struct feed f = {0};
    struct feed_reader r;
    uint64_t missed;
    assert_true(feed_join(&f, &r));
    put(&f, 1);
    feed_lost(&f, 5);
    put(&f, 1);
    feed_lost(&f, 2);
    assert_int_equal(next(&f, &r, &missed), 1);
    assert_int_equal(next(&f, &r, &missed), 0);
    assert_int_equal(missed, 5);
    assert_int_equal(next(&f, &r, &missed), 7);
    assert_int_equal(next(&f, &r, &missed), 0);
    assert_int_equal(missed, 2);
    assert_false(feed_waiting(&f, &r));
    feed_leave(&f);
}

static void without_readers_nothing_is_kept(void **state)
{
    (void)state;
    struct feed f = {0};
    struct feed_reader r;
    put(&f, 3);
    feed_lost(&f, 3);
    assert_null(f.ring);
    assert_true(feed_join(&f, &r));
    assert_false(feed_waiting(&f, &r));
    feed_leave(&f);
    assert_null(f.ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_gets_each_event_from_its_beginning_on),
        cmocka_unit_test(a_slow_reader_is_told_how_many_it_missed_and_goes_on),
        cmocka_unit_test(events_lost_on_the_way_are_told_in_their_place),
        cmocka_unit_test(without_readers_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
