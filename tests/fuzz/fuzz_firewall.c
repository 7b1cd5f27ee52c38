/*
 * Fuzzes what ripngctl doctor makes of the firewall: cli/firewall.c, cli/firewall_judge.c.
 *
 * The first byte chooses the packet; the rest is a ruleset as `nft list ruleset`
 * prints it, or anything else. What is read is judged: it comes to an end, twice the
 * same, and what it says is in the text. A drop is never made up: there is a word for
 * it in the rules, and a chain in front that drops all makes it certain.
 */
#include "fuzz.h"

#include "firewall.h"

static bool has(const uint8_t *data, size_t size, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(data + i, text, n) == 0)
            return true;
    return false;
}

static struct firewall_packet packet(uint8_t how)
{
    static const char *const links[] = {"eth1", "br-lan", "eth0.2", "lan"};
    struct firewall_packet p = {
        .hook = "input",
        .iif = links[how / 2 % 4],
        .saddr = {{{{0xfe, 0x80}}}, 64},
        .daddr = {{{{0xff, 0x02, [15] = 9}}}, 128},
        .l4proto = "udp",
        .sport = 521,
        .dport = 521,
    };
    if (how % 2 == 0)
        return p;
    p.hook = "forward";
    p.oif = links[how / 8 % 4];
    p.saddr = (struct ripng_prefix){{{{0x20, 0x01, 0x0d, 0xb8, [5] = 2}}}, 64};
    p.daddr = how & 32 ? p.saddr : (struct ripng_prefix){{{{0}}}, 0};
    p.l4proto = "tcp";
    p.sport = p.dport = 40000;
    return p;
}

/* A text within its place, and its end a part of the ruleset. */
static void check_name(const char *name, size_t room, const uint8_t *data, size_t size)
{
    MUST(memchr(name, '\0', room) && has(data, size, name));
}

static void check_answer(const struct firewall_answer *a, const struct firewall_packet *p,
                         const uint8_t *data, size_t size)
{
    check_name(a->family, sizeof a->family, data, size);
    check_name(a->table, sizeof a->table, data, size);
    check_name(a->chain, sizeof a->chain, data, size);
    check_name(a->zone, sizeof a->zone, data, size);
    if (!a->drops) {
        MUST(!a->policy && a->sure && !a->chain[0] && !a->table[0]);
        return;
    }
    MUST(strcmp(a->family, "inet") == 0 || strcmp(a->family, "ip6") == 0);
    MUST(has(data, size, "drop") || has(data, size, "reject"));
    MUST(has(data, size, p->hook) || has(data, size, "prerouting"));
}

/* The same ruleset behind a table that drops all of it. */
static void check_shut(const struct firewall_packet *p, const uint8_t *data, size_t size)
{
    char shut[200];
    struct firewall f;
    struct firewall_answer a;
    size_t n =
        (size_t)snprintf(shut, sizeof shut,
                         "table inet shut {\n\tchain all {\n\t\ttype filter hook %s priority 0; policy "
                         "accept;\n\t\tdrop\n\t}\n}\n",
                         p->hook);
    char *text = malloc(n + size);
    MUST(text);
    memcpy(text, shut, n);
    if (size)
        memcpy(text + n, data, size);
    MUST(firewall_parse(&f, text, n + size));
    firewall_judge(&f, p, &a);
    MUST(a.drops && a.sure && !a.policy && strcmp(a.table, "shut") == 0 && strcmp(a.chain, "all") == 0);
    firewall_clear(&f);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    struct firewall_packet p = packet(fuzz_u8(&in));
    struct firewall f;
    if (!firewall_parse(&f, (const char *)in.at, in.left)) {
        MUST(!f.tokens && !f.blocks && !f.n_tokens && !f.n_blocks);
        return 0;
    }
    struct firewall_answer a, again;
    memset(&again, 0xff, sizeof again);
    firewall_judge(&f, &p, &a);
    firewall_judge(&f, &p, &again);
    MUST(a.drops == again.drops && a.sure == again.sure && a.policy == again.policy &&
         strcmp(a.chain, again.chain) == 0 && strcmp(a.zone, again.zone) == 0);
    check_answer(&a, &p, in.at, in.left);
    (void)firewall_has_chain_like(&f, "ufw6-");
    firewall_clear(&f);
    MUST(!f.tokens && !f.blocks);
    check_shut(&p, in.at, in.left);
    return 0;
}
