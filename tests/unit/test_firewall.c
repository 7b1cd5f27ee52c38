/* cli/firewall.c, cli/firewall_judge.c: rulesets as nft prints them, and what becomes of a packet. */
#include "kit.h"

#include "firewall.h"

static struct firewall_packet ripng_on(const char *iif)
{
    return (struct firewall_packet){
        .hook = "input",
        .iif = iif,
        .saddr = {{{{0xfe, 0x80}}}, 64},
        .daddr = {{{{0xff, 0x02, [15] = 9}}}, 128},
        .l4proto = "udp",
        .sport = 521,
        .dport = 521,
    };
}

static struct firewall_packet from_to(const char *iif, const char *oif)
{
    struct firewall_packet p = {.hook = "forward", .iif = iif, .oif = oif, .l4proto = "tcp"};
    p.sport = p.dport = 40000;
    assert_true(ripng_prefix_parse("2001:db8:2::/64", &p.saddr, NULL));
    assert_true(ripng_prefix_parse("2001:db8:1::/64", &p.daddr, NULL));
    return p;
}

static struct firewall_answer judge(const char *ruleset, struct firewall_packet p)
{
    struct firewall f;
    struct firewall_answer a;
    if (!firewall_parse(&f, ruleset, strlen(ruleset)))
        fail_msg("not read: %s", ruleset);
    firewall_judge(&f, &p, &a);
    firewall_clear(&f);
    return a;
}

/* A chain of the hook `input` with these rules. */
static struct firewall_answer judge_input(const char *policy, const char *rules)
{
    char text[4096];
    snprintf(text, sizeof text,
             "table inet filter {\n\tset routers {\n\t\ttype ipv6_addr\n\t\tflags interval\n"
             "\t\telements = { fe80::/10,\n\t\t\t     2001:db8::1 }\n\t}\n\n"
             "\tset ports {\n\t\ttype inet_service\n\t\telements = { 53, 521 comment \"RIPng\" }\n\t}\n\n"
             "\tset empty {\n\t\ttype inet_service\n\t}\n\n"
             "\tchain lan {\n\t\tudp dport 521 accept\n\t}\n\n"
             "\tchain shut {\n\t\tcounter packets 1 bytes 2 drop\n\t}\n\n"
             "\tchain back {\n\t\treturn\n\t\tdrop\n\t}\n\n"
             "\tchain input {\n\t\ttype filter hook input priority filter; policy %s;\n%s\t}\n}\n",
             policy, rules);
    return judge(text, ripng_on("eth1"));
}

static void expect_drop(const char *policy, const char *rules)
{
    struct firewall_answer a = judge_input(policy, rules);
    if (!a.drops)
        fail_msg("passes: %s", rules);
    assert_string_equal(a.family, "inet");
    assert_string_equal(a.table, "filter");
    assert_string_equal(a.chain, "input");
}

static void expect_pass(const char *policy, const char *rules)
{
    if (judge_input(policy, rules).drops)
        fail_msg("drops: %s", rules);
}

static void the_policy_decides_where_no_rule_does(void **state)
{
    (void)state;
    expect_pass("accept", "");
    expect_drop("drop", "");
    assert_true(judge_input("drop", "").policy);
    assert_true(judge_input("drop", "").sure);
    assert_false(judge_input("accept", "\t\tdrop\n").policy);
}

static void what_accepts_ripng_lets_it_pass(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "\t\taccept\n",
        "\t\tudp dport 521 accept\n",
        "\t\tudp dport 521 counter packets 0 bytes 0 accept comment \"RIPng; drop\"\n",
        "\t\tudp dport { 67, 521, 547 } accept\n",
        "\t\tudp dport { 67,\n\t\t\t    521 } accept\n",
        "\t\tudp dport 500-600 accept\n",
        "\t\tudp dport != 53 accept\n",
        "\t\tudp dport @ports accept\n",
        "\t\tmeta l4proto { tcp, udp } th dport 521 accept\n",
        "\t\tmeta l4proto udp udp sport 521 log prefix \"drop\" accept\n",
        "\t\tip6 saddr fe80::/10 udp dport 521 accept\n",
        "\t\tip6 saddr @routers udp dport 521 accept\n",
        "\t\tip6 saddr fe80::1 udp dport 521 accept\n",
        "\t\tip6 daddr ff02::9 accept\n",
        "\t\tip6 daddr { ff02::1, ff02::9 } accept\n",
        "\t\tip6 daddr ff00::/8 accept\n",
        "\t\tiifname \"eth1\" accept\n",
        "\t\tiifname \"eth*\" accept\n",
        "\t\tiifname { \"lo\", \"eth1\" } accept\n",
        "\t\tiifname != \"eth0\" accept\n",
        "\t\tmeta iifname \"eth1\" accept\n",
        "\t\tct state established,related,new accept\n",
        "\t\tct state { established, new } accept\n",
        "\t\tmeta pkttype multicast accept\n",
        "\t\tmeta nfproto ipv6 accept\n",
        "\t\tiifname \"eth1\" jump lan\n",
        "\t\tgoto lan\n",
        "\t\tudp dport vmap { 53 : drop, 521 : accept }\n",
        "\t\tiifname vmap { \"eth0\" : jump shut, \"eth1\" : jump lan }\n",
        "\t\tiifname vmap { \"eth1\" : accept, * : drop }\n",
        "\t\tct state new limit rate 10/second accept\n",
        "\t\tjump back\n\t\taccept\n",
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        expect_pass("drop", rules[i]);
}

static void what_accepts_something_else_does_not_help(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "\t\tudp dport 520 accept\n",
        "\t\ttcp dport 521 accept\n",
        "\t\ttcp dport != 521 accept\n",
        "\t\tudp dport { 67, 547 } accept\n",
        "\t\tudp dport 500-520 accept\n",
        "\t\tudp dport @empty accept\n",
        "\t\tip saddr 10.0.0.0/8 accept\n",
        "\t\tip saddr { 10.0.0.1, 10.0.0.2 } udp dport 521 accept\n",
        "\t\tip6 saddr 2001:db8::/32 accept\n",
        "\t\tip6 daddr fe80::/10 accept\n",
        "\t\ticmpv6 type { echo-request, nd-router-advert } accept\n",
        "\t\tmeta l4proto ipv6-icmp accept\n",
        "\t\tiifname \"eth0\" accept\n",
        "\t\tiifname \"lo\" accept\n",
        "\t\tiifname { \"lo\", \"wlan*\" } accept\n",
        "\t\tct state established,related accept\n",
        "\t\tct state vmap { established : accept, related : accept, invalid : drop }\n",
        "\t\tct status dnat accept\n",
        "\t\ttcp flags & (fin | syn | rst | ack) == syn accept\n",
        "\t\tiifname vmap { \"eth0\" : accept, \"lo\" : accept }\n",
        "\t\tiifname \"eth0\" jump lan\n",
        "\t\tcounter packets 5 bytes 6\n\t\tlog prefix \"accept \" flags all\n",
        "\t\tcomment \"accept\"\n",
        "\t\tjump back\n",
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        expect_drop("drop", rules[i]);
        assert_true(judge_input("drop", rules[i]).sure);
    }
}

static void a_rule_that_drops_comes_first_or_too_late(void **state)
{
    (void)state;
    expect_drop("accept", "\t\tudp dport 521 drop\n");
    expect_drop("accept", "\t\tudp dport 521 reject with icmpv6 port-unreachable\n");
    expect_drop("accept", "\t\tudp dport 521 drop\n\t\tudp dport 521 accept\n");
    expect_pass("accept", "\t\tudp dport 521 accept\n\t\tudp dport 521 drop\n");
    expect_drop("accept", "\t\tiifname \"eth1\" jump shut\n");
    expect_drop("accept", "\t\tiifname vmap { \"eth1\" : jump shut }\n");
    expect_pass("accept", "\t\tiifname \"eth0\" jump shut\n");
    expect_drop("accept", "\t\treject\n");
}

static void what_is_not_understood_is_never_taken_for_a_drop(void **state)
{
    (void)state;
    expect_pass("drop", "\t\tfib saddr . iif oif exists accept\n");
    expect_pass("drop", "\t\tmeta mark 0x1 accept\n");
    expect_pass("drop", "\t\tudp dport @nowhere accept\n");
    expect_pass("drop", "\t\tiifname . udp dport { \"eth1\" . 521 } accept\n");
    expect_pass("drop", "\t\tjump nowhere\n");
    expect_pass("drop", "\t\tudp dport vmap @verdicts\n");
    expect_pass("drop", "\t\tmeta cpu vmap { 0 : accept }\n");
    expect_pass("drop", "\t\tqueue to 0\n");
    expect_pass("accept", "\t\tfib saddr . iif oif missing drop\n");
    expect_pass("accept", "\t\tmeta mark 0x1 jump shut\n");
    expect_pass("accept", "\t\tlimit rate over 10/second drop\n");
    /* ... but noted. */
    expect_drop("drop", "\t\tmeta mark 0x1 drop\n");
    assert_false(judge_input("drop", "\t\tmeta mark 0x1 drop\n").sure);
    /* It may have left the chain before the drop. */
    expect_pass("accept", "\t\tmeta mark 0x1 return\n\t\tdrop\n");
}

static void chains_that_jump_in_a_circle_come_to_an_end(void **state)
{
    (void)state;
    const char *text =
        "table inet f {\n\tchain a {\n\t\tjump b\n\t\tjump b\n\t\tjump b\n\t}\n\tchain b {\n\t\tjump a\n"
        "\t\tjump a\n\t\tjump a\n\t}\n\tchain input {\n\t\ttype filter hook input priority 0; policy "
        "drop;\n\t\tjump a\n\t}\n}\n";
    assert_false(judge(text, ripng_on("eth1")).drops);
}

/* A block list has a hundred thousand addresses and is short; looked at again and again it must not be long.
 */
static void long_lists_in_chains_that_jump_to_many_come_to_an_end_too(void **state)
{
    (void)state;
    enum { ADDRESSES = 100000, CHAINS = 14 };
    char *text = malloc(ADDRESSES * 24 + CHAINS * 100 + 1000);
    assert_non_null(text);
    char *to =
        text + sprintf(text, "table inet f {\n\tset s {\n\t\ttype ipv6_addr\n\t\telements = { 2001:db8::");
    for (unsigned i = 0; i < ADDRESSES; i++)
        to += sprintf(to, ",\n\t\t\t2001:db8::%x:%x", i >> 16, i & 0xffff);
    to += sprintf(to, " }\n\t}\n\tchain c0 {\n\t\tip6 saddr @s accept\n\t}\n");
    for (unsigned i = 1; i <= CHAINS; i++) /* each twice the work of the one before */
        to += sprintf(to, "\tchain c%u {\n\t\tip6 saddr @s accept\n\t\tjump c%u\n\t\tjump c%u\n\t}\n", i,
                      i - 1, i - 1);
    sprintf(to,
            "\tchain input {\n\t\ttype filter hook input priority 0; policy drop;\n\t\tjump c%u\n\t}\n}\n",
            CHAINS);
    assert_false(judge(text, ripng_on("eth1")).drops); /* not known any more */
    free(text);
}

/* As OpenWrt's fw4 makes them, shortened. */
static const char fw4[] =
    "table inet fw4 {\n"
    "\tflowtable ft {\n\t\thook ingress priority filter\n\t\tdevices = { br-lan, eth1 }\n\t}\n\n"
    "\tchain input {\n"
    "\t\ttype filter hook input priority filter; policy drop;\n"
    "\t\tiif \"lo\" accept comment \"!fw4: Accept traffic from loopback\"\n"
    "\t\tct state vmap { established : accept, related : accept } comment \"!fw4: Handle inbound flows\"\n"
    "\t\ttcp flags & (fin | syn | rst | ack) == syn jump syn_flood comment \"!fw4: Rate limit TCP syn "
    "packets\"\n"
    "\t\tiifname \"br-lan\" jump input_lan comment \"!fw4: Handle lan IPv4/IPv6 input traffic\"\n"
    "\t\tiifname { \"eth1\", \"pppoe-wan\" } jump input_wan comment \"!fw4: Handle wan IPv4/IPv6 input "
    "traffic\"\n"
    "\t\tjump handle_reject\n"
    "\t}\n\n"
    "\tchain forward {\n"
    "\t\ttype filter hook forward priority filter; policy drop;\n"
    "\t\tmeta l4proto { tcp, udp } flow add @ft\n"
    "\t\tct state vmap { established : accept, related : accept } comment \"!fw4: Handle forwarded flows\"\n"
    "\t\tiifname \"br-lan\" jump forward_lan comment \"!fw4: Handle lan IPv4/IPv6 forward traffic\"\n"
    "\t\tiifname { \"eth1\", \"pppoe-wan\" } jump forward_wan comment \"!fw4: Handle wan IPv4/IPv6 forward "
    "traffic\"\n"
    "\t\tjump handle_reject\n"
    "\t}\n\n"
    "\tchain prerouting {\n"
    "\t\ttype filter hook prerouting priority filter; policy accept;\n"
    "\t\tiifname \"br-lan\" jump helper_lan comment \"!fw4: Handle lan IPv4/IPv6 helper assignment\"\n"
    "\t}\n\n"
    "\tchain handle_reject {\n"
    "\t\tmeta l4proto tcp reject with tcp reset comment \"!fw4: Reject TCP traffic\"\n"
    "\t\treject comment \"!fw4: Reject any other traffic\"\n"
    "\t}\n\n"
    "\tchain syn_flood {\n"
    "\t\tlimit rate 25/second burst 50 packets return comment \"!fw4: Accept SYN packets below rate-limit\"\n"
    "\t\tdrop comment \"!fw4: Drop excess packets\"\n"
    "\t}\n\n"
    "\tchain input_lan {\n\t\tjump accept_from_lan\n\t}\n\n"
    "\tchain forward_lan {\n"
    "\t\tjump accept_to_wan comment \"!fw4: Accept lan to wan forwarding\"\n"
    "\t\tjump accept_to_lan\n\t}\n\n"
    "\tchain helper_lan {\n\t}\n\n"
    "\tchain accept_from_lan {\n\t\tiifname \"br-lan\" counter packets 9 bytes 99 accept\n\t}\n\n"
    "\tchain accept_to_lan {\n\t\toifname \"br-lan\" counter packets 0 bytes 0 accept\n\t}\n\n"
    "\tchain accept_to_wan {\n"
    "\t\tmeta nfproto ipv4 oifname { \"eth1\", \"pppoe-wan\" } ct state invalid counter packets 0 bytes 0 "
    "drop\n"
    "\t\toifname { \"eth1\", \"pppoe-wan\" } counter packets 7 bytes 8 accept\n\t}\n\n"
    "\tchain input_wan {\n"
    "\t\tmeta nfproto ipv4 udp dport 68 counter packets 0 bytes 0 accept comment \"!fw4: Allow-DHCP-Renew\"\n"
    "\t\tmeta nfproto ipv6 udp dport 546 counter packets 3 bytes 400 accept comment \"!fw4: Allow-DHCPv6\"\n"
    "\t\tip6 saddr fe80::/10 icmpv6 type . icmpv6 code { mld-listener-query . no-route, mld-listener-report "
    ". "
    "no-route } counter packets 0 bytes 0 accept comment \"!fw4: Allow-MLD\"\n"
    "\t\ticmpv6 type { destination-unreachable, time-exceeded, echo-request, nd-router-advert } limit rate "
    "1000/second burst 5 packets counter packets 1 bytes 2 accept comment \"!fw4: Allow-ICMPv6-Input\"\n"
    "%s"
    "\t\tjump reject_from_wan\n\t}\n\n"
    "\tchain reject_from_wan {\n\t\tiifname { \"eth1\", \"pppoe-wan\" } counter packets 1 bytes 1 jump "
    "handle_reject\n\t}\n\n"
    "\tchain forward_wan {\n"
    "\t\ticmpv6 type { echo-request, echo-reply } limit rate 1000/second burst 5 packets counter packets 0 "
    "bytes 0 "
    "accept comment \"!fw4: Allow-ICMPv6-Forward\"\n"
    "\t\tmeta l4proto esp counter packets 0 bytes 0 jump accept_to_lan comment \"!fw4: Allow-IPSec-ESP\"\n"
    "\t\tudp dport 500 counter packets 0 bytes 0 jump accept_to_lan comment \"!fw4: Allow-ISAKMP\"\n"
    "%s"
    "\t\tjump reject_to_wan\n\t}\n\n"
    "\tchain reject_to_wan {\n\t\toifname { \"eth1\", \"pppoe-wan\" } counter packets 0 bytes 0 jump "
    "handle_reject\n\t}\n"
    "}\n";

static struct firewall_answer judge_fw4(const char *input, const char *forward, struct firewall_packet p)
{
    static char text[sizeof fw4 + 1024];
    snprintf(text, sizeof text, fw4, input, forward);
    return judge(text, p);
}

static void openwrts_firewall_drops_ripng_from_the_wan_until_it_is_allowed(void **state)
{
    (void)state;
    struct firewall_answer a = judge_fw4("", "", ripng_on("eth1"));
    assert_true(a.drops);
    assert_true(a.sure);
    assert_string_equal(a.table, "fw4");
    assert_string_equal(a.zone, "wan");
    assert_false(judge_fw4("", "", ripng_on("br-lan")).drops);
    assert_true(judge_fw4("", "", ripng_on("eth7")).drops);
    const char *allow =
        "\t\tip6 saddr fe80::/10 udp dport 521 counter packets 0 bytes 0 accept comment \"!fw4: "
        "Allow-RIPng\"\n";
    assert_false(judge_fw4(allow, "", ripng_on("eth1")).drops);
}

static void openwrts_firewall_forwards_from_lan_to_wan_only(void **state)
{
    (void)state;
    struct firewall_answer a = judge_fw4("", "", from_to("eth1", "br-lan"));
    assert_true(a.drops);
    assert_string_equal(a.chain, "forward");
    assert_string_equal(a.zone, "wan");
    assert_false(judge_fw4("", "", from_to("br-lan", "eth1")).drops);
    const char *allow = "\t\tjump accept_to_lan comment \"!fw4: Accept wan to lan forwarding\"\n";
    assert_false(judge_fw4("", allow, from_to("eth1", "br-lan")).drops);
    const char *home = "\t\tip6 saddr 2001:db8::/32 jump accept_to_lan\n";
    assert_false(judge_fw4("", home, from_to("eth1", "br-lan")).drops);
}

static void ip6tables_of_today_is_read_as_well(void **state)
{
    (void)state;
    static const char text[] =
        "# Warning: table ip6 filter is managed by iptables-nft, do not touch!\n"
        "table ip6 filter {\n\tchain INPUT {\n"
        "\t\ttype filter hook input priority filter; policy drop;\n"
        "\t\tiifname \"lo\" counter packets 0 bytes 0 accept\n"
        "\t\tct state related,established counter packets 0 bytes 0 accept\n"
        "\t\tmeta l4proto udp ip6 saddr fe80::/10 %s counter packets 0 bytes 0 accept\n\t}\n}\n"
        "table ip filter {\n\tchain INPUT {\n"
        "\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n";
    char with[2048];
    snprintf(with, sizeof with, text, "udp dport 521");
    assert_false(judge(with, ripng_on("eth1")).drops);
    snprintf(with, sizeof with, text, "udp dport 546");
    struct firewall_answer a = judge(with, ripng_on("eth1"));
    assert_true(a.drops);
    assert_string_equal(a.family, "ip6");
    assert_string_equal(a.chain, "INPUT");
}

static void an_early_chain_may_drop_as_well(void **state)
{
    (void)state;
    const char *text =
        "table ip6 raw {\n\tchain early {\n\t\ttype filter hook prerouting priority raw; policy "
        "accept;\n\t\tudp dport 521 drop\n\t}\n}\n"
        "table inet f {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n"
        "\t\taccept\n\t}\n}\n";
    struct firewall_answer a = judge(text, ripng_on("eth1"));
    assert_true(a.drops);
    assert_string_equal(a.chain, "early");
}

/* Cut anywhere, with anything in any place: no crash, no read outside (the sanitizers watch). */
static void broken_text_is_read_or_refused(void **state)
{
    (void)state;
    static char text[sizeof fw4 + 64];
    static const char odd[] = "{}\";,:@.!\n\t\0x";
    snprintf(text, sizeof text, fw4, "", "");
    size_t size = strlen(text);
    for (size_t n = 0; n < size; n++) {
        char *copy = malloc(n ? n : 1); /* to its very end */
        struct firewall f;
        struct firewall_answer a;
        struct firewall_packet p = n % 2 ? ripng_on("eth1") : from_to("eth1", "br-lan");
        memcpy(copy, text, n);
        if (n > 20 && n % 3)
            copy[n * 7919 % n] = odd[n % (sizeof odd - 1)],
                            copy[n * 104729 % n] = odd[n / 7 % (sizeof odd - 1)];
        if (firewall_parse(&f, copy, n)) {
            firewall_judge(&f, &p, &a);
            firewall_clear(&f);
        }
        assert_null(f.tokens);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_decides_where_no_rule_does),
        cmocka_unit_test(what_accepts_ripng_lets_it_pass),
        cmocka_unit_test(what_accepts_something_else_does_not_help),
        cmocka_unit_test(a_rule_that_drops_comes_first_or_too_late),
        cmocka_unit_test(what_is_not_understood_is_never_taken_for_a_drop),
        cmocka_unit_test(chains_that_jump_in_a_circle_come_to_an_end),
        cmocka_unit_test(long_lists_in_chains_that_jump_to_many_come_to_an_end_too),
        cmocka_unit_test(openwrts_firewall_drops_ripng_from_the_wan_until_it_is_allowed),
        cmocka_unit_test(openwrts_firewall_forwards_from_lan_to_wan_only),
        cmocka_unit_test(ip6tables_of_today_is_read_as_well),
        cmocka_unit_test(an_early_chain_may_drop_as_well),
        cmocka_unit_test(broken_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
