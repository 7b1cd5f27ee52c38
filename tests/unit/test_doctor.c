/* The doctor's checks on machines that no namespace can be, and what it prints. */
#include "kit.h"

#include "doctor.h"

#include <net/if.h>
#include <net/if_arp.h>

static struct doctor_link *add_link(struct doctor *d, uint32_t ifindex, const char *name)
{
    struct doctor_link *l = doctor_list_add(&d->links, sizeof *l);
    assert_non_null(l);
    *l = (struct doctor_link){
        .ifindex = ifindex, .flags = IFF_UP | IFF_MULTICAST, .type = ARPHRD_ETHER, .carrier = true};
    strcpy(l->name, name);
    return l;
}

static void setup(struct doctor *d)
{
    *d = (struct doctor){.socket = "/run/ripngd.sock", .forwarding = 1};
    d->daemon.known = true;
    add_link(d, 2, "br-lan");
    add_link(d, 3, "lan1");
    struct doctor_link *l = d->links.items;
    l[0].bridge = l[0].snooping = true;
    l[1].master = 2;
    l[1].switch_chip = true;
    struct doctor_iface *i = doctor_list_add(&d->daemon.ifaces, sizeof *i);
    assert_non_null(i);
    strcpy(i->name, "br-lan");
}

static size_t snooping(struct doctor *d)
{
    check_snooping(d, "snooping");
    size_t n = d->findings.n;
    doctor_clear(d);
    return n;
}

static void snooping_on_a_switch_chip_needs_a_querier(void **state)
{
    (void)state;
    struct doctor d;
    setup(&d);
    assert_int_equal(snooping(&d), 1);
    setup(&d);
    ((struct doctor_link *)d.links.items)[0].querier = true;
    assert_int_equal(snooping(&d), 0);
    setup(&d);
    ((struct doctor_link *)d.links.items)[0].other_querier = true;
    assert_int_equal(snooping(&d), 0);
    setup(&d);
    ((struct doctor_link *)d.links.items)[0].snooping = false;
    assert_int_equal(snooping(&d), 0);
}

static void snooping_of_linux_alone_floods_without_one(void **state)
{
    (void)state;
    struct doctor d;
    setup(&d);
    ((struct doctor_link *)d.links.items)[1].switch_chip = false;
    assert_int_equal(snooping(&d), 0);
}

static void the_port_may_be_taken_by_who_can_not_be_seen(void **state)
{
    (void)state;
    struct doctor d = {.socket = "/run/ripngd.sock"};
    struct doctor_holder *h = doctor_list_add(&d.holders, sizeof *h);
    h->port = true;
    d.daemon.error = ECONNREFUSED;
    check_port(&d, "port");
    assert_int_equal(d.findings.n, 1);
    assert_non_null(strstr(((struct doctor_finding *)d.findings.items)->finding, "only root"));
    d.findings.n = 0;
    static const int there[] = {0, EACCES, EPERM, EAGAIN}; /* a daemon: that will be the one who has it */
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++) {
        d.daemon.error = there[i];
        check_port(&d, "port");
        assert_int_equal(d.findings.n, 0);
    }
    doctor_clear(&d);
}

static void frr_is_told_apart_from_ripngd(void **state)
{
    (void)state;
    struct doctor d = {.socket = "/run/ripngd.sock", .daemon = {.error = ENOENT}};
    struct doctor_holder *h = doctor_list_add(&d.holders, sizeof *h);
    *h = (struct doctor_holder){.pid = 42, .name = "ripngd", .port = true, .frr = true};
    check_daemon(&d, "daemon");
    check_port(&d, "port");
    const struct doctor_finding *f = d.findings.items;
    assert_int_equal(d.findings.n, 2);
    assert_non_null(strstr(f[0].finding, "does not run"));
    assert_non_null(strstr(f[1].finding, "ripngd of FRR (process 42)"));
    assert_non_null(strstr(f[1].mend, "/etc/frr/daemons && /etc/init.d/frr restart"));
    d.findings.n = 0;
    d.systemd = true;
    check_port(&d, "port");
    assert_non_null(strstr(f[0].mend, "/etc/frr/daemons && systemctl restart frr"));
    doctor_clear(&d);
}

static const char *mend_of(struct doctor *d)
{
    assert_int_equal(d->findings.n, 1);
    return ((struct doctor_finding *)d->findings.items)->mend;
}

/* On OpenWrt ripngd.conf is made anew at each start: what is changed there would be lost. */
static void a_setting_is_mended_where_the_system_keeps_it(void **state)
{
    static const struct {
        enum doctor_setting setting;
        const char *value, *file, *uci;
    } cases[] = {
        {DOCTOR_KERNEL_METRIC, "1023", "set `kernel { metric = 1023 }` in ripngd.conf, then: ripngctl reload",
         "uci set ripngd.main.kernel_metric=1023; uci commit ripngd; /etc/init.d/ripngd reload"},
        {DOCTOR_TIMEOUT, "720", "set `timers { timeout = 720 }` in ripngd.conf, then: ripngctl reload",
         "uci set ripngd.main.timeout=720; uci commit ripngd; /etc/init.d/ripngd reload"},
        {DOCTOR_ACCEPT_DEFAULT, "true",
         "set `default-route { accept = true }` in ripngd.conf, then: ripngctl reload",
         "uci set ripngd.main.accept_default=true; uci commit ripngd; /etc/init.d/ripngd reload"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int openwrt = 0; openwrt < 2; openwrt++) {
            struct doctor d = {.openwrt = openwrt};
            doctor_mend_setting(&d, doctor_find(&d, "x", DOCTOR_ERROR, NULL), cases[i].setting,
                                cases[i].value);
            assert_string_equal(mend_of(&d), openwrt ? cases[i].uci : cases[i].file);
            doctor_clear(&d);
        }
    }
}

static void what_is_not_shared_is_shared_where_the_system_keeps_it(void **state)
{
    static const struct {
        bool openwrt, shares;
        const char *mend;
    } cases[] = {
        {false, false, "set `redistribute connected { }` in ripngd.conf, then: ripngctl reload"},
        {false, true,
         "permit it in the filter of `redistribute connected` in ripngd.conf, then: ripngctl reload"},
        {true, false,
         "uci set ripngd.$(uci add ripngd redistribute).source=connected; uci commit ripngd; "
         "/etc/init.d/ripngd reload"},
        {true, true,
         "permit it in the filter of `redistribute connected` in /etc/config/ripngd, then: "
         "/etc/init.d/ripngd reload"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct doctor d = {
            .openwrt = cases[i].openwrt,
            .daemon = {.known = true, .table = 254, .shares_connected = cases[i].shares},
        };
        add_link(&d, 2, "br-lan");
        struct doctor_addr *a = doctor_list_add(&d.addrs, sizeof *a);
        struct doctor_kroute *k = doctor_list_add(&d.kroutes, sizeof *k);
        assert_true(a && k);
        *a = (struct doctor_addr){.ifindex = 2, .addr = kit_addr("2001:db8:1::1"), .len = 64};
        *k = (struct doctor_kroute){.prefix = kit_prefix("2001:db8:1::/64"), .ifindex = 2, .table = 254};
        check_announced(&d, "announced");
        assert_string_equal(mend_of(&d), cases[i].mend);
        doctor_clear(&d);
    }
}

static void a_name_becomes_one_word_of_a_shell(void **state)
{
    (void)state;
    char word[DOCTOR_WORD];
    assert_string_equal(doctor_word("eth0.5", word), "eth0.5");
    assert_string_equal(doctor_word("a;reboot", word), "'a;reboot'");
    assert_string_equal(doctor_word("a'b", word), "'a'\\''b'");
    assert_string_equal(doctor_word("", word), "''");
    assert_true(strlen(doctor_word("'''''''''''''''", word)) < sizeof word);
    assert_string_equal(doctor_quoted("6in4-wan", word), "'\"6in4-wan\"'");
    assert_true(strlen(doctor_quoted("'''''''''''''''", word)) < sizeof word);
}

static void print_on(const struct doctor *d, bool json, struct screen screen, const char *expected)
{
    char *text = NULL;
    size_t size;
    screen.out = open_memstream(&text, &size);
    doctor_print(d, json, screen);
    fclose(screen.out);
    assert_string_equal(text, expected);
    free(text);
}

static void print(const struct doctor *d, bool json, const char *expected)
{
    print_on(d, json, (struct screen){0}, expected);
}

static void a_terminal_gets_colours_and_whole_words_and_json_neither(void **state)
{
    (void)state;
    struct doctor d = {0};
    const struct screen terminal = {.colours = true, .width = 40};
    print_on(&d, false, terminal, "\033[32mnothing found\033[0m\n");
    struct doctor_finding *f = doctor_find(&d, "link", DOCTOR_ERROR, "enp0s31f6");
    doctor_say(f, "it is down, and the configuration names it");
    doctor_mend(f, "ip link set dev enp0s31f6 up # and this stays one line");
    f = doctor_find(&d, "timers", DOCTOR_WARNING, NULL);
    doctor_say(f, "slow");
    doctor_mend(f, "wait");
    print_on(&d, false, terminal,
             "\033[31merror\033[0m: enp0s31f6: it is down, and the\n"
             "  configuration names it\n"
             "    \033[1mip link set dev enp0s31f6 up # and this stays one line\033[0m\n"
             "\033[33mwarning\033[0m: slow\n"
             "    \033[1mwait\033[0m\n");
    char *text = NULL;
    size_t size;
    struct screen json = {.out = open_memstream(&text, &size), .colours = true, .width = 40};
    doctor_print(&d, true, json);
    fclose(json.out);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "\"it is down, and the configuration names it\""));
    free(text);
    doctor_clear(&d);
}

static void findings_are_printed_for_people_and_for_scripts(void **state)
{
    (void)state;
    struct doctor d = {0};
    print(&d, false, "nothing found\n");
    print(&d, true, "[]\n");
    struct doctor_finding *f = doctor_find(&d, "link", DOCTOR_WARNING, "a\"\x1b\x07");
    doctor_say(f, "it is %s", "down");
    doctor_mend(f, "ip link set dev 'a\"' up");
    f = doctor_find(&d, "forwarding", DOCTOR_ERROR, NULL);
    doctor_say(f, "no router");
    doctor_mend(f, "sysctl -w x=1");
    print(&d, false,
          "warning: a\"??: it is down\n    ip link set dev 'a\"' up\nerror: no router\n    sysctl -w x=1\n");
    print(
        &d, true,
        "[{\"check\":\"link\",\"severity\":\"warning\",\"interface\":\"a\\\"??\",\"finding\":\"it is down\","
        "\"mend\":\"ip link set dev 'a\\\"' up\"},\n {\"check\":\"forwarding\",\"severity\":\"error\","
        "\"interface\":null,\"finding\":\"no router\",\"mend\":\"sysctl -w x=1\"}]\n");
    doctor_clear(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snooping_on_a_switch_chip_needs_a_querier),
        cmocka_unit_test(snooping_of_linux_alone_floods_without_one),
        cmocka_unit_test(the_port_may_be_taken_by_who_can_not_be_seen),
        cmocka_unit_test(frr_is_told_apart_from_ripngd),
        cmocka_unit_test(a_setting_is_mended_where_the_system_keeps_it),
        cmocka_unit_test(what_is_not_shared_is_shared_where_the_system_keeps_it),
        cmocka_unit_test(a_name_becomes_one_word_of_a_shell),
        cmocka_unit_test(a_terminal_gets_colours_and_whole_words_and_json_neither),
        cmocka_unit_test(findings_are_printed_for_people_and_for_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
