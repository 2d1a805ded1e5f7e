// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipToBytes } from "../../../base/net/ip.ts";

/**
 * An ICMP error quotes the header of the packet that it is about, and the receiver looks its connection up by that: what is translated
 * outside has to be translated there, too, or path MTU discovery ends at the floating IP. nft cannot update the checksum of ICMP for a
 * quoted address. So the two octets behind the checksum, which RFC 792 leaves unused in the errors concerned, take what the address changed:
 * as RFC 6296 §3.1 does it for whole prefixes, the sum stays the same and so does the checksum.
 *
 * @returns these two octets for a quoted address that changes from `from` to `to`; both IPv4
 */
export function compensation(from: Ip, to: Ip): number {
  let sum = 0;
  const [a, b] = [ipToBytes(from), ipToBytes(to)];
  for (let i = 0; i < 4; i += 2) {
    sum += (a[i]! << 8) | a[i + 1]!;
    sum += 0xffff - ((b[i]! << 8) | b[i + 1]!);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** IPv4 as nft writes raw octets: a number. */
export function addressNumber(ip: Ip): string {
  return String(Buffer.from(ipToBytes(ip)).readUInt32BE());
}
