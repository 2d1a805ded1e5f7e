// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../net/ip.ts";
import { AF_INET, AF_INET6, check, libc } from "./libc.ts";

export interface Endpoint {
  readonly address: Ip;
  readonly port: number;
}

/** Length of `struct sockaddr_in6`, the longer of the two. */
export const longestSocketAddress = 28;

/** struct sockaddr_in (16 octets) or sockaddr_in6 (28). */
export function socketAddress(at: Endpoint): Uint8Array {
  const four = isIp4(at.address);
  const out = new Uint8Array(four ? 16 : longestSocketAddress);
  const view = new DataView(out.buffer);
  view.setUint16(0, four ? AF_INET : AF_INET6, true);
  view.setUint16(2, at.port);
  out.set(ipToBytes(at.address), four ? 4 : 8);
  return out;
}

/** The address in a `struct sockaddr_in` or `sockaddr_in6` at `at`; undefined for another family. */
export function addressIn(octets: Uint8Array, at: number): Ip | undefined {
  const family = octets[at]! | (octets[at + 1]! << 8);
  if (family === AF_INET) return ipFromBytes(octets, at + 4, 4);
  return family === AF_INET6 ? ipFromBytes(octets, at + 8, 16) : undefined;
}

/** @throws SystemCallError EADDRINUSE, EADDRNOTAVAIL, EACCES, … */
export function bindTo(fd: number, at: Endpoint): void {
  const address = socketAddress(at);
  check(libc.bind(fd, address, address.length), `bind ${formatEndpoint(at)}`);
}

/** `10.0.0.1:179`, `[fd00::1]:179`. */
export function formatEndpoint(at: Endpoint): string {
  return isIp4(at.address) ? `${at.address}:${at.port}` : `[${at.address}]:${at.port}`;
}
