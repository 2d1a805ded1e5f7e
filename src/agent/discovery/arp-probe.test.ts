// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../base/bytes/hex.ts";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { arpProbe } from "./arp-probe.ts";
import { readFrame } from "./sighting.ts";

test("a probe goes from the bridge's MAC to the station alone, and claims no address", () => {
  const frame = arpProbe({ ns: "", index: 3, from: "02:00:00:00:0b:0b" as Mac, ip: "192.168.1.1" as Ip, mac: "02:00:00:00:01:01" as Mac });
  assert.equal(
    toHex(frame),
    ["020000000101", "020000000b0b", "0806", "00010800", "0604", "0001", "020000000b0b", "00000000", "000000000000", "c0a80101"].join(""),
  );
  assert.equal(readFrame(frame), undefined);
});
