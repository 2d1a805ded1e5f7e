// SPDX-License-Identifier: Apache-2.0
/** The part of SIOCETHTOOL that is about checksums: linux/ethtool.h. */
import koffi from "koffi";
import { SystemCallError } from "./errors.ts";
import { AF_INET, SOCK_CLOEXEC, SOCK_DGRAM, check, lastErrno, libc } from "./libc.ts";
import { inNamespace } from "./namespace.ts";

const SIOCETHTOOL = 0x8946;
const ETHTOOL_GTXCSUM = 0x16;
const ETHTOOL_STXCSUM = 0x17;
/** `struct ifreq`: a name of 16 octets, then a union whose longest member, a `struct ifmap`, has 24. */
const requestSize = 40;
const nameSize = 16;
/** `struct ethtool_value`: command and data. */
const valueSize = 8;

/** `ethtool -k DEVICE | grep tx-checksumming`; undefined when the device does not say. @throws SystemCallError */
export function readTxChecksum(device: string, namespace?: string): boolean | undefined {
  try {
    return ask(device, ETHTOOL_GTXCSUM, 0, namespace) !== 0;
  } catch (e) {
    if (e instanceof SystemCallError && (e.errnoName === "EOPNOTSUPP" || e.errnoName === "ENODEV")) return undefined;
    throw e;
  }
}

/** `ethtool -K DEVICE tx on|off`. @throws SystemCallError */
export function setTxChecksum(device: string, on: boolean, namespace?: string): void {
  ask(device, ETHTOOL_STXCSUM, on ? 1 : 0, namespace);
}

function ask(device: string, command: number, data: number, namespace: string | undefined): number {
  const name = Buffer.from(device);
  if (name.length >= nameSize) throw new RangeError(`${device}: no name of an interface`);
  return inNamespace(namespace, () => {
    const fd = check(libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    const memory = koffi.alloc("uint8_t", requestSize + valueSize) as bigint;
    try {
      const octets: ArrayBuffer = koffi.view(memory, requestSize + valueSize);
      new Uint8Array(octets).fill(0).set(name);
      const view = new DataView(octets);
      view.setBigUint64(nameSize, memory + BigInt(requestSize), true);
      view.setUint32(requestSize, command, true);
      view.setUint32(requestSize + 4, data, true);
      if (libc.ioctl(fd, SIOCETHTOOL, memory) < 0) throw new SystemCallError(`ethtool ${device}`, lastErrno());
      return view.getUint32(requestSize + 4, true);
    } finally {
      koffi.free(memory);
      libc.close(fd);
    }
  });
}
