// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";
import { toHex } from "../base/bytes/hex.ts";
import type { RibInput, RibTap } from "../bgp/rib/tap.ts";
import type { RibRecord } from "./recording.ts";
import type { Recorder } from "./recorder.ts";

/** Has everything noted that enters a table of routes, and digests of what it sends. */
export function recordRib(recorder: Recorder): RibTap {
  return {
    input: (input) => recorder.input(ribRecord(input)),
    sent: (slot, bytes, taken) =>
      recorder.decision({ out: "sent", slot, octets: bytes.length, digest: digestOf(bytes), ...(taken ? {} : { full: true }) }),
  };
}

export function digestOf(bytes: Uint8Array): string {
  return hash("sha1", bytes, "hex");
}

function ribRecord(input: RibInput): RibRecord {
  switch (input.kind) {
    case "update":
      return { in: "update", slot: input.slot, body: toHex(input.bytes.subarray(input.start, input.end)) };
    default: {
      const { kind, ...rest } = input;
      return { in: kind, ...rest } as RibRecord;
    }
  }
}
