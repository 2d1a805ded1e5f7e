// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, play } from "../testing/script.ts";

test("routes wait for the network that wants them", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
    remote 10.0.0.2 M
    multicast 10.0.0.2
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > flood to 10.0.0.2
      > mac M at 10.0.0.2 seq 0
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > flood no more to 10.0.0.2
      > mac M gone
  `;
  assert.equal(play(script), plain(script));
});

test("so do local facts, also when the network comes back", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
    learn M p1
    neighbour 192.0.2.1 M
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
      > announce M/192.0.2.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    down M
      > withdraw M rd 10.0.0.1:100
      > withdraw M/192.0.2.1 rd 10.0.0.1:100
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("the import list decides, and a wildcard matches any administrator", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M rt 65001:100
    remote 10.0.0.2 N
      > mac N at 10.0.0.2 seq 0
    network blue vni 100 import 65001:100
      > mac N gone
      > mac M at 10.0.0.2 seq 0
    network blue vni 100 import *:100
      > mac N at 10.0.0.2 seq 0
    network blue vni 100 import *:200
      > mac M gone
      > mac N gone
    network blue vni 100
      > mac N at 10.0.0.2 seq 0
  `;
  assert.equal(play(script), plain(script));
});

test("one route into two networks", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network red vni 200 import 65000:100,65000:200
      > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
    remote 10.0.0.2 M
      > mac M at 10.0.0.2 seq 0
      > red mac M at 10.0.0.2 seq 0
    no network blue
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > mac M gone
    gone 10.0.0.2 M
      > red mac M gone
  `;
  assert.equal(play(script), plain(script));
});

test("export targets: the same routes again with other attributes", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network blue vni 100 export 65000:9
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:9 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:9 via 10.0.0.1
    network blue vni 100 export 65000:9
  `;
  assert.equal(play(script), plain(script));
});

test("another RD: other routes, the old ones withdrawn", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network blue vni 100 rd 10.0.0.1:7
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > withdraw M rd 10.0.0.1:100
      > announce multicast 10.0.0.1 rd 10.0.0.1:7 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:7 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("two networks swap their RDs without losing a route", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network red vni 200
      > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
    learn red M p1
      > announce M rd 10.0.0.1:200 vni 200 rt 65000:200 via 10.0.0.1
    learn blue M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    network blue vni 100 rd 10.0.0.1:9
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > withdraw M rd 10.0.0.1:100
      > announce multicast 10.0.0.1 rd 10.0.0.1:9 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:9 vni 100 rt 65000:100 via 10.0.0.1
    network red vni 200 rd 10.0.0.1:100
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:200
      > withdraw M rd 10.0.0.1:200
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 200 rt 65000:200 via 10.0.0.1
      > announce M rd 10.0.0.1:100 vni 200 rt 65000:200 via 10.0.0.1
    network blue vni 100 rd 10.0.0.1:200
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:9
      > withdraw M rd 10.0.0.1:9
      > announce multicast 10.0.0.1 rd 10.0.0.1:200 vni 100 rt 65000:100 via 10.0.0.1
      > announce M rd 10.0.0.1:200 vni 100 rt 65000:100 via 10.0.0.1
  `;
  assert.equal(play(script), plain(script));
});

test("another VTEP address: another next hop, and the own routes of before are remote now", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    learn M p1
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.5 N
      > mac N at 10.0.0.5 seq 0
    network blue vni 100 vtep 10.0.0.5
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > announce multicast 10.0.0.5 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.5
      > announce M rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.5
      > mac N gone
  `;
  assert.equal(play(script), plain(script));
});

test("another VNI keeps what is known", () => {
  const script = `
    network blue vni 100
      > announce multicast 10.0.0.1 rd 10.0.0.1:100 vni 100 rt 65000:100 via 10.0.0.1
    remote 10.0.0.2 M label 0
      > mac M at 10.0.0.2 seq 0
    network blue vni 300 import 65000:100
      > withdraw multicast 10.0.0.1 rd 10.0.0.1:100
      > announce multicast 10.0.0.1 rd 10.0.0.1:300 vni 300 rt 65000:300 via 10.0.0.1
      > mac M at 10.0.0.2 vni 300 seq 0
  `;
  assert.equal(play(script), plain(script));
});
