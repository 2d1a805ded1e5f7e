// SPDX-License-Identifier: Apache-2.0
/**
 * TCP sockets with the options that BGP needs and Node cannot set: MD5 signatures (RFC 2385), TTL and GTSM (RFC 5082),
 * source address, network namespace. Files made here are handed to Node: `new net.Socket({ fd }).connect(…)`, which must
 * happen in the same turn of the event loop, or `server.listen({ fd })`.
 */
import { type Ip, isIp4 } from "../net/ip.ts";
import { type Prefix, formatPrefix } from "../net/prefix.ts";
import { AF_INET, AF_INET6, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, check, libc, setSocketOption } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import { type Endpoint, bindTo, formatEndpoint, socketAddress } from "./socket-address.ts";

/** Hop limits of a socket. */
export interface HopLimits {
  /** TTL of what we send, 1…255. */
  readonly ttl?: number;
  /** Packets that arrive with less are dropped by the kernel: GTSM, RFC 5082 §3. 0 switches it off. */
  readonly minTtl?: number;
}

export interface TcpSocketOptions extends HopLimits {
  /** Path of a network namespace; absent: the one we run in. */
  readonly namespace?: string;
  readonly keys?: readonly Md5Key[];
}

/** Signs segments to and from every address of `peer`; the kernel takes the longest prefix that matches. */
export interface Md5Key {
  readonly peer: Prefix;
  /** 1…80 octets in UTF-8. */
  readonly key: string;
}

/** Longest key the kernel takes: TCP_MD5SIG_MAXKEYLEN. */
export const longestMd5Key = 80;

const F_DUPFD_CLOEXEC = 1030;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IP_MINTTL = 21;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** Offset of `tcpi_bytes_acked` in struct tcp_info of <linux/tcp.h>. */
const bytesAckedAt = 120;
const TCP_MD5SIG = 14;
const TCP_MD5SIG_EXT = 32;
const TCP_MD5SIG_FLAG_PREFIX = 1;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_MINHOPCOUNT = 73;

/**
 * A socket that listens at `at`; like `nc -l`, but with keys for peers that may connect.
 * @returns a non-blocking, close-on-exec file descriptor that the caller owns
 * @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, EACCES (port below 1024), ENOENT (no such namespace), …
 */
export function listenTcp(at: Endpoint, options: TcpSocketOptions = {}): number {
  return open(at.address, options, (fd) => {
    // Peers come and go while connections of the previous process are still in TIME_WAIT.
    setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1, "setsockopt SO_REUSEADDR");
    if (!isIp4(at.address)) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, "setsockopt IPV6_V6ONLY");
    bindTo(fd, at);
    check(libc.listen(fd, 1024), `listen ${formatEndpoint(at)}`);
  });
}

/**
 * A socket that is ready to connect to `peer`, bound to `source` when that is given.
 * @returns a non-blocking, close-on-exec file descriptor that the caller owns
 * @throws SystemCallError EADDRNOTAVAIL when `source` is not an address of this host, …
 */
export function connectingTcp(peer: Ip, source: Ip | undefined, options: TcpSocketOptions = {}): number {
  return open(peer, options, (fd) => {
    if (source !== undefined) bindTo(fd, { address: source, port: 0 });
  });
}

function open(family: Ip, options: TcpSocketOptions, prepare: (fd: number) => void): number {
  return inNamespace(options.namespace, () => {
    const fd = check(libc.socket(isIp4(family) ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
    try {
      setHopLimits(fd, family, options);
      for (const key of options.keys ?? []) setMd5Key(fd, key.peer, key.key);
      prepare(fd);
      return fd;
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  });
}

/** Changes the hop limits of a live socket. @throws SystemCallError */
export function setHopLimits(fd: number, family: Ip, limits: HopLimits): void {
  const four = isIp4(family);
  if (limits.ttl !== undefined) {
    if (four) setSocketOption(fd, IPPROTO_IP, IP_TTL, limits.ttl, "setsockopt IP_TTL");
    else setSocketOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, limits.ttl, "setsockopt IPV6_UNICAST_HOPS");
  }
  if (limits.minTtl !== undefined) {
    if (four) setSocketOption(fd, IPPROTO_IP, IP_MINTTL, limits.minTtl, "setsockopt IP_MINTTL");
    else setSocketOption(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, limits.minTtl, "setsockopt IPV6_MINHOPCOUNT");
  }
}

/** Another descriptor of the same socket, close-on-exec; the socket lives until both are closed. @throws SystemCallError EMFILE, EBADF */
export function duplicate(fd: number): number {
  return check(libc.fcntl(fd, F_DUPFD_CLOEXEC, "int", 0), "fcntl F_DUPFD_CLOEXEC");
}

/**
 * Hands octets to the kernel at once, past Node's streams: those take as long as the kernel itself does (bench/reflector, loads with many
 * clients). Only when nothing waits in the stream, and while the descriptor is known to be open.
 *
 * @returns how many the kernel took; 0 also when it refuses: whoever writes the rest in the usual way will be told why
 */
export function sendNow(fd: number, octets: Uint8Array): number {
  return Math.max(0, libc.send(fd, octets, octets.length, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/**
 * How many octets the other side has acknowledged so far: `bytes_acked` of TCP_INFO, which counts the handshake's one, too.
 * @throws SystemCallError
 */
export function octetsAcknowledged(fd: number): bigint {
  const info = new Uint8Array(bytesAckedAt + 8);
  check(libc.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, [info.length]), "getsockopt TCP_INFO");
  return new DataView(info.buffer).getBigUint64(bytesAckedAt, true);
}

/**
 * Sets, replaces or (`key` undefined) removes the MD5 key for a peer or a range, also on a live listener.
 * Connections that are already up keep the key they were made with.
 *
 * @throws SystemCallError ENOENT when the key to remove is not there, ENOMEM when `net.core.optmem_max` is used up, EINVAL for a key that is too long
 */
export function setMd5Key(fd: number, peer: Prefix, key: string | undefined): void {
  const whole = peer.length === (isIp4(peer.ip) ? 32 : 128);
  const name = whole ? TCP_MD5SIG : TCP_MD5SIG_EXT;
  setSocketOption(fd, IPPROTO_TCP, name, md5Signature(peer, key ?? "", whole), `setsockopt TCP_MD5SIG for ${formatPrefix(peer)}`);
}

/**
 * struct tcp_md5sig of <linux/tcp.h>; an empty key removes.
 *
 *   sockaddr_storage 128 | flags 1 | prefix length 1 | key length 2 | ifindex 4 | key 80
 */
function md5Signature(peer: Prefix, key: string, whole: boolean): Uint8Array {
  const octets = Buffer.from(key, "utf8");
  const out = new Uint8Array(136 + Math.max(longestMd5Key, octets.length));
  out.set(socketAddress({ address: peer.ip, port: 0 }));
  if (!whole) {
    out[128] = TCP_MD5SIG_FLAG_PREFIX;
    out[129] = peer.length;
  }
  new DataView(out.buffer).setUint16(130, octets.length, true);
  out.set(octets, 136);
  return out;
}
