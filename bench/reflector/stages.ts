// SPDX-License-Identifier: Apache-2.0
/**
 * The ceiling of each stage that a route passes in the reflector, alone on one core and warm: `node bench/reflector/stages.ts [routes]`. Every
 * line does what the one before does and one thing more, over the same octets; the best of four warm rounds is printed. What writing costs is
 * seen from relay.ts: `node bench/reflector/run.ts --makes relay`.
 */
import { AttributeScratch, AttributeStore } from "../../src/bgp/rib/attribute-store.ts";
import { LocRib } from "../../src/bgp/rib/loc-rib.ts";
import { NlriStage } from "../../src/bgp/rib/nlri-stage.ts";
import { attributesWord, type RecordId } from "../../src/bgp/rib/record.ts";
import { RecordTable } from "../../src/bgp/rib/record-table.ts";
import { RestTable } from "../../src/bgp/rib/rest-table.ts";
import { Rib } from "../../src/bgp/rib/rib.ts";
import { UpdateLayout } from "../../src/bgp/rib/update-layout.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { machineLine } from "../spread.ts";

const routes = Number(process.argv[2] ?? 1_000_000);
const perUpdate = 100;
const readSize = 32 * 1024;
const attributes = Uint8Array.of(
  0x40,
  1,
  1,
  0,
  0x40,
  2,
  0,
  0x40,
  5,
  4,
  0,
  0,
  0,
  100,
  0xc0,
  16,
  16,
  0,
  2,
  0xfd,
  0xe8,
  0,
  0,
  0,
  100,
  3,
  12,
  0,
  0,
  0,
  0,
  0,
  8,
);

/** Announcements of all routes, one message after the other. */
function stream(): Uint8Array {
  const length = 27 + 9 + perUpdate * 35 + attributes.length;
  const out = new Uint8Array(Math.ceil(routes / perUpdate) * length);
  const view = new DataView(out.buffer);
  for (let at = 0, first = 0; first < routes; first += perUpdate, at += length) {
    out.fill(255, at, at + 16);
    view.setUint16(at + 16, length);
    out[at + 18] = 2;
    view.setUint16(at + 21, length - 23);
    out.set([0x90, 14, (9 + perUpdate * 35) >> 8, (9 + perUpdate * 35) & 255, 0, 25, 70, 4, 10, 0, 0, 1, 0], at + 23);
    for (let k = 0, o = at + 36; k < perUpdate; k++, o += 35) {
      out.set([2, 33, 0, 1, 10, 0, 0, 1, 0, 100], o);
      out[o + 24] = 48;
      view.setUint32(o + 27, first + k);
      out[o + 34] = 100;
    }
    out.set(attributes, at + length - attributes.length);
  }
  return out;
}

const bytes = stream();
const chunks = Array.from({ length: Math.ceil(bytes.length / readSize) }, (_, i) => bytes.subarray(i * readSize, (i + 1) * readSize));
const self = { asn: 65000, routerId: 1, clusterId: 1 };

/** ns per route of framing with what `body` does to each message. */
function timed(body: (b: Uint8Array, start: number, end: number) => void, after: () => void = () => {}): number {
  const framer = new MessageFramer({
    message: (_type, b, start, end) => (body(b, start, end), true),
    fault: (_, why) => {
      throw new Error(why);
    },
  });
  const since = performance.now();
  for (const chunk of chunks) framer.push(chunk);
  after();
  return ((performance.now() - since) * 1e6) / routes;
}

/** Gives a record a path, without which the table would forget it when it grows. */
function keep(table: RecordTable, id: RecordId, set: number): void {
  const { pages, pageBits, pageMask } = table.slab;
  pages[id >>> pageBits]![(id & pageMask) + attributesWord] = set;
  table.live++;
}

/** The stages up to `last`: 0 layout, 1 NLRI, 2 attributes, 3 table, 4 best path. */
function upTo(last: number): (b: Uint8Array, start: number, end: number) => void {
  const layout = new UpdateLayout();
  const stage = new NlriStage(1);
  const scratch = new AttributeScratch();
  const store = new AttributeStore(1, self, () => []);
  const rests = new RestTable(1);
  const table = new RecordTable(1 << 18, 4096, () => false);
  const rib = new LocRib(table, store, rests);
  const source = { slot: 2, role: "client", routerId: 2, peerAddress: "4" } as const;
  return (b, start, end) => {
    layout.read(b, start, end);
    if (last === 0) return;
    const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
    stage.fill(b, view, layout.reachAt + 9, layout.reachEnd);
    if (last === 1) return;
    scratch.begin(b, layout.reachAt + 4, 4);
    scratch.append(b, layout.reachEnd, layout.attributesEnd);
    const set = store.find(2, scratch) || store.insert(source, scratch);
    if (last === 2) return;
    table.prefetch(stage);
    for (let k = 0; k < stage.count; k++) {
      const rest = rests.ofStaged(stage, k, b, view);
      const id = table.findOrCreate(stage, k);
      if (last === 4) rib.put(id, set, rest);
      else keep(table, id, set);
    }
    if (last === 4) rib.settle(rib.changes.length);
  };
}

function whole(receivers: number): number {
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_s, _b, release) => (release(), true) } });
  const slots = Array.from({ length: 1 + receivers }, (_, i) =>
    rib.addPeer({
      name: `${i}`,
      address: `10.0.0.${i + 1}` as Ip,
      role: "client",
      asn: 65000,
      routerId: i + 2,
      families: ["l2vpn-evpn"],
      fourOctetAs: true,
      maxMessage: 4096,
    }),
  );
  while (rib.flush());
  let messages = 0;
  return timed(
    (b, start, end) => {
      rib.update(slots[0]!, b, start, end);
      if (++messages % 140 === 0) rib.flush();
    },
    () => {
      while (rib.flush());
    },
  );
}

const rows: readonly (readonly [string, () => number])[] = [
  ["frame", () => timed(() => {})],
  ["+ layout of attributes", () => timed(upTo(0))],
  ["+ NLRI taken apart and hashed", () => timed(upTo(1))],
  ["+ attributes interned", () => timed(upTo(2))],
  ["+ table: found or created, grown from empty", () => timed(upTo(3))],
  ["+ best path, list of changes", () => timed(upTo(4))],
  ["the whole RIB: + verdicts, encoding, counts", () => whole(1)],
];

console.log(`${machineLine()}; ${routes} routes, ${perUpdate} in an UPDATE, one core\n\n| stage | ns/route | M routes/s |\n|---|---|---|`);
for (const [name, run] of rows) {
  const rounds = Array.from({ length: 5 }, run);
  const ns = Math.min(...rounds.slice(1));
  console.log(`| ${name} | ${ns.toFixed(ns < 10 ? 1 : 0)} | ${(1000 / ns).toFixed(0)} |`);
}
