// SPDX-License-Identifier: Apache-2.0
import type { FilterStep } from "../../base/sys/socket-filter.ts";
import { AF_BRIDGE, AF_INET, AF_INET6 } from "../route/family.ts";
import { NTF_EXT_LEARNED, NUD_NOARP } from "../route/neighbour-flags.ts";
import { RTM_DELNEIGH, RTM_NEWNEIGH } from "../route/neighbour-message.ts";
import { RTM_NEWROUTE } from "../route/route.ts";

// linux/bpf_common.h: loads of 1 and 2 octets at a fixed offset, jumps, return.
const LDB = 0x30;
const LDH = 0x28;
const JEQ = 0x15;
const JSET = 0x45;
const RET = 0x06;
const typeAt = 4;
const familyAt = 16;
/** The low octet of two: it has every state. */
const stateAt = 24;
const flagsAt = 26;
/** Of `struct rtmsg`. */
const protocolAt = 21;

/**
 * Drops what the kernel would tell of forwarding entries and neighbours that a control plane put (RTM_NEWNEIGH with NTF_EXT_LEARNED):
 * the echo of our own bulk, which took as long to read as to write (bench/figures/fib.ts). Port ids would tell ours from those of others,
 * but the kernel puts 0 there. Deletions, and what stations and administrators do, come through; so do neighbours that the kernel resolves
 * itself (without NUD_NOARP), because those that it keeps for us have the flag too, and it alone tells when one failed or has
 * another MAC. Routes say whose they are: those of `routeProtocol` are not told when they are put. Each notification is a datagram of its own.
 */
export function withoutOwnEcho(routeProtocol: number): readonly FilterStep[] {
  return [
    // Halves are loaded in network order, and the kernel wrote the type in that of the host.
    [LDH, 0, 0, typeAt],
    [JEQ, 0, 10, RTM_NEWNEIGH << 8],
    [LDB, 0, 0, familyAt],
    [JEQ, 4, 0, AF_BRIDGE],
    [JEQ, 1, 0, AF_INET],
    [JEQ, 0, 5, AF_INET6],
    [LDB, 0, 0, stateAt],
    [JSET, 0, 3, NUD_NOARP],
    [LDB, 0, 0, flagsAt],
    [JSET, 0, 1, NTF_EXT_LEARNED],
    [RET, 0, 0, 0],
    [RET, 0, 0, 0xffff_ffff],
    [JEQ, 0, 3, RTM_NEWROUTE << 8],
    [LDB, 0, 0, protocolAt],
    [JEQ, 0, 1, routeProtocol],
    [RET, 0, 0, 0],
    [RET, 0, 0, 0xffff_ffff],
  ];
}

/**
 * For a bulk that takes forwarding entries away: drops what the kernel would tell of those with NTF_EXT_LEARNED, put or taken, and nothing
 * else. Reading that 100,000 were gone took longer than taking them.
 */
export const withoutOwnEntries: readonly FilterStep[] = [
  [LDH, 0, 0, typeAt],
  [JEQ, 1, 0, RTM_NEWNEIGH << 8],
  [JEQ, 0, 5, RTM_DELNEIGH << 8],
  [LDB, 0, 0, familyAt],
  [JEQ, 0, 3, AF_BRIDGE],
  [LDB, 0, 0, flagsAt],
  [JSET, 0, 1, NTF_EXT_LEARNED],
  [RET, 0, 0, 0],
  [RET, 0, 0, 0xffff_ffff],
];
