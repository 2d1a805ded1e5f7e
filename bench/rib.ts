// SPDX-License-Identifier: Apache-2.0
/**
 * What the RIB alone does in a second, without sockets: `node bench/rib.ts [routes] [senders] [receivers] [per-update] [rounds]`.
 * MAC/IP routes without an IP, one label; receivers throw away what they get. The last round is the one to look at.
 */
import type { Ip } from "../src/base/net/ip.ts";
import { Rib } from "../src/bgp/rib/rib.ts";
import type { RibPeer } from "../src/bgp/rib/types.ts";

const [routes = 1_000_000, senders = 4, receivers = 6, perUpdate = 100, rounds = 3] = process.argv.slice(2).map(Number);
const flushEvery = 14_000;

const peer = (n: number): RibPeer => ({
  name: `peer${n}`,
  address: `10.0.${n >> 8}.${n & 255}` as Ip,
  role: "client",
  asn: 65000,
  routerId: 0x0a000000 + n,
  families: ["l2vpn-evpn"],
  fourOctetAs: true,
  maxMessage: 4096,
});

const attributes = Uint8Array.from([0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);
const nlriLength = 35;

function body(first: number, count: number, withdraw: boolean): Uint8Array {
  const head = withdraw ? 4 + 7 : 4 + attributes.length + 13;
  const bytes = new Uint8Array(head + count * nlriLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, bytes.length - 4);
  let o = 4;
  if (!withdraw) {
    bytes.set(attributes, o);
    o += attributes.length;
  }
  bytes.set([0x90, withdraw ? 15 : 14, (bytes.length - o - 4) >> 8, (bytes.length - o - 4) & 255, 0, 25, 70], o);
  o += 7;
  if (!withdraw) {
    bytes.set([4, 10, 1, 1, 1, 0], o);
    o += 6;
  }
  for (let k = 0; k < count; k++, o += nlriLength) {
    bytes.set([2, 33, 0, 1, 10, 0, 0, 1, 0, 7], o);
    view.setUint32(o + 20, 0);
    bytes[o + 24] = 48;
    bytes[o + 25] = 2;
    view.setUint32(o + 27, first + k);
    bytes[o + 34] = 100;
  }
  return bytes;
}

let octets = 0;
const rib = new Rib({
  asn: 65000,
  routerId: 1,
  output: {
    write(_slot, bytes, release) {
      octets += bytes.length;
      release();
      return true;
    },
  },
});
const slots = Array.from({ length: senders }, (_, i) => rib.addPeer(peer(i + 1)));
for (let i = 0; i < receivers; i++) rib.addPeer(peer(1000 + i));
const drain = (): void => {
  while (rib.flush());
};
drain();

const share = Math.ceil(routes / senders);
const feeds = [false, true].map((withdraw) =>
  slots.map((slot, s) => {
    // One buffer per sender, as a session has one to receive in.
    const bytes = new Uint8Array(Math.ceil(share / perUpdate) * (perUpdate * nlriLength + 64));
    const ends: number[] = [0];
    for (let at = 0; at < share; at += perUpdate) {
      const one = body(s * share + at, Math.min(perUpdate, share - at), withdraw);
      bytes.set(one, ends.at(-1));
      ends.push(ends.at(-1)! + one.length);
    }
    return { slot, bytes, ends };
  }),
);

/** @returns nanoseconds of the longest pause: one buffer of UPDATEs or one flush */
function feed(which: number): number {
  let since = 0;
  let longest = 0n;
  const timed = (work: () => void): void => {
    const t = process.hrtime.bigint();
    work();
    const took = process.hrtime.bigint() - t;
    if (took > longest) longest = took;
  };
  const lists = feeds[which]!;
  const messages = lists[0]!.ends.length - 1;
  const perRead = Math.max(1, Math.trunc(65_536 / (perUpdate * nlriLength)));
  for (let at = 0; at < messages; at += perRead) {
    for (const { slot, bytes, ends } of lists) {
      timed(() => {
        for (let i = at; i < Math.min(at + perRead, messages); i++) rib.update(slot, bytes, ends[i]!, ends[i + 1]!);
      });
      since += perRead * perUpdate;
    }
    if (since < flushEvery) continue;
    timed(() => rib.flush());
    since = 0;
  }
  timed(drain);
  return Number(longest);
}

for (let round = 1; round <= rounds; round++) {
  for (const [which, name] of ["announce", "withdraw"].entries()) {
    octets = 0;
    const start = performance.now();
    const longest = feed(which);
    const seconds = (performance.now() - start) / 1000;
    const rate = (share * senders) / seconds / 1e6;
    const { memory, deadRecords } = rib.stats();
    console.log(
      `${round} ${name.padEnd(8)} ${rate.toFixed(2)} M routes/s, ${((seconds / routes) * 1e9).toFixed(0)} ns/route, ` +
        `longest pause ${(longest / 1e6).toFixed(1)} ms, ${(octets / 1e6).toFixed(0)} MB out, ` +
        `tables ${(memory / 1e6).toFixed(0)} MB, dead ${deadRecords}, RSS ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`,
    );
  }
}
const start = performance.now();
feed(0);
for (const slot of slots) rib.removePeer(slot);
const down = performance.now();
drain();
console.log(`peers down: ${(performance.now() - down) | 0} ms; whole ${(performance.now() - start) | 0} ms; left ${rib.stats().routes}`);
