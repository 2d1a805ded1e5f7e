// SPDX-License-Identifier: Apache-2.0
import koffi from "koffi";
import type { Ip } from "../net/ip.ts";
import { libc } from "./libc.ts";
import { addressIn, longestSocketAddress } from "./socket-address.ts";

const MSG_DONTWAIT = 0x40;
const MSG_ERRQUEUE = 0x2000;
/** `struct mmsghdr` and `struct iovec` of 64-bit Linux. */
const headerSize = 64;
const vectorSize = 16;
const [nameAt, nameLengthAt, iovAt, iovLengthAt, controlAt, controlLengthAt, lengthAt] = [0, 8, 16, 24, 32, 40, 56];
const nameSize = 32;
const controlSize = 128;
/** `struct cmsghdr`: length 8 | level 4 | type 4 | data, each padded to 8. */
const controlHeader = 16;
const [IPPROTO_IP, IPPROTO_IPV6] = [0, 41];
const [IP_TTL, IP_RECVERR] = [2, 11];
const [IPV6_RECVERR, IPV6_HOPLIMIT] = [25, 52];
/** `struct sock_extended_err` of linux/errqueue.h; the address of whoever complained follows it. */
const extendedErrorSize = 16;
const [SO_EE_ORIGIN_LOCAL, SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6] = [1, 2, 3];

export interface ReceivedDatagram {
  /** A view, valid until the next call. */
  readonly bytes: Uint8Array;
  readonly source: Ip;
  /** TTL or Hop Limit; 0 when the kernel did not say. */
  readonly ttl: number;
}

/** An error about a datagram that a socket sent: from ICMP, ICMPv6, or this host. */
export interface IcmpError {
  /** Who says so. */
  readonly from: Ip | undefined;
  /** Type 3 code 3 (RFC 792) or type 1 code 4 (RFC 4443 §3.1): the host is there, but nobody listens at the port. */
  readonly isPortUnreachable: boolean;
  /** This host itself, which would not send it: larger than the device takes. Type and code mean nothing then. */
  readonly isLocal: boolean;
  /** Of ICMP or ICMPv6. */
  readonly type: number;
  readonly code: number;
  /** What the next hop takes, where the datagram was too big for it (RFC 1191 §4, RFC 8201 §4); 0: not told. */
  readonly mtu: number;
  /** The first octets of the datagram, from behind its IP header on. A view, valid until the next call. */
  readonly about: Uint8Array;
}

/** Receives several datagrams with one system call, recvmmsg(2), together with what the kernel knows of each. */
export class UdpBatch {
  readonly #slots: number;
  readonly #size: number;
  readonly #headers: bigint;
  readonly #octets: Uint8Array;
  readonly #view: DataView;

  /** @param size octets of the longest datagram; of longer ones the rest is lost */
  constructor(slots: number, size: number) {
    this.#slots = slots;
    this.#size = size;
    const total = slots * (headerSize + vectorSize + nameSize + controlSize + size);
    const memory = koffi.alloc("uint8_t", total) as bigint;
    const buffer: ArrayBuffer = koffi.view(memory, total);
    this.#headers = memory;
    this.#octets = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    for (let i = 0; i < slots; i++) {
      const header = i * headerSize;
      const vector = this.#vectorOf(i);
      this.#view.setBigUint64(header + nameAt, memory + BigInt(this.#nameOf(i)), true);
      this.#view.setBigUint64(header + iovAt, memory + BigInt(vector), true);
      this.#view.setBigUint64(header + iovLengthAt, 1n, true);
      this.#view.setBigUint64(header + controlAt, memory + BigInt(this.#controlOf(i)), true);
      this.#view.setBigUint64(vector, memory + BigInt(this.#dataOf(i)), true);
      this.#view.setBigUint64(vector + 8, BigInt(size), true);
    }
  }

  /** What waits at a socket, at most as many as there are slots; none: nothing waits, or an error that a later send will tell of. */
  receive(fd: number): ReceivedDatagram[] {
    const out: ReceivedDatagram[] = [];
    const n = this.#receive(fd, MSG_DONTWAIT);
    for (let i = 0; i < n; i++) {
      const source = addressIn(this.#octets, this.#nameOf(i));
      const data = this.#dataOf(i);
      const length = this.#view.getUint32(i * headerSize + lengthAt, true);
      if (source !== undefined) out.push({ bytes: this.#octets.subarray(data, data + length), source, ttl: this.#ttlOf(i) });
    }
    return out;
  }

  /** What waits in the error queue of a socket. */
  errors(fd: number): IcmpError[] {
    const out: IcmpError[] = [];
    const n = this.#receive(fd, MSG_DONTWAIT | MSG_ERRQUEUE);
    for (let i = 0; i < n; i++) {
      const four = this.#control(i, IPPROTO_IP, IP_RECVERR);
      const at = four ?? this.#control(i, IPPROTO_IPV6, IPV6_RECVERR);
      if (at === undefined) continue;
      const [origin, type, code] = this.#octets.subarray(at + 4, at + 7);
      const isPortUnreachable =
        four === undefined
          ? origin === SO_EE_ORIGIN_ICMP6 && type === 1 && code === 4
          : origin === SO_EE_ORIGIN_ICMP && type === 3 && code === 3;
      const data = this.#dataOf(i);
      out.push({
        from: addressIn(this.#octets, at + extendedErrorSize),
        isPortUnreachable,
        isLocal: origin === SO_EE_ORIGIN_LOCAL,
        type: type!,
        code: code!,
        mtu: this.#view.getUint32(at + 8, true),
        about: this.#octets.subarray(data, data + this.#view.getUint32(i * headerSize + lengthAt, true)),
      });
    }
    return out;
  }

  #receive(fd: number, flags: number): number {
    for (let i = 0; i < this.#slots; i++) {
      this.#view.setUint32(i * headerSize + nameLengthAt, longestSocketAddress, true);
      this.#view.setBigUint64(i * headerSize + controlLengthAt, BigInt(controlSize), true);
    }
    return libc.recvmmsg(fd, this.#headers, this.#slots, flags, null);
  }

  #ttlOf(i: number): number {
    const at = this.#control(i, IPPROTO_IP, IP_TTL) ?? this.#control(i, IPPROTO_IPV6, IPV6_HOPLIMIT);
    return at === undefined ? 0 : this.#view.getInt32(at, true);
  }

  /** Offset of the data of a control message. */
  #control(i: number, level: number, type: number): number | undefined {
    const end = this.#controlOf(i) + Number(this.#view.getBigUint64(i * headerSize + controlLengthAt, true));
    for (let at = this.#controlOf(i); at + controlHeader <= end;) {
      if (this.#view.getInt32(at + 8, true) === level && this.#view.getInt32(at + 12, true) === type) return at + controlHeader;
      const length = Number(this.#view.getBigUint64(at, true));
      if (length < controlHeader) return undefined;
      at += (length + 7) & ~7;
    }
    return undefined;
  }

  #vectorOf(i: number): number {
    return this.#slots * headerSize + i * vectorSize;
  }

  #nameOf(i: number): number {
    return this.#slots * (headerSize + vectorSize) + i * nameSize;
  }

  #controlOf(i: number): number {
    return this.#slots * (headerSize + vectorSize + nameSize) + i * controlSize;
  }

  #dataOf(i: number): number {
    return this.#slots * (headerSize + vectorSize + nameSize + controlSize) + i * this.#size;
  }
}
