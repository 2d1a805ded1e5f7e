// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

test("a local MAC is announced once, with its addresses beside it", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
    learn M p2
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 2001:db8::1 M
      > announce M/2001:db8::1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    no neighbour 192.0.2.1
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
    down M
      > withdraw M rd 10.0.0.1:100
      > withdraw M/2001:db8::1 rd 10.0.0.1:100
    down M
  `;
  assert.equal(play(script), plain(script));
});

test("an address may be known before its MAC", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("learning what is elsewhere raises the sequence number", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M/192.0.2.1 seq 6
      > mac M at 10.0.0.2 seq 6
      > neighbour 192.0.2.1 is M
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 7
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 7
    gone 10.0.0.2 M/192.0.2.1
      > neighbour 192.0.2.1 gone
  `;
  assert.equal(play(script), plain(script));
});

test("a higher sequence elsewhere takes a learned MAC away for good", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 1
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 1
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 1
    gone 10.0.0.2 M
      > mac M gone
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("a lower one elsewhere changes nothing until ours goes", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 1
    remote 10.0.0.3 M
    down M
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 0
      > event: M moved from local to 10.0.0.2 seq 0
  `;
  assert.equal(play(script), plain(script));
});

test("equal ones: the lower VTEP keeps it", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
    remote 10.0.0.0 M
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.0 seq 0
      > forget local M
      > event: M moved from p1 to 10.0.0.0 seq 0
  `;
  assert.equal(play(script), plain(script));
});

test("a declared port claims at attach, waits when it lost, and comes back", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    declare M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 1
    neighbour 192.0.2.1 M declared
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
    remote 10.0.0.2 M seq 2
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 2
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 2
    gone 10.0.0.2 M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > keep local M
      > event: M moved from 10.0.0.2 to p1 seq 1
  `;
  assert.equal(play(script), plain(script));
});

test("traffic on a declared port that lost claims again", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    declare M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 1
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 1
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > mac M gone
      > keep local M
      > event: M moved from 10.0.0.2 to p1 seq 2
    remote 10.0.0.2 M seq 3
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 3
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 3
    declare M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac M gone
      > keep local M
      > event: M moved from 10.0.0.2 to p1 seq 4
    remote 10.0.0.2 M seq 5
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 5
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 5
    gone 10.0.0.2 M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac M gone
      > keep local M
      > event: M moved from 10.0.0.2 to p1 seq 4
  `;
  assert.equal(play(script, { moves: 9 }), plain(script));
});

test("a local sticky MAC does not move", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    declare M p1 sticky
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 sticky
    remote 10.0.0.2 M seq 9
      > keep local M
      > event: sticky conflict for M with 10.0.0.2
    remote 10.0.0.2 M seq 10
    remote 10.0.0.2 M sticky
    gone 10.0.0.2 M
    down M
      > withdraw M rd 10.0.0.1:100
  `;
  assert.equal(play(script), plain(script));
});

test("a remote sticky MAC does not either", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M sticky
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 0 sticky
      > forget local M
      > event: sticky conflict for M with 10.0.0.2
      > event: M moved from p1 to 10.0.0.2 seq 0
    learn M p1
      > forget local M
    gone 10.0.0.2 M
      > mac M gone
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("the highest sequence number does not wrap", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 4294967295
      > mac M at 10.0.0.2 seq 4294967295
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4294967295
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 4294967295
    remote 10.0.0.0 M seq 4294967295
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.0 seq 4294967295
      > forget local M
      > event: M moved from p1 to 10.0.0.0 seq 4294967295
  `;
  assert.equal(play(script), plain(script));
});

test("a local MAC that is no station's is refused", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn 0 p1
      > event: ignored 00:00:00:00:00:00: a local MAC that is no station's
  `;
  assert.equal(play(script), plain(script));
});
