// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

function scenario(name: string, text: string): void {
  test(name, () => assert.equal(play(text), plain(text)));
}

scenario(
  "a station of a subnet of the domain gets a second label, route target and our router MAC; the MAC alone does not",
  `
  domain green l3vni 5000
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  > announce 2001:db8::/64 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 192.0.2.2 M
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  neighbour 2001:db8::2 M
  > announce M/2001:db8::2 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  neighbour 198.51.100.2 M
  > announce M/198.51.100.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour fe80::2 M
  > announce M/fe80::2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `,
);

scenario(
  "the routes follow the domain and the subnets",
  `
  network blue vni 100 domain green
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  local green 10.9.0.0/16
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 192.0.2.2 M
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  domain green l3vni 5000
  > announce 10.9.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  network blue vni 100 domain green gateway 192.0.2.254/24
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100,5000 rt 65000:100,65000:5000 via 10.0.0.1 router A
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  domain green l3vni 5000 export 65000:7
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100,5000 rt 65000:7,65000:100 via 10.0.0.1 router A
  > announce 10.9.0.0/16 rd 10.0.0.1:5000 vni 5000 rt 65000:7 via 10.0.0.1 router A
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:7 via 10.0.0.1 router A
  domain green l3vni 5000 export 65000:7 rd 10.0.0.1:8
  > withdraw 10.9.0.0/16 rd 10.0.0.1:5000
  > withdraw 192.0.2.0/24 rd 10.0.0.1:5000
  > announce 10.9.0.0/16 rd 10.0.0.1:8 vni 5000 rt 65000:7 via 10.0.0.1 router A
  > announce 192.0.2.0/24 rd 10.0.0.1:8 vni 5000 rt 65000:7 via 10.0.0.1 router A
  no domain green
  > withdraw 192.0.2.0/24 rd 10.0.0.1:8
  > withdraw 10.9.0.0/16 rd 10.0.0.1:8
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `,
);

scenario(
  "a network of a domain without an L3VNI says nothing of routing",
  `
  network blue vni 100 domain green gateway 192.0.2.254/24 gateway 2001:db8::fe/64
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  learn M p1
  > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  neighbour 192.0.2.2 M
  > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  prefix 10.0.0.2 198.51.100.0/24 router R
  `,
);

scenario(
  "two domains with the same addresses",
  `
  domain green l3vni 5000
  domain red l3vni 6000
  network blue vni 100 domain green gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:5000 vni 5000 rt 65000:5000 via 10.0.0.1 router A
  network pink vni 200 domain red gateway 192.0.2.254/24
  > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
  > announce 192.0.2.0/24 rd 10.0.0.1:6000 vni 6000 rt 65000:6000 via 10.0.0.1 router A
  prefix 10.0.0.2 198.51.100.0/24 router R
  > green 198.51.100.0/24 by 10.0.0.2 router R vni 5000
  prefix 10.0.0.3 198.51.100.0/24 router S rt 65000:6000 label 6000
  > red 198.51.100.0/24 by 10.0.0.3 router S vni 6000
  `,
);
