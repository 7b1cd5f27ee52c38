/*
 * The configuration file: each setting arrives, and each mistake is told with its line.
 *
 * conf/ripngd.conf is read as it is. What a router originates itself has a file of
 * its own, test_config_own.c.
 */
#include "confread.h"

static void assert_is_default(const struct daemon_config *c)
{
    struct daemon_config d;
    config_init(&d);
    const struct ripng_config *a = &c->engine, *b = &d.engine;
    assert_memory_equal(&a->timers, &b->timers, sizeof a->timers);
    assert_memory_equal(&a->limits, &b->limits, sizeof a->limits);
    assert_int_equal(a->kernel.table, b->kernel.table);
    assert_int_equal(a->kernel.metric, b->kernel.metric);
    assert_int_equal(a->kernel.protocol, b->kernel.protocol);
    for (int s = 0; s < RIPNG_N_REDISTRIBUTE; s++) {
        assert_int_equal(a->redistribute[s].enabled, b->redistribute[s].enabled);
        assert_int_equal(a->redistribute[s].metric, b->redistribute[s].metric);
        assert_int_equal(a->redistribute[s].tag, b->redistribute[s].tag);
        assert_memory_equal(a->redistribute[s].protocols, b->redistribute[s].protocols, 32);
    }
    assert_int_equal(a->default_route.originate, b->default_route.originate);
    assert_int_equal(a->default_route.metric, b->default_route.metric);
    assert_int_equal(a->default_route.accept, b->default_route.accept);
    assert_true(a->n_aggregates == 0 && a->n_statics == 0);
    assert_int_equal(a->graceful_restart, b->graceful_restart);
    assert_int_equal(a->failure_detection, b->failure_detection);
    assert_string_equal(c->control_socket, d.control_socket);
    assert_string_equal(c->control_group, d.control_group);
    assert_int_equal(c->log_level, d.log_level);
    assert_int_equal(c->log_syslog, d.log_syslog);
    config_clear(&d);
}

static void an_empty_file_is_the_defaults(void **state)
{
    (void)state;
    for (const char *const *text = (const char *const[]){"", "\n", "# nothing\n", " \t\r\n/* \n */", NULL};
         *text; text++) {
        assert_accepted(*text);
        assert_is_default(&config);
        assert_int_equal(config.engine.n_ifaces, 0);
        config_clear(&config);
    }
}

static void the_defaults_are_those_of_the_interface_page(void **state)
{
    (void)state;
    config_init(&config);
    const struct ripng_config *e = &config.engine;
    assert_int_equal(e->timers.update_us, 30000000);
    assert_int_equal(e->timers.timeout_us, 180000000);
    assert_int_equal(e->timers.garbage_us, 120000000);
    assert_int_equal(e->timers.triggered_min_us, 1000000);
    assert_int_equal(e->timers.triggered_max_us, 5000000);
    assert_true(e->redistribute[RIPNG_SOURCE_CONNECTED].enabled);
    assert_true(e->redistribute[RIPNG_SOURCE_DELEGATED].enabled);
    assert_false(e->redistribute[RIPNG_SOURCE_STATIC].enabled);
    assert_false(e->redistribute[RIPNG_SOURCE_KERNEL].enabled);
    assert_int_equal(e->kernel.table, 254);
    assert_int_equal(e->kernel.metric, 2048);
    assert_int_equal(e->kernel.protocol, 189);
    assert_int_equal(e->limits.routes, 10000);
    assert_int_equal(e->limits.routes_per_neighbor, 0);
    assert_int_equal(e->limits.neighbors, 256);
    assert_false(e->graceful_restart);
    assert_true(e->failure_detection);
    assert_string_equal(config.control_socket, RIPNGD_SOCKET);
    assert_string_equal(config.control_group, "");
    assert_int_equal(config.log_level, RIPNG_NOTICE);
    assert_false(config.log_syslog);
    config_clear(&config);
}

static void the_shipped_file_has_each_setting_at_its_default(void **state)
{
    (void)state;
    char path[4096];
    const char *top = getenv("SRCDIR");
    snprintf(path, sizeof path, "%s/conf/ripngd.conf", top ? top : ".");
    n_reports = 0;
    int rc = config_read(&config, path, take_report, path);
    if (rc)
        print_error("%s: %s\n", path, n_reports ? reports[0] : strerror(-rc));
    assert_int_equal(rc, 0);
    assert_is_default(&config);
    /* interface "*" with the defaults is what no section means, too */
    struct ripng_config none;
    ripng_config_init(&none);
    const struct ripng_iface_config *all = ripng_config_iface(&none, "eth0");
    assert_int_equal(config.engine.n_ifaces, 1);
    const struct ripng_iface_config *i = &config.engine.ifaces[0];
    assert_string_equal(i->pattern, "*");
    assert_int_equal(i->enabled, all->enabled);
    assert_int_equal(i->passive, all->passive);
    assert_int_equal(i->multicast, all->multicast);
    assert_int_equal(i->metric, all->metric);
    assert_int_equal(i->split_horizon, all->split_horizon);
    assert_int_equal(i->n_neighbors, 0);
    assert_int_equal(i->n_accept, 0);
    config_clear(&config);
    ripng_config_clear(&none);
}

static void each_setting_arrives(void **state)
{
    (void)state;
    assert_accepted("timers { update = 0.5 timeout = 3 garbage = 2.000001 triggered-min = 0.05\n"
                    "triggered-max = 86400 }\n"
                    "kernel { table = 4294967295 metric = 1 protocol = 0xc8 multipath = 16 }\n"
                    "control { socket = \"/tmp/x.sock\" group = root }\n"
                    "log { level = debug syslog = on }\n"
                    "limits { routes = 0 routes-per-neighbor = 4000000 neighbors = 16384 }\n"
                    "graceful-restart = true\n"
                    "failure-detection = false\n");
    const struct ripng_config *e = &config.engine;
    assert_int_equal(e->kernel.multipath, 16);
    assert_int_equal(e->timers.update_us, 500000);
    assert_int_equal(e->timers.timeout_us, 3000000);
    assert_int_equal(e->timers.garbage_us, 2000001);
    assert_int_equal(e->timers.triggered_min_us, 50000);
    assert_true(e->timers.triggered_max_us == 86400000000);
    assert_true(e->kernel.table == 4294967295);
    assert_int_equal(e->kernel.metric, 1);
    assert_int_equal(e->kernel.protocol, 200);
    assert_string_equal(config.control_socket, "/tmp/x.sock");
    assert_string_equal(config.control_group, "root");
    assert_int_equal(config.log_level, RIPNG_DEBUG);
    assert_true(config.log_syslog);
    assert_int_equal(e->limits.routes, 0);
    assert_int_equal(e->limits.routes_per_neighbor, 4000000);
    assert_int_equal(e->limits.neighbors, 16384);
    assert_true(e->graceful_restart);
    assert_false(e->failure_detection);
    config_clear(&config);
}

static void each_setting_of_an_interface_arrives(void **state)
{
    (void)state;
    assert_accepted("interface \"eth*\" { enabled = false passive = yes metric = 15 split-horizon = off\n"
                    "multicast = false neighbors = {\"fe80::2\", fe80::3,} neighbors += {\"febf::1\"}\n"
                    "accept-from = {'fe80::4'} }\n"
                    "interface lan { }\n");
    assert_int_equal(config.engine.n_ifaces, 2);
    const struct ripng_iface_config *i = config.engine.ifaces;
    assert_string_equal(i->pattern, "eth*");
    assert_false(i->enabled);
    assert_true(i->passive);
    assert_int_equal(i->metric, 15);
    assert_int_equal(i->split_horizon, RIPNG_SPLIT_OFF);
    assert_false(i->multicast);
    assert_int_equal(i->n_neighbors, 3);
    assert_int_equal(i->neighbors[1].s6_addr[15], 3);
    assert_int_equal(i->neighbors[2].s6_addr[1], 0xbf);
    assert_int_equal(i->n_accept, 1);
    assert_int_equal(i->accept_from[0].s6_addr[15], 4);
    assert_string_equal(i[1].pattern, "lan");
    assert_true(i[1].enabled && i[1].multicast && !i[1].passive);
    assert_int_equal(i[1].metric, 1);
    config_clear(&config);
}

static void with_a_redistribute_section_only_what_is_named_is_shared(void **state)
{
    (void)state;
    assert_accepted("redistribute static { metric = 3 tag = 65535 }");
    for (int s = 0; s < RIPNG_N_REDISTRIBUTE; s++)
        assert_int_equal(config.engine.redistribute[s].enabled, s == RIPNG_SOURCE_STATIC);
    assert_int_equal(config.engine.redistribute[RIPNG_SOURCE_STATIC].metric, 3);
    assert_int_equal(config.engine.redistribute[RIPNG_SOURCE_STATIC].tag, 65535);
    config_clear(&config);
}

static void protocols_are_names_of_ip_route_or_numbers(void **state)
{
    (void)state;
    assert_accepted(
        "redistribute kernel { protocols = {kernel, \"boot\", static, ra, dhcp, zebra, bird, babel,\n"
        "bgp, isis, ospf, eigrp, \"200\", 0} }");
    static const uint8_t expected[] = {0, 2, 3, 4, 9, 11, 12, 16, 42, 186, 187, 188, 192, 200};
    const uint8_t *bits = config.engine.redistribute[RIPNG_SOURCE_KERNEL].protocols;
    size_t next = 0;
    for (unsigned p = 0; p < 256; p++) {
        bool is = next < sizeof expected && p == expected[next];
        assert_int_equal(bits[p / 8] >> p % 8 & 1, is);
        next += is;
    }
    config_clear(&config);
}

static void a_number_of_one_protocol_frees_the_name_of_another(void **state)
{
    (void)state;
    assert_accepted("redistribute kernel { protocols = {rip} }\nkernel { protocol = 190 }");
    config_clear(&config);
    assert_refused(
        "redistribute kernel {\n protocols = {ripng} }\nkernel { protocol = 190 }",
        "2: protocols: \"ripng\" is what ripngd itself installs (kernel.protocol): routes would echo");
}

static void a_wrong_value_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *report;
    } cases[] = {
        {"timers {\n\nupdate = abc }", "3: update: \"abc\" is no number of seconds"},
        {"timers { update = -1 }", "1: update: \"-1\" is no number of seconds"},
        {"timers { update = 1.2.3 }", "1: update: \"1.2.3\" is no number of seconds"},
        {"timers { update = 1. }", "1: update: \"1.\" is no number of seconds"},
        {"timers { update = \"\" }", "1: update: \"\" is no number of seconds"},
        {"timers { update = 30s }", "1: update: \"30s\" is no number of seconds"},
        {"timers { update = nan }", "1: update: \"nan\" is no number of seconds"},
        {"timers { update = 30; }", "1: update: \"30;\" is no number of seconds"},
        {"timers { update = 0 }", "1: update: 0 is out of range (0.05 to 86400 seconds)"},
        {"timers { timeout = 86401 }", "1: timeout: 86401 is out of range (0.05 to 86400 seconds)"},
        {"timers { garbage = 99999999999999999999 }",
         "1: garbage: 99999999999999999999 is out of range (0.05 to 86400 seconds)"},
        {"timers {\ntriggered-min = 9\n}", "2: triggered-min (9) is more than triggered-max (5)"},
        {"timers {\ntriggered-max = 2\n\ntriggered-min = 3\n}",
         "4: triggered-min (3) is more than triggered-max (2)"},
        {"interface eth0 {\n metric = 16 }", "2: metric: 16 is out of range (1 to 15)"},
        {"interface eth0 { metric = 0 }", "1: metric: 0 is out of range (1 to 15)"},
        {"interface eth0 { metric = -1 }", "1: metric: \"-1\" is no whole number"},
        {"interface eth0 { metric = 1.5 }", "1: metric: \"1.5\" is no whole number"},
        {"interface eth0 { metric = 0x }", "1: metric: \"0x\" is no whole number"},
        {"interface eth0 { metric = 99999999999999999999 }",
         "1: metric: 99999999999999999999 is out of range (1 to 15)"},
        {"interface eth0 { passive = maybe }", "1: passive: \"maybe\" is neither true nor false"},
        {"interface eth0 { split-horizon = on }", "1: split-horizon: \"on\" is none of poison, simple, off"},
        {"interface eth0 { neighbors = {\n\"fe80::1\",\n\"2001:db8::1\" } }",
         "3: neighbors: \"2001:db8::1\" is no link-local address (fe80::...)"},
        {"interface eth0 { accept-from = {\"fe80::1%eth0\"} }",
         "1: accept-from: \"fe80::1%eth0\" is no link-local address (fe80::...)"},
        {"interface eth0 { accept-from = {\"fe80::1\",\n\"fe80:0::1\"} }",
         "2: accept-from: \"fe80:0::1\" is there twice"},
        {"interface eth0 {\n metric = 2\n multicast = false\n passive = false }",
         "3: multicast = false without neighbors: nothing would be sent to anybody"},
        {"interface \"\" { }", "1: interface \"\": a name or pattern has 1 to 31 characters"},
        {"interface \"01234567890123456789012345678901\" { }",
         "1: interface \"01234567890123456789012345678901\": a name or pattern has 1 to 31 characters"},
        {"redistribute static { tag = 65536 }", "1: tag: 65536 is out of range (0 to 65535)"},
        {"redistribute static { metric = 16 }", "1: metric: 16 is out of range (1 to 15)"},
        {"\nredistribute connect { }",
         "2: redistribute: \"connect\" is none of connected, delegated, static, kernel"},
        {"redistribute ripng { }",
         "1: redistribute: \"ripng\" is none of connected, delegated, static, kernel"},
        {"redistribute static {\n protocols = {boot} }",
         "2: protocols is for redistribute kernel, not for static"},
        {"\nredistribute kernel {\n}", "2: redistribute kernel shares nothing without protocols"},
        {"\nredistribute kernel {\nprotocols = {} }",
         "2: redistribute kernel shares nothing without protocols"},
        {"redistribute kernel { protocols = {boot,\nbot} }",
         "2: protocols: \"bot\" is no protocol as `ip route` names them, nor the number of one"},
        {"redistribute kernel { protocols = {256} }", "1: protocols: 256 is out of range (0 to 255)"},
        {"redistribute kernel { protocols = {rip} }",
         "1: protocols: \"rip\" is what ripngd itself installs (kernel.protocol): routes would echo"},
        {"redistribute kernel { protocols = {189} }",
         "1: protocols: \"189\" is what ripngd itself installs (kernel.protocol): routes would echo"},
        {"kernel { table = 0 }", "1: table: 0 is out of range (1 to 4294967295)"},
        {"kernel { table = 4294967296 }", "1: table: 4294967296 is out of range (1 to 4294967295)"},
        {"kernel { metric = 0 }", "1: metric: 0 is out of range (1 to 4294967295)"},
        {"kernel { protocol = 4 }", "1: protocol: 4 is out of range (5 to 255)"},
        {"kernel { protocol = 256 }", "1: protocol: 256 is out of range (5 to 255)"},
        {"control { socket = \"\" }", "1: socket: must not be empty"},
        {"control { group = \"no such group\" }", "1: group: \"no such group\" is no group of this machine"},
        {"log { level = loud }", "1: level: \"loud\" is none of error, warning, notice, info, debug"},
        {"limits { routes = 4000001 }", "1: routes: 4000001 is out of range (0 to 4000000)"},
        {"limits { routes-per-neighbor = x }", "1: routes-per-neighbor: \"x\" is no whole number"},
        {"limits { neighbors = 0 }", "1: neighbors: 0 is out of range (1 to 16384)"},
        {"limits { neighbors = 16385 }", "1: neighbors: 16385 is out of range (1 to 16384)"},
        {"graceful-restart = 2", "1: graceful-restart: \"2\" is neither true nor false"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].text, cases[i].report);
}

static void a_socket_path_must_fit_into_an_address(void **state)
{
    (void)state;
    char text[256], path[CONFIG_PATH_MAX + 1] = "/";
    memset(path + 1, 'x', CONFIG_PATH_MAX - 2);
    snprintf(text, sizeof text, "control { socket = \"%s\" }", path);
    assert_accepted(text);
    assert_string_equal(config.control_socket, path);
    config_clear(&config);
    snprintf(text, sizeof text, "control { socket = \"%sx\" }", path);
    assert_refused(text, "1: socket: longer than 107 characters");
}

static void an_unknown_name_is_told_and_the_rest_still_read(void **state)
{
    (void)state;
    assert_refused("updat = 3\n"
                   "timers {\n updat = 3\n timeout = x\n update { }\n}\n"
                   "interfaces \"eth0\" { metric = 99 }\n"
                   "other { deep { deeper = {1, 2} } }\n"
                   "timers|update = 3\n"
                   "log { level = x\n kernel { } }",
                   "1: there is no setting \"updat\"\n"
                   "3: there is no setting \"updat\" in section timers\n"
                   "4: timeout: \"x\" is no number of seconds\n"
                   "5: update is no section: update = VALUE\n"
                   "7: there is no section \"interfaces\"\n"
                   "8: there is no section \"other\"\n"
                   "9: there is no setting \"timers|update\"\n"
                   "10: level: \"x\" is none of error, warning, notice, info, debug\n"
                   "11: there is no section \"kernel\" in section log");
}

static void nothing_can_be_there_twice(void **state)
{
    (void)state;
    assert_refused("timers { }\ninterface \"eth0\" { }\nredistribute static { }\ninterface eth1 { }\n"
                   "interface eth0 { }\ntimers { update = 3 }\nredistribute \"static\" { }\n"
                   "log { level = info\n syslog = true level = debug }\n"
                   "graceful-restart = true graceful-restart = false\n",
                   "5: interface eth0 is there twice, first in line 2\n"
                   "6: timers is there twice, first in line 1\n"
                   "7: redistribute static is there twice, first in line 3\n"
                   "9: level is set twice\n"
                   "10: graceful-restart is set twice");
    assert_accepted("timers { update = 1 }\ninterface a { metric = 1 }\ninterface b { metric = 1 }");
    config_clear(&config);
}

static void a_setting_has_one_shape(void **state)
{
    (void)state;
    assert_refused("timers = 3\nlog \"x\" { }\ninterface { }\ntimers {\nupdate = {1, 2}\n\ntimeout += 3 }\n",
                   "1: timers is a section: timers { ... }\n"
                   "2: log has no title: log { ... }\n"
                   "3: interface needs a title: interface NAME { ... }\n"
                   "5: update takes one value, no list\n"
                   "7: timeout takes one value, no list");
    assert_accepted("interface eth0 { neighbors = \"fe80::1\" }");
    assert_int_equal(config.engine.ifaces[0].n_neighbors, 1);
    config_clear(&config);
}

static void a_syntax_error_is_told_with_what_was_wrong_before_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reports;
    } cases[] = {
        {"timers {\n update = x\n timeout 30\n}", "2: update: \"x\" is no number of seconds\n"
                                                  "3: missing equal sign after option 'timeout'"},
        {"log { level = info, syslog = true }", "1: unexpected token ','"},
        {"timers { update = \n}", "2: unexpected token '}'"},
        {"log { }\n}\n", "2: unexpected closing brace"},
        {"= 3", "1: unexpected token '='"},
        {"\ninclude(\"/etc/passwd\")", "2: no such option 'include'"},
        {"\"\" = 3", "1: a name is empty"},
        {"log {\n level = loud\n syslog = true\n",
         "1: log is never closed: '}' is missing\n"
         "2: level: \"loud\" is none of error, warning, notice, info, debug"},
        {"log { level =", "1: log is never closed: '}' is missing"},
        {"interface eth0 { neighbors = { \"fe80::1\"\n", "1: interface is never closed: '}' is missing"},
        {"log {\n level = \"info\n syslog = \"true\"\n}",
         "2: this line has an opening quote without a closing one"},
        {"log { level = 'info }", "1: this line has an opening quote without a closing one"},
        {"log { }\n\n/* to be\ncontinued", "3: a comment begins here and never ends"},
        {"log { }\n/*/", "2: a comment begins here and never ends"},
        {"interface eth* { }", "1: '*' must stand in quotes, as in \"eth*\""},
        {"interface eth0 { metric = +3 }", "1: unexpected '+'"},
        {"log {\nlevel = ${HOME} }", "2: no ${...} here: the environment is not read"},
        {"control { socket = \"/${HOME:-x}\" }", "1: no ${...} here: the environment is not read"},
        {"control { socket = \"/a\\x00b\" }", "1: no backslash can stand in a value"},
        {"control { socket = '/a\\' }", "1: no backslash can stand in a value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].text, cases[i].reports);
}

static void comments_and_long_lists_do_not_shift_the_lines(void **state)
{
    (void)state;
    assert_refused("# one\n"
                   "// two\n"
                   "/* three\n four */ log { } # and more\n"
                   "#\n"
                   "interface \"a#b//c/*d\" {  // quotes hold no comment\n"
                   "  neighbors = {   # inside a list\n"
                   "    \"fe80::1\",  /* and\n"
                   "                     here */\n"
                   "    \"fe80::2\"\n"
                   "  }\n"
                   "  metric = 16\r\n"
                   "}\n"
                   "#### five\n"
                   "kernel { table = 0 }",
                   "12: metric: 16 is out of range (1 to 15)\n"
                   "15: table: 0 is out of range (1 to 4294967295)");
}

static void a_nul_byte_is_told_with_its_line(void **state)
{
    (void)state;
    assert_int_equal(read_bytes("log { }\nlog { level\0 = info }", 25), -EINVAL);
    assert_string_equal(reports[0], "2: a NUL byte: this is no text");
    assert_int_equal(read_bytes("\0", 1), -EINVAL);
    assert_string_equal(reports[0], "1: a NUL byte: this is no text");
}

/* Windows' editors put one there. */
static void a_byte_order_mark_in_front_is_no_part_of_the_file(void **state)
{
    (void)state;
    assert_accepted("\xef\xbb\xbflog { level = debug }");
    assert_accepted("\xef\xbb\xbf");
    assert_refused("log { }\n\xef\xbb\xbftimers { }", "2: there is no section \"\xef\xbb\xbftimers\"");
}

static void reports_hold_no_control_characters(void **state)
{
    (void)state;
    assert_refused("log { level = \"\033[2J\" }",
                   "1: level: \"?[2J\" is none of error, warning, notice, info, debug");
}

static void endless_mistakes_are_counted_not_listed(void **state)
{
    (void)state;
    char text[1000] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "x = 1\n");
    assert_int_equal(read_text(text), -EINVAL);
    assert_int_equal(n_reports, 51);
    assert_string_equal(reports[49], "50: there is no setting \"x\"");
    assert_string_equal(reports[50], "50: 50 more errors are not shown");
}

static void there_is_an_end_to_sections_and_addresses(void **state)
{
    (void)state;
    char text[16384] = "";
    for (int i = 0; i < RIPNG_IFACE_SECTIONS_MAX; i++)
        sprintf(text + strlen(text), "interface e%d { }\n", i);
    assert_accepted(text);
    assert_int_equal(config.engine.n_ifaces, RIPNG_IFACE_SECTIONS_MAX);
    config_clear(&config);
    strcat(text, "timers { }\ninterface more { }\n");
    assert_refused(text, "258: more than 256 sections of this kind");

    strcpy(text, "interface e {\nneighbors = {fe80::1");
    for (int i = 2; i <= RIPNG_UNICAST_MAX; i++)
        sprintf(text + strlen(text), ",fe80::%x", i);
    strcat(text, "\n}}");
    assert_accepted(text);
    assert_int_equal(config.engine.ifaces[0].n_neighbors, RIPNG_UNICAST_MAX);
    config_clear(&config);
    strcpy(strrchr(text, '\n'), "\n,fe80::ffff}}");
    assert_refused(text, "3: neighbors: more than 16 addresses");
}

static void a_file_that_cannot_be_read_is_an_errno(void **state)
{
    (void)state;
    n_reports = 0;
    assert_int_equal(config_read(&config, "/nonexistent/ripngd.conf", take_report, NULL), -ENOENT);
    assert_int_equal(config_read(&config, "/", take_report, NULL), -EISDIR);
    assert_int_equal(config_read(&config, "/dev/zero", take_report, NULL), -EFBIG);
    assert_int_equal(n_reports, 0);
}

static void a_large_file_is_read_and_a_huge_one_is_not(void **state)
{
    (void)state;
    size_t size = 2 << 20;
    char *text = malloc(size);
    memset(text, '\n', size);
    memcpy(text + (1 << 20) - 10, "log = 3 # ", 10);
    assert_int_equal(read_bytes(text, 1 << 20), -EINVAL);
    assert_string_equal(reports[0], "1048567: log is a section: log { ... }");
    assert_int_equal(read_bytes(text, size), -EFBIG);
    free(text);
}

static void a_bad_file_leaves_no_trace_in_the_next_reading(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_refused("log { level = \"info }", "1: this line has an opening quote without a closing one");
        assert_refused("timers { update = 5, 5 }", "1: unexpected token ','");
        assert_accepted("timers { timeout = 7 }\ninterface a { }");
        assert_int_equal(config.engine.timers.timeout_us, 7000000);
        assert_int_equal(config.engine.timers.update_us, 30000000);
        assert_int_equal(config.log_level, RIPNG_NOTICE);
        config_clear(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_is_the_defaults),
        cmocka_unit_test(the_defaults_are_those_of_the_interface_page),
        cmocka_unit_test(the_shipped_file_has_each_setting_at_its_default),
        cmocka_unit_test(each_setting_arrives),
        cmocka_unit_test(each_setting_of_an_interface_arrives),
        cmocka_unit_test(with_a_redistribute_section_only_what_is_named_is_shared),
        cmocka_unit_test(protocols_are_names_of_ip_route_or_numbers),
        cmocka_unit_test(a_number_of_one_protocol_frees_the_name_of_another),
        cmocka_unit_test(a_wrong_value_is_told_with_its_line),
        cmocka_unit_test(a_socket_path_must_fit_into_an_address),
        cmocka_unit_test(an_unknown_name_is_told_and_the_rest_still_read),
        cmocka_unit_test(nothing_can_be_there_twice),
        cmocka_unit_test(a_setting_has_one_shape),
        cmocka_unit_test(a_syntax_error_is_told_with_what_was_wrong_before_it),
        cmocka_unit_test(comments_and_long_lists_do_not_shift_the_lines),
        cmocka_unit_test(a_nul_byte_is_told_with_its_line),
        cmocka_unit_test(a_byte_order_mark_in_front_is_no_part_of_the_file),
        cmocka_unit_test(reports_hold_no_control_characters),
        cmocka_unit_test(endless_mistakes_are_counted_not_listed),
        cmocka_unit_test(there_is_an_end_to_sections_and_addresses),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_errno),
        cmocka_unit_test(a_large_file_is_read_and_a_huge_one_is_not),
        cmocka_unit_test(a_bad_file_leaves_no_trace_in_the_next_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
