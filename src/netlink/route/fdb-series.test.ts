// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import { macOf, zeroMac } from "../../base/net/mac.ts";
import { MessageWriter } from "../wire/message-writer.ts";
import { FDB_DYNAMIC, fdb, type FdbRequest, formatFdbRequest } from "./fdb.ts";
import { FdbSeries } from "./fdb-series.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF } from "./neighbour-flags.ts";
import { encodeRequest } from "./request.ts";

const flags = NTF_SELF | NTF_MASTER | NTF_EXT_LEARNED;
const likes: readonly FdbRequest[] = [
  fdb.replace({ ifindex: 7, mac: zeroMac, state: FDB_DYNAMIC, flags, dst: "10.0.0.2" as Ip }),
  fdb.replace({ ifindex: 7, mac: zeroMac, state: FDB_DYNAMIC, flags, dst: "2001:db8::2" as Ip, vni: 300 }),
  fdb.delete({ ifindex: 7, mac: zeroMac, flags: NTF_SELF | NTF_MASTER }),
];

function octets(requests: readonly FdbRequest[], first: number): Uint8Array {
  const w = new MessageWriter();
  for (const [i, r] of requests.entries()) encodeRequest(w, r, first + i, () => -1);
  return w.view().slice();
}

test("one of a series is, in octets and in words, the request that is made for its MAC alone", () => {
  const mac = fc.tuple(fc.nat(0xffff), fc.nat(0xffff_ffff));
  fc.assert(
    fc.property(fc.constantFrom(...likes), fc.array(mac, { minLength: 1, maxLength: 5 }), fc.nat(0xffff_0000), (like, macs, first) => {
      const series = new FdbSeries(like);
      const short = macs.map(([high, low]) => series.of(high, low));
      const long = macs.map(([high, low]): FdbRequest => ({ ...like, entry: { ...like.entry, mac: macOf(high, low) } }));
      assert.deepEqual(octets(short, first), octets(long, first));
      assert.deepEqual(short.map(formatFdbRequest), long.map(formatFdbRequest));
    }),
  );
});
