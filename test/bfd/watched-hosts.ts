// SPDX-License-Identifier: Apache-2.0
import type { BfdRow } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { vtepOf } from "../harness/kernel-tables.ts";
import type { Scratch } from "../harness/scratch.ts";
import {
  addressOf,
  addWorkload,
  agentConfig,
  asn,
  converged,
  reachEachOther,
  reflectorConfig,
  startReady,
  vxlan,
  workloadMac,
} from "../resilience/pair.ts";

/** So long that whatever happens sooner is not its doing; seconds. */
export const longHold = { hold: 90, connectRetry: 1 };
/** As {@link longHold}. */
export const longRestart = { restartTime: 600, stalePathTime: 600 };

export interface WatchedHosts {
  readonly h1: Place;
  readonly h2: Place;
  readonly rr: Place;
  readonly w1: Place;
  readonly w2: Place;
  /** The bridge that hosts and reflector hang on: `port0` is h1's. */
  readonly segment: Place;
}

/** Two hosts with a workload each, behind one reflector of ours; BFD on every session, graceful restart too. */
export async function watchedHosts(net: Scratch): Promise<WatchedHosts> {
  const [h1, h2, rr] = [await net.host("h1"), await net.host("h2"), await net.host("rr")];
  const segment = await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
    [rr, `${addressOf(9)}/24`],
  ]);
  const { bgp } = reflectorConfig(9, longRestart) as { readonly bgp: object };
  const dynamicPeers = [{ range: "10.0.0.0/24", asn, client: true, bfd: true }];
  await startReady(rr, "reflector", { bgp: { ...bgp, dynamicPeers, timers: longHold } });
  const [w1, w2] = [await addWorkload(net, 1, h1), await addWorkload(net, 2, h2)];
  for (const [i, host] of [h1, h2].entries()) {
    const config = agentConfig(i + 1, { peers: [], gracefulRestart: longRestart }) as { readonly bgp: object };
    const peers = [{ address: addressOf(9), asn, bfd: { transmit: 300, receive: 300, multiplier: 3 } }];
    await startReady(host, "agent", { ...config, bgp: { ...config.bgp, peers, timers: longHold } });
  }
  await reachEachOther(w1, w2);
  for (const host of [h1, h2]) await converged(host);
  await bfdUp(rr, 2);
  for (const host of [h1, h2]) await bfdUp(host, 1);
  return { h1, h2, rr, w1, w2, segment };
}

export async function bfdRows(place: Place): Promise<readonly BfdRow[]> {
  return await inspect<readonly BfdRow[]>(weftRunFolder(place), "/v1/bfd/peers");
}

/** Waits until so many BFD sessions of a daemon are up at both ends. */
export async function bfdUp(place: Place, count: number): Promise<void> {
  const up = async (): Promise<boolean> =>
    (await bfdRows(place)).filter((s) => s.state === "up" && s.remoteState === "up").length === count;
  await waitFor(`${place.namespace}: ${count} BFD sessions up`, up, { within: 30_000 });
}

/** Whether h2 sends to h1 what is for its workload. */
export async function knowsWorkload(host: Place, of: number): Promise<boolean> {
  return (await vtepOf(host, vxlan, workloadMac(of))) === addressOf(of);
}
