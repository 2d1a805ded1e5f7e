// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../src/base/net/ip.ts";
import { systemClock } from "../../src/base/run/clock.ts";
import { MemoryJournal } from "../../src/base/run/journal.ts";
import { MemoryMetrics } from "../../src/base/run/metrics.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { defaultGracefulRestart, defaultTimers } from "../../src/bgp/speaker/config.ts";
import { Speaker } from "../../src/bgp/speaker/speaker.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";

export const senderAddress = "10.0.0.4" as Ip;

/** A speaker at `place` that waits for leaves of 10.0.0.0/24, as a reflector whose table somebody fills. To be started. */
export function senderAt(place: Place, asn: number): Speaker {
  return new Speaker({
    config: {
      asn,
      routerId: senderAddress,
      listen: [{ address: senderAddress, port: 179 }],
      namespace: namespacePath(place.namespace),
      peers: [],
      dynamicPeers: [{ range: { ip: "10.0.0.0" as Ip, length: 24 }, asn, families: ["l2vpn-evpn"], client: true }],
      timers: defaultTimers,
      gracefulRestart: defaultGracefulRestart,
    },
    clock: systemClock,
    journal: new MemoryJournal(),
    metrics: new MemoryMetrics(),
  });
}

/** Waits for the session with a leaf. */
export async function sessionWith(speaker: Speaker): Promise<void> {
  await waitFor("the session", async () => speaker.peers().some((p) => p.phase === "established"), { within: 30_000 });
}
