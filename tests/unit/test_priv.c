/*
 * daemon/priv.c, each test in a child process, for there is no way back. As root, like all tests.
 *
 * What the kernel then thinks of the process is read from /proc.
 */
#include "kit.h"

#include "priv.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TWO_CAPABILITIES "0000000000001400" /* 1 << CAP_NET_ADMIN | 1 << CAP_NET_BIND_SERVICE */

/* The value of a line of /proc/self/status, as text. */
static const char *status_of(const char *name)
{
    static char line[256];
    FILE *f = fopen("/proc/self/status", "re");
    size_t n = strlen(name);
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, name, n) == 0 && line[n] == ':') {
            fclose(f);
            line[strcspn(line, "\n")] = '\0';
            return line + n + 1 + strspn(line + n + 1, " \t");
        }
    }
    return "";
}

#define CHECK(truth)                                                                                         \
    do {                                                                                                     \
        if (!(truth)) {                                                                                      \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #truth);                                      \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static void in_a_child(void (*test)(void))
{
    int status;
    pid_t pid = fork();
    assert_return_code(pid, errno);
    if (pid == 0) {
        test();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void child_drops(void)
{
    char why[PRIV_WHY_MAX];
    const struct passwd *nobody = getpwnam("nobody");
    uid_t uid = nobody->pw_uid, real, effective, saved;
    gid_t gid = nobody->pw_gid, group = 0;
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid && saved == uid);
    CHECK(getgid() == gid && getegid() == gid);
    CHECK(getgroups(1, &group) == 1 && group == gid);
    CHECK(setuid(0) < 0 && seteuid(0) < 0);
}

static void child_keeps_two_capabilities(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(strcmp(status_of("CapPrm"), TWO_CAPABILITIES) == 0);
    CHECK(strcmp(status_of("CapEff"), TWO_CAPABILITIES) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(strspn(status_of((const char *[]){"CapInh", "CapAmb", "CapBnd"}[i]), "0") == 16);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

static void child_is_that_user_already(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(strcmp(status_of("CapEff"), TWO_CAPABILITIES) == 0);
}

static void child_is_root_and_stays(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("root", why) == 0);
    CHECK(getuid() == 0 && strcmp(status_of("CapEff"), TWO_CAPABILITIES) == 0);
}

static void child_can_not(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(priv_drop("daemon", why) == -EPERM);
    CHECK(strstr(why, "CAP_SETUID") && strstr(why, "root"));
    CHECK(getuid() != 1);
}

static void child_knows_no_such_user(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("no-such-user", why) == -ESRCH);
    CHECK(strcmp(why, "there is no such user") == 0);
    CHECK(getuid() == 0);
}

static void child_leaves_core_files(void)
{
    char why[PRIV_WHY_MAX];
    CHECK(priv_drop("nobody", why) == 0);
    CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
}

#define CHILD(name, child)                                                                                   \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        in_a_child(child);                                                                                   \
    }
CHILD(it_becomes_the_user_for_good, child_drops)
CHILD(it_keeps_two_capabilities_and_gets_no_new_ones, child_keeps_two_capabilities)
CHILD(to_be_what_it_is_needs_no_right, child_is_that_user_already)
CHILD(root_without_the_other_capabilities_is_a_user_too, child_is_root_and_stays)
CHILD(without_the_right_it_says_what_is_missing, child_can_not)
CHILD(a_user_that_is_not_there_is_an_error, child_knows_no_such_user)
CHILD(a_failed_assertion_still_leaves_a_core_file, child_leaves_core_files)

static void a_file_is_judged_by_what_that_user_may_read(void **state)
{
    (void)state;
    char dir[] = "/tmp/ripngd-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/conf", dir);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_return_code(fd, errno);
    close(fd);
    assert_int_equal(priv_may_read("nobody", path), -EACCES); /* the directory is root's alone */
    assert_int_equal(priv_may_read("root", path), 0);
    assert_return_code(chmod(dir, 0755), errno);
    assert_int_equal(priv_may_read("nobody", path), 0);
    assert_return_code(chmod(path, 0600), errno);
    assert_int_equal(priv_may_read("nobody", path), -EACCES);
    assert_int_equal(priv_may_read("root", path), 0);
    assert_return_code(unlink(path), errno);
    assert_int_equal(priv_may_read("nobody", path), 0); /* not there is another matter */
    assert_return_code(rmdir(dir), errno);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_becomes_the_user_for_good),
        cmocka_unit_test(it_keeps_two_capabilities_and_gets_no_new_ones),
        cmocka_unit_test(to_be_what_it_is_needs_no_right),
        cmocka_unit_test(root_without_the_other_capabilities_is_a_user_too),
        cmocka_unit_test(without_the_right_it_says_what_is_missing),
        cmocka_unit_test(a_user_that_is_not_there_is_an_error),
        cmocka_unit_test(a_failed_assertion_still_leaves_a_core_file),
        cmocka_unit_test(a_file_is_judged_by_what_that_user_may_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
