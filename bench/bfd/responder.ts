// SPDX-License-Identifier: Apache-2.0
/** `node bench/bfd/responder.ts COUNT`: the BFD of so many clients of bench/reflector, in one thread. Prints the downs as they come. */
import { systemClock } from "../../src/base/run/clock.ts";
import { MemoryJournal } from "../../src/base/run/journal.ts";
import { MemoryMetrics } from "../../src/base/run/metrics.ts";
import { parseIp } from "../../src/base/net/ip.ts";
import { Bfd } from "../../src/bfd/bfd.ts";
import { reflectorAddress } from "../reflector/generator.ts";

const count = Number(process.argv[2]);
const bfd = new Bfd({
  clock: systemClock,
  journal: new MemoryJournal(),
  metrics: new MemoryMetrics(),
  onDown: ({ key, reason }) => console.log(`${key}: ${reason}`),
  onHostSilent: () => {},
});
const config = { desiredMinTx: 300_000, requiredMinRx: 300_000, detectMultiplier: 3 };
for (let i = 0; i < count; i++) {
  const local = parseIp(`10.99.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`)!;
  bfd.want({ local, peer: parseIp(reflectorAddress)!, multihop: true, config });
}
process.once("SIGTERM", () => void bfd.stop());
