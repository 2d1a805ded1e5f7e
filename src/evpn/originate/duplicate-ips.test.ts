// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

const three = { moves: 3, recoverMs: 60_000 };

/** M is here with an IP, N elsewhere claims it and loses it again; one move is left. */
const contested = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 N
      > mac N at 10.0.0.2 seq 0
    neighbour 192.0.2.1 M
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 N/192.0.2.1 seq 1
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N at 10.0.0.2 seq 1
      > neighbour 192.0.2.1 is N
    neighbour 192.0.2.1 M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 2
      > neighbour 192.0.2.1 gone`;

test("the last move does not happen: taken elsewhere while it is here, and free again after the time", () => {
  const script = `${contested}
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > mac N at 10.0.0.2 seq 3
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
    remote 10.0.0.3 L/192.0.2.1 seq 9
      > mac L at 10.0.0.3 seq 9
    after 59
    tick
    after 1
    tick
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > neighbour 192.0.2.1 is L
      > event: 192.0.2.1 cleared by timer
  `;
  assert.equal(play(script, three), plain(script));
});

test("the last move does not happen: claimed here while it is elsewhere; what was said meanwhile counts when an operator clears it", () => {
  const script = `${contested}
    after 181
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N at 10.0.0.2 seq 3
      > neighbour 192.0.2.1 is N
    neighbour 192.0.2.1 M
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > neighbour 192.0.2.1 gone
    learn L p2
      > announce L rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 L
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
    neighbour 192.0.2.1 L
    clear 192.0.2.1
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > announce L rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > announce L/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > event: 192.0.2.1 cleared by operator
    clear 192.0.2.1
  `;
  assert.equal(play(script, three), plain(script));
});

test("in quarantine the IP goes when its MAC goes, moves where its MAC moves, and nobody else gets it", () => {
  const script = `${contested}
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > mac N at 10.0.0.2 seq 3
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
    remote 10.0.0.3 M/192.0.2.1 seq 5
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac M at 10.0.0.3 seq 5
      > forget local M
      > neighbour 192.0.2.1 is M
      > event: M moved from p1 to 10.0.0.3 seq 5
    gone 10.0.0.3 M/192.0.2.1
      > mac M gone
      > neighbour 192.0.2.1 gone
    learn L p2
      > announce L rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    neighbour 192.0.2.1 L
    no neighbour 192.0.2.1
    clear 192.0.2.1
      > neighbour 192.0.2.1 is N
      > event: 192.0.2.1 cleared by operator
  `;
  assert.equal(play(script, { ...three, recoverMs: undefined }), plain(script));
});

test("an IP whose holder has gone is free for the other soon, also where quarantines end by command only", () => {
  const script = `${contested}
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > mac N at 10.0.0.2 seq 3
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
    after 3600
    tick
    down M
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
    after 9
    tick
    after 1
    tick
      > neighbour 192.0.2.1 is N
      > event: 192.0.2.1 cleared by timer
  `;
  assert.equal(play(script, { ...three, recoverMs: undefined }), plain(script));
});

test("one after another is no duplicate: the MAC that had the IP is gone before the next has it", () => {
  const lines = ["network blue vni 100"];
  for (const letter of "ABCDEFGH") lines.push(`learn ${letter} p1`, `neighbour 192.0.2.1 ${letter}`, `down ${letter}`);
  assert.doesNotMatch(play(lines.join("\n"), three), /duplicate/);
});

test("an IP that follows its MAC, a sticky claim, slow moves and a policy that is off are no duplicates either", () => {
  const follows = ["network blue vni 100", "learn M p1", "neighbour 192.0.2.1 M"];
  for (let i = 1; i < 4; i++)
    follows.push(`remote 10.0.0.2 M/192.0.2.1 seq ${2 * i - 1}`, "after 100", "learn M p1", "neighbour 192.0.2.1 M");
  assert.doesNotMatch(play(follows.join("\n"), three), /192.0.2.1 is a duplicate/);
  const sticky = ["network blue vni 100", "learn M p1 sticky", "neighbour 192.0.2.1 M"];
  for (let i = 1; i < 9; i++) sticky.push(`remote 10.0.0.2 N/192.0.2.1 seq ${i}`, "neighbour 192.0.2.1 M");
  assert.doesNotMatch(play(sticky.join("\n"), three), /192.0.2.1 is a duplicate/);
  const back = "remote 10.0.0.2 N/192.0.2.1 seq 3";
  assert.doesNotMatch(play(`${contested}\nafter 180\n${back}`, three), /192.0.2.1 is a duplicate/);
  assert.doesNotMatch(play(`${contested}\n${back}`, { ...three, action: "off" }), /192.0.2.1 is a duplicate/);
});

test("warn only: the event, and the IP goes on", () => {
  const script = `${contested}
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N at 10.0.0.2 seq 3
      > neighbour 192.0.2.1 is N
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
  `;
  assert.equal(play(script, { ...three, action: "warn" }), plain(script));
});

test("a network that goes takes its quarantine along", () => {
  const script = `${contested}
    remote 10.0.0.2 N/192.0.2.1 seq 3
      > mac N at 10.0.0.2 seq 3
      > event: 192.0.2.1 is a duplicate, 3 moves in 0 s, stays with M
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
      > mac N gone
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1 seq 4
      > mac N at 10.0.0.2 seq 3
  `;
  assert.equal(play(script, three), plain(script));
});
