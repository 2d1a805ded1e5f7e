// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { Rib } from "../rib/rib.ts";
import type { PeerSlot, RibPeer } from "../rib/types.ts";
import { madeUpUpdate, type RouteForm } from "./made-up-update.ts";
import { MessageFramer } from "./message-framer.ts";

/** Routes of a table: the compiler thread of V8 has to have seen each loop some ten thousand times before it takes it for hot. */
const routes = 10_000;
const tables = 2;
const perUpdate = 90;

/** The forms of MAC/IP routes that there are: octets of the address, of the labels. */
const forms: readonly RouteForm[] = [
  [0, 3],
  [4, 3],
  [4, 6],
];

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
  for (let table = 0; table < tables; table++) fillAndEmpty(newTable());
  kept.push(newTable());
  kept[0]!.framers[0]!.push(madeUpUpdate(0, 1, forms[0]!));
  kept[0]!.flush();
}

/** A table with one route, for good: V8 throws code away when the last object of a form that it was made for is collected. */
const kept: Table[] = [];

interface Table {
  readonly rib: Rib;
  readonly slots: readonly PeerSlot[];
  /** By slot. */
  readonly framers: readonly MessageFramer[];
  readonly flush: () => void;
}

function newTable(): Table {
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_slot, _bytes, release) => (release(), true) }, sizes });
  // As the one that counts will be told: code that takes "nobody watches" for a constant would be thrown away then.
  rib.watch(undefined, { paths: false });
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
  return { rib, slots, framers, flush };
}

function fillAndEmpty({ rib, slots, framers, flush }: Table): void {
  for (const form of forms) {
    for (const withdraw of [false, true]) {
      for (let at = 0; at < routes; at += perUpdate) {
        framers[0]!.push(madeUpUpdate(at, perUpdate, form, withdraw));
        if (at % (perUpdate * 32) === 0) rib.flush();
      }
      // The second sender has some of the first one's routes, too: a best path to choose, and one that takes its place. It sends one in an
      // UPDATE, as hosts do whose workloads come one by one: reading the frame around each is another way through the code.
      for (let at = 0; at < routes; at += 3) {
        framers[1]!.push(madeUpUpdate(at, 1, form, withdraw));
        if (at % 3072 === 0) rib.flush();
      }
      flush();
    }
    // One that comes and goes while the table is full: it is sent all of it, and takes its routes along.
    framers[1]!.push(madeUpUpdate(0, perUpdate, form));
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
