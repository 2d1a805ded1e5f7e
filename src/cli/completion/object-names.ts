// SPDX-License-Identifier: Apache-2.0
import type { DuplicateRow, MacRow, NetworkRow, PeerRow } from "../../contract/inspect.ts";
import { Client } from "../client.ts";
import { defaultRunDirectory } from "../inspect-options.ts";

/** A value that fits, with what it is. */
export type Candidate = readonly [value: string, description: string];

/** The command line as far as it is written. */
export interface Typed {
  /** Words of the command, as `lab move`. */
  readonly command: string;
  /** Arguments before the one that is asked for. */
  readonly args: readonly string[];
  /** `--run-dir`, when it was given. */
  readonly runDirectory: string | undefined;
}

type NameSource = (typed: Typed) => Promise<readonly Candidate[]>;

/** Names of things that exist now, by the name of the argument or option that takes them. */
export const objectNames: Readonly<Record<string, NameSource>> = {
  lab: labs,
  where: async ({ args }) => [...(await members(args[0]!)), ...(await workloads(args[0]!))],
  target: async ({ command, args }) => [...(command === "lab heal" ? [["all", ""] as const] : []), ...(await links(args[0]!))],
  workload: ({ args }) => workloads(args[0]!),
  node: async ({ args }) => (await members(args[0]!)).filter(([, what]) => what.startsWith("node")),
  peer: async (typed) => [...(await peers(typed)), ...(typed.command === "bgp routes" ? [["local", "our own"] as const] : allPeers(typed))],
  "sent-to": peers,
  network: async (typed) => (await networks(typed)).map((n) => [n.network, `VNI ${n.vni}`]),
  vni: async (typed) => (await networks(typed)).map((n) => [String(n.vni), n.network]),
  mac: macs,
  "mac-or-ip": duplicates,
};

async function labs(): Promise<readonly Candidate[]> {
  const { labNames } = await import("../../lab/state/lab-record.ts");
  return labNames().map((name) => [name, "lab"]);
}

async function members(lab: string): Promise<readonly Candidate[]> {
  const { knownLab } = await import("../../lab/state/lab-record.ts");
  return knownLab(lab).plan.members.map((m) => [m.name, `${m.role}, ${m.kind}`]);
}

async function workloads(lab: string): Promise<readonly Candidate[]> {
  const { knownLab } = await import("../../lab/state/lab-record.ts");
  return knownLab(lab).plan.workloads.map((w) => [w.name, `workload at ${w.node}, ${w.network}`]);
}

async function links(lab: string): Promise<readonly Candidate[]> {
  const { knownLab } = await import("../../lab/state/lab-record.ts");
  return [...(await members(lab)), ...knownLab(lab).plan.links.map((l): Candidate => [l.name, "link"])];
}

async function peers(typed: Typed): Promise<readonly Candidate[]> {
  const rows = await client(typed).get<readonly PeerRow[]>("/v1/bgp/peers");
  return rows.map((p) => [p.peer, [p.hostname, p.state].filter(Boolean).join(", ")]);
}

/** Where something is done to peers it may be done to all; where `--peer` filters it names one. */
function allPeers({ command }: Typed): readonly Candidate[] {
  return ["bgp refresh", "bgp shutdown", "bgp enable"].includes(command) ? [["all", "every peer"]] : [];
}

function networks(typed: Typed): Promise<readonly NetworkRow[]> {
  return client(typed).get<readonly NetworkRow[]>("/v1/evpn/networks");
}

async function duplicates(typed: Typed): Promise<readonly Candidate[]> {
  const rows = await client(typed).get<readonly DuplicateRow[]>("/v1/evpn/duplicates");
  return rows.flatMap(({ mac, ip, network }): readonly Candidate[] => {
    const one = ip ?? mac;
    return one === null ? [] : [[one, network]];
  });
}

async function macs(typed: Typed): Promise<readonly Candidate[]> {
  const rows = await client(typed).get<readonly MacRow[]>("/v1/evpn/macs");
  return rows.map((m) => [m.mac, `${m.network}, ${m.where}`]);
}

function client({ runDirectory }: Typed): Client {
  return new Client(runDirectory ?? process.env["WEFT_RUN_DIR"] ?? defaultRunDirectory);
}
