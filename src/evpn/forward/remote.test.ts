// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

test("remote MACs, neighbours of both families and the flood list follow the routes", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    multicast 10.0.0.2
      > flood to 10.0.0.2
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    remote 10.0.0.2 M/192.0.2.1
      > neighbour 192.0.2.1 is M
    remote 10.0.0.2 M/2001:db8::1
      > neighbour 2001:db8::1 is M
    remote 10.0.0.2 M
    gone 10.0.0.2 M
    gone 10.0.0.2 M/192.0.2.1
      > neighbour 192.0.2.1 gone
    gone 10.0.0.2 M/2001:db8::1
      > mac M gone
      > neighbour 2001:db8::1 gone
    gone 10.0.0.2 M/2001:db8::1
    no multicast 10.0.0.2
      > flood no more to 10.0.0.2
  `;
  assert.equal(play(script), plain(script));
});

test("of several routes for a MAC: sticky, then the higher sequence, then the numerically lower VTEP", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.10 M
      > mac M at 10.0.0.10 seq 0
    remote 10.0.0.9 M
      > mac M at 10.0.0.9 seq 0
      > event: M moved from 10.0.0.10 to 10.0.0.9 seq 0
    remote 10.0.0.3 M seq 1
      > mac M at 10.0.0.3 seq 1
      > event: M moved from 10.0.0.9 to 10.0.0.3 seq 1
    remote 10.0.0.9 M seq 1
    remote 10.0.0.10 M sticky
      > mac M at 10.0.0.10 seq 0 sticky
      > event: M moved from 10.0.0.3 to 10.0.0.10 seq 0
    gone 10.0.0.10 M
      > mac M at 10.0.0.3 seq 1
      > event: M moved from 10.0.0.10 to 10.0.0.3 seq 1
    gone 10.0.0.3 M
      > mac M at 10.0.0.9 seq 1
      > event: M moved from 10.0.0.3 to 10.0.0.9 seq 1
    gone 10.0.0.9 M
      > mac M gone
  `;
  assert.equal(play(script), plain(script));
});

test("one MAC under several RDs of one VTEP is one entry", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M rd 10.0.0.2:1
      > mac M at 10.0.0.2 seq 0
    remote 10.0.0.2 M rd 10.0.0.2:2
    gone 10.0.0.2 M rd 10.0.0.2:1
    gone 10.0.0.2 M rd 10.0.0.2:2
      > mac M gone
  `;
  assert.equal(play(script), plain(script));
});

test("the label is the VNI towards the VTEP; none means the network's own", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M label 777
      > mac M at 10.0.0.2 vni 777 seq 0
    remote 10.0.0.2 N label 0
      > mac N at 10.0.0.2 seq 0
    multicast 10.0.0.2 label 777
      > flood to 10.0.0.2 vni 777
    multicast 10.0.0.3 label 0
      > flood to 10.0.0.3
    multicast 10.0.0.2
      > flood to 10.0.0.2
  `;
  assert.equal(play(script), plain(script));
});

test("encapsulation: VXLAN among the offers, or no offer at all", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M tunnel none
      > mac M at 10.0.0.2 seq 0
    remote 10.0.0.2 N tunnel 10,8
      > mac N at 10.0.0.2 seq 0
    remote 10.0.0.2 O tunnel 10
      > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4f] RD 10.0.0.2:100: encapsulation mpls is not VXLAN
    remote 10.0.0.2 O tunnel 10
    remote 10.0.0.2 O
      > mac O at 10.0.0.2 seq 0
    remote 10.0.0.2 O tunnel 10
      > mac O gone
      > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4f] RD 10.0.0.2:100: encapsulation mpls is not VXLAN
  `;
  assert.equal(play(script), plain(script));
});

test("next hops: our own says nothing, another address family is refused", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.1 M
    multicast 10.0.0.1
    multicast 10.0.0.8 endpoint 10.0.0.1
    remote 2001:db8::2 N
      > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4e] RD 10.9.9.9:100: next hop 2001:db8::2 is of another address family than the local VTEP 10.0.0.1
    multicast 2001:db8::2
      > event: ignored [3]:[0]:[128]:[2001:db8::2] RD 10.9.9.9:100: next hop 2001:db8::2 is of another address family than the local VTEP 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("an IPv6 underlay takes IPv6 next hops and no others", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network blue vni 100 vtep 2001:db8::1
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > announce multicast 2001:db8::1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 2001:db8::1
    remote 2001:db8::2 M
      > mac M at 2001:db8::2 seq 0
    remote 10.0.0.2 N
      > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4e] RD 10.0.0.2:100: next hop 10.0.0.2 is of another address family than the local VTEP 2001:db8::1
    multicast 2001:db8::2
      > flood to 2001:db8::2
  `;
  assert.equal(play(script), plain(script));
});

test("PMSI: its endpoint, without one the next hop, and no other tunnel type", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    multicast 10.0.0.2 endpoint 10.0.0.6
      > flood to 10.0.0.6
    multicast 10.0.0.3 pmsi none
      > flood to 10.0.0.3
    multicast 10.0.0.4 endpoint 0.0.0.0
      > flood to 10.0.0.4
    multicast 10.0.0.5 pmsi 3
      > event: ignored [3]:[0]:[32]:[10.0.0.5] RD 10.0.0.5:100: PMSI tunnel pim-ssm is not ingress replication
    no multicast 10.0.0.2
      > flood no more to 10.0.0.6
  `;
  assert.equal(play(script), plain(script));
});

test("what no kernel entry may be made of is refused", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M/224.0.0.1
      > event: ignored [2]:[0]:[48]:[02:00:00:00:00:4d]:[32]:[224.0.0.1] RD 10.0.0.2:100: 224.0.0.1 is no station's address
    remote 10.0.0.2 M tag 5
      > event: ignored [2]:[5]:[48]:[02:00:00:00:00:4d] RD 10.0.0.2:100: Ethernet tag 5 is neither 0 nor VNI 100
    remote 10.0.0.2 N tag 100
      > mac N at 10.0.0.2 seq 0
  `;
  assert.equal(play(script), plain(script));
});
