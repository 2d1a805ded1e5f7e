// SPDX-License-Identifier: Apache-2.0
/** A monitoring station of our own: decodes what it is told, and keeps the tables that this makes. */
import net from "node:net";
import { toHex } from "../../base/bytes/hex.ts";
import { type Attribute, attributeOf } from "../../bgp/wire/attribute/attribute.ts";
import { formatAttribute } from "../../bgp/wire/attribute/table.ts";
import { encodeEvpn, evpnKey } from "../../bgp/wire/nlri/evpn/table.ts";
import { decodeUpdate } from "../../bgp/wire/update.ts";
import { type BmpMessage, bmpLength, decodeBmp } from "../wire/message.ts";
import type { PeerHeader } from "../wire/peer-header.ts";

/** `loc-rib`, or `10.0.0.1 pre-policy`. */
export type TableName = string;

export function tableOf(h: PeerHeader): TableName {
  if (h.type === "loc-rib") return "loc-rib";
  return `${h.address} ${h.adjRibOut ? "adj-rib-out" : h.postPolicy ? "post-policy" : "pre-policy"}`;
}

/** Everything there is to a route, whichever way it came. */
export function routeText(nlri: string, nextHop: Uint8Array, attributes: readonly Attribute[]): string {
  const others = attributes.filter((a) => a.kind !== "mp-reach" && a.kind !== "mp-unreach");
  return `${nlri} via ${toHex(nextHop)} ${others.map((a) => `${a.kind} ${formatAttribute(a)}`).join(", ")}`;
}

/** One connection of a station: its messages in order, and what they add up to. */
export class TestStation {
  readonly messages: BmpMessage[] = [];
  /** Routes by key, as {@link routeText}. */
  readonly tables = new Map<TableName, Map<string, string>>();
  readonly ended = new Set<TableName>();
  readonly up = new Set<string>();
  closed = false;
  /** What was wrong with the stream. */
  fault: unknown;
  readonly #socket: net.Socket;
  #pending: Buffer = Buffer.alloc(0);

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      try {
        this.#take(chunk);
      } catch (error) {
        this.fault = error;
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => (this.closed = true));
  }

  table(name: TableName): ReadonlyMap<string, string> {
    return this.tables.get(name) ?? new Map<string, string>();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    let at = 0;
    for (;;) {
      const length = bmpLength(this.#pending, at, this.#pending.length);
      if (length === undefined || at + length > this.#pending.length) break;
      const message = decodeBmp(Uint8Array.from(this.#pending.subarray(at, at + length)));
      this.messages.push(message);
      this.#apply(message);
      at += length;
    }
    this.#pending = this.#pending.subarray(at);
  }

  #apply(m: BmpMessage): void {
    if (m.kind === "peer-up") this.#change(m.peer, true);
    else if (m.kind === "peer-down") this.#change(m.peer, false);
    else if (m.kind === "route-monitoring") this.#routes(m.peer, m.update);
  }

  #change(peer: PeerHeader, isUp: boolean): void {
    const name = peer.address ?? "loc-rib";
    if (isUp === this.up.has(name)) throw new Error(`${name} ${isUp ? "comes up" : "goes down"} twice`);
    if (isUp) this.up.add(name);
    else this.up.delete(name);
    for (const table of this.tables.keys()) if (table === name || table.startsWith(`${name} `)) this.tables.delete(table);
  }

  #routes(peer: PeerHeader, update: Uint8Array): void {
    const name = tableOf(peer);
    if (!this.up.has(peer.address ?? "loc-rib")) throw new Error(`routes of ${name}, which is not up`);
    let table = this.tables.get(name);
    if (!table) this.tables.set(name, (table = new Map()));
    const { update: decoded, faults } = decodeUpdate(update.subarray(19), { fourOctetAs: !peer.twoOctetAs, peer: "unknown" });
    if (!decoded || faults.length > 0) throw new Error(`an UPDATE of ${name}: ${faults[0]?.message}`);
    const { attributes } = decoded;
    const reach = attributeOf(attributes, "mp-reach");
    const unreach = attributeOf(attributes, "mp-unreach");
    if (!reach && unreach?.routes.length === 0) this.ended.add(name);
    for (const route of unreach?.routes ?? []) table.delete(keyOf(route));
    for (const route of reach?.routes ?? []) table.set(keyOf(route), routeText(nlriOf(route), reach!.nextHop, attributes));
  }
}

function nlriOf(route: unknown): string {
  return toHex(encodeEvpn(route as Parameters<typeof encodeEvpn>[0]));
}

function keyOf(route: unknown): string {
  const bytes = encodeEvpn(route as Parameters<typeof encodeEvpn>[0]);
  return evpnKey(bytes, 0, bytes.length);
}

/** Where stations connect to us: the connections so far, each a {@link TestStation}. */
export class StationServer {
  readonly connections: TestStation[] = [];
  /** Applied to a connection before anything is read. */
  onConnection: (station: TestStation) => void = () => undefined;
  readonly #server = net.createServer((socket) => {
    const station = new TestStation(socket);
    this.connections.push(station);
    this.onConnection(station);
  });

  async listen(host: string): Promise<number> {
    await new Promise<void>((resolve) => void this.#server.listen(0, host, resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const c of this.connections) c.close();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}
