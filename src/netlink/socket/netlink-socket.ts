// SPDX-License-Identifier: Apache-2.0
import { errnoName } from "../../base/sys/errors.ts";
import { AF_NETLINK, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, check, lastErrno, libc, setSocketOption } from "../../base/sys/libc.ts";
import { inNamespace } from "../../base/sys/namespace.ts";

const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;

export interface SocketOptions {
  /** Path of a namespace; undefined: that of the process. */
  readonly namespace: string | undefined;
  readonly receiveBuffer: number;
  /** Multicast groups to join (RTNLGRP_*). */
  readonly groups?: readonly number[];
  readonly blocking: boolean;
  /** For blocking sockets: how long a receive may wait. */
  readonly timeoutSeconds?: number;
}

/** Opens an rtnetlink socket within a namespace; it stays there for good. @throws SystemCallError */
export function openNetlinkSocket(options: SocketOptions): number {
  const type = SOCK_RAW | SOCK_CLOEXEC | (options.blocking ? 0 : SOCK_NONBLOCK);
  const fd = inNamespace(options.namespace, () => check(libc.socket(AF_NETLINK, type, NETLINK_ROUTE), "socket AF_NETLINK"));
  try {
    configure(fd, options);
    return fd;
  } catch (e) {
    libc.close(fd);
    throw e;
  }
}

function configure(fd: number, options: SocketOptions): void {
  setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receiveBuffer);
  setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, 1 << 20);
  setSocketOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK");
  setSocketOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK");
  // Filters of dumps work, and mistakes in requests are refused instead of ignored.
  setSocketOption(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, "NETLINK_GET_STRICT_CHK");
  if (options.timeoutSeconds !== undefined) {
    const timeval = new Uint8Array(16);
    new DataView(timeval.buffer).setBigInt64(0, BigInt(options.timeoutSeconds), true);
    setSocketOption(fd, SOL_SOCKET, SO_RCVTIMEO, timeval, "SO_RCVTIMEO");
  }
  const address = new Uint8Array(12); // struct sockaddr_nl: family, port id chosen by the kernel, no legacy groups
  address[0] = AF_NETLINK;
  check(libc.bind(fd, address, address.length), "bind AF_NETLINK");
  for (const group of options.groups ?? []) setSocketOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, `join group ${group}`);
}

/** The forced variant passes net.core.rmem_max but needs CAP_NET_ADMIN in the first user namespace; the other is the best there is without. */
function setBuffer(fd: number, forced: number, plain: number, octets: number): void {
  try {
    setSocketOption(fd, SOL_SOCKET, forced, octets, "SO_RCVBUFFORCE");
  } catch {
    setSocketOption(fd, SOL_SOCKET, plain, octets, "SO_RCVBUF");
  }
}

/** Receives one datagram into `into`, retrying when a signal came. @returns its length, or the name of the errno */
export function receive(fd: number, into: Uint8Array): number | string {
  for (;;) {
    const n = libc.recv(fd, into, into.length, 0);
    if (n >= 0) return n;
    const name = errnoName(lastErrno());
    if (name !== "EINTR") return name;
  }
}
