// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/soak.ts [--seconds 3600] [--clients 24] [--routes 50000] [--seed N]` (root): random announcements, withdrawals, moves,
 * refreshes, resets and clients that stop reading, against a live reflector. Compares every client's table with an oracle every 15 s, and at
 * the end the memory with that of a new reflector that has the same routes. The first minute of it is test/reflector/soak.live.test.ts.
 */
import { parseArgs } from "node:util";
import { Scratch } from "../test/harness/scratch.ts";
import { Soak } from "../test/reflector/soak.ts";
import { machineLine } from "./spread.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3600" },
    clients: { type: "string", default: "24" },
    routes: { type: "string", default: "50000" },
    seed: { type: "string", default: `${Math.trunc(Math.random() * 2 ** 31)}` },
  },
});
const [seconds, clients, routes, seed] = [values.seconds, values.clients, values.routes, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];

console.log(`${machineLine()}; ${seconds} s, ${clients} clients, ${routes} routes, seed ${seed}`);
const net = new Scratch("soakbench");
try {
  const began = performance.now();
  const tell = (line: string): void => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const result = await new Soak(net, { clients, routes, seconds, seed, tell }).run();
  console.log(JSON.stringify(result));
  const within = result.memory <= result.memoryOfNew * 1.1;
  console.log(
    `memory ${result.memory.toFixed(0)} MB, of a new one ${result.memoryOfNew.toFixed(0)} MB: ${within ? "within" : "NOT within"} 10 %`,
  );
  process.exitCode = within ? 0 : 1;
} finally {
  await net.remove();
}
