// SPDX-License-Identifier: Apache-2.0
/** Malformed UPDATEs, one fault at a time: what RFC 7606 wants done is done, it is counted, and no other session notices. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { messageType } from "../../../src/bgp/wire/frame.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { type RawPeer, rawMessage } from "../../harness/raw-peer.ts";
import { Scratch } from "../../harness/scratch.ts";
import { type PeerRange, ReflectorBench } from "./reflector-bench.ts";
import {
  announce,
  announceExternally,
  attribute,
  emptyPath,
  externalPath,
  hex,
  localPref,
  macNlri,
  mpReach,
  mpUnreach,
  origin,
  routeTarget,
  update,
} from "./update-builder.ts";

const net = new Scratch("rawupd");
let bench: ReflectorBench;
let witness: RawPeer;

before(async () => {
  bench = await ReflectorBench.start(net);
  witness = await bench.established();
});
after(async () => await net.remove());

/** The route at stake; it is announced before the fault comes. */
const victim = macNlri(1);
const victimText = "[2]:[0]:[48]:[02:00:00:00:00:01]";
/** Announced behind the fault: when it is there, the fault has been dealt with and the session goes on. */
const later = macNlri(2);
const laterText = "[2]:[0]:[48]:[02:00:00:00:00:02]";

interface Fault {
  readonly what: string;
  readonly octets: Uint8Array;
}

/** Without one of the attributes of a sound announcement, with others instead. */
const sound = { origin, path: emptyPath, localPref, routeTarget };
function replaced(over: Partial<Record<keyof typeof sound, readonly Uint8Array[]>>): Uint8Array {
  const parts = Object.entries(sound).flatMap(([name, octets]) => over[name as keyof typeof sound] ?? [octets]);
  return update(mpReach(victim), ...parts);
}

/** Treat-as-withdraw: the route goes, the session stays. */
const withdrawn: readonly Fault[] = [
  { what: "ORIGIN marked optional", octets: replaced({ origin: [attribute(0xc0, 1, "00")] }) },
  { what: "ORIGIN not marked transitive", octets: replaced({ origin: [attribute(0x00, 1, "00")] }) },
  { what: "ORIGIN of two octets", octets: replaced({ origin: [attribute(0x40, 1, "0000")] }) },
  { what: "ORIGIN of no octets", octets: replaced({ origin: [attribute(0x40, 1, "")] }) },
  { what: "ORIGIN 3", octets: replaced({ origin: [attribute(0x40, 1, "03")] }) },
  { what: "no ORIGIN", octets: replaced({ origin: [] }) },
  { what: "AS_PATH marked optional", octets: replaced({ path: [attribute(0xc0, 2, "")] }) },
  { what: "AS_PATH whose segment overruns", octets: replaced({ path: [attribute(0x40, 2, "02 02 0000fde8")] }) },
  { what: "AS_PATH with an octet too many", octets: replaced({ path: [attribute(0x40, 2, "02 01 0000fde8 02")] }) },
  { what: "AS_PATH with a segment of type 9", octets: replaced({ path: [attribute(0x40, 2, "09 01 0000fde9")] }) },
  { what: "AS_PATH with an empty segment", octets: replaced({ path: [attribute(0x40, 2, "02 00")] }) },
  { what: "no AS_PATH", octets: replaced({ path: [] }) },
  { what: "MULTI_EXIT_DISC of three octets", octets: announce(victim, attribute(0x80, 4, "000001")) },
  { what: "MULTI_EXIT_DISC marked transitive", octets: announce(victim, attribute(0xc0, 4, "00000001")) },
  { what: "LOCAL_PREF of three octets", octets: replaced({ localPref: [attribute(0x40, 5, "000064")] }) },
  { what: "no LOCAL_PREF", octets: replaced({ localPref: [] }) },
  { what: "COMMUNITIES of five octets", octets: announce(victim, attribute(0xc0, 8, "fde8000100")) },
  { what: "COMMUNITIES of no octets", octets: announce(victim, attribute(0xc0, 8, "")) },
  { what: "COMMUNITIES not marked transitive", octets: announce(victim, attribute(0x80, 8, "fde80001")) },
  { what: "ORIGINATOR_ID of five octets", octets: announce(victim, attribute(0x80, 9, "0a00000100")) },
  { what: "CLUSTER_LIST of five octets", octets: announce(victim, attribute(0x80, 10, "0a00000100")) },
  { what: "CLUSTER_LIST of no octets", octets: announce(victim, attribute(0x80, 10, "")) },
  { what: "EXTENDED COMMUNITIES of seven octets", octets: replaced({ routeTarget: [attribute(0xc0, 16, "0002fde8000000")] }) },
  { what: "EXTENDED COMMUNITIES of no octets", octets: replaced({ routeTarget: [attribute(0xc0, 16, "")] }) },
  { what: "LARGE_COMMUNITY of eleven octets", octets: announce(victim, attribute(0xc0, 32, "00".repeat(11))) },
  { what: "PMSI_TUNNEL of four octets", octets: announce(victim, attribute(0xc0, 22, "00060000")) },
  { what: "PMSI_TUNNEL whose endpoint has three octets", octets: announce(victim, attribute(0xc0, 22, "00 06 000064 0a0000")) },
  { what: "an attribute that overruns the others", octets: announce(victim, attribute(0xc0, 8, "fde80001", 8)) },
  { what: "an attribute cut off behind its type", octets: announce(victim, hex("c008")) },
  { what: "a single octet behind the attributes", octets: announce(victim, hex("c0")) },
  { what: "MP_REACH_NLRI marked transitive", octets: withReachFlags(0xd0) },
  { what: "MP_REACH_NLRI not marked optional", octets: withReachFlags(0x10) },
];

function withReachFlags(flags: number): Uint8Array {
  const reach = mpReach(victim);
  reach[0] = flags;
  return update(reach, origin, emptyPath, localPref, routeTarget);
}

/** Attribute discard: the route stays, without the attribute. */
const discarded: readonly Fault[] = [
  { what: "ATOMIC_AGGREGATE of one octet", octets: announce(victim, attribute(0x40, 6, "00")) },
  { what: "AGGREGATOR of seven octets", octets: announce(victim, attribute(0xc0, 7, "0000fde80a0000")) },
  { what: "AGGREGATOR of six octets where AS numbers have four", octets: announce(victim, attribute(0xc0, 7, "fde80a000001")) },
  { what: "ORIGIN twice", octets: announce(victim, attribute(0x40, 1, "02")) },
  { what: "COMMUNITIES twice", octets: announce(victim, attribute(0xc0, 8, "fde80001"), attribute(0xc0, 8, "fde80002")) },
  { what: "AS4_PATH where AS numbers have four octets", octets: announce(victim, attribute(0xc0, 17, "02 01 0000fde9")) },
];

/** The same attributes that cost the route from within the AS mean nothing from another. */
const discardedExternally: readonly Fault[] = [
  { what: "LOCAL_PREF of three octets", octets: announceExternally(victim, attribute(0x40, 5, "000064")) },
  { what: "LOCAL_PREF", octets: announceExternally(victim, localPref) },
  { what: "ORIGINATOR_ID of five octets", octets: announceExternally(victim, attribute(0x80, 9, "0a00000100")) },
  { what: "CLUSTER_LIST of no octets", octets: announceExternally(victim, attribute(0x80, 10, "")) },
];

interface Fatal extends Fault {
  /** Code, subcode and data of the NOTIFICATION. */
  readonly answer: string;
}

const unread = (text: string): Uint8Array => rawMessage(messageType.update, hex(text));

/** Nothing less than the session: the routes of the message cannot be told. RFC 7606 §3 a, d, g, j, §5. */
const fatal: readonly Fatal[] = [
  { what: "withdrawn routes longer than the message", octets: unread("0005 0000"), answer: "3/1" },
  { what: "attributes longer than the message", octets: unread("0000 0006 40010100"), answer: "3/1" },
  { what: "MP_REACH_NLRI twice", octets: update(mpReach(victim), origin, emptyPath, localPref, mpReach(later)), answer: "3/1" },
  { what: "MP_UNREACH_NLRI twice", octets: update(mpUnreach(victim), mpUnreach(later)), answer: "3/1" },
  {
    what: "a well-known attribute that nobody knows",
    octets: announce(victim, attribute(0x40, 99, "0102")),
    answer: "3/2 4063020102",
  },
  {
    what: "MP_REACH_NLRI of four octets",
    octets: update(attribute(0x80, 14, "00194600"), origin, emptyPath, localPref),
    answer: "3/5 800e0400194600",
  },
  {
    what: "a next hop of five octets",
    octets: update(attribute(0x80, 14, `0019 46 05 0a00000100 00 ${victim}`), origin, emptyPath, localPref),
    answer: `3/9 800e2d001946050a0000010000${victim.replaceAll(" ", "")}`,
  },
  {
    what: "a next hop that runs past its attribute",
    octets: update(attribute(0x80, 14, "0019 46 10 0a000001 00"), origin, emptyPath, localPref),
    answer: "3/9 800e09001946100a00000100",
  },
  {
    what: "a route that runs past MP_REACH_NLRI",
    octets: update(attribute(0x80, 14, "0019 46 04 0a000001 00 02 21 0001"), origin, emptyPath, localPref),
    answer: "3/9 800e0d001946040a0000010002210001",
  },
  {
    what: "a route that runs past MP_UNREACH_NLRI",
    octets: update(attribute(0x80, 15, "0019 46 03 11 00")),
    answer: "3/9 800f06001946031100",
  },
  { what: "MP_UNREACH_NLRI of two octets", octets: update(attribute(0x80, 15, "0019")), answer: "3/5 800f020019" },
  {
    what: "MP_REACH_NLRI that overruns the attributes",
    octets: update(origin, emptyPath, localPref, attribute(0x80, 14, `0019 46 04 0a000001 00 ${victim}`, 200)),
    answer: `3/5 800ec8001946040a00000100${victim.replaceAll(" ", "")}`,
  },
  {
    what: "withdrawals beside a malformed ORIGIN",
    octets: update(mpUnreach(victim), attribute(0x40, 1, "03")),
    answer: "3/6 40010103",
  },
];

/** EVPN routes whose inner lengths do not add up, by type — RFC 7432 §7, RFC 9136 §3.1. */
const malformedRoutes: readonly { readonly what: string; readonly nlri: string }[] = [
  { what: "type 1 of 24 octets", nlri: `01 18 ${"00".repeat(24)}` },
  { what: "type 2 of 32 octets", nlri: `02 20 ${"00".repeat(32)}` },
  { what: "type 2 with a MAC of 47 bits", nlri: macNlri(1).replace(" 30 02", " 2f 02") },
  { what: "type 2 with an IP of 33 bits", nlri: macNlri(1).replace(" 00 000064", " 21 000064") },
  { what: "type 2 without the IP that its length promises", nlri: macNlri(1).replace(" 00 000064", " 20 000064") },
  { what: "type 2 with half a second label", nlri: `${macNlri(1).replace("02 21", "02 23")} 0000` },
  { what: "type 3 with an IP of 0 bits", nlri: "03 0d 00010a0000010064 00000000 00" },
  { what: "type 3 of 16 octets", nlri: "03 10 00010a0000010064 00000000 20 0a0000" },
  { what: "type 4 with an IP of 24 bits", nlri: `04 16 00010a0000010000 ${"00".repeat(10)} 18 0a0000` },
  { what: "type 5 of 33 octets", nlri: `05 21 ${"00".repeat(33)}` },
  { what: "type 5 with an IPv4 prefix of 33 bits", nlri: `05 22 ${"00".repeat(22)} 21 ${"00".repeat(11)}` },
  { what: "type 5 with an IPv6 prefix of 129 bits", nlri: `05 3a ${"00".repeat(22)} 81 ${"00".repeat(35)}` },
];

async function sessionWithVictim(range: PeerRange): Promise<RawPeer> {
  const peer = await bench.established(range);
  const say = range === "client" ? announce : announceExternally;
  peer.send(say(victim));
  await waitFor(`${victimText} from ${peer.address}`, async () => (await routesOf(peer)).includes(victimText));
  return peer;
}

async function routesOf(peer: RawPeer): Promise<readonly string[]> {
  return (await bench.routes(peer.address)).map((r) => r.route);
}

/** Sends a fault and a sound route behind it, and gives the routes that are then there. */
async function routesAfter(peer: RawPeer, octets: Uint8Array, range: PeerRange): Promise<readonly string[]> {
  const say = range === "client" ? announce : announceExternally;
  peer.send(octets, say(later));
  return await waitFor(`the route behind the fault (${peer.received.map((m) => m.type).join(" ")})`, async () => {
    const routes = await routesOf(peer);
    return routes.includes(laterText) && routes;
  });
}

async function assertCounted(peer: RawPeer, reaction: string): Promise<void> {
  assert.equal(await bench.metric(`weft_bgp_updates_malformed_total{peer="${peer.address}",reaction="${reaction}"}`), 1);
}

async function assertStays(peer: RawPeer, malformed: number): Promise<void> {
  const row = (await bench.row(peer.address))!;
  assert.equal(row.state, "established");
  assert.equal(row.malformed, malformed);
  peer.close();
  await bench.gone(peer.address);
}

for (const { what, octets } of withdrawn) {
  test(`treated as withdraw: ${what}`, async () => {
    const peer = await sessionWithVictim("client");
    assert.deepEqual(await routesAfter(peer, octets, "client"), [laterText]);
    await assertCounted(peer, "withdraw");
    await assertStays(peer, 1);
  });
}

for (const [range, faults] of [
  ["client", discarded],
  ["external", discardedExternally],
] as const) {
  for (const { what, octets } of faults) {
    test(`attribute discarded (${range}): ${what}`, async () => {
      const peer = await sessionWithVictim(range);
      assert.deepEqual((await routesAfter(peer, octets, range)).toSorted(), [victimText, laterText]);
      await assertCounted(peer, "discard");
      await assertStays(peer, 1);
    });
  }
}

for (const { what, octets, answer } of fatal) {
  test(`session reset: ${what}`, async () => {
    const peer = await sessionWithVictim("client");
    peer.send(octets);
    assert.equal(await peer.refusal(), answer);
    await bench.gone(peer.address);
    await waitFor("its routes to be gone", async () => (await routesOf(peer)).length === 0);
  });
}

for (const { what, nlri } of malformedRoutes) {
  test(`a malformed route among sound ones: ${what}`, async () => {
    const peer = await sessionWithVictim("client");
    const octets = announce(`${macNlri(7)} ${nlri} ${macNlri(8)}`);
    const routes = await routesAfter(peer, octets, "client");
    assert.deepEqual(routes.toSorted(), [victimText, laterText, "[2]:[0]:[48]:[02:00:00:00:00:07]", "[2]:[0]:[48]:[02:00:00:00:00:08]"]);
    await assertCounted(peer, "withdraw");
    await assertStays(peer, 1);
  });
}

test("a loop of AS numbers, of originators and of clusters: the route is not used, and nothing is wrong with the session", async () => {
  for (const [range, octets] of [
    ["external", update(mpReach(victim), origin, attribute(0x40, 2, "02 02 0000fde9 0000fde8"), routeTarget)],
    ["client", announce(victim, attribute(0x80, 9, "0a000004"))],
    ["client", announce(victim, attribute(0x80, 10, "0a000009 0a000004"))],
  ] as const) {
    const peer = await sessionWithVictim(range);
    assert.deepEqual(await routesAfter(peer, octets, range), [laterText]);
    await assertStays(peer, 0);
  }
});

test("odd, and allowed", async () => {
  for (const octets of [
    // The extended length bit on short values, and unused flag bits set.
    update(mpReach(victim), attribute(0x50, 1, "00"), attribute(0x5f, 2, ""), attribute(0x40, 5, "00000064"), routeTarget),
    // MP_REACH_NLRI last, and behind it one nobody knows.
    update(origin, emptyPath, localPref, routeTarget, attribute(0xc0, 250, "0102"), mpReach(victim)),
    // Reserved octet not zero, as the SNPAs of RFC 2858 once had it.
    update(attribute(0x80, 14, `0019 46 04 0a000001 07 ${victim}`), origin, emptyPath, localPref),
    // A next hop that is repeated in NEXT_HOP.
    announce(victim, attribute(0x40, 3, "0a000001")),
    // A global and a link-local next hop.
    update(mpReach(victim, "fd000000000000000000000000000001fe800000000000000000000000000001"), origin, emptyPath, localPref),
    // A route of a family that is not of the session beside.
    announce(victim, attribute(0x80, 15, "0001 01 18 0a0000")),
    // A route that another AS announced to the client.
    update(mpReach(victim), origin, externalPath, localPref),
  ]) {
    const peer = await sessionWithVictim("client");
    assert.deepEqual((await routesAfter(peer, octets, "client")).toSorted(), [victimText, laterText]);
    await assertStays(peer, 0);
  }
});

test("MP_UNREACH_NLRI marked transitive: its routes go all the same", async () => {
  const peer = await sessionWithVictim("client");
  const unreach = mpUnreach(victim);
  unreach[0] = 0xd0;
  assert.deepEqual(await routesAfter(peer, update(unreach), "client"), [laterText]);
  await assertCounted(peer, "withdraw");
  await assertStays(peer, 1);
});

test("who was there before all this is still there", async () => {
  const row = (await bench.row(witness.address))!;
  assert.equal(row.state, "established");
  assert.deepEqual([row.flaps, row.malformed, row.lastError], [0, 0, null]);
  assert.equal(witness.closed, false);
});

test("tshark reads every answer as what it is", async () => {
  const answers = await bench.dissectedAnswers();
  assert.deepEqual(answers.toSorted(), fatal.map((f) => f.answer.split(" ")[0]!).toSorted());
});
