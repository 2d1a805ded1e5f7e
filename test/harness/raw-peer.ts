// SPDX-License-Identifier: Apache-2.0
import net from "node:net";
import type { Ip } from "../../src/base/net/ip.ts";
import { toHex } from "../../src/base/bytes/hex.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { connectingTcp } from "../../src/base/sys/tcp-socket.ts";
import type { Capability } from "../../src/bgp/wire/capability/capability.ts";
import { headerLength, messageType } from "../../src/bgp/wire/frame.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { type Open, makeOpen } from "../../src/bgp/wire/open.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";

/** One message as it came. */
export interface RawMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

export interface RawPeerOptions {
  /** Source address, of an interface there. */
  readonly from: Ip;
  readonly to: Ip;
  /** Absent: 179. */
  readonly port?: number;
}

/** What an OPEN offers unless a test wants it otherwise. */
export function plainCapabilities(asn = 65000): readonly Capability[] {
  return [{ kind: "multiprotocol", family: "l2vpn-evpn" }, { kind: "route-refresh" }, { kind: "four-octet-as", asn }];
}

/** A BGP peer at a place that is nothing but a TCP connection: it sends the octets that a test gives, and keeps what comes back. */
export class RawPeer {
  readonly address: Ip;
  readonly received: RawMessage[] = [];
  /** The other side closed, or the kernel did. */
  closed = false;
  readonly #socket: net.Socket;
  #pending: Buffer = Buffer.alloc(0);
  #taken = 0;

  private constructor(address: Ip, socket: net.Socket) {
    this.address = address;
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => (this.closed = true));
  }

  static async connect(place: Place, options: RawPeerOptions): Promise<RawPeer> {
    const fd = connectingTcp(options.to, options.from, { namespace: namespacePath(place.namespace) });
    const socket = new net.Socket({ fd });
    socket.connect({ host: options.to, port: options.port ?? 179 });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new RawPeer(options.from, socket);
  }

  /** Connects and goes through OPEN and KEEPALIVE; from then on KEEPALIVEs are not needed for the hold time of 90 s. */
  static async established(place: Place, options: RawPeerOptions, open: Partial<Parameters<typeof rawOpen>[0]> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(place, options);
    peer.send(encodeOpen(rawOpen({ identifier: identifierOf(options.from), ...open })), keepalive);
    await peer.next(messageType.keepalive);
    return peer;
  }

  send(...octets: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(octets));
  }

  /** The next message of a type; those before it are passed over. */
  async next(type: number): Promise<RawMessage> {
    return await waitFor(`${this.address}: a message of type ${type}`, () => {
      while (this.#taken < this.received.length) {
        const message = this.received[this.#taken++]!;
        if (message.type === type) return message;
      }
      return undefined;
    });
  }

  /** `2/6 0102`: the NOTIFICATION that the other side ends the connection with, its data in hex. */
  async refusal(): Promise<string> {
    await waitFor(`${this.address}: the end of the connection`, () => this.closed);
    const last = this.received.at(-1);
    if (last?.type !== messageType.notification) return `closed without a NOTIFICATION after ${this.received.map((m) => m.type).join(" ")}`;
    const data = toHex(last.body.subarray(2));
    return `${last.body[0]}/${last.body[1]}${data === "" ? "" : ` ${data}`}`;
  }

  /** Reads nothing more: what the other side sends piles up there, until {@link resumeReading}. */
  stopReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= headerLength) {
      const length = this.#pending.readUInt16BE(16);
      if (this.#pending.length < length) return;
      this.received.push({ type: this.#pending[18]!, body: Uint8Array.from(this.#pending.subarray(headerLength, length)) });
      this.#pending = this.#pending.subarray(length);
    }
  }
}

/** An OPEN of AS 65000 with a hold time of 90 s; every part can be another. */
export function rawOpen(o: {
  readonly identifier: number;
  readonly asn?: number;
  readonly holdTime?: number;
  readonly capabilities?: readonly Capability[];
}): Open {
  const asn = o.asn ?? 65000;
  return makeOpen({ asn, holdTime: o.holdTime ?? 90, identifier: o.identifier, capabilities: o.capabilities ?? plainCapabilities(asn) });
}

export function encodeOpen(open: Open): Uint8Array {
  return encodeMessage(open, { fourOctetAs: true, peer: "unknown" });
}

/** A whole message around a body, sound or not. */
export function rawMessage(type: number, body: Uint8Array | readonly number[]): Uint8Array {
  const length = headerLength + body.length;
  return Uint8Array.from([...marker, length >> 8, length & 255, type, ...body]);
}

const marker: readonly number[] = Array<number>(16).fill(255);
export const keepalive = rawMessage(messageType.keepalive, []);

/** `10.0.0.7` → 0x0a000007. */
export function identifierOf(address: Ip): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}
