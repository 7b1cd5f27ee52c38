/*
 * A home, for a day: what issue after issue of a household does to its routers.
 *
 * R1 has the ISP, a LAN with R2, R3 and a router that speaks no RIPng, and a second LAN;
 * R2 and R3 have a LAN each, R2 a Wi-Fi interface besides, and some homes have another
 * cable between R2 and R3. The ISP delegates a /56; R1 delegates pieces of it onwards, as
 * HOME.md has it. Then 24 virtual hours of renumbering, WAN losses, reboots, power cuts,
 * kill -9, upgrades, cables pulled, Wi-Fi that comes and goes, leases that expire, lost
 * packets and lost netlink messages. All other checks of the simulator hold meanwhile.
 *
 * Whenever nothing has changed for a bound that home.c derives, every table must equal the
 * oracle's and every packet arrive; no loop may stand longer than another such bound.
 */
#ifndef SIM_HOME_H
#define SIM_HOME_H

#include "world.h"

/* `hours`: 24, or fewer for a quick look. What failed is in w->failed and w->failure. */
void home_run(struct world *w, unsigned hours);

#endif
