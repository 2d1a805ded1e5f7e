// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

test("of several MACs for an address the higher sequence counts, then the newest", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M/192.0.2.1
      > mac M at 10.0.0.2 seq 0
      > neighbour 192.0.2.1 is M
    remote 10.0.0.3 N/192.0.2.1
      > mac N at 10.0.0.3 seq 0
      > neighbour 192.0.2.1 is N
    remote 10.0.0.2 M/192.0.2.1 seq 3
      > mac M at 10.0.0.2 seq 3
      > neighbour 192.0.2.1 is M
    gone 10.0.0.2 M/192.0.2.1
      > mac M gone
      > neighbour 192.0.2.1 is N
    gone 10.0.0.3 N/192.0.2.1
      > mac N gone
      > neighbour 192.0.2.1 gone
  `;
  assert.equal(play(script), plain(script));
});

test("an address that changes its MAC locally leaves the old one", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn N p2
      > announce N rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 N
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > announce N/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("an address taken from a remote MAC raises the sequence of ours", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M/192.0.2.1 seq 4
      > mac M at 10.0.0.2 seq 4
      > neighbour 192.0.2.1 is M
    learn N p1
      > announce N rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 N
      > announce N rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 5
      > announce N/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 5
      > neighbour 192.0.2.1 gone
    gone 10.0.0.2 M/192.0.2.1
      > mac M gone
  `;
  assert.equal(play(script), plain(script));
});

test("a learned address that lost is over, a declared one waits", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.2 M declared
      > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 N/192.0.2.1 seq 2
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N at 10.0.0.2 seq 2
      > neighbour 192.0.2.1 is N
    remote 10.0.0.2 N/192.0.2.2 seq 2
      > withdraw M/192.0.2.2 rd 10.0.0.1:100
      > neighbour 192.0.2.2 is N
    gone 10.0.0.2 N/192.0.2.1
      > neighbour 192.0.2.1 gone
    gone 10.0.0.2 N/192.0.2.2
      > announce M/192.0.2.2 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > mac N gone
      > neighbour 192.0.2.2 gone
  `;
  assert.equal(play(script), plain(script));
});

test("seen again here, it is claimed again", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 N/192.0.2.1 seq 2
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N at 10.0.0.2 seq 2
      > neighbour 192.0.2.1 is N
    neighbour 192.0.2.1 M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 3
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 3
      > neighbour 192.0.2.1 gone
  `;
  assert.equal(play(script), plain(script));
});

test("equal claims: ours stays", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 N/192.0.2.1
      > mac N at 10.0.0.2 seq 0
  `;
  assert.equal(play(script), plain(script));
});

test("a MAC that moves takes its addresses along", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M/192.0.2.1 seq 1
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 1
      > forget local M
      > neighbour 192.0.2.1 is M
      > event: M moved from p1 to 10.0.0.2 seq 1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > mac M gone
      > neighbour 192.0.2.1 gone
      > event: M moved from 10.0.0.2 to p1 seq 2
  `;
  assert.equal(play(script), plain(script));
});
