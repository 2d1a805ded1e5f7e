// SPDX-License-Identifier: Apache-2.0
import { Client } from "../../src/cli/client.ts";
import { startWeft, weftReady, weftRunFolder, type WeftComponent } from "../../src/lab/peer/weft.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { type PingResult, reaches, RunningPing } from "../../src/lab/measure/ping.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import type { KernelDiffRow, PeerRow, StatusReply } from "../../src/contract/inspect.ts";
import type { Scratch } from "../harness/scratch.ts";

export const asn = 65000;
export const bridge = "br100";
export const vxlan = "vx100";

/** Timers short enough for a test; RFC 4271 §4.2 has no hold time below 3 s. */
export const timers = { hold: 3, keepalive: 1, connectRetry: 1 };

export function addressOf(host: number): string {
  return `10.0.0.${host}`;
}

export function workloadMac(n: number): string {
  return `02:00:00:00:01:0${n}`;
}

export function workloadIp(n: number): string {
  return `192.168.1.${n}`;
}

export interface AgentOptions {
  readonly peers: readonly string[];
  readonly gracefulRestart?: object;
  readonly more?: object;
}

/** Configuration of agent `n`, with network `blue` on `br100` and `vx100` that it makes itself, and its workload as a declared port. */
export function agentConfig(n: number, { peers, gracefulRestart, more }: AgentOptions): object {
  const bgp = { asn, routerId: addressOf(n), timers, gracefulRestart: gracefulRestart ?? {} };
  return {
    host: `h${n}`,
    bgp: { ...bgp, peers: peers.map((address) => ({ address, asn })) },
    vtep: { address: addressOf(n) },
    networks: [{ name: "blue", vni: 100 }],
    ports: [{ name: `w${n}`, network: "blue", interface: `p${n}`, mac: workloadMac(n), ips: [workloadIp(n)] }],
    ...more,
  };
}

export function reflectorConfig(n: number, gracefulRestart: object = {}): object {
  return {
    bgp: {
      asn,
      routerId: addressOf(n),
      listen: [addressOf(n)],
      reflector: { clusterId: addressOf(n) },
      dynamicPeers: [{ range: "10.0.0.0/24", asn, client: true }],
      timers,
      gracefulRestart,
    },
  };
}

export async function startReady(place: Place, component: WeftComponent, config: object): Promise<void> {
  await startWeft(place, component, { config });
  await weftReady(place, component);
}

/** A host's only workload; its other end waits to be taken by the agent. */
export async function addWorkload(net: Scratch, n: number, host: Place): Promise<Place> {
  return await net.workload(`w${n}`, host, `p${n}`, undefined, workloadMac(n), [`${workloadIp(n)}/24`]);
}

export async function reachEachOther(a: Place, b: Place): Promise<void> {
  await waitFor("w1 to reach w2", async () => await reaches(a, workloadIp(2)));
  await waitFor("w2 to reach w1", async () => await reaches(b, workloadIp(1)));
}

/** Pings between two workloads at 10 ms, each way its own. */
export class BothWays {
  readonly #pings: readonly RunningPing[];

  constructor(w1: Place, w2: Place) {
    this.#pings = [new RunningPing(w1, workloadIp(2)), new RunningPing(w2, workloadIp(1))];
  }

  /** Resolves with what both have sent together when each has had some answers. */
  async started(): Promise<void> {
    await waitFor("answers both ways", () => this.#pings.every((p) => p.received > 5), { every: 10 });
  }

  async stop(): Promise<readonly PingResult[]> {
    return await Promise.all(this.#pings.map(async (p) => await p.stop()));
  }

  /** Lost packets of each way. */
  async losses(): Promise<readonly number[]> {
    return (await this.stop()).map((r) => r.lost);
  }
}

export async function status(place: Place): Promise<StatusReply> {
  return await inspect<StatusReply>(weftRunFolder(place), "/v1/status");
}

export async function peers(place: Place): Promise<readonly PeerRow[]> {
  return await inspect<readonly PeerRow[]>(weftRunFolder(place), "/v1/bgp/peers");
}

/** What the kernel lacks or has too much; empty when it is exact. All namespaces of a machine share one lock: it may take its time. */
export async function kernelDiff(place: Place): Promise<readonly KernelDiffRow[]> {
  const ask = async (): Promise<readonly KernelDiffRow[]> => await inspect(weftRunFolder(place), "/v1/kernel/diff");
  return await waitFor(`${place.namespace}: kernel diff`, ask, { within: 30_000 });
}

/** Events of the running process, as `weft events -o json` prints them. */
export async function eventsOf(place: Place): Promise<readonly { readonly event: string; readonly message: string }[]> {
  const lines = (await new Client(weftRunFolder(place)).getText("/v1/events")).split("\n");
  return lines.filter((l) => l !== "").map((l) => JSON.parse(l) as { readonly event: string; readonly message: string });
}

/** The sum of a metric over its labels, or of those lines that hold `labels`; 0 when there is none. */
export async function metric(place: Place, name: string, labels = ""): Promise<number> {
  let sum = 0;
  for (const line of (await new Client(weftRunFolder(place)).getText("/metrics")).split("\n")) {
    if (!line.startsWith(`${name} `) && !line.startsWith(`${name}{`)) continue;
    if (line.includes(labels)) sum += Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return sum;
}

/** Every entry that peers no longer announce was taken away. */
export async function converged(place: Place): Promise<void> {
  await waitFor(`${place.namespace}: converged`, async () => (await eventsOf(place)).some((e) => e.event === "agent.converged"), {
    within: 30_000,
  });
}
