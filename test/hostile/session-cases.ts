// SPDX-License-Identifier: Apache-2.0
/** Faults of header, OPEN and state machine with the answer of RFC 4271 §6: those that a reflector of any make can be asked. */
import type { Ip } from "../../src/base/net/ip.ts";
import { toHex } from "../../src/base/bytes/hex.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import type { Open } from "../../src/bgp/wire/open.ts";
import { encodeOpen, identifierOf, keepalive, rawMessage, rawOpen } from "../harness/raw-peer.ts";
import { hex } from "../interop/exabgp/update-builder.ts";

export interface SessionCase {
  readonly what: string;
  /** How far the session has come before. */
  readonly after: "connected" | "open-confirm" | "established";
  /** Code, subcode and data of the NOTIFICATION; any of these, and whatever comes behind. */
  readonly wanted: readonly string[];
  octets(from: Ip): Uint8Array;
}

const ones = "ff".repeat(16);
const changed = (from: Ip, over: Partial<Open>): Uint8Array => encodeOpen({ ...rawOpen({ identifier: identifierOf(from) }), ...over });
const openWith = (from: Ip, parameters: string): Uint8Array =>
  rawMessage(messageType.open, hex(`04 fde8 005a ${toHex(Uint8Array.from(from.split(".").map(Number)))} ${parameters}`));

const one = (
  what: string,
  after: SessionCase["after"],
  wanted: string | readonly string[],
  octets: SessionCase["octets"],
): SessionCase => ({
  what,
  after,
  wanted: typeof wanted === "string" ? [wanted] : wanted,
  octets,
});

export const sessionCases: readonly SessionCase[] = [
  one("a marker that is not all ones", "connected", "1/1", () => hex(`${"ff".repeat(15)}00 001304`)),
  one("length 18", "connected", "1/2 0012", () => hex(`${ones} 0012 01`)),
  one("length 4097 without extended messages", "established", "1/2 1001", () => rawMessage(2, new Uint8Array(4078))),
  one("an OPEN of 28 octets", "connected", "1/2 001c", () => rawMessage(1, new Uint8Array(9))),
  one("an UPDATE of 22 octets", "established", "1/2 0016", () => rawMessage(2, [0, 0, 0])),
  one("a KEEPALIVE of 20 octets", "open-confirm", "1/2 0014", () => rawMessage(4, [0])),
  one("a NOTIFICATION of 20 octets", "established", "1/2 0014", () => rawMessage(3, [6])),
  one("a ROUTE-REFRESH of 22 octets", "established", "1/2 0016", () => rawMessage(5, [0, 25, 0])),
  one("message type 6", "established", "1/3 06", () => rawMessage(6, [])),
  one("version 3", "connected", "2/1 0004", (from) => changed(from, { version: 3 })),
  one("another AS", "connected", "2/2", (from) => encodeOpen(rawOpen({ identifier: identifierOf(from), asn: 65009 }))),
  one("AS 0", "connected", "2/2", (from) => changed(from, { myAs: 0, parameters: [] })),
  one("identifier 0.0.0.0", "connected", "2/3", (from) => changed(from, { identifier: 0 })),
  one("hold time 1", "connected", "2/6", (from) => changed(from, { holdTime: 1 })),
  one("hold time 2", "connected", "2/6", (from) => changed(from, { holdTime: 2 })),
  one("optional parameter 77", "connected", "2/4", (from) => openWith(from, "04 4d 02 0000")),
  one("parameters longer than the message", "connected", "2/0", (from) => openWith(from, "20 02 06 010400190046")),
  one("a parameter past its list", "connected", "2/0", (from) => openWith(from, "08 02 09 010400190046")),
  one("a capability past its parameter", "connected", "2/0", (from) => openWith(from, "08 02 06 010500190046")),
  one("KEEPALIVE before OPEN", "connected", "5/1", () => keepalive),
  one("UPDATE before OPEN", "connected", "5/1", () => rawMessage(2, [0, 0, 0, 0])),
  one("UPDATE before KEEPALIVE", "open-confirm", "5/2", () => rawMessage(2, [0, 0, 0, 0])),
  one("OPEN in an established session", "established", "5/3", (from) => changed(from, {})),
  one("BoRR of five octets", "established", "7/1", () => rawMessage(5, [0, 25, 1, 70, 9])),
];
