// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import type { Ip } from "../../src/base/net/ip.ts";
import { toHex } from "../../src/base/bytes/hex.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { connectingTcp } from "../../src/base/sys/tcp-socket.ts";
import { attributeType, AttributeWalk } from "../../src/bgp/rib/attribute-walk.ts";
import { MessageFramer } from "../../src/bgp/speaker/message-framer.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { encodeOpen, identifierOf, keepalive, rawMessage, rawOpen } from "../harness/raw-peer.ts";

/** A route as the soak knows it: a key, and what a client must be told of it. */
export interface SoakRoute {
  /** Of its NLRI: names it and is its MAC. */
  readonly key: number;
  /** Differs between all who announce a key at a time, so that there is one best path by the first rule of the decision. */
  readonly localPref: number;
  /** In a route target: any number. */
  readonly tag: number;
}

/** Length of the NLRI of a MAC-only route, with type and length. */
const nlriLength = 35;
const perMessage = 80;
const walk = new AttributeWalk();

/** A client of the reflector: announces what it is told to, and keeps what it hears in the plainest way. */
export class SoakClient {
  readonly address: Ip;
  /** By key: `next hop | LOCAL_PREF | tag`, as {@link described}. */
  readonly table = new Map<number, string>();
  /** What it announces. */
  readonly announced = new Map<number, SoakRoute>();
  /** What of a message it could not make sense of. */
  readonly faults: string[] = [];
  reading = true;
  #socket: net.Socket | undefined;
  #up = false;

  constructor(address: Ip) {
    this.address = address;
  }

  get up(): boolean {
    return this.#up;
  }

  /** A new session, with nothing announced yet. */
  async connect(place: Place, reflector: Ip): Promise<void> {
    this.table.clear();
    const fd = connectingTcp(reflector, this.address, { namespace: namespacePath(place.namespace) });
    const socket = new net.Socket({ fd });
    this.#socket = socket;
    this.reading = true;
    const framer = new MessageFramer({
      message: (type, bytes, start, end) => this.#message(socket, type, bytes, start, end),
      fault: (_, why) => void this.faults.push(why),
    });
    socket.on("data", (chunk) => framer.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.#socket === socket) this.#up = false;
    });
    socket.connect({ host: reflector, port: 179 }, () => socket.write(encodeOpen(rawOpen({ identifier: identifierOf(this.address) }))));
    await waitFor(`${this.address}: a session`, () => this.#up, { within: 60_000, every: 5 });
  }

  /** As a process that is killed: the kernel closes the connection. */
  disconnect(): void {
    this.#up = false;
    this.announced.clear();
    this.#socket?.destroy();
  }

  stopReading(): void {
    this.reading = false;
    this.#socket?.pause();
  }

  readAgain(): void {
    this.reading = true;
    this.#socket?.resume();
  }

  announce(routes: readonly SoakRoute[]): void {
    for (const r of routes) this.announced.set(r.key, r);
    for (let i = 0; i < routes.length;) {
      const { localPref, tag } = routes[i]!;
      const from = i;
      while (i < routes.length && i < from + perMessage && routes[i]!.localPref === localPref && routes[i]!.tag === tag) i++;
      this.#socket?.write(announcement(this.address, localPref, tag, routes.slice(from, i)));
    }
  }

  withdraw(keys: readonly number[]): void {
    for (const key of keys) this.announced.delete(key);
    for (let i = 0; i < keys.length; i += perMessage) this.#socket?.write(withdrawal(keys.slice(i, i + perMessage)));
  }

  /** Asks for the whole table again — RFC 2918. */
  refresh(): void {
    this.#socket?.write(rawMessage(messageType.routeRefresh, [0, 25, 0, 70]));
  }

  keepAlive(): void {
    if (this.#up) this.#socket?.write(keepalive);
  }

  #message(socket: net.Socket, type: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (type === messageType.open) socket.write(keepalive);
    else if (type === messageType.keepalive) this.#up = true;
    else if (type === messageType.update) this.#update(bytes, start, end);
    else if (type === messageType.notification) this.faults.push(`NOTIFICATION ${bytes[start]}/${bytes[start + 1]}`);
    return true;
  }

  #update(bytes: Uint8Array, start: number, end: number): void {
    let reach: readonly [number, number] | undefined;
    let nextHop = "";
    let localPref = 0;
    let tag = 0;
    walk.over(bytes, start + 4, end);
    while (walk.advance()) {
      const { type, value, next } = walk;
      if (type === attributeType.localPref) localPref = walk.u32(0);
      else if (type === attributeType.extendedCommunities) tag = walk.u32(4);
      else if (type === attributeType.mpUnreach) for (const key of this.#keys(bytes, value + 3, next)) this.table.delete(key);
      else if (type === attributeType.mpReach) {
        nextHop = toHex(bytes.subarray(value + 4, value + 4 + bytes[value + 3]!));
        reach = [value + 5 + bytes[value + 3]!, next];
      }
    }
    if (reach) for (const key of this.#keys(bytes, ...reach)) this.table.set(key, `${nextHop} ${localPref} ${tag}`);
  }

  *#keys(bytes: Uint8Array, from: number, to: number): Generator<number> {
    for (let o = from; o < to; o += 2 + bytes[o + 1]!) {
      if (bytes[o] !== 2 || bytes[o + 1] !== nlriLength - 2) this.faults.push(`route of type ${bytes[o]} with ${bytes[o + 1]} octets`);
      else yield new DataView(bytes.buffer, bytes.byteOffset).getUint32(o + 27);
    }
  }
}

/** What a client that hears of the route must hold. */
export function described(from: Ip, { localPref, tag }: SoakRoute): string {
  return `${toHex(octetsOf(from))} ${localPref} ${tag}`;
}

const octetsOf = (address: Ip): Uint8Array => Uint8Array.from(address.split(".").map(Number));

function nlri(key: number): Uint8Array {
  const out = new Uint8Array(nlriLength);
  out.set([2, nlriLength - 2, 0, 1, 10, 0, 0, 1, 0, 100]);
  out[24] = 48;
  out[25] = 2;
  new DataView(out.buffer).setUint32(27, key);
  out[34] = 100;
  return out;
}

function announcement(from: Ip, localPref: number, tag: number, routes: readonly SoakRoute[]): Uint8Array {
  const u32 = (v: number): number[] => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255];
  const length = 9 + routes.length * nlriLength;
  const block = Buffer.concat([
    Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, ...u32(localPref), 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, ...u32(tag)),
    Uint8Array.of(0x90, 14, length >> 8, length & 255, 0, 25, 70, 4, ...octetsOf(from), 0),
    ...routes.map((r) => nlri(r.key)),
  ]);
  return rawMessage(messageType.update, Buffer.concat([Uint8Array.of(0, 0, block.length >> 8, block.length & 255), block]));
}

function withdrawal(keys: readonly number[]): Uint8Array {
  const length = 3 + keys.length * nlriLength;
  const block = Buffer.concat([Uint8Array.of(0x90, 15, length >> 8, length & 255, 0, 25, 70), ...keys.map(nlri)]);
  return rawMessage(messageType.update, Buffer.concat([Uint8Array.of(0, 0, block.length >> 8, block.length & 255), block]));
}
