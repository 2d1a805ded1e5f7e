// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

test("the fifth move does not happen: learned here while it is elsewhere", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 1
    remote 10.0.0.2 M seq 2
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 2
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 2
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 3
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 3
    after 10
    remote 10.0.0.2 M seq 4
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 4
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 4
    learn M p1
      > forget local M
      > event: M is a duplicate, 5 moves in 10 s
    learn M p1
    remote 10.0.0.3 M seq 8
    gone 10.0.0.2 M
      > mac M gone
    clear M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 9
      > event: M cleared by operator
    clear M
  `;
  assert.equal(play(script), plain(script));
});

test("the fifth move does not happen: taken elsewhere while it is here", () => {
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
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 2
    remote 10.0.0.2 M seq 3
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 3
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 3
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 4
    remote 10.0.0.2 M seq 5
      > keep local M
      > event: M is a duplicate, 5 moves in 0 s
    neighbour 192.0.2.2 M
    learn M p2
    after 1799
    tick
    after 1
    tick
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 5
      > forget local M
      > event: M cleared by timer
      > event: M moved from p2 to 10.0.0.2 seq 5
  `;
  assert.equal(play(script), plain(script));
});

test("what is frozen here goes when it goes, and nothing comes instead", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 1
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 1
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 2
    remote 10.0.0.2 M seq 3
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 3
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 3
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 4
    remote 10.0.0.2 M seq 5
      > keep local M
      > event: M is a duplicate, 5 moves in 0 s
    down M
      > withdraw M rd 10.0.0.1:100
    learn M p1
    gone 10.0.0.2 M
    clear M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > event: M cleared by operator
  `;
  assert.equal(play(script), plain(script));
});

test("a MAC whose holder has gone is free for the other soon, also where quarantines end by command only", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 1
      > keep local M
      > event: M is a duplicate, 1 moves in 0 s
    down M
      > withdraw M rd 10.0.0.1:100
    after 9
    tick
    after 1
    tick
      > mac M at 10.0.0.2 seq 1
      > event: M cleared by timer
  `;
  assert.equal(play(script, { moves: 1, recoverMs: undefined }), plain(script));
});

test("slow moves are no duplicate", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M seq 1
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 1
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 2
    after 181
    remote 10.0.0.2 M seq 3
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 3
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 3
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 4
    remote 10.0.0.2 M seq 5
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 5
      > forget local M
      > event: M moved from p1 to 10.0.0.2 seq 5
  `;
  assert.equal(play(script), plain(script));
});

test("a network that goes takes its quarantine along", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 1
    remote 10.0.0.2 M seq 2
      > keep local M
      > event: M is a duplicate, 2 moves in 0 s
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > withdraw M rd 10.0.0.1:100
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 3
  `;
  assert.equal(play(script, { moves: 2 }), plain(script));
});

test("warn only: the event, and moves go on", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 1
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 1
    remote 10.0.0.2 M seq 2
      > withdraw M rd 10.0.0.1:100
      > mac M at 10.0.0.2 seq 2
      > forget local M
      > event: M is a duplicate, 2 moves in 0 s
      > event: M moved from p1 to 10.0.0.2 seq 2
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 3
      > mac M gone
      > event: M moved from 10.0.0.2 to p1 seq 3
  `;
  assert.equal(play(script, { action: "warn", moves: 2 }), plain(script));
});
