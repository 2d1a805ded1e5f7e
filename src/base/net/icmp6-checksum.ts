// SPDX-License-Identifier: Apache-2.0
const [sourceAt, messageAt, checksumAt] = [22, 54, 56];
const nextHeader = 58;

/** Puts the checksum into an Ethernet frame with ICMPv6 right behind the IPv6 header: over addresses, message and a pseudo header of length and next header (RFC 4443 §2.3). */
export function putIcmp6Checksum(frame: Uint8Array): void {
  const v = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  v.setUint16(checksumAt, 0);
  let sum = frame.length - messageAt + nextHeader;
  for (let at = sourceAt; at < frame.length; at += 2) sum += v.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  v.setUint16(checksumAt, ~sum & 0xffff);
}
