// SPDX-License-Identifier: Apache-2.0
import type { Reader } from "../../base/bytes/reader.ts";
import type { Writer } from "../../base/bytes/writer.ts";

/** `type 2 | length 2 | value`: what Initiation, Peer Up and Termination say in words — RFC 7854 §4.4. */
export interface Information {
  readonly type: number;
  readonly value: Uint8Array;
}

/** RFC 7854 §4.4; the table name RFC 9069 §5.2.1. */
export const informationType = { string: 0, sysDescr: 1, sysName: 2, tableName: 3 } as const;
/** RFC 7854 §4.5: of a Termination. */
const terminationType = { string: 0, reason: 1 } as const;
export const terminationReason = { administrative: 0, unspecified: 1, outOfResources: 2 } as const;

export function textInformation(type: number, text: string): Information {
  return { type, value: new TextEncoder().encode(text) };
}

export function reasonInformation(reason: number): Information {
  return { type: terminationType.reason, value: Uint8Array.of(reason >> 8, reason & 255) };
}

export function writeInformation(list: readonly Information[], w: Writer): void {
  for (const { type, value } of list) w.u16(type).u16(value.length).put(value);
}

export function readInformation(r: Reader): readonly Information[] {
  const list: Information[] = [];
  while (r.remaining > 0) list.push({ type: r.u16(), value: r.take(r.u16()).slice() });
  return list;
}
