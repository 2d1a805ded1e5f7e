// SPDX-License-Identifier: Apache-2.0
/** Loaded into a reflector (`node --import`): at SIGUSR2 writes the longest time without a turn of its loop since the last one, ms. */
import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let asked = 0;
process.on("SIGUSR2", () => {
  const ms = delay.count === 0 ? 0 : delay.max / 1e6;
  delay.reset();
  writeFileSync(process.env["PAUSE_FILE"]!, `${++asked} ${ms.toFixed(2)}\n`);
});
