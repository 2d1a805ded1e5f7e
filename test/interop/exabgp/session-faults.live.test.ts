// SPDX-License-Identifier: Apache-2.0
/** Peers that break the rules of a session: each gets the NOTIFICATION that RFC 4271 §6 names, and nobody else notices. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fromHex, toHex } from "../../../src/base/bytes/hex.ts";
import { messageType } from "../../../src/bgp/wire/frame.ts";
import { type Open, makeOpen } from "../../../src/bgp/wire/open.ts";
import { weft } from "../../../src/lab/peer/weft.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { type RawPeer, encodeOpen, identifierOf, keepalive, plainCapabilities, rawMessage, rawOpen } from "../../harness/raw-peer.ts";
import { Scratch } from "../../harness/scratch.ts";
import { ReflectorBench, reflectorAddress } from "./reflector-bench.ts";

const net = new Scratch("rawopen");
let bench: ReflectorBench;
let witness: RawPeer;

before(async () => {
  bench = await ReflectorBench.start(net);
  witness = await bench.established();
});
after(async () => await net.remove());

const hex = (text: string): Uint8Array => fromHex(text)!;
const ones = "ff".repeat(16);
const evpnCapability = "010400190046";

/** An OPEN of AS 65000 with these optional parameters, given as their length octet and themselves. */
const openWith = (peer: RawPeer, parameters: string): Uint8Array =>
  rawMessage(messageType.open, hex(`04 fde8 005a ${toHex(identifier(peer))} ${parameters}`));

const identifier = (peer: RawPeer): Uint8Array => Uint8Array.from(peer.address.split(".").map(Number));

const openOf = (peer: RawPeer, over: Partial<Parameters<typeof rawOpen>[0]> = {}): Uint8Array =>
  encodeOpen(rawOpen({ identifier: identifierOf(peer.address), ...over }));

const changed = (peer: RawPeer, over: Partial<Open>): Uint8Array =>
  encodeOpen({ ...rawOpen({ identifier: identifierOf(peer.address) }), ...over });

interface Fault {
  readonly what: string;
  /** How far the session has come before. */
  readonly after: "connected" | "open-confirm" | "established";
  send(peer: RawPeer): Uint8Array;
  /** Code, subcode and data. */
  readonly answer: string;
}

const headerFaults: readonly Fault[] = [
  { what: "a marker that is not all ones", after: "connected", send: () => hex(`${"ff".repeat(15)}00 001304`), answer: "1/1" },
  { what: "no BGP at all", after: "connected", send: () => new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), answer: "1/1" },
  { what: "a marker lost in mid-session", after: "established", send: () => new Uint8Array(19), answer: "1/1" },
  { what: "length 18", after: "connected", send: () => hex(`${ones} 0012 01`), answer: "1/2 0012" },
  { what: "length 0", after: "established", send: () => hex(`${ones} 0000 04`), answer: "1/2 0000" },
  { what: "length 4097", after: "connected", send: () => hex(`${ones} 1001 01`), answer: "1/2 1001" },
  {
    what: "an UPDATE of 4097 octets without the extended message capability",
    after: "established",
    send: () => rawMessage(2, new Uint8Array(4078)),
    answer: "1/2 1001",
  },
  { what: "an OPEN of 28 octets", after: "connected", send: () => rawMessage(1, new Uint8Array(9)), answer: "1/2 001c" },
  { what: "an UPDATE of 22 octets", after: "established", send: () => rawMessage(2, [0, 0, 0]), answer: "1/2 0016" },
  { what: "a NOTIFICATION of 20 octets", after: "established", send: () => rawMessage(3, [6]), answer: "1/2 0014" },
  { what: "a KEEPALIVE of 20 octets", after: "open-confirm", send: () => rawMessage(4, [0]), answer: "1/2 0014" },
  { what: "a ROUTE-REFRESH of 22 octets", after: "established", send: () => rawMessage(5, [0, 25, 0]), answer: "1/2 0016" },
  { what: "type 0", after: "connected", send: () => rawMessage(0, []), answer: "1/3 00" },
  { what: "type 6", after: "connected", send: () => rawMessage(6, []), answer: "1/3 06" },
  { what: "type 255", after: "established", send: () => rawMessage(255, [1, 2, 3]), answer: "1/3 ff" },
];

const openFaults: readonly Fault[] = [
  { what: "version 3", after: "connected", send: (p) => changed(p, { version: 3 }), answer: "2/1 0004" },
  { what: "version 5", after: "connected", send: (p) => changed(p, { version: 5 }), answer: "2/1 0004" },
  { what: "another AS", after: "connected", send: (p) => openOf(p, { asn: 65009 }), answer: "2/2" },
  {
    what: "another AS in the four-octet capability alone",
    after: "connected",
    send: (p) => changed(p, { parameters: [{ kind: "capabilities", capabilities: plainCapabilities(4_200_000_000) }] }),
    answer: "2/2",
  },
  { what: "AS 0", after: "connected", send: (p) => changed(p, { myAs: 0, parameters: [] }), answer: "2/2" },
  {
    what: "AS_TRANS without the four-octet capability",
    after: "connected",
    send: (p) => changed(p, { myAs: 23456, parameters: [] }),
    answer: "2/2",
  },
  { what: "identifier 0.0.0.0", after: "connected", send: (p) => changed(p, { identifier: 0 }), answer: "2/3" },
  {
    what: "our own identifier",
    after: "connected",
    send: (p) => changed(p, { identifier: identifierOf(reflectorAddress) }),
    answer: "2/3",
  },
  { what: "hold time 1", after: "connected", send: (p) => openOf(p, { holdTime: 1 }), answer: "2/6" },
  { what: "hold time 2", after: "connected", send: (p) => openOf(p, { holdTime: 2 }), answer: "2/6" },
  { what: "authentication parameter (type 1)", after: "connected", send: (p) => openWith(p, "04 01 02 0000"), answer: "2/4" },
  { what: "parameters longer than the message", after: "connected", send: (p) => openWith(p, "20 02 06 010400190046"), answer: "2/0" },
  { what: "parameters shorter than the message", after: "connected", send: (p) => openWith(p, "00 02 06 010400190046"), answer: "2/0" },
  { what: "a parameter that runs past its list", after: "connected", send: (p) => openWith(p, "08 02 09 010400190046"), answer: "2/0" },
  {
    what: "a capability that runs past its parameter",
    after: "connected",
    send: (p) => openWith(p, "08 02 06 010500190046"),
    answer: "2/0",
  },
  {
    what: "no family that we want",
    after: "connected",
    send: (p) => openOf(p, { capabilities: [{ kind: "multiprotocol", family: "vpnv4" }] }),
    answer: `2/7 ${evpnCapability}`,
  },
  {
    what: "no capability at all: IPv4 unicast",
    after: "connected",
    send: (p) => openOf(p, { capabilities: [] }),
    answer: `2/7 ${evpnCapability}`,
  },
];

const machineFaults: readonly Fault[] = [
  { what: "KEEPALIVE before OPEN", after: "connected", send: () => keepalive, answer: "5/1" },
  { what: "UPDATE before OPEN", after: "connected", send: () => rawMessage(2, [0, 0, 0, 0]), answer: "5/1" },
  { what: "ROUTE-REFRESH before OPEN", after: "connected", send: () => rawMessage(5, [0, 25, 0, 70]), answer: "5/1" },
  { what: "a second OPEN before KEEPALIVE", after: "open-confirm", send: (p) => openOf(p), answer: "5/2" },
  { what: "UPDATE before KEEPALIVE", after: "open-confirm", send: () => rawMessage(2, [0, 0, 0, 0]), answer: "5/2" },
  { what: "ROUTE-REFRESH before KEEPALIVE", after: "open-confirm", send: () => rawMessage(5, [0, 25, 0, 70]), answer: "5/2" },
  { what: "OPEN in an established session", after: "established", send: (p) => openOf(p), answer: "5/3" },
  {
    what: "BoRR of five octets",
    after: "established",
    send: () => rawMessage(5, [0, 25, 1, 70, 9]),
    answer: `7/1 ${ones}0018050019014609`,
  },
];

async function brought(to: Fault["after"]): Promise<RawPeer> {
  if (to === "established") return await bench.established();
  const peer = await bench.connect();
  if (to === "connected") return peer;
  peer.send(openOf(peer));
  await peer.next(messageType.keepalive);
  return peer;
}

for (const [section, faults] of [
  ["header", headerFaults],
  ["OPEN", openFaults],
  ["state machine", machineFaults],
] as const) {
  for (const fault of faults) {
    test(`${section}: ${fault.what} → ${fault.answer.slice(0, 40)}`, async () => {
      const peer = await brought(fault.after);
      peer.send(fault.send(peer));
      assert.equal(await peer.refusal(), fault.answer);
      await bench.gone(peer.address);
    });
  }
}

interface Oddity {
  readonly what: string;
  open(peer: RawPeer): Uint8Array;
}

/** Unusual, and allowed. */
const oddities: readonly Oddity[] = [
  { what: "hold time 0", open: (p) => openOf(p, { holdTime: 0 }) },
  { what: "hold time 3", open: (p) => openOf(p, { holdTime: 3 }) },
  { what: "hold time 65535", open: (p) => openOf(p, { holdTime: 65535 }) },
  { what: "no four-octet AS numbers", open: (p) => openWith(p, `08 02 06 ${evpnCapability}`) },
  { what: "each capability in a parameter of its own", open: (p) => openWith(p, `10 02 06 ${evpnCapability} 02 06 41040000fde8`) },
  { what: "the same capability twice", open: (p) => openWith(p, `0e 02 0c ${evpnCapability} ${evpnCapability}`) },
  { what: "capabilities that nobody knows", open: (p) => openWith(p, `0f 02 0d ${evpnCapability} ef00 ee03010203`) },
  {
    what: "capabilities of wrong lengths beside the right one",
    open: (p) => openWith(p, `16 02 14 ${evpnCapability} 0100 4003000102 4102fde8 0201ff`),
  },
  { what: "parameters in the form of RFC 9072", open: (p) => openWith(p, `ff ff 0009 02 0006 ${evpnCapability}`) },
  {
    what: "more capabilities than the plain form holds",
    open: (p) => {
      const many = Array.from({ length: 100 }, (_, i) => ({ kind: "opaque-capability" as const, code: 200, value: Uint8Array.of(i) }));
      return encodeOpen(
        makeOpen({ asn: 65000, holdTime: 90, identifier: identifierOf(p.address), capabilities: [...plainCapabilities(), ...many] }),
      );
    },
  },
];

for (const oddity of oddities) {
  test(`allowed: ${oddity.what}`, async () => {
    const peer = await bench.connect();
    peer.send(oddity.open(peer), keepalive);
    await peer.next(messageType.keepalive);
    await waitFor("the session", async () => (await bench.row(peer.address))?.state === "established");
    // The whole table and its End-of-RIB for EVPN.
    assert.deepEqual((await peer.next(messageType.update)).body, hex("0000 0006 800f03 001946"));
    peer.close();
    await bench.gone(peer.address);
  });
}

test("an OPEN that comes octet by octet", async () => {
  const peer = await bench.connect();
  for (const octet of Buffer.concat([openOf(peer), keepalive])) {
    peer.send(Uint8Array.of(octet));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await waitFor("the session", async () => (await bench.row(peer.address))?.state === "established");
  peer.close();
});

test("a peer that falls silent: Hold Timer Expired", async () => {
  const peer = await bench.established("client", { holdTime: 3 });
  assert.equal(await peer.refusal(), "4/0");
});

test("a NOTIFICATION is never answered", async () => {
  for (const state of ["connected", "open-confirm", "established"] as const) {
    const peer = await brought(state);
    peer.send(rawMessage(3, [6, 2, 3, 0x74, 0x65, 0x61]));
    assert.match(await peer.refusal(), /^closed without a NOTIFICATION/);
    await bench.gone(peer.address);
  }
});

test("half a message and the end of the connection", async () => {
  const peer = await bench.established();
  peer.send(hex(`${ones} 0064 02 0000`));
  peer.close();
  await bench.gone(peer.address);
});

test("reserved subtypes and families of ROUTE-REFRESH that are not of the session are passed over", async () => {
  const peer = await bench.established("client", { capabilities: [...plainCapabilities(), { kind: "enhanced-route-refresh" }] });
  await peer.next(messageType.update);
  peer.send(rawMessage(5, [0, 25, 77, 70]), rawMessage(5, [0, 1, 0, 1]), rawMessage(5, [0, 25, 0, 70]));
  // Only the last is a request: an empty table between its marks.
  assert.deepEqual((await peer.next(messageType.routeRefresh)).body, hex("0019 01 46"));
  assert.deepEqual((await peer.next(messageType.routeRefresh)).body, hex("0019 02 46"));
  assert.equal((await bench.row(peer.address))?.state, "established");
  assert.equal(peer.received.filter((m) => m.type === messageType.routeRefresh).length, 2);
  peer.close();
});

test("who was there before all this is still there", async () => {
  const row = (await bench.row(witness.address))!;
  assert.equal(row.state, "established");
  assert.equal(row.flaps, 0);
  assert.equal(witness.closed, false);
  assert.equal(await bench.metric(`weft_bgp_peer_established{peer="${witness.address}"}`), 1);
});

test("peers that left leave no gauge behind, only counts of what they did", async () => {
  await waitFor("nobody but the witness", async () => (await bench.rows()).length === 1);
  const { stdout } = await weft(bench.reflector, ["metrics"]);
  const named = (kind: string): ReadonlySet<string> =>
    new Set(Array.from(stdout.matchAll(new RegExp(`^weft_bgp_${kind}\\{[^}]*peer="([^"]+)"`, "gm")), (m) => m[1]!));
  for (const gauge of ["peer_established", "peer_routes_received", "peer_routes_dropped_total", "peer_messages_received_total"])
    assert.deepEqual([...named(gauge)], [witness.address], gauge);
  // Peers out of a range share one series: strangers must not fill the metrics.
  assert.deepEqual([...named("peer_attempts_failed_total")], ["dynamic"]);
  assert.ok((await bench.metric('weft_bgp_peer_attempts_failed_total{peer="dynamic"}')) > openFaults.length);
});

test("tshark reads every answer as what it is", async () => {
  const answers = await bench.dissectedAnswers();
  const expected = [...headerFaults, ...openFaults, ...machineFaults].map((f) => f.answer.split(" ")[0]!);
  assert.deepEqual(answers.toSorted(), [...expected, "4/0"].toSorted());
});
