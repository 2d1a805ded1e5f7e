// SPDX-License-Identifier: Apache-2.0
import { traces } from "../harness/leftovers.ts";

/** Everything on this machine that bears the name of a lab: after taking it down, nothing. */
export function tracesOf(lab: string): readonly string[] {
  const t = traces();
  const mine = (name: string): boolean => name === lab || name.startsWith(`${lab}-`);
  return [
    ...[...t.namespaces].filter(mine).map((n) => `namespace ${n}`),
    ...[...t.labs].filter(mine).map((n) => `lab ${n}`),
    ...[...t.pathspaces].filter(mine).map((n) => `FRR folder ${n}`),
    ...[...t.processes.values()].filter((line) => line.includes(`${lab}-`) || line.includes(`/${lab}/`)).map((line) => `process ${line}`),
  ];
}
