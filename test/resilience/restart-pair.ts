// SPDX-License-Identifier: Apache-2.0
import { Client } from "../../src/cli/client.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import type { Scratch } from "../harness/scratch.ts";
import { addressOf, addWorkload, agentConfig, converged, peers, reachEachOther, reflectorConfig, startReady } from "./pair.ts";

export interface RestartTimes {
  /** Seconds, as all of them announce it. */
  readonly restartTime: number;
  readonly stalePathTime: number;
}

/** What no start takes on a slow machine with others beside it. */
const patient: RestartTimes = { restartTime: 90, stalePathTime: 120 };

/** Two hosts with a workload each, behind one reflector of ours. */
export interface RestartPair {
  readonly h1: Place;
  readonly h2: Place;
  readonly rr: Place;
  readonly w1: Place;
  readonly w2: Place;
}

export async function restartPair(net: Scratch, gracefulRestart = patient): Promise<RestartPair> {
  const [h1, h2, rr] = [await net.host("h1"), await net.host("h2"), await net.host("rr")];
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
    [rr, `${addressOf(9)}/24`],
  ]);
  await startReady(rr, "reflector", reflectorConfig(9, gracefulRestart));
  const [w1, w2] = [await addWorkload(net, 1, h1), await addWorkload(net, 2, h2)];
  for (const [i, host] of [h1, h2].entries())
    await startReady(host, "agent", agentConfig(i + 1, { peers: [addressOf(9)], gracefulRestart }));
  await reachEachOther(w1, w2);
  for (const host of [h1, h2]) await converged(host);
  return { h1, h2, rr, w1, w2 };
}

/** All sessions of a host are up. */
export async function established(host: Place): Promise<boolean> {
  return (await peers(host)).every((p) => p.state === "established");
}

/** Kinds of requests that the agent made since its start. Sysctls are read, and written when they differ, which counts as one too. */
export async function operations(host: Place): Promise<readonly string[]> {
  const counted = await new Client(weftRunFolder(host)).getText("/metrics");
  const kinds = [...counted.matchAll(/^weft_kernel_operations_total\{kind="([^"]+)"/gm)].map((m) => m[1]!);
  return kinds.filter((kind) => kind !== "write-sysctl");
}
