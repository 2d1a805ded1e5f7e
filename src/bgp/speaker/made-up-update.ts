// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../../base/bytes/hex.ts";
import { messageType } from "../wire/frame.ts";

/** What senders usually say: ORIGIN, empty AS_PATH, LOCAL_PREF, the route target 65000:100 and the encapsulation. */
const attributes = fromHex("4001010040020040050400000064c010100002fde800000064030c000000000008")!;

const localPrefAt = 13;
/**
 * Routes that share a set of attributes, and how many sets there are: more than a store has room for at first. V8 takes columns that never grew
 * for constants, and would throw all code away that knows them when they do.
 */
const perSet = 90;
const sets = 150;

/** Octets of the address and of the labels in a MAC/IP route. */
export type RouteForm = readonly [ip: number, labels: number];

/**
 * An UPDATE with `count` MAC/IP routes of VNI 100 from 127.0.0.1, or one that withdraws them. MACs, and addresses, count up from `first`;
 * by that number they have their LOCAL_PREF, too.
 */
export function madeUpUpdate(first: number, count: number, [ip, labels]: RouteForm, withdraw = false): Uint8Array {
  const length = 30 + ip + labels;
  const head = withdraw ? [0, 25, 70] : [0, 25, 70, 4, 127, 0, 0, 1, 0];
  const others = withdraw ? new Uint8Array(0) : attributes;
  const value = head.length + count * (length + 2);
  const bytes = new Uint8Array(19 + 4 + 4 + value + others.length);
  const view = new DataView(bytes.buffer);
  bytes.fill(255, 0, 16);
  view.setUint16(16, bytes.length);
  bytes[18] = messageType.update;
  view.setUint16(21, bytes.length - 23);
  bytes.set([0x90, withdraw ? 15 : 14, value >> 8, value & 255, ...head], 23);
  let o = 27 + head.length;
  for (let k = 0; k < count; k++, o += length + 2) {
    bytes.set([2, length, 0, 1, 127, 0, 0, 1, 0, 100], o);
    bytes[o + 24] = 48;
    view.setUint32(o + 27, first + k);
    bytes[o + 31] = ip * 8;
    if (ip > 0) view.setUint32(o + 32, first + k);
    bytes[o + 34 + ip] = 100;
  }
  bytes.set(others, o);
  if (!withdraw) bytes[o + localPrefAt] = 100 + (Math.trunc(first / perSet) % sets);
  return bytes;
}
