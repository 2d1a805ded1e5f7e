// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

function scenario(name: string, text: string): void {
  test(name, () => assert.equal(play(text), plain(text)));
}

scenario(
  "interface-less: by the VTEP, its router MAC and the label; several hosts are as many ways",
  `
  domain green l3vni 5000
  prefix 10.0.0.3 198.51.100.0/24 router S
  > green 198.51.100.0/24 by 10.0.0.3 router S vni 5000
  prefix 10.0.0.2 198.51.100.0/24 router R
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000 and 10.0.0.3 router S vni 5000
  prefix 10.0.0.2 198.51.100.0/24 router R label 5001 rd 10.0.0.2:7
  prefix 10.0.0.2 2001:db8:5::/48 router R
  > green 2001:db8:5::/48 by 10.0.0.2 router R vni 5000
  prefix 10.0.0.4 0.0.0.0/0 router T
  > green 0.0.0.0/0 by 10.0.0.4 router T vni 5000
  no prefix 10.0.0.3 198.51.100.0/24
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000
  `,
);

scenario(
  "the better way alone: preference, path and MED as between routes of one NLRI",
  `
  domain green l3vni 5000
  prefix 10.0.0.2 198.51.100.0/24 router R
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000
  prefix 10.0.0.3 198.51.100.0/24 router S pref 200
  > green 198.51.100.0/24 by 10.0.0.3 router S vni 5000
  prefix 10.0.0.4 198.51.100.0/24 router T pref 200 med 5
  no prefix 10.0.0.3 198.51.100.0/24
  > green 198.51.100.0/24 by 10.0.0.4 router T vni 5000
  `,
);

scenario(
  "a host that was seen is worth more than a /32 of a router",
  `
  domain green l3vni 5000
  prefix 10.0.0.3 192.0.2.2/32 router S pref 200
  > green 192.0.2.2/32 by 10.0.0.3 router S vni 5000
  remote 10.0.0.2 M/192.0.2.2 label 300 label2 5000 router R rt 65000:5000
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  gone 10.0.0.2 M/192.0.2.2
  > green 192.0.2.2/32 by 10.0.0.3 router S vni 5000
  `,
);

scenario(
  "what is here needs no route: our subnets, our static routes, our stations",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  prefix 10.0.0.2 192.0.2.0/24 router R
  prefix 10.0.0.2 10.9.0.0/16 router R
  > green 10.9.0.0/16 by 10.0.0.2 router R vni 5000
  local green 10.9.0.0/16
  > announce 10.9.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > green 10.9.0.0/16 gone
  no local green 10.9.0.0/16
  > withdraw 10.9.0.0/16 rd 10.0.0.1:5000
  > green 10.9.0.0/16 by 10.0.0.2 router R vni 5000
  network blue vni 100 domain green
  > withdraw 192.0.2.0/24 rd 10.0.0.1:5000
  > withdraw 2001:db8::/64 rd 10.0.0.1:5000
  > green 192.0.2.0/24 by 10.0.0.2 router R vni 5000
  no domain green
  > green 192.0.2.0/24 gone
  > green 10.9.0.0/16 gone
  `,
);

scenario(
  "what no route may be made of is refused with a reason",
  `
  domain green l3vni 5000
  prefix 10.0.0.2 198.51.100.0/24
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: it has no Router's MAC
  prefix 10.0.0.2 198.51.100.0/24 router A
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: its Router's MAC 02:00:00:00:00:41 is that of this host
  prefix 10.0.0.2 198.51.100.0/24 router R label 0
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: it has neither a VNI nor a gateway or ESI
  prefix 10.0.0.2 198.51.100.0/24 router R gw 192.0.2.1 esi 7
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: it has a gateway and an ESI, which contradict one another
  prefix 10.0.0.2 198.51.100.0/24 esi 7
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: it has an ESI, but no Router's MAC of the station there
  prefix 10.0.0.2 239.0.0.0/8 router R
  > event: ignored [5]:[0]:[8]:[239.0.0.0] RD 10.0.0.2:100: 239.0.0.0/8 is not routed
  prefix 10.0.0.2 fe80::/64 router R
  > event: ignored [5]:[0]:[64]:[fe80::] RD 10.0.0.2:100: fe80::/64 is not routed
  prefix fd00::2 198.51.100.0/24 router R rd 10.0.0.9:9
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.9:9: next hop fd00::2 is of another address family than the local VTEP 10.0.0.1
  prefix 10.0.0.1 198.51.100.0/24 router R
  `,
);

scenario(
  "a gateway in a network that is here: by its neighbour, remote or local, for as long as there is one",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  prefix 10.0.0.2 198.51.100.0/24 gw 192.0.2.9
  remote 10.0.0.3 M/192.0.2.9 label2 5000 router S rt 65000:100,65000:5000
  > mac M at 10.0.0.3 seq 0
  > neighbour 192.0.2.9 is M
  > green 192.0.2.9/32 by 10.0.0.3 router S vni 5000
  > green 198.51.100.0/24 by 192.0.2.9 in blue
  gone 10.0.0.3 M/192.0.2.9
  > mac M gone
  > neighbour 192.0.2.9 gone
  > green 192.0.2.9/32 gone
  > green 198.51.100.0/24 gone
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 192.0.2.9 M
  > announce M/192.0.2.9 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  > green 198.51.100.0/24 by 192.0.2.9 in blue
  no neighbour 192.0.2.9
  > withdraw M/192.0.2.9 rd 10.0.0.1:100
  > green 198.51.100.0/24 gone
  prefix 10.0.0.2 10.9.0.0/16 gw 192.0.2.254
  `,
);

scenario(
  "a gateway in a network of others: by its host route, which it follows",
  `
  domain green l3vni 5000
  prefix 10.0.0.2 198.51.100.0/24 gw 192.0.2.9
  remote 10.0.0.3 M/192.0.2.9 label 300 label2 5000 router S rt 65000:5000
  > green 192.0.2.9/32 by 10.0.0.3 router S vni 5000
  > green 198.51.100.0/24 by 10.0.0.3 router S vni 5000
  remote 10.0.0.4 M/192.0.2.9 seq 1 label 300 label2 5000 router T rt 65000:5000
  > green 192.0.2.9/32 by 10.0.0.4 router T vni 5000
  > green 198.51.100.0/24 by 10.0.0.4 router T vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  gone 10.0.0.4 M/192.0.2.9
  > green 192.0.2.9/32 by 10.0.0.3 router S vni 5000
  > green 198.51.100.0/24 by 10.0.0.3 router S vni 5000
  gone 10.0.0.3 M/192.0.2.9
  > green 192.0.2.9/32 gone
  > green 198.51.100.0/24 gone
  prefix 10.0.0.5 192.0.2.9/32 router U
  > green 192.0.2.9/32 by 10.0.0.5 router U vni 5000
  `,
);

scenario(
  "a segment: by the auto-discovery route of a network of the domain, the lowest of several VTEPs",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  prefix 10.0.0.2 198.51.100.0/24 esi 7 router Q
  segment 10.0.0.4 7
  > green 198.51.100.0/24 by 10.0.0.4 router Q vni 100 foreign
  segment 10.0.0.3 7 label 101
  > green 198.51.100.0/24 by 10.0.0.3 router Q vni 101 foreign
  no segment 10.0.0.3 7
  > green 198.51.100.0/24 by 10.0.0.4 router Q vni 100 foreign
  network blue vni 100 gateway 192.0.2.254/24
  > withdraw 192.0.2.0/24 rd 10.0.0.1:5000
  > withdraw 2001:db8::/64 rd 10.0.0.1:5000
  > green 198.51.100.0/24 gone
  network blue vni 100 domain green gateway 192.0.2.254/24
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > green 198.51.100.0/24 by 10.0.0.4 router Q vni 100 foreign
  `,
);

scenario(
  "two hosts with one router MAC: the alarm, and only the lower VTEP is sent to",
  `
  domain green l3vni 5000
  prefix 10.0.0.3 198.51.100.0/24 router R
  > green 198.51.100.0/24 by 10.0.0.3 router R vni 5000
  prefix 10.0.0.3 203.0.113.0/24 router R
  > green 203.0.113.0/24 by 10.0.0.3 router R vni 5000
  prefix 10.0.0.2 203.0.113.0/24 router R
  > green 203.0.113.0/24 by 10.0.0.2 router R vni 5000
  > green 198.51.100.0/24 gone
  > event: 10.0.0.2 and 10.0.0.3 both say that their router MAC in green is R
  prefix 10.0.0.2 10.9.0.0/16 router R
  > green 10.9.0.0/16 by 10.0.0.2 router R vni 5000
  no prefix 10.0.0.2 203.0.113.0/24
  > green 203.0.113.0/24 gone
  no prefix 10.0.0.2 10.9.0.0/16
  > green 10.9.0.0/16 gone
  > green 198.51.100.0/24 by 10.0.0.3 router R vni 5000
  > green 203.0.113.0/24 by 10.0.0.3 router R vni 5000
  `,
);

scenario(
  "one router MAC with two VNIs: the domain's own, because frames for a MAC are sent with one",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  prefix 10.0.0.2 198.51.100.0/24 router R label 6000 rt 65000:6000
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 6000 foreign
  prefix 10.0.0.2 203.0.113.0/24 router R rd 10.0.0.2:7
  > green 203.0.113.0/24 by 10.0.0.2 router R vni 5000
  > green 198.51.100.0/24 gone
  no prefix 10.0.0.2 203.0.113.0/24 rd 10.0.0.2:7
  > green 203.0.113.0/24 gone
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 6000 foreign
  `,
);

scenario(
  "another router MAC, L3VNI or import list of ours: what that means for what is known",
  `
  domain green l3vni 5000
  prefix 10.0.0.2 198.51.100.0/24 router R
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000
  local green 10.9.0.0/16
  > announce 10.9.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  domain green l3vni 5000 router R
  > announce 10.9.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router R
  > green 198.51.100.0/24 gone
  > event: ignored [5]:[0]:[24]:[198.51.100.0] RD 10.0.0.2:100: its Router's MAC 02:00:00:00:00:52 is that of this host
  domain green l3vni 5001 import 65000:5000
  > withdraw 10.9.0.0/16 rd 10.0.0.1:5000
  > announce 10.9.0.0/16 rd 10.0.0.1:5001 vni 5001 rt 65000:5001 via 10.0.0.1 router A
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000 foreign
  domain green l3vni 5001 import 65000:1
  > green 198.51.100.0/24 gone
  `,
);
