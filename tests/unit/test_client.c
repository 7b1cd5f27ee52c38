/* cli/client.c: lines out of a stream that may come from anybody. */
#include "kit.h"

#include "client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct server {
    char dir[32], path[64];
    int listener, fd; /* fd: the one client's */
    struct client *client;
};

static int setup(void **state)
{
    struct server *s = calloc(1, sizeof *s);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(s->dir, "/tmp/ripngd-test-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/sock", s->dir);
    strcpy(addr.sun_path, s->path);
    s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_return_code(bind(s->listener, (struct sockaddr *)&addr, sizeof addr), errno);
    assert_return_code(listen(s->listener, 1), errno);
    assert_int_equal(client_open(&s->client, s->path), 0);
    s->fd = accept(s->listener, NULL, NULL);
    assert_return_code(s->fd, errno);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct server *s = *state;
    client_close(s->client);
    if (s->fd >= 0)
        close(s->fd);
    close(s->listener);
    unlink(s->path);
    rmdir(s->dir);
    free(s);
    return 0;
}

static void say(struct server *s, const char *text)
{
    assert_int_equal(send(s->fd, text, strlen(text), 0), strlen(text));
}

static void hang_up(struct server *s)
{
    close(s->fd);
    s->fd = -1;
}

static void expect_line(struct server *s, const char *want)
{
    char *line = NULL;
    size_t size = 0;
    assert_int_equal(client_line(s->client, &line, &size), 1);
    assert_string_equal(line, want);
    assert_int_equal(size, strlen(want));
}

static int no_line(struct server *s)
{
    char *line = NULL;
    size_t size = 0;
    return client_line(s->client, &line, &size);
}

static void a_command_goes_out_as_a_line(void **state)
{
    struct server *s = *state;
    char got[64] = "";
    assert_int_equal(client_send(s->client, "show neigh"), 0);
    for (size_t n = 0; n < 11;) {
        ssize_t more = recv(s->fd, got + n, sizeof got - n - 1, 0);
        assert_true(more > 0);
        n += (size_t)more;
    }
    assert_string_equal(got, "show neigh\n");
}

static void lines_are_cut_however_they_come(void **state)
{
    struct server *s = *state;
    say(s, "one\ntwo\nthr");
    expect_line(s, "one");
    expect_line(s, "two");
    say(s, "ee\n\nfive\n");
    expect_line(s, "three");
    expect_line(s, "");
    expect_line(s, "five");
}

static void the_longest_line_is_taken_and_one_more_byte_is_not(void **state)
{
    struct server *s = *state;
    static char line[CLIENT_LINE_MAX + 1];
    memset(line, 'x', sizeof line - 1);
    line[CLIENT_LINE_MAX - 1] = '\n';
    say(s, line);
    line[CLIENT_LINE_MAX - 1] = '\0';
    expect_line(s, line);
    line[CLIENT_LINE_MAX - 1] = 'x';
    say(s, line);
    assert_int_equal(no_line(s), -EMSGSIZE);
}

static void an_early_end_is_told(void **state)
{
    struct server *s = *state;
    say(s, "one\ntw");
    hang_up(s);
    expect_line(s, "one");
    assert_int_equal(no_line(s), 0);
}

static void what_was_said_before_hanging_up_is_heard(void **state)
{
    struct server *s = *state;
    assert_int_equal(client_send(s->client, "never read"), 0);
    say(s, "{\"error\":\"too many\"}\n");
    hang_up(s);
    (void)client_send(s->client, "into the void"); /* no signal kills us */
    expect_line(s, "{\"error\":\"too many\"}");
    assert_true(no_line(s) <= 0);
}

static void who_does_not_answer_has_its_errno(void **state)
{
    struct server *s = *state;
    struct client *c = NULL;
    char path[256];
    assert_int_equal(client_open(&c, ""), -ENOENT);
    assert_int_equal(client_open(&c, "/nowhere/at/all"), -ENOENT);
    assert_int_equal(client_open(&c, s->dir), -ECONNREFUSED);
    memset(path, 'x', sizeof path);
    path[108] = '\0';
    assert_int_equal(client_open(&c, path), -ENAMETOOLONG);
    close(s->listener);
    assert_int_equal(client_open(&c, s->path), -ECONNREFUSED);
    assert_null(c);
    s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_goes_out_as_a_line),
        TEST(lines_are_cut_however_they_come),
        TEST(the_longest_line_is_taken_and_one_more_byte_is_not),
        TEST(an_early_end_is_told),
        TEST(what_was_said_before_hanging_up_is_heard),
        TEST(who_does_not_answer_has_its_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
