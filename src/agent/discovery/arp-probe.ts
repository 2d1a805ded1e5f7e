// SPDX-License-Identifier: Apache-2.0
import { ipToBytes } from "../../base/net/ip.ts";
import { macToBytes } from "../../base/net/mac.ts";
import type { Question } from "./solicitation.ts";

/**
 * An ARP request to the MAC itself with the sender address 0.0.0.0 (RFC 5227 §2.1.1, an ARP Probe). The kernel puts an address of
 * the host there when it asks, and a station with reverse path filtering and no route back to that one does not answer; nobody filters 0.0.0.0.
 * The answer goes to the bridge's MAC, so the kernel's own entry is confirmed by it.
 */
export function arpProbe({ from, ip, mac }: Question): Uint8Array {
  const b = new Uint8Array(42);
  b.set(macToBytes(mac), 0);
  b.set(macToBytes(from), 6);
  // Ethernet, IPv4, lengths 6 and 4, request (RFC 826).
  b.set([0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1], 12);
  b.set(macToBytes(from), 22);
  b.set(ipToBytes(ip), 38);
  return b;
}
