/*
 * Fuzzes what ripngctl makes of a reply: cli/client.c, cli/record.c, cli/render.c, cli/view.c.
 *
 * The first byte chooses the command, the output (table or JSON), how wide it may be
 * and how much filler comes before; the rest is what somebody answers at the socket. It is received
 * over a real Unix socket, line by line, and rendered. Output for people must not
 * drive their terminal, JSON that was finished must be one array. The first line
 * is read a second time as a record, whose fields must lie within the line.
 */
#include "fuzz.h"

#include "client.h"
#include "record.h"
#include "render.h"
#include "view.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int listener = -1;
static struct sockaddr_un place = {.sun_family = AF_UNIX};

static void close_place(void)
{
    unlink(place.sun_path);
}

static void open_place(void)
{
    snprintf(place.sun_path, sizeof place.sun_path, "/tmp/fuzz-reply.%d", (int)getpid());
    unlink(place.sun_path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(listener >= 0 && bind(listener, (const struct sockaddr *)&place, sizeof place) == 0);
    MUST(listen(listener, 1) == 0);
    atexit(close_place);
}

/* Somebody who answers and goes. */
static void answer(const char *filler, size_t n_filler, const uint8_t *data, size_t size)
{
    int fd = accept(listener, NULL, NULL);
    MUST(fd >= 0);
    if (n_filler)
        (void)!send(fd, filler, n_filler, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size)
        (void)!send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    close(fd);
}

/* --- records ---------------------------------------------------------------- */

static void check_record(const char *line, size_t size)
{
    struct record o, inside;
    if (!record_read(&o, line, size))
        return;
    MUST(o.n <= RECORD_FIELDS_MAX);
    for (unsigned i = 0; i < o.n; i++) {
        const struct record_field *f = &o.fields[i];
        MUST(f->name >= line && f->name_size <= size && f->name + f->name_size <= line + size);
        MUST(f->value >= line && f->size > 0 && f->size <= size && f->value + f->size <= line + size);
        char *text = malloc(f->size + 1), *less = malloc(f->size / 2 + 1);
        MUST(text && less);
        size_t n = record_text(f, text, f->size + 1), m = record_text(f, less, f->size / 2 + 1);
        MUST(n <= f->size && strlen(text) == n && m <= n && memcmp(text, less, m) == 0);
        for (size_t k = 0; k < n; k++)
            MUST((unsigned char)text[k] >= ' ' && text[k] != 0x7f);
        free(text);
        free(less);
        MUST(!record_inside(&inside, f) || f->type == RECORD_OBJECT);
    }
}

/* --- output ------------------------------------------------------------------ */

static void check_people(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        MUST((c >= ' ' || c == '\n') && c != 0x7f);
        unsigned char next = i + 1 < size ? (unsigned char)text[i + 1] : 0;
        MUST(c != 0xc2 || next < 0x80 || next >= 0xa0); /* U+0080..U+009F */
    }
}

static void check_array(const char *text, size_t size)
{
    MUST(size >= 3 && text[0] == '[' && memcmp(text + size - 2, "]\n", 2) == 0);
}

static void check_reason(const char *reason)
{
    for (const char *p = reason; *p; p++)
        MUST((unsigned char)*p >= ' ' && *p != 0x7f);
}

static void show(struct client *c, const struct render_view *view, bool json, unsigned width)
{
    char *text = NULL, *line;
    size_t size = 0, length;
    FILE *out = open_memstream(&text, &size);
    struct render *r = out ? render_new(view, json, (struct screen){.out = out, .width = width}) : NULL;
    MUST(r);
    enum render_result result = RENDER_MORE;
    bool first = true;
    int got = 1;
    while (result == RENDER_MORE && (got = client_line(c, &line, &length)) == 1) {
        MUST(length < CLIENT_LINE_MAX && line[length] == '\0' && !memchr(line, '\n', length));
        if (first)
            check_record(line, length);
        first = false;
        result = render_line(r, line, length);
    }
    MUST(got == 1 || got == 0 || got == -EMSGSIZE || got == -ECONNRESET);
    MUST(result != RENDER_NO_MEMORY);
    check_reason(render_reason(r));
    fclose(out);
    if (!json)
        check_people(text, size);
    else if (view != &render_monitor && (result == RENDER_END || result == RENDER_REFUSED))
        check_array(text, size);
    render_free(r);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct render_view *const views[] = {&render_route, &render_neigh, &render_interface,
                                                      &render_status, &render_reload};
    static const struct render_view *const more_views[] = {&render_monitor, &render_query, &render_path};
    enum { N_MORE = sizeof more_views / sizeof more_views[0] };
    static char filler[CLIENT_LINE_MAX];
    struct fuzz_in in = {data, size};
    uint8_t how = fuzz_u8(&in);
    struct client *c = NULL;
    if (listener < 0)
        open_place();
    memset(filler, ' ', sizeof filler);
    MUST(client_open(&c, place.sun_path) == 0);
    answer(filler, how >= 240 ? sizeof filler - how % 16 : 0, in.at, in.left);
    show(c, how % 16 == 15 ? more_views[how / 16 % N_MORE] : views[how % 5], how / 5 % 2, how);
    client_close(c);

    char text[VIEW_DURATION_TEXT];
    double seconds;
    fuzz_bytes(&in, &seconds, sizeof seconds);
    MUST(strlen(view_duration(seconds, text)) < sizeof text);
    return 0;
}
