// SPDX-License-Identifier: Apache-2.0
/** ICMP echo that may not be fragmented, and what comes back of it: RFC 792, RFC 4443 §4, socket options of ip(7) and ipv6(7). */
import { type Ip, isIp4 } from "../net/ip.ts";
import { Epoll } from "./epoll.ts";
import { errnoName } from "./errors.ts";
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, check, lastErrno, libc, setSocketOption } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import { bindTo, socketAddress } from "./socket-address.ts";
import { UdpBatch } from "./udp-batch.ts";

const [IPPROTO_IP, IPPROTO_ICMP, IPPROTO_IPV6, IPPROTO_ICMPV6] = [0, 1, 41, 58];
const [IP_TTL, IP_MTU_DISCOVER, IP_RECVERR] = [2, 10, 11];
const [IPV6_UNICAST_HOPS, IPV6_MTU_DISCOVER, IPV6_RECVERR] = [16, 23, 25];
/** Never fragmented, and what the kernel believes of the path does not count: each probe asks the path anew. */
const PMTUDISC_PROBE = 3;
const icmpHeader = 8;
const [echoRequest4, echoReply4, echoRequest6, echoReply6] = [8, 0, 128, 129];

/** What became of a probe. `from`: who said so; undefined: this host. */
export type EchoOutcome =
  | { readonly kind: "arrived"; readonly ms: number }
  | { readonly kind: "too-big"; readonly from: Ip | undefined; readonly mtu: number }
  | { readonly kind: "expired"; readonly from: Ip | undefined }
  | { readonly kind: "unreachable"; readonly from: Ip | undefined; readonly why: string }
  | { readonly kind: "silent" };

export interface EchoProbe {
  /** Octets of the IP packet, its header included. */
  readonly size: number;
  readonly ttl: number;
  /** How long to wait for an answer, ms. */
  readonly wait: number;
}

/** Blocks the thread while it waits: for commands, not for daemons. */
export class EchoSocket {
  readonly #to: Ip;
  readonly #four: boolean;
  readonly #fd: number;
  readonly #epoll = new Epoll();
  readonly #batch = new UdpBatch(8, 256);
  readonly #id = process.pid & 0xffff;
  #sequence = 0;

  /** @param namespace path; undefined: the one that we run in. @throws SystemCallError EPERM without CAP_NET_RAW, EADDRNOTAVAIL, … */
  constructor(from: Ip, to: Ip, namespace?: string) {
    this.#to = to;
    this.#four = isIp4(to);
    this.#fd = inNamespace(namespace, () => this.#open(from));
    this.#epoll.add(this.#fd);
  }

  #open(from: Ip): number {
    const [family, protocol] = this.#four ? [AF_INET, IPPROTO_ICMP] : [AF_INET6, IPPROTO_ICMPV6];
    const fd = check(libc.socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), "socket SOCK_RAW");
    try {
      const [level, discover, errors] = this.#four
        ? [IPPROTO_IP, IP_MTU_DISCOVER, IP_RECVERR]
        : [IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_RECVERR];
      setSocketOption(fd, level, discover, PMTUDISC_PROBE, "setsockopt MTU_DISCOVER");
      setSocketOption(fd, level, errors, 1, "setsockopt RECVERR");
      bindTo(fd, { address: from, port: 0 });
      return fd;
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  }

  /** Sends one echo request and waits for what becomes of it. @throws SystemCallError */
  probe({ size, ttl, wait }: EchoProbe): EchoOutcome {
    const sequence = ++this.#sequence & 0xffff;
    const [level, option] = this.#four ? [IPPROTO_IP, IP_TTL] : [IPPROTO_IPV6, IPV6_UNICAST_HOPS];
    setSocketOption(this.#fd, level, option, ttl, "setsockopt TTL");
    const octets = this.#request(size, sequence);
    const to = socketAddress({ address: this.#to, port: 0 });
    const began = performance.now();
    const failed = libc.sendto(this.#fd, octets, octets.length, 0, to, to.length) < 0 ? errnoName(lastErrno()) : undefined;
    if (failed !== undefined && failed !== "EMSGSIZE") {
      // An error of an earlier probe is told to the next one that is sent: this one has not been.
      this.#batch.errors(this.#fd);
      return { kind: "unreachable", from: undefined, why: failed };
    }
    for (let left = wait; left > 0; left = wait - (performance.now() - began)) {
      const outcome = this.#read(sequence, began);
      if (outcome !== undefined) return outcome;
      this.#epoll.wait(left);
    }
    return this.#read(sequence, began) ?? { kind: "silent" };
  }

  #request(size: number, sequence: number): Uint8Array {
    const octets = new Uint8Array(Math.max(icmpHeader, size - (this.#four ? 20 : 40)));
    const view = new DataView(octets.buffer);
    octets[0] = this.#four ? echoRequest4 : echoRequest6;
    view.setUint16(4, this.#id);
    view.setUint16(6, sequence);
    // Of ICMPv6 the kernel makes it (RFC 3542 §3.1).
    if (this.#four) view.setUint16(2, checksum(octets));
    return octets;
  }

  #read(sequence: number, began: number): EchoOutcome | undefined {
    for (const error of this.#batch.errors(this.#fd)) {
      if (!this.#isMine(error.about, 0, sequence) && !error.isLocal) continue;
      const { from, type, code, mtu } = error;
      if (error.isLocal) return { kind: "too-big", from: undefined, mtu };
      if (this.#four ? type === 3 && code === 4 : type === 2) return { kind: "too-big", from, mtu };
      if (this.#four ? type === 11 : type === 3) return { kind: "expired", from };
      return { kind: "unreachable", from, why: `ICMP type ${type} code ${code}` };
    }
    for (const { bytes, source } of this.#batch.receive(this.#fd)) {
      const at = this.#four ? (bytes[0]! & 0xf) * 4 : 0;
      const isReply = bytes[at] === (this.#four ? echoReply4 : echoReply6);
      if (isReply && source === this.#to && this.#isMine(bytes, at, sequence)) return { kind: "arrived", ms: performance.now() - began };
    }
    return undefined;
  }

  #isMine(octets: Uint8Array, at: number, sequence: number): boolean {
    const number = (n: number): number => ((octets[at + n] ?? 0) << 8) | (octets[at + n + 1] ?? 0);
    return number(4) === this.#id && number(6) === sequence;
  }

  close(): void {
    this.#epoll.close();
    libc.close(this.#fd);
  }
}

/** RFC 1071. */
function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += (octets[i]! << 8) | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
