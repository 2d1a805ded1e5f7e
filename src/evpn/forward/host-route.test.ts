// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

function scenario(name: string, text: string): void {
  test(name, () => assert.equal(play(text), plain(text)));
}

scenario(
  "symmetric IRB: a MAC/IP route with the domain's label and a router MAC is a host route; without one the neighbour serves",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  remote 10.0.0.2 M/192.0.2.2 label2 5000 router R rt 65000:100,65000:5000
  > mac M at 10.0.0.2 seq 0
  > neighbour 192.0.2.2 is M
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  remote 10.0.0.2 N/2001:db8::2 label2 5000 router R rt 65000:100,65000:5000
  > mac N at 10.0.0.2 seq 0
  > neighbour 2001:db8::2 is N
  > green 2001:db8::2/128 by 10.0.0.2 router R vni 5000
  remote 10.0.0.2 O/192.0.2.9
  > mac O at 10.0.0.2 seq 0
  > neighbour 192.0.2.9 is O
  remote 10.0.0.2 O label2 5000 router R rt 65000:100,65000:5000
  remote 10.0.0.2 P/fe80::9 label2 5000 router R rt 65000:100,65000:5000
  > mac P at 10.0.0.2 seq 0
  > neighbour fe80::9 is P
  gone 10.0.0.2 M/192.0.2.2
  > mac M gone
  > neighbour 192.0.2.2 gone
  > green 192.0.2.2/32 gone
  `,
);

scenario(
  "a host of a network that is not here is routed to, too, and one without a router MAC is not",
  `
  domain green l3vni 5000
  remote 10.0.0.2 M/192.0.2.2 label 300 label2 5000 router R rt 65000:300,65000:5000
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  remote 10.0.0.2 N/192.0.2.3 label 300 label2 5000 rt 65000:300,65000:5000
  > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4e]:[32]:[192.0.2.3] RD 10.0.0.2:100: it has no Router's MAC
  remote 10.0.0.2 O/192.0.2.4 label 300 label2 5000 router A rt 65000:300,65000:5000
  > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4f]:[32]:[192.0.2.4] RD 10.0.0.2:100: its Router's MAC 02:00:00:00:00:41 is that of this host
  remote 10.0.0.1 P/192.0.2.5 label 300 label2 5000 router A rt 65000:300,65000:5000
  `,
);

scenario(
  "a host that comes here takes its route away in the same step, and one that leaves brings it",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  remote 10.0.0.2 M/192.0.2.2 seq 1 label2 5000 router R rt 65000:100,65000:5000
  > mac M at 10.0.0.2 seq 1
  > neighbour 192.0.2.2 is M
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
  > mac M gone
  > event: M moved from 10.0.0.2 to p1 seq 2
  neighbour 192.0.2.2 M
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A seq 2
  > neighbour 192.0.2.2 gone
  > green 192.0.2.2/32 gone
  remote 10.0.0.3 M/192.0.2.2 seq 3 label2 5000 router S rt 65000:100,65000:5000
  > withdraw M rd 10.0.0.1:100
  > withdraw M/192.0.2.2 rd 10.0.0.1:100
  > mac M at 10.0.0.3 seq 3
  > forget local M
  > neighbour 192.0.2.2 is M
  > green 192.0.2.2/32 by 10.0.0.3 router S vni 5000
  > event: M moved from p1 to 10.0.0.3 seq 3
  gone 10.0.0.2 M/192.0.2.2
  gone 10.0.0.3 M/192.0.2.2
  > mac M gone
  > neighbour 192.0.2.2 gone
  > green 192.0.2.2/32 gone
  `,
);

scenario(
  "a host that moves between others: the higher sequence, and both while it is the same",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  remote 10.0.0.2 M/192.0.2.2 label2 5000 router R rt 65000:100,65000:5000
  > mac M at 10.0.0.2 seq 0
  > neighbour 192.0.2.2 is M
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  remote 10.0.0.3 M/192.0.2.2 seq 1 label2 5000 router S rt 65000:100,65000:5000
  > mac M at 10.0.0.3 seq 1
  > green 192.0.2.2/32 by 10.0.0.3 router S vni 5000
  > event: M moved from 10.0.0.2 to 10.0.0.3 seq 1
  remote 10.0.0.2 M/192.0.2.2 seq 1 label2 5000 router R rt 65000:100,65000:5000
  > mac M at 10.0.0.2 seq 1
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000 and 10.0.0.3 router S vni 5000
  > event: M moved from 10.0.0.3 to 10.0.0.2 seq 1
  remote 10.0.0.3 N/192.0.2.2 seq 1 rd 10.0.0.3:7 label2 5000 router S rt 65000:100,65000:5000
  > mac N at 10.0.0.3 seq 1
  > neighbour 192.0.2.2 is N
  > green 192.0.2.2/32 by 10.0.0.3 router S vni 5000
  `,
);

scenario(
  "our gateways are never elsewhere",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  remote 10.0.0.2 M/192.0.2.254 gateway label2 5000 router R rt 65000:100,65000:5000
  remote 10.0.0.2 N/192.0.2.254 label2 5000 router R rt 65000:100,65000:5000
  > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4e]:[32]:[192.0.2.254] RD 10.0.0.2:100: 192.0.2.254 is our gateway's
  no network blue
  > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
  > withdraw 192.0.2.0/24 rd 10.0.0.1:5000
  > withdraw 2001:db8::/64 rd 10.0.0.1:5000
  > green 192.0.2.254/32 by 10.0.0.2 router R vni 5000
  network blue vni 100 domain green
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > mac M at 10.0.0.2 seq 0
  > mac N at 10.0.0.2 seq 0
  > neighbour 192.0.2.254 is N
  `,
);

scenario(
  "a domain's own label, and that of another that it imports",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain red l3vni 6000
  remote 10.0.0.2 M/192.0.2.2 label 300 label2 6000 router R rt 65000:6000
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 6000 foreign
  > red 192.0.2.2/32 by 10.0.0.2 router R vni 6000
  `,
);

scenario(
  "a station with that address on a segment that is not routed is not the domain's host; it is when the subnet gets a gateway here",
  `
  domain green l3vni 5000
  network blue vni 100 domain green
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 192.0.2.2 M
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  remote 10.0.0.2 N/192.0.2.2 rt 65000:5000 label 200 label2 5000 router R
  > green 192.0.2.2/32 by 10.0.0.2 router R vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > green 192.0.2.2/32 gone
  `,
);
