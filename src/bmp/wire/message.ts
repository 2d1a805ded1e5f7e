// SPDX-License-Identifier: Apache-2.0
import { Reader, ReadPastEnd } from "../../base/bytes/reader.ts";
import { Writer } from "../../base/bytes/writer.ts";
import { type Ip, ipFromBytes, ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { headerLength as bgpHeaderLength } from "../../bgp/wire/frame.ts";
import { type Information, readInformation, writeInformation } from "./information.ts";
import { type PeerHeader, readPeerHeader, writePeerHeader } from "./peer-header.ts";
import { readStatistics, type Statistic, writeStatistics } from "./statistic.ts";

/**
 * A message to a monitoring station — RFC 7854 §4. BGP messages within are whole, with their headers.
 *
 *   version 1 (3) | length 4 (of all) | type 1 | …
 */
export type BmpMessage =
  | { readonly kind: "route-monitoring"; readonly peer: PeerHeader; readonly update: Uint8Array }
  | { readonly kind: "statistics"; readonly peer: PeerHeader; readonly statistics: readonly Statistic[] }
  /** §4.9. `data`: a NOTIFICATION, the code of an FSM event, or information, by `reason`. */
  | { readonly kind: "peer-down"; readonly peer: PeerHeader; readonly reason: number; readonly data: Uint8Array }
  | PeerUp
  | { readonly kind: "initiation"; readonly information: readonly Information[] }
  | { readonly kind: "termination"; readonly information: readonly Information[] }
  /** A type that we do not know. */
  | { readonly kind: "opaque-bmp"; readonly type: number; readonly body: Uint8Array };

/** §4.10. */
export interface PeerUp {
  readonly kind: "peer-up";
  readonly peer: PeerHeader;
  readonly localAddress: Ip;
  readonly localPort: number;
  readonly remotePort: number;
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
  readonly information: readonly Information[];
}

/** §4.9, RFC 9069 §5.3. */
export const peerDownReason = {
  localNotification: 1,
  localEvent: 2,
  remoteNotification: 3,
  remoteSilent: 4,
  notMonitored: 5,
  localWithInformation: 6,
} as const;

const bmpVersion = 3;
export const bmpHeaderLength = 6;

const codes = { "route-monitoring": 0, statistics: 1, "peer-down": 2, "peer-up": 3, initiation: 4, termination: 5 } as const;

export function encodeBmp(m: BmpMessage): Uint8Array<ArrayBuffer> {
  const w = new Writer(256);
  w.u8(bmpVersion)
    .u32(0)
    .u8(m.kind === "opaque-bmp" ? m.type : codes[m.kind]);
  if ("peer" in m) writePeerHeader(m.peer, w);
  writeBody(m, w);
  const bytes = w.finish();
  new DataView(bytes.buffer).setUint32(1, bytes.length);
  return bytes;
}

function writeBody(m: BmpMessage, w: Writer): void {
  switch (m.kind) {
    case "route-monitoring":
      w.put(m.update);
      break;
    case "statistics":
      writeStatistics(m.statistics, w);
      break;
    case "peer-down":
      w.u8(m.reason).put(m.data);
      break;
    case "peer-up":
      writePeerUp(m, w);
      break;
    case "initiation":
    case "termination":
      writeInformation(m.information, w);
      break;
    case "opaque-bmp":
      w.put(m.body);
      break;
  }
}

function writePeerUp(m: PeerUp, w: Writer): void {
  const local = ipToBytes(m.localAddress);
  w.zeros(16 - local.length).put(local);
  w.u16(m.localPort).u16(m.remotePort).put(m.sentOpen).put(m.receivedOpen);
  writeInformation(m.information, w);
}

/** Why octets are no BMP message, for people. */
export class MalformedBmp extends Error {
  readonly code = "WEFT_BMP_MALFORMED";
  constructor(message: string) {
    super(message);
    this.name = "MalformedBmp";
  }
}

/** Octets of the message that begins at `at`; undefined: not even its header is there. @throws MalformedBmp */
export function bmpLength(b: Uint8Array, at: number, end: number): number | undefined {
  if (at < end && b[at] !== bmpVersion) throw new MalformedBmp(`version ${b[at]}, not ${bmpVersion}`);
  if (at + bmpHeaderLength > end) return undefined;
  const length = new DataView(b.buffer, b.byteOffset + at).getUint32(1);
  if (length < bmpHeaderLength) throw new MalformedBmp(`length ${length} is less than that of the header`);
  return length;
}

/** Decodes one whole message. @throws MalformedBmp */
export function decodeBmp(bytes: Uint8Array): BmpMessage {
  const length = bmpLength(bytes, 0, bytes.length);
  if (length !== bytes.length) throw new MalformedBmp(`${bytes.length} octets, the header says ${length ?? "nothing"}`);
  try {
    return readBody(bytes[5]!, new Reader(bytes, bmpHeaderLength));
  } catch (error) {
    if (error instanceof ReadPastEnd) throw new MalformedBmp(`cut off: ${error.message}`);
    throw error;
  }
}

function readBody(type: number, r: Reader): BmpMessage {
  if (type === codes.initiation) return { kind: "initiation", information: readInformation(r) };
  if (type === codes.termination) return { kind: "termination", information: readInformation(r) };
  if (type > codes.termination) return { kind: "opaque-bmp", type, body: r.rest().slice() };
  const peer = readPeerHeader(r);
  if (typeof peer === "string") throw new MalformedBmp(peer);
  switch (type) {
    case codes["route-monitoring"]:
      return { kind: "route-monitoring", peer, update: r.rest().slice() };
    case codes.statistics:
      return { kind: "statistics", peer, statistics: readStatistics(r) };
    case codes["peer-down"]:
      return { kind: "peer-down", peer, reason: r.u8(), data: r.rest().slice() };
    default:
      return readPeerUp(peer, r);
  }
}

function readPeerUp(peer: PeerHeader, r: Reader): PeerUp {
  const local = r.take(16);
  // There is no flag for it: the session is of one address family, told by that of the peer.
  const ipv6 = peer.address !== undefined && !isIp4(peer.address);
  return {
    kind: "peer-up",
    peer,
    localAddress: ipFromBytes(local, ipv6 ? 0 : 12, ipv6 ? 16 : 4),
    localPort: r.u16(),
    remotePort: r.u16(),
    sentOpen: readBgpMessage(r),
    receivedOpen: readBgpMessage(r),
    information: readInformation(r),
  };
}

/** One BGP message, by the length in its header. */
function readBgpMessage(r: Reader): Uint8Array {
  const at = r.offset;
  r.skip(bgpHeaderLength - 3);
  const length = r.u16();
  if (length < bgpHeaderLength) throw new MalformedBmp(`a BGP message of ${length} octets`);
  r.skip(length - bgpHeaderLength + 1);
  return r.bytes.slice(at, r.offset);
}
