// SPDX-License-Identifier: Apache-2.0
/** UDP sockets that tell the TTL of what they receive and who refused what they sent: neither is to be had of Node's. */
import { readFileSync } from "node:fs";
import { toHex } from "../bytes/hex.ts";
import { type Ip, ipToBytes, isIp4 } from "../net/ip.ts";
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, check, lastErrno, libc, setSocketOption } from "./libc.ts";
import { SystemCallError, errnoName } from "./errors.ts";
import { inNamespace } from "./namespace.ts";
import { type Endpoint, bindTo, formatEndpoint, socketAddress } from "./socket-address.ts";

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_RECVERR = 11;
const IP_RECVTTL = 12;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_RECVERR = 25;
const IPV6_V6ONLY = 26;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_TCLASS = 67;
/** DSCP CS6, network control (RFC 4594 §3.1), in the place that IP_TOS has it. */
const networkControl = 0xc0;

export interface ReceivingUdpOptions {
  /** Path of a network namespace; absent: the one we run in. */
  readonly namespace?: string | undefined;
  /** Octets that the kernel holds for us before it drops. */
  readonly receiveBuffer: number;
}

/**
 * A socket bound to one address and port that says with each datagram what TTL or Hop Limit it had.
 * @returns a non-blocking, close-on-exec file descriptor that the caller owns
 * @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, ENOENT (no such namespace), …
 */
export function receivingUdp(at: Endpoint, options: ReceivingUdpOptions): number {
  return open(at.address, options.namespace, (fd, four) => {
    if (four) setSocketOption(fd, IPPROTO_IP, IP_RECVTTL, 1, "setsockopt IP_RECVTTL");
    else setSocketOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "setsockopt IPV6_RECVHOPLIMIT");
    setReceiveBuffer(fd, options.receiveBuffer);
    bindBeside(fd, at);
  });
}

/** Beyond net.core.rmem_max only with CAP_NET_ADMIN. */
function setReceiveBuffer(fd: number, octets: number): void {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setInt32(0, octets, true);
  if (libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, value.length) < 0)
    setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, value, "setsockopt SO_RCVBUF");
}

/**
 * Another program may listen at all addresses and allow others beside it, as FRR's bfdd does: what is sent to this address is ours. One
 * that listens at this very address would lose everything to us, so it comes first.
 */
function bindBeside(fd: number, at: Endpoint): void {
  const share = (): void => setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, "setsockopt SO_REUSEADDR");
  try {
    bindTo(fd, at);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.errnoName !== "EADDRINUSE" || isListening(at)) throw error;
    share();
    bindTo(fd, at);
  }
  share();
}

/** Whether some UDP socket of this namespace is bound to exactly this endpoint: proc_net_udp(5), addresses as words of the machine's byte order. */
function isListening({ address, port }: Endpoint): boolean {
  const octets = ipToBytes(address);
  let text = "";
  for (let i = 0; i < octets.length; i += 4) text += toHex(octets.subarray(i, i + 4).toReversed());
  const wanted = `${text}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
  const table = readFileSync(`/proc/thread-self/net/${isIp4(address) ? "udp" : "udp6"}`, "utf8");
  return table.split("\n").some((line) => line.trim().split(/\s+/)[1] === wanted);
}

/**
 * A socket that sends to one peer with TTL 255 and DSCP CS6, and keeps ICMP errors about it in its error queue.
 * @returns a non-blocking, close-on-exec file descriptor that the caller owns
 * @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH, …
 */
export function sendingUdp(from: Endpoint, to: Endpoint, namespace: string | undefined): number {
  return open(from.address, namespace, (fd, four) => {
    if (four) {
      setSocketOption(fd, IPPROTO_IP, IP_TTL, 255, "setsockopt IP_TTL");
      setSocketOption(fd, IPPROTO_IP, IP_TOS, networkControl, "setsockopt IP_TOS");
      setSocketOption(fd, IPPROTO_IP, IP_RECVERR, 1, "setsockopt IP_RECVERR");
    } else {
      setSocketOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255, "setsockopt IPV6_UNICAST_HOPS");
      setSocketOption(fd, IPPROTO_IPV6, IPV6_TCLASS, networkControl, "setsockopt IPV6_TCLASS");
      setSocketOption(fd, IPPROTO_IPV6, IPV6_RECVERR, 1, "setsockopt IPV6_RECVERR");
    }
    bindTo(fd, from);
    const address = socketAddress(to);
    check(libc.connect(fd, address, address.length), `connect ${formatEndpoint(to)}`);
  });
}

/** Sends without blocking. @returns undefined, or the errno's name: also that of an earlier ICMP error, and then nothing was sent */
export function sendDatagram(fd: number, octets: Uint8Array): string | undefined {
  return libc.send(fd, octets, octets.length, 0) < 0 ? errnoName(lastErrno()) : undefined;
}

function open(family: Ip, namespace: string | undefined, prepare: (fd: number, four: boolean) => void): number {
  const four = isIp4(family);
  return inNamespace(namespace, () => {
    const fd = check(libc.socket(four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
    try {
      if (!four) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "setsockopt IPV6_V6ONLY");
      prepare(fd, four);
      return fd;
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  });
}
