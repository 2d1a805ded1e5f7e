// SPDX-License-Identifier: Apache-2.0
import type { PeerRow } from "../contract/inspect.ts";
import { readFaults, type Faults } from "./fault/faults.ts";
import { placeOf } from "./member/place-of.ts";
import { vtyshJson } from "./peer/frr.ts";
import { gobgpJson } from "./peer/gobgp.ts";
import { inspect } from "./peer/inspect.ts";
import { weftRunFolder } from "./peer/weft.ts";
import type { LabPlan, MemberKind, PlannedMember } from "./plan/plan.ts";
import { hasRecord, knownLab, labNames } from "./state/lab-record.ts";
import { type KeptState, type ManagedProcess, recordedProcesses } from "./system/managed-process.ts";
import { knownEverywhere } from "./workload/known-everywhere.ts";
import { isRunning } from "../base/sys/process-identity.ts";
import { type WaitOptions, waitFor } from "./system/wait-for.ts";

export interface LabStatus {
  readonly lab: string;
  readonly phase: "starting" | "up";
  readonly created: string;
  readonly underlay: string;
  readonly members: readonly MemberStatus[];
  readonly workloads: readonly WorkloadStatus[];
  /** Starts Weft's daemons again when they fail; null without any. */
  readonly keeper: ProcessStatus | null;
  readonly faults: Faults;
}

export interface MemberStatus {
  readonly name: string;
  readonly role: PlannedMember["role"];
  readonly kind: MemberKind;
  readonly namespace: string;
  readonly loopback: string;
  readonly folder: string;
  readonly processes: readonly ProcessStatus[];
  /** EVPN sessions; null when there is nobody to ask. */
  readonly sessions: SessionCount | null;
}

export interface ProcessStatus {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  readonly log: string;
  /** How often the lab started it again, how it ended last, and why it is left alone; null: the lab does not look after it. */
  readonly kept: KeptState | null;
}

export interface SessionCount {
  readonly established: number;
  readonly configured: number;
}

export interface WorkloadStatus {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly network: string;
  readonly mac: string;
  readonly ips: readonly string[];
}

/** @throws LabError WEFT_LAB_UNKNOWN */
export async function labStatus(lab: string): Promise<LabStatus> {
  const { record, plan } = knownLab(lab);
  return {
    lab: plan.lab,
    phase: record.phase,
    created: record.created,
    underlay: plan.topology.underlay.routing,
    members: await Promise.all(plan.members.map(memberStatus)),
    workloads: plan.workloads.map((w) => ({
      name: w.name,
      namespace: w.namespace,
      node: w.node,
      network: w.network,
      mac: w.mac,
      ips: w.ips.map((p) => `${p.ip}/${p.length}`),
    })),
    keeper: recordedProcesses(plan.folder).map(processStatus)[0] ?? null,
    faults: readFaults(plan),
  };
}

/** Every lab of this machine, the half-built ones too. */
export async function labList(): Promise<readonly LabStatus[]> {
  // Between claiming a name and writing the record there is nothing to tell yet.
  return await Promise.all(labNames().filter(hasRecord).map(labStatus));
}

async function memberStatus(m: PlannedMember): Promise<MemberStatus> {
  const { name, role, kind, namespace, loopback, folder } = m;
  const processes = recordedProcesses(folder).map(processStatus);
  return { name, role, kind, namespace, loopback, folder, processes, sessions: await sessionsOf(m).catch(() => null) };
}

function processStatus(p: ManagedProcess): ProcessStatus {
  return { name: p.name, pid: p.identity.pid, running: isRunning(p.identity), log: p.log, kept: p.kept ?? null };
}

/** Asks the speaker of a member for its EVPN sessions. Rejects when it does not answer. */
export async function sessionsOf(m: PlannedMember): Promise<SessionCount | null> {
  const place = placeOf(m);
  const count = (states: readonly boolean[]): SessionCount => ({ established: states.filter(Boolean).length, configured: states.length });
  switch (m.kind) {
    case "weft": {
      const rows = await inspect<readonly PeerRow[]>(weftRunFolder(place), "/v1/bgp/peers");
      return count(rows.map((r) => r.state === "established"));
    }
    case "frr": {
      const reply = await vtyshJson<{ readonly peers?: Readonly<Record<string, { readonly state: string }>> }>(
        place,
        "show bgp l2vpn evpn summary",
      );
      return count(Object.values(reply.peers ?? {}).map((p) => p.state === "Established"));
    }
    case "gobgp": {
      const peers = await gobgpJson<readonly { readonly state?: { readonly session_state?: number } }[]>(place, ["neighbor"]);
      return count(peers.map((p) => p.state?.session_state === gobgpEstablished));
    }
    default:
      return null;
  }
}

/** `PeerState.SESSION_STATE` of GoBGP's API. */
const gobgpEstablished = 6;

/**
 * Waits until every node has a session with every reflector (of its zone), reflectors of zones with each other, and a while for routes to be where they belong.
 *
 * @throws LabError WEFT_LAB_TIMEOUT naming the first that has not
 */
export async function labReady(plan: LabPlan, options: WaitOptions = {}): Promise<void> {
  const reflectors = plan.members.filter((m) => m.role === "reflector");
  const askable = plan.members.filter((m) => m.role === "node" && m.kind !== "exabgp");
  const wait = async (m: PlannedMember, wanted: number, whom: string): Promise<void> => {
    const what = `${m.name}: sessions with ${whom} (weft lab status ${plan.lab}; log in ${m.folder})`;
    await waitFor(what, async () => ((await sessionsOf(m))?.established ?? 0) >= wanted, { within: 30_000, ...options });
  };
  for (const m of askable) {
    const own = reflectors.filter((r) => r.zone === m.zone).length;
    await wait(m, own, `${own} reflectors`);
  }
  for (const r of reflectors.filter((m) => m.zone !== undefined)) {
    const clients = askable.filter((m) => m.zone === r.zone).length;
    await wait(r, clients + reflectors.length - 1, `${clients} nodes and ${reflectors.length - 1} other reflectors`);
  }
  // Not for ever: a route reflector of another make, or a node that was broken on purpose, may never pass everything on.
  await waitFor("routes", async () => await knownEverywhere(plan), { within: 5_000, every: 50 }).catch(() => undefined);
}
