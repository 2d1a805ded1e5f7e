// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4, parseIp } from "../../base/net/ip.ts";
import type { DomainRow, MacRow, NeighbourRow, NetworkRow, PortRow, PrefixRow, StatusReply } from "../../contract/inspect.ts";
import { DoctorError } from "../../doctor/errors.ts";
import type { Known, Target } from "../../doctor/mtu/target.ts";
import { Client } from "../client.ts";
import { command } from "../command-file.ts";
import { UsageError } from "../errors.ts";
import { exitStatus } from "../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../inspect-options.ts";
import { printRows } from "../render/output.ts";
import type { Column } from "../render/table.ts";
import type { TraceEnd, TraceRow } from "../trace/trace-route.ts";

const colours = { yes: "green", no: "red", "-": undefined } as const;

const columns: readonly Column<TraceRow>[] = [
  { title: "AT", text: (r) => r.at },
  { title: "WHAT", text: (r) => r.what },
  { title: "TABLES", text: (r) => r.tables },
  { title: "KERNEL", text: (r) => r.kernel },
  { title: "AGREE", text: (r) => r.agree, colour: (r) => colours[r.agree] },
];

export const routeCommand = command<InspectOptions>({
  details:
    "A: a workload: a port or its interface, a MAC, or an address (NETWORK/ADDRESS where several networks have it). B: the same, or any\n" +
    "address. Says hop by hop what the tables of this host decide, and beside it what its kernel answers (`ip route get B from A iif BRIDGE`,\n" +
    "the VXLAN's forwarding table). Sends no packet. Exit status 1 when the two do not agree. Needs root for the namespaces of domains.",
  examples: [
    ["weft route 10.1.1.11 10.1.2.22", "which way a packet between two subnets goes, and whether the kernel has it so"],
    ["weft route red1/10.1.1.11 10.99.0.1", "where two tenants have the same addresses, the one of network red1"],
  ],
  configure(c) {
    c.argument("<a>", "from here").argument("<b>", "to there");
    addInspectOptions(c);
  },
  async run({ args, options }) {
    const { resolveTarget } = await import("../../doctor/mtu/target.ts");
    const { traceRoute } = await import("../trace/trace-route.ts");
    const { KernelLookups } = await import("../trace/kernel-view.ts");
    const [a, b] = args as [string, string];
    const client = new Client(options.runDir);
    const known = await askAgent(client);
    const end = endOf(a, resolveTarget(a, known));
    const around = within(known, end.network);
    const to = parseIp(b) ?? endOf(b, nearest(resolveTarget, b, around, known)).ip;
    const from = inFamilyOf(to, end, around);
    const { host } = await client.get<StatusReply>("/v1/status");
    const domains = await client.get<readonly DomainRow[]>("/v1/evpn/domains");
    // Of all domains: the way may lead into another one.
    const prefixes = await client.get<readonly PrefixRow[]>("/v1/evpn/prefixes", { ip: to });
    const kernel = new KernelLookups();
    try {
      const { networks, neighbours } = known;
      const rows = traceRoute(from, to, { host, domains, networks, neighbours, prefixes }, kernel);
      await printRows(rows, columns, options.output, "nothing lies between them");
      return rows.every((r) => r.agree !== "no") ? exitStatus.ok : exitStatus.failed;
    } finally {
      kernel.close();
    }
  },
});

/** Who is meant: of one's own address space first, then of any, since domains may take routes of one another. */
function nearest(resolve: (text: string, known: Known) => Target, text: string, around: Known, known: Known): Target {
  try {
    return resolve(text, around);
  } catch (e) {
    if (!(e instanceof DoctorError)) throw e;
    return resolve(text, known);
  }
}

function endOf(text: string, target: Target): TraceEnd {
  if (target.kind === "workload" && target.ip !== undefined) return { ...target, ip: target.ip };
  throw new UsageError(`${text} is no workload whose address this agent knows; weft evpn neighbours lists them`);
}

/** A workload that is named has addresses of both families: packets of one are meant. */
function inFamilyOf(to: Ip, end: TraceEnd, { neighbours }: Known): TraceEnd {
  if (isIp4(to) === isIp4(end.ip)) return end;
  const mac = neighbours.find((n) => n.network === end.network.network && n.ip === end.ip)?.mac;
  const others = neighbours.flatMap((n) => (n.mac === mac && n.network === end.network.network ? [parseIp(n.ip)!] : []));
  const ip = others.find((o) => isIp4(o) === isIp4(to) && !o.startsWith("fe80:"));
  if (ip === undefined) throw new UsageError(`${end.ip} has no address of the family of ${to} that this agent knows`);
  return { ...end, ip };
}

/** What is in one address space with a network: its domain, or it alone. */
function within(known: Known, network: NetworkRow): Known {
  const networks = known.networks.filter((n) => (network.domain === null ? n.network === network.network : n.domain === network.domain));
  const names = new Set(networks.map((n) => n.network));
  const isWithin = (row: { readonly network: string }): boolean => names.has(row.network);
  return {
    networks,
    neighbours: known.neighbours.filter(isWithin),
    macs: known.macs.filter(isWithin),
    ports: known.ports.filter(isWithin),
  };
}

async function askAgent(client: Client): Promise<Known> {
  return {
    networks: await client.get<readonly NetworkRow[]>("/v1/evpn/networks"),
    neighbours: await client.get<readonly NeighbourRow[]>("/v1/evpn/neighbours"),
    macs: await client.get<readonly MacRow[]>("/v1/evpn/macs"),
    ports: await client.get<readonly PortRow[]>("/v1/evpn/ports"),
  };
}
