// SPDX-License-Identifier: Apache-2.0
/** UPDATEs taken apart by a reader of their own, which knows no attribute but MP_REACH_NLRI and MP_UNREACH_NLRI: RFC 4271 §4.3, RFC 4760. */
import { toHex } from "../../src/base/bytes/hex.ts";
import { keyText } from "../../src/bgp/rib/testing/random-nlri.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import type { RawMessage, RawPeer } from "../harness/raw-peer.ts";

export interface OctetAttribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
  /** With flags, type and length, in hex. */
  readonly whole: string;
}

/** One EVPN route as it came. */
export interface OctetRoute {
  /** Type, length and value, in hex. */
  readonly nlri: string;
  /** In hex. */
  readonly nextHop: string;
  /** In their order, without MP_REACH_NLRI and MP_UNREACH_NLRI. */
  readonly attributes: readonly OctetAttribute[];
}

export const [originatorId, clusterList, mpReach, mpUnreach] = [9, 10, 14, 15] as const;

export function attributesIn(body: Uint8Array): readonly OctetAttribute[] {
  const b = Buffer.from(body);
  const start = 4 + b.readUInt16BE(0);
  const end = start + b.readUInt16BE(start - 2);
  const list: OctetAttribute[] = [];
  for (let at = start; at < end;) {
    const [flags, type] = [b[at]!, b[at + 1]!];
    const wide = (flags & 0x10) !== 0;
    const from = at + (wide ? 4 : 3);
    const to = from + (wide ? b.readUInt16BE(at + 2) : b[at + 2]!);
    list.push({ flags, type, value: body.slice(from, to), whole: toHex(body.slice(at, to)) });
    at = to;
  }
  return list;
}

/** Type, length and value of each NLRI — RFC 7432 §7. */
export function nlriIn(field: Uint8Array): readonly Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = 0; at + 2 <= field.length; at += 2 + field[at + 1]!) list.push(field.slice(at, at + 2 + field[at + 1]!));
  return list;
}

/** The routes that UPDATEs leave, by what tells one from another ({@link keyText}): a withdrawal need not repeat labels and ESI. */
export class OctetTable {
  readonly routes = new Map<string, OctetRoute>();
  endsOfRib = 0;

  update(body: Uint8Array): void {
    const all = attributesIn(body);
    const attributes = all.filter((a) => a.type !== mpReach && a.type !== mpUnreach);
    for (const { type, value } of all) {
      if (type !== mpReach && type !== mpUnreach) continue;
      if (toHex(value.subarray(0, 3)) !== "001946") continue;
      if (type === mpUnreach) {
        if (value.length === 3) this.endsOfRib++;
        for (const nlri of nlriIn(value.subarray(3))) this.routes.delete(keyText(nlri));
        continue;
      }
      const nextHopEnd = 4 + value[3]!;
      const nextHop = toHex(value.subarray(4, nextHopEnd));
      for (const nlri of nlriIn(value.subarray(nextHopEnd + 1))) this.routes.set(keyText(nlri), { nlri: toHex(nlri), nextHop, attributes });
    }
  }
}

/** What a client was told, up to now. */
export class RawClient {
  readonly peer: RawPeer;
  readonly #table = new OctetTable();
  /** Subtypes of ROUTE-REFRESH and `eor`, in their order. */
  readonly #marks: string[] = [];
  #read = 0;

  constructor(peer: RawPeer) {
    this.peer = peer;
  }

  get table(): ReadonlyMap<string, OctetRoute> {
    this.#catchUp();
    return this.#table.routes;
  }

  get marks(): readonly string[] {
    this.#catchUp();
    return this.#marks;
  }

  #catchUp(): void {
    for (; this.#read < this.peer.received.length; this.#read++) this.#take(this.peer.received[this.#read]!);
  }

  #take({ type, body }: RawMessage): void {
    if (type === messageType.routeRefresh) this.#marks.push(["request", "begin", "end"][body[2]!] ?? `subtype ${body[2]}`);
    if (type !== messageType.update) return;
    const before = this.#table.endsOfRib;
    this.#table.update(body);
    if (this.#table.endsOfRib > before) this.#marks.push("eor");
  }
}
