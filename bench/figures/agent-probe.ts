// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded into an agent (`NODE_OPTIONS=--import=…`, the socket's path in AGENT_PROBE). A connection that says `pause` is told the longest time
 * without a turn of the loop since the last one that asked, ms; `memory`: octets that the process has after all garbage was collected.
 */
import { createServer } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";

const path = process.env["AGENT_PROBE"];
// The launcher's shell starts only one Node; the commands of the CLI are not told a path.
if (path !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const answers: Record<string, () => object> = {
    pause: () => {
      const ms = delay.count === 0 ? 0 : delay.max / 1e6;
      delay.reset();
      return { ms };
    },
    memory: () => {
      globalThis.gc?.();
      return process.memoryUsage();
    },
  };
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (question) => socket.end(JSON.stringify(answers[question.toString()]?.() ?? {})));
  });
  server.listen(path).unref();
}
