// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../../base/bytes/hex.ts";
import type { Ip } from "../../base/net/ip.ts";
import { Rib } from "../rib/rib.ts";
import type { RibPeer } from "../rib/types.ts";
import { messageType } from "../wire/frame.ts";
import { MessageFramer } from "./message-framer.ts";

/** Routes of a table: the compiler thread of V8 has to have seen each loop some ten thousand times before it takes it for hot. */
const routes = 10_000;
const tables = 2;
const perUpdate = 90;

/** What senders usually say: ORIGIN, empty AS_PATH, LOCAL_PREF, a route target and the encapsulation. */
const attributes = fromHex("4001010040020040050400000064c010100002fde800000064030c000000000008")!;

/** The forms of MAC/IP routes that there are: octets of the address, of the labels. */
const forms = [
  [0, 3],
  [4, 3],
  [4, 6],
] as const;

/** Small, so that the tables of the warm-up grow again and again, as those of a reflector do. */
const sizes = { pageWords: 1 << 14, indexSlots: 512 };

/**
 * Sends made-up routes through tables of their own, the way those of peers go, so that V8 has compiled that way before the first peer
 * comes: the first 100,000 routes of a cold process take three times as long (bench/reflector, load 2+2). Takes about 0.2 s.
 *
 * More than one table, because V8 takes the fields of an object that is the only one of its class for constants, and would have to begin
 * anew with the one that counts.
 */
export function warmUp(): void {
  for (let table = 0; table < tables; table++) fillAndEmpty();
}

function fillAndEmpty(): void {
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_slot, _bytes, release) => (release(), true) }, sizes });
  const slots = [1, 2, 3].map((n) => rib.addPeer(peer(n)));
  const framers = slots.map(
    (slot) =>
      new MessageFramer({
        message: (_type, bytes, start, end) => rib.update(slot, bytes, start, end).reaction === "ok",
        fault: (_, why) => {
          throw new Error(why);
        },
      }),
  );
  const flush = (): void => {
    while (rib.flush());
  };
  for (const form of forms) {
    for (const withdraw of [false, true]) {
      // The second sender has half of the first one's routes, too: a best path to choose, and one that takes its place.
      for (const [sender, count] of [routes, routes / 2].entries()) {
        for (let at = 0; at < count; at += perUpdate) {
          framers[sender]!.push(update(at, form, withdraw));
          if (at % (perUpdate * 32) === 0) rib.flush();
        }
      }
      flush();
    }
    // One that comes and goes while the table is full: it is sent all of it, and takes its routes along.
    framers[1]!.push(update(0, form, false));
    rib.routeRefresh(slots[2]!, "l2vpn-evpn", false);
    flush();
  }
  for (const slot of slots) rib.removePeer(slot);
  flush();
}

const peer = (n: number): RibPeer => ({
  name: `warm-up ${n}`,
  address: `127.0.0.${n}` as Ip,
  role: "client",
  asn: 65000,
  routerId: n,
  families: ["l2vpn-evpn"],
  fourOctetAs: true,
  maxMessage: 4096,
});

function update(first: number, [ip, labels]: readonly [number, number], withdraw: boolean): Uint8Array {
  const length = 30 + ip + labels;
  const head = withdraw ? [0, 25, 70] : [0, 25, 70, 4, 127, 0, 0, 1, 0];
  const others = withdraw ? new Uint8Array(0) : attributes;
  const value = head.length + perUpdate * (length + 2);
  const bytes = new Uint8Array(19 + 4 + 4 + value + others.length);
  const view = new DataView(bytes.buffer);
  bytes.fill(255, 0, 16);
  view.setUint16(16, bytes.length);
  bytes[18] = messageType.update;
  view.setUint16(21, bytes.length - 23);
  bytes.set([0x90, withdraw ? 15 : 14, value >> 8, value & 255, ...head], 23);
  let o = 27 + head.length;
  for (let k = 0; k < perUpdate; k++, o += length + 2) {
    bytes.set([2, length, 0, 1, 127, 0, 0, 1, 0, 100], o);
    bytes[o + 24] = 48;
    view.setUint32(o + 27, first + k);
    bytes[o + 31] = ip * 8;
    if (ip > 0) view.setUint32(o + 32, first + k);
    bytes[o + 34 + ip] = 100;
  }
  bytes.set(others, o);
  return bytes;
}
