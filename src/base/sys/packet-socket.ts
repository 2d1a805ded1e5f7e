// SPDX-License-Identifier: Apache-2.0
import { lastErrno, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, check, libc, setSocketOption } from "./libc.ts";
import { inNamespace } from "./namespace.ts";
import { errnoName, SystemCallError } from "./errors.ts";
import { attachFilter, type FilterStep } from "./socket-filter.ts";

const AF_PACKET = 17;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const addressLength = 20;

export interface PacketSocketOptions {
  /** Path of a network namespace; undefined: the one we run in. */
  readonly namespace: string | undefined;
  /** EtherType of the frames wanted, in host order; on whatever device of the namespace they arrive. */
  readonly protocol: number;
  /** Without it everything of that EtherType. The kernel refuses a program without steps. */
  readonly filter?: readonly FilterStep[] | undefined;
  /** Octets that the kernel holds for us before it drops. */
  readonly receiveBuffer: number;
}

/**
 * `socket(AF_PACKET, SOCK_RAW, …)` that receives frames of one EtherType. A frame that a bridge hands to its host arrives with the
 * bridge as its device. The filter is in place before the first frame: bound to a protocol only afterwards.
 * @returns a non-blocking file descriptor that the caller owns; closing it takes the kernel an RCU grace period, some 10 ms
 * @throws SystemCallError `EPERM` without CAP_NET_RAW
 */
export function openPacketSocket(options: PacketSocketOptions): number {
  return inNamespace(options.namespace, () => {
    const fd = check(libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket AF_PACKET");
    try {
      if (options.filter) attachFilter(fd, options.filter);
      setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, options.receiveBuffer, "setsockopt SO_RCVBUF");
      check(libc.bind(fd, linkAddress(options.protocol), addressLength), "bind AF_PACKET");
      return fd;
    } catch (e) {
      libc.close(fd);
      throw e;
    }
  });
}

/** `struct sockaddr_ll` for any device. */
function linkAddress(protocol: number): Uint8Array {
  const b = new Uint8Array(addressLength);
  const v = new DataView(b.buffer);
  v.setUint16(0, AF_PACKET, true);
  v.setUint16(2, protocol, false);
  return b;
}

export interface ReceivedFrame {
  /** ifindex of the device that it arrived on. */
  readonly index: number;
  /** From the Ethernet header on, as far as the filter let it. A view, valid until the next call. */
  readonly frame: Uint8Array;
}

const frameBuffer = new Uint8Array(2048);
const addressBuffer = new Uint8Array(addressLength);
const addressView = new DataView(addressBuffer.buffer);

/** The next frame that waits, with its device; undefined when there is none. @throws SystemCallError, for example `ENETDOWN` */
export function receiveFrame(fd: number): ReceivedFrame | undefined {
  const n = libc.recvfrom(fd, frameBuffer, frameBuffer.length, 0, addressBuffer, [addressLength]);
  if (n >= 0) return { index: addressView.getInt32(4, true), frame: frameBuffer.subarray(0, n) };
  const errno = lastErrno();
  const name = errnoName(errno);
  if (name === "EAGAIN" || name === "EINTR") return undefined;
  throw new SystemCallError("recvfrom AF_PACKET", errno);
}

/** Frames that the kernel dropped for want of room since this was last asked. @throws SystemCallError */
export function takeDropped(fd: number): number {
  const statistics = new Uint8Array(8); // struct tpacket_stats
  check(libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, statistics, [statistics.length]), "getsockopt PACKET_STATISTICS");
  return new DataView(statistics.buffer).getUint32(4, true);
}

/** Sends a frame, from its Ethernet header on, out of a device. @returns whether it went: not when the device is gone, down or full */
export function sendFrame(fd: number, index: number, frame: Uint8Array): boolean {
  const to = linkAddress(0);
  new DataView(to.buffer).setInt32(4, index, true);
  return libc.sendto(fd, frame, frame.length, 0, to, addressLength) >= 0;
}
