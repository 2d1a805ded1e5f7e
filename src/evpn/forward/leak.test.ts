// SPDX-License-Identifier: Apache-2.0
/** Domains of one host that import routes of each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

function scenario(name: string, text: string): void {
  test(name, () => assert.equal(play(text), plain(text)));
}

scenario(
  "a domain takes what another one of this host announces, IPv4 and IPv6, and the other nothing of it: lists have one direction",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B
  network sea vni 200 domain black gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > announce 2001:db8::/64 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 192.0.2.0/24 by domain black
  > green 2001:db8::/64 by domain black
  network blue vni 100 domain green gateway 198.51.100.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 198.51.100.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  learn sea M p1
  > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  neighbour sea 192.0.2.1 M
  > announce M/192.0.2.1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6000 via 10.0.0.1 router B
  > green 192.0.2.1/32 by domain black
  neighbour sea 2001:db8::1 M
  > announce M/2001:db8::1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6000 via 10.0.0.1 router B
  > green 2001:db8::1/128 by domain black
  learn N p2
  > announce N rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 198.51.100.1 N
  > announce N/198.51.100.1 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  local black 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 10.8.0.0/16 by domain black
  no neighbour sea 192.0.2.1
  > withdraw M/192.0.2.1 rd 10.0.0.1:200
  > green 192.0.2.1/32 gone
  no local black 10.8.0.0/16
  > withdraw 10.8.0.0/16 rd 10.0.0.1:6000
  > green 10.8.0.0/16 gone
  `,
);

scenario(
  "by default there is nothing between domains, whatever they have; and an import list that changes is followed at once",
  `
  domain green l3vni 5000
  domain black l3vni 6000 router B
  local black 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  domain green l3vni 5000 import 65000:5000,*:6000
  > green 10.8.0.0/16 by domain black
  domain green l3vni 5000
  > green 10.8.0.0/16 gone
  domain green l3vni 5000 import 65000:5000,65000:6000
  > green 10.8.0.0/16 by domain black
  no domain black
  > withdraw 10.8.0.0/16 rd 10.0.0.1:6000
  > green 10.8.0.0/16 gone
  domain black l3vni 6000 router B
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 10.8.0.0/16 by domain black
  domain black l3vni 6000 router B export 65000:6001
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6001 via 10.0.0.1 router B
  > green 10.8.0.0/16 gone
  network sea vni 200 domain black gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:6000 vni 6000 rt 65000:6001 via 10.0.0.1 router B
  learn sea M p1
  > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  neighbour sea 192.0.2.1 M
  > announce M/192.0.2.1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6001 via 10.0.0.1 router B
  domain green l3vni 5000 import 65000:5000,65000:200
  > green 192.0.2.1/32 by domain black
  `,
);

scenario(
  "a station that moves between hosts: its route leads here or there from one step to the next",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B
  network sea vni 200 domain black gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 192.0.2.0/24 by domain black
  learn sea M p1
  > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  neighbour sea 192.0.2.1 M
  > announce M/192.0.2.1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6000 via 10.0.0.1 router B
  > green 192.0.2.1/32 by domain black
  remote 10.0.0.2 M/192.0.2.1 label 200 label2 6000 router R rt 65000:200,65000:6000 seq 1
  > withdraw M rd 10.0.0.1:200
  > withdraw M/192.0.2.1 rd 10.0.0.1:200
  > sea mac M at 10.0.0.2 vni 200 seq 1
  > sea forget local M
  > sea neighbour 192.0.2.1 is M
  > green 192.0.2.1/32 by 10.0.0.2 router R vni 6000 foreign
  > black 192.0.2.1/32 by 10.0.0.2 router R vni 6000
  > event: M moved from p1 to 10.0.0.2 seq 1
  learn sea M p1
  > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1 seq 2
  > announce M/192.0.2.1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6000 via 10.0.0.1 router B seq 2
  > sea mac M gone
  > sea neighbour 192.0.2.1 gone
  > black 192.0.2.1/32 gone
  > green 192.0.2.1/32 by domain black
  > event: M moved from 10.0.0.2 to p1 seq 2
  gone 10.0.0.2 M/192.0.2.1
  `,
);

scenario(
  "what a domain has itself is taken from no other, what is here not from elsewhere",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B
  local black 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 10.8.0.0/16 by domain black
  prefix 10.0.0.2 10.8.0.0/16 label 6000 router R rt 65000:6000 pref 900
  prefix 10.0.0.3 10.8.0.0/16 label 5000 router S rt 65000:5000 pref 50
  > green 10.8.0.0/16 by 10.0.0.3 router S vni 5000
  local green 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > green 10.8.0.0/16 gone
  no local green 10.8.0.0/16
  > withdraw 10.8.0.0/16 rd 10.0.0.1:5000
  > green 10.8.0.0/16 by 10.0.0.3 router S vni 5000
  no prefix 10.0.0.3 10.8.0.0/16
  > green 10.8.0.0/16 by domain black
  no local black 10.8.0.0/16
  > withdraw 10.8.0.0/16 rd 10.0.0.1:6000
  > black 10.8.0.0/16 by 10.0.0.2 router R vni 6000
  > green 10.8.0.0/16 by 10.0.0.2 router R vni 6000 foreign
  remote 10.0.0.2 M/10.8.0.1 label 200 label2 6000 router R rt 65000:6000
  > green 10.8.0.1/32 by 10.0.0.2 router R vni 6000 foreign
  > black 10.8.0.1/32 by 10.0.0.2 router R vni 6000
  local black 10.8.0.1/32
  > announce 10.8.0.1/32 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > black 10.8.0.1/32 gone
  > green 10.8.0.1/32 by domain black
  `,
);

scenario(
  "what was taken from one domain is not passed on to a third, and of two with the same prefix the first by name is used",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B import 65000:6000,65000:7000
  domain white l3vni 7000 router C
  local white 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:7000 vni 7000 rt 65000:7000 via 10.0.0.1 router C
  > black 10.8.0.0/16 by domain white
  prefix 10.0.0.2 10.9.0.0/16 label 7000 router R rt 65000:7000
  > black 10.9.0.0/16 by 10.0.0.2 router R vni 7000 foreign
  > white 10.9.0.0/16 by 10.0.0.2 router R vni 7000
  domain green l3vni 5000 import 65000:5000,65000:6000,65000:7000
  > green 10.9.0.0/16 by 10.0.0.2 router R vni 7000 foreign
  > green 10.8.0.0/16 by domain white
  local black 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > black 10.8.0.0/16 gone
  > green 10.8.0.0/16 by domain black
  no local black 10.8.0.0/16
  > withdraw 10.8.0.0/16 rd 10.0.0.1:6000
  > black 10.8.0.0/16 by domain white
  > green 10.8.0.0/16 by domain white
  `,
);

scenario(
  "a prefix behind a station of another domain leads where the station is",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B
  network sea vni 200 domain black gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 192.0.2.0/24 by domain black
  prefix 10.0.0.3 10.8.0.0/16 gw 192.0.2.1 rt 65000:6000
  learn sea M p1
  > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  neighbour sea 192.0.2.1 M
  > announce M/192.0.2.1 rd 10.0.0.1:200 vni 200,6000 rt 65000:200,65000:6000 via 10.0.0.1 router B
  > black 10.8.0.0/16 by 192.0.2.1 in sea
  > green 192.0.2.1/32 by domain black
  > green 10.8.0.0/16 by domain black
  remote 10.0.0.2 M/192.0.2.1 label 200 label2 6000 router R rt 65000:200,65000:6000 seq 1
  > withdraw M rd 10.0.0.1:200
  > withdraw M/192.0.2.1 rd 10.0.0.1:200
  > sea mac M at 10.0.0.2 vni 200 seq 1
  > sea forget local M
  > sea neighbour 192.0.2.1 is M
  > green 192.0.2.1/32 by 10.0.0.2 router R vni 6000 foreign
  > green 10.8.0.0/16 by 10.0.0.2 router R vni 6000 foreign
  > black 192.0.2.1/32 by 10.0.0.2 router R vni 6000
  > event: M moved from p1 to 10.0.0.2 seq 1
  `,
);

scenario(
  "a route of ours that a reflector sends back says nothing",
  `
  domain green l3vni 5000 import 65000:5000,65000:6000
  domain black l3vni 6000 router B
  local black 10.8.0.0/16
  > announce 10.8.0.0/16 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router B
  > green 10.8.0.0/16 by domain black
  prefix 10.0.0.1 10.8.0.0/16 label 6000 router B rt 65000:6000 rd 10.0.0.1:6000
  no prefix 10.0.0.1 10.8.0.0/16 rd 10.0.0.1:6000
  no local black 10.8.0.0/16
  > withdraw 10.8.0.0/16 rd 10.0.0.1:6000
  > green 10.8.0.0/16 gone
  `,
);
