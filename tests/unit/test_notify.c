/* daemon/notify.c, with this program as the service manager: what it is told, and when. */
#include "kit.h"

#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct manager {
    char dir[32], path[64];
    int fd;
    struct loop *loop;
    struct notify *notify;
    unsigned turns;
    char text[600];
};

static bool hear(struct manager *m)
{
    ssize_t n = recv(m->fd, m->text, sizeof m->text - 1, MSG_DONTWAIT);
    m->text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static void on_turn(void *arg)
{
    struct manager *m = arg;
    m->turns++;
    if (notify_due(m->notify))
        notify_alive(m->notify, "fine");
    if (hear(m) || m->turns > 5000)
        loop_stop(m->loop);
}

static void listen_at(struct manager *m, const struct sockaddr_un *addr, socklen_t size)
{
    m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_return_code(bind(m->fd, (const struct sockaddr *)addr, size), errno);
}

static int setup(void **state)
{
    struct manager *m = calloc(1, sizeof *m);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(m->dir, "/tmp/ripngd-test-XXXXXX");
    assert_non_null(mkdtemp(m->dir));
    snprintf(m->path, sizeof m->path, "%s/notify", m->dir);
    strcpy(addr.sun_path, m->path);
    listen_at(m, &addr, sizeof addr);
    assert_int_equal(loop_new(&m->loop, on_turn, m), 0);
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    setenv("NOTIFY_SOCKET", m->path, 1);
    *state = m;
    return 0;
}

static int teardown(void **state)
{
    struct manager *m = *state;
    notify_close(m->notify);
    loop_free(m->loop);
    close(m->fd);
    unlink(m->path);
    rmdir(m->dir);
    free(m);
    return 0;
}

static void open_it(struct manager *m)
{
    assert_int_equal(notify_open(&m->notify, m->loop), 0);
    assert_non_null(m->notify);
}

static void each_state_is_a_datagram_of_its_own(void **state)
{
    struct manager *m = *state;
    open_it(m);
    notify_ready(m->notify, "started");
    assert_true(hear(m));
    assert_string_equal(m->text, "READY=1\nSTATUS=started");
    notify_ready(m->notify, NULL);
    assert_true(hear(m));
    assert_string_equal(m->text, "READY=1");
    notify_stopping(m->notify);
    assert_true(hear(m));
    assert_string_equal(m->text, "STOPPING=1\nSTATUS=stopping");
}

static void a_reload_says_when_it_began(void **state)
{
    struct manager *m = *state;
    struct timespec t;
    long long us, before;
    open_it(m);
    clock_gettime(CLOCK_MONOTONIC, &t);
    before = t.tv_sec * 1000000ll + t.tv_nsec / 1000;
    notify_reloading(m->notify);
    assert_true(hear(m));
    assert_int_equal(sscanf(m->text, "RELOADING=1\nMONOTONIC_USEC=%lld", &us), 1);
    assert_in_range(us, before, before + SECONDS(60));
}

static void an_abstract_socket_is_reached_too(void **state)
{
    struct manager *m = *state;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    char name[64];
    snprintf(name, sizeof name, "@ripngd-test-%d", (int)getpid());
    strcpy(addr.sun_path + 1, name + 1);
    close(m->fd);
    listen_at(m, &addr, (socklen_t)(sizeof addr.sun_family + strlen(name)));
    setenv("NOTIFY_SOCKET", name, 1);
    open_it(m);
    notify_ready(m->notify, NULL);
    assert_true(hear(m));
}

static void nobody_who_wants_to_hear_is_no_error(void **state)
{
    struct manager *m = *state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(notify_open(&m->notify, m->loop), 0);
    assert_null(m->notify);
    notify_ready(NULL, "x");
    notify_reloading(NULL);
    notify_stopping(NULL);
    notify_alive(NULL, "x");
    assert_false(notify_due(NULL));
    assert_false(hear(m));
}

static void an_address_that_can_not_be_is_an_error(void **state)
{
    struct manager *m = *state;
    char far[200];
    memset(far, 'x', sizeof far - 1);
    far[0] = '/';
    far[sizeof far - 1] = '\0';
    const struct {
        const char *path;
        int error;
    } bad[] = {{"relative", -EAFNOSUPPORT},
               {"vsock:2:1", -EAFNOSUPPORT},
               {"@", -EAFNOSUPPORT},
               {far, -ENAMETOOLONG},
               {"/nonexistent/x", -ENOENT}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("NOTIFY_SOCKET", bad[i].path, 1);
        assert_int_equal(notify_open(&m->notify, m->loop), bad[i].error);
        assert_null(m->notify);
    }
}

static void a_watchdog_hears_three_times_as_often_as_it_must(void **state)
{
    struct manager *m = *state;
    setenv("WATCHDOG_USEC", "150000", 1);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    open_it(m);
    int64_t begin = loop_now(m->loop).us;
    for (int i = 0; i < 3; i++) {
        loop_run(m->loop);
        assert_string_equal(m->text, "WATCHDOG=1\nSTATUS=fine");
    }
    assert_true(loop_now(m->loop).us - begin >= 3 * 50000 - 1000);
}

static void a_watchdog_hears_nothing_from_a_loop_that_hangs(void **state)
{
    struct manager *m = *state;
    setenv("WATCHDOG_USEC", "3000", 1);
    open_it(m);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* what a turn that never ends looks like */
    assert_false(hear(m));
    assert_false(notify_due(m->notify)); /* the timer alone says nothing */
    loop_run(m->loop);
    assert_string_equal(m->text, "WATCHDOG=1\nSTATUS=fine");
}

static void a_watchdog_that_is_for_another_process_is_none(void **state)
{
    struct manager *m = *state;
    setenv("WATCHDOG_USEC", "3000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    open_it(m);
    notify_alive(m->notify, "fine");
    assert_true(hear(m));
    assert_string_equal(m->text, "STATUS=fine"); /* a status is told all the same */
}

static void a_manager_that_does_not_read_keeps_nobody_waiting(void **state)
{
    struct manager *m = *state;
    open_it(m);
    for (int i = 0; i < 5000; i++)
        notify_alive(m->notify, "fine");
    assert_true(hear(m));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_state_is_a_datagram_of_its_own),
        TEST(a_reload_says_when_it_began),
        TEST(an_abstract_socket_is_reached_too),
        TEST(nobody_who_wants_to_hear_is_no_error),
        TEST(an_address_that_can_not_be_is_an_error),
        TEST(a_watchdog_hears_three_times_as_often_as_it_must),
        TEST(a_watchdog_hears_nothing_from_a_loop_that_hangs),
        TEST(a_watchdog_that_is_for_another_process_is_none),
        TEST(a_manager_that_does_not_read_keeps_nobody_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
