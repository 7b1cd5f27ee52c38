/* daemon/endpoint.c: whose the control socket's path is, and who may open it. */
#include "kit.h"

#include "endpoint.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char dir[32], path[64];
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    strcpy(p->dir, "/tmp/ripngd-test-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->path, sizeof p->path, "%s/sock", p->dir);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    unlink(p->path);
    assert_return_code(rmdir(p->dir), errno); /* nothing else was left there */
    free(p);
    return 0;
}

static int try_connect(const char *path, int type)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    int err = connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0 ? errno : 0;
    close(fd);
    return err;
}

/* As a daemon that was killed leaves it. */
static void leave_stale(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_return_code(bind(fd, (struct sockaddr *)&addr, sizeof addr), errno);
    assert_return_code(listen(fd, 1), errno);
    close(fd);
    assert_int_equal(try_connect(path, SOCK_STREAM), ECONNREFUSED);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_return_code(lstat(path, &st), errno);
    return st.st_mode & 07777;
}

static void it_listens_and_leaves_nothing_behind(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
    assert_true(fcntl(e.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(e.fd, F_GETFL) & O_NONBLOCK);
    endpoint_close(&e);
    assert_int_equal(access(p->path, F_OK), -1);
}

static void without_a_group_it_is_the_owners_alone(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    mode_t old = umask(0);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_int_equal(mode_of(p->path), 0600);
    assert_int_equal(umask(old), 0); /* and the umask is as it was */
    endpoint_close(&e);
}

static void with_a_group_it_is_the_groups_too(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    struct stat st;
    struct group *g = getgrgid(getgid());
    assert_non_null(g); /* the group of who runs this has a name, as root's has */
    mode_t old = umask(0);
    gid_t other = geteuid() == 0 ? 12345 : getgid();
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)other);
    assert_int_equal(endpoint_open(&e, p->path, number, 4), 0);
    assert_int_equal(mode_of(p->path), 0660);
    assert_return_code(lstat(p->path, &st), errno);
    assert_int_equal(st.st_gid, other);
    endpoint_close(&e);
    assert_int_equal(endpoint_open(&e, p->path, g->gr_name, 4), 0);
    assert_int_equal(mode_of(p->path), 0660);
    endpoint_close(&e);
    umask(old);
}

static void a_group_that_is_not_there_is_refused(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    static const char *const bad[] = {"no-such-group-here", "-1", "12x", "4294967295",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(endpoint_open(&e, p->path, bad[i], 4), -ESRCH);
    assert_int_equal(access(p->path, F_OK), -1);
}

static void a_dead_daemons_socket_is_replaced(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    leave_stale(p->path);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
    assert_int_equal(mode_of(p->path), 0600);
    endpoint_close(&e);
}

static void a_living_daemons_socket_is_left_alone(void **state)
{
    struct place *p = *state;
    struct endpoint e, second;
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_int_equal(endpoint_open(&second, p->path, "", 4), -EADDRINUSE);
    assert_int_equal(second.fd, -1);
    assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
    endpoint_close(&second);
    assert_int_equal(access(p->path, F_OK), 0);
    endpoint_close(&e);
}

static void a_daemon_too_busy_to_answer_is_living(void **state)
{
    struct place *p = *state;
    struct endpoint e, second;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fds[16];
    strcpy(addr.sun_path, p->path);
    assert_int_equal(endpoint_open(&e, p->path, "", 1), 0);
    for (size_t i = 0; i < 16; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&addr, sizeof addr);
    }
    assert_int_equal(try_connect(p->path, SOCK_STREAM | SOCK_NONBLOCK), EAGAIN);
    assert_int_equal(endpoint_open(&second, p->path, "", 4), -EADDRINUSE);
    for (size_t i = 0; i < 16; i++)
        close(fds[i]);
    endpoint_close(&e);
}

static void another_kind_of_socket_is_left_alone(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(addr.sun_path, p->path);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_return_code(bind(fd, (struct sockaddr *)&addr, sizeof addr), errno);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -EADDRINUSE);
    assert_int_equal(try_connect(p->path, SOCK_DGRAM), 0);
    close(fd);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    int fd = open(p->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_return_code(fd, errno);
    close(fd);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -ENOTSOCK);
    assert_int_equal(access(p->path, F_OK), 0);
    unlink(p->path);

    assert_return_code(symlink("/dev/null", p->path), errno);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -ENOTSOCK);
    assert_return_code(lchown(p->path, 1, 1), errno); /* a stranger's link: not even looked behind */
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -ENOTSOCK);
    unlink(p->path);

    assert_return_code(mkdir(p->path, 0755), errno);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -ENOTSOCK);
    rmdir(p->path);
}

static void a_bad_path_is_refused(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    char path[200];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[108] = '\0';
    assert_int_equal(endpoint_open(&e, path, "", 4), -ENAMETOOLONG);
    assert_int_equal(endpoint_open(&e, "", "", 4), -EINVAL);
    snprintf(path, sizeof path, "%s/none/sock", p->dir);
    assert_int_equal(endpoint_open(&e, path, "", 4), -ENOENT);
    assert_int_equal(e.fd, -1);
}

static void a_directory_that_may_not_be_written_is_an_error(void **state)
{
    (void)state;
    struct endpoint e;
    int err = endpoint_open(&e, "/proc/sock", "", 4); /* holds for root as well */
    assert_true(err == -ENOENT || err == -EACCES || err == -EPERM || err == -EROFS);
}

static void closing_leaves_a_successors_socket_alone(void **state)
{
    struct place *p = *state;
    struct endpoint e, successor;
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_return_code(unlink(p->path), errno); /* somebody tidied up /run */
    assert_int_equal(endpoint_open(&successor, p->path, "", 4), 0);
    endpoint_close(&e);
    assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
    endpoint_close(&successor);
}

/* A child: opens, says in its status whether it got the socket, and holds it until it is told to go. */
static pid_t contender(const char *path, const int start[2], const int report[2])
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct endpoint e;
    char go;
    close(start[1]);
    (void)!read(start[0], &go, 1); /* until the parent closes it: all at once */
    int err = endpoint_open(&e, path, "", 16);
    char result = err == 0 ? 'y' : err == -EADDRINUSE ? 'n' : '?';
    (void)!write(report[1], &result, 1);
    if (err == 0)
        pause();
    _exit(0);
}

static void of_many_that_start_at_once_exactly_one_gets_it(void **state)
{
    struct place *p = *state;
    enum { N = 8, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        int start[2], report[2], won = 0, lost = 0;
        pid_t pids[N];
        unlink(p->path);
        if (round % 2)
            leave_stale(p->path);
        assert_return_code(pipe(start), errno);
        assert_return_code(pipe(report), errno);
        for (int i = 0; i < N; i++)
            pids[i] = contender(p->path, start, report);
        close(start[0]);
        close(start[1]);
        for (int i = 0; i < N; i++) {
            char result = '?';
            assert_int_equal(read(report[0], &result, 1), 1);
            won += result == 'y';
            lost += result == 'n';
        }
        assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
        for (int i = 0; i < N; i++) {
            kill(pids[i], SIGKILL);
            waitpid(pids[i], NULL, 0);
        }
        close(report[0]);
        close(report[1]);
        assert_int_equal(won, 1);
        assert_int_equal(lost, N - 1);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void behind_a_link_of_its_own_it_is_where_that_leads(void **state)
{
    struct place *p = *state;
    struct endpoint e, again;
    char real[80];
    const char *const targets[] = {"real", real}; /* beside the link, or anywhere */
    snprintf(real, sizeof real, "%s/real", p->dir);
    for (size_t i = 0; i < 2; i++) {
        assert_return_code(symlink(targets[i], p->path), errno);
        assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
        assert_int_equal(mode_of(real), 0600);
        assert_int_equal(try_connect(p->path, SOCK_STREAM), 0);
        assert_int_equal(endpoint_open(&again, p->path, "", 4), -EADDRINUSE);
        assert_int_equal(endpoint_close(&e), 0);
        assert_int_equal(access(real, F_OK), -1);
        leave_stale(real);
        assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
        assert_int_equal(endpoint_close(&e), 0);
        assert_return_code(unlink(p->path), errno); /* the link stays, it may have been put there for good */
    }
}

static void a_link_that_leads_too_far_is_refused(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    char far[CONFIG_PATH_MAX + 8];
    memset(far, 'x', sizeof far - 1);
    far[sizeof far - 1] = '\0';
    assert_return_code(symlink(far, p->path), errno);
    assert_int_equal(endpoint_open(&e, p->path, "", 4), -ENAMETOOLONG);
}

/* As for a daemon that has left root behind it. */
static void a_socket_that_may_not_be_removed_is_told_of(void **state)
{
    struct place *p = *state;
    struct endpoint e;
    assert_int_equal(endpoint_open(&e, p->path, "", 4), 0);
    assert_return_code(seteuid(65534), errno);
    int err = endpoint_close(&e);
    assert_return_code(seteuid(0), errno);
    assert_int_equal(err, -EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_listens_and_leaves_nothing_behind),
        TEST(without_a_group_it_is_the_owners_alone),
        TEST(with_a_group_it_is_the_groups_too),
        TEST(a_group_that_is_not_there_is_refused),
        TEST(a_dead_daemons_socket_is_replaced),
        TEST(a_living_daemons_socket_is_left_alone),
        TEST(a_daemon_too_busy_to_answer_is_living),
        TEST(another_kind_of_socket_is_left_alone),
        TEST(what_is_no_socket_is_left_alone),
        TEST(a_bad_path_is_refused),
        TEST(a_directory_that_may_not_be_written_is_an_error),
        TEST(closing_leaves_a_successors_socket_alone),
        TEST(of_many_that_start_at_once_exactly_one_gets_it),
        TEST(behind_a_link_of_its_own_it_is_where_that_leads),
        TEST(a_link_that_leads_too_far_is_refused),
        TEST(a_socket_that_may_not_be_removed_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
