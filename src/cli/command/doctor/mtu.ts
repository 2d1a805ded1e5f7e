// SPDX-License-Identifier: Apache-2.0
import type { MacRow, NeighbourRow, NetworkRow, PortRow } from "../../../contract/inspect.ts";
import type { SegmentRow } from "../../../doctor/mtu/report.ts";
import type { Known } from "../../../doctor/mtu/target.ts";
import { Client } from "../../client.ts";
import { command } from "../../command-file.ts";
import { exitStatus } from "../../exit-status.ts";
import { addInspectOptions, type InspectOptions } from "../../inspect-options.ts";
import { numberOption } from "../../parse-option.ts";
import { printRows } from "../../render/output.ts";
import { type Column, numberColumn } from "../../render/table.ts";

interface MtuOptions extends InspectOptions {
  readonly size?: number;
}

const colours = { enough: "green", "too small": "red", unknown: "yellow" } as const;

const columns: readonly Column<SegmentRow>[] = [
  { title: "SEGMENT", text: (r) => r.segment },
  numberColumn("NEEDS", (r) => r.needs),
  numberColumn("CARRIES", (r) => r.carries),
  { title: "STATE", text: (r) => r.state, colour: (r) => colours[r.state] },
  { title: "WHERE", text: (r) => r.why },
];

export const mtuCommand = command<MtuOptions>({
  details:
    "A and B: a port or its interface, a MAC, an address in a network (NETWORK/ADDRESS where several have it), or an address of a host;\n" +
    "at least one of them at this host. Sends ICMP echo that may not be fragmented, from the VTEP of this host to the other and from the\n" +
    "gateway to workloads of this host, and says which hop refuses what, or where packets of which size vanish. One way only: ask at the\n" +
    "other host for the way back. Exit status 1 when something is too small or could not be measured. Needs CAP_NET_RAW.",
  examples: [
    ["weft doctor mtu w1 10.1.1.12", "between a workload of this host and one elsewhere"],
    ["weft doctor mtu blue/10.1.1.11 blue/10.1.1.12", "the same, where tenants use the same addresses"],
    ["weft doctor mtu 10.0.0.1 10.0.0.2 --size 9000", "between two hosts, for packets of 9000 octets within a network"],
  ],
  configure(c) {
    c.argument("<a>", "one end").argument("<b>", "the other end");
    addInspectOptions(c);
    c.option("--size <octets>", "packets within the network, instead of its MTU", numberOption(68, 65_535));
  },
  async run({ args, options }) {
    const { planSegments } = await import("../../../doctor/mtu/segment.ts");
    const { resolveTarget } = await import("../../../doctor/mtu/target.ts");
    const { measureSegment } = await import("../../../doctor/mtu/report.ts");
    const { readNamespace } = await import("../../../doctor/read-namespace.ts");
    const [a, b] = args as [string, string];
    const known = await askAgent(new Client(options.runDir));
    const domains = [...new Set(known.networks.flatMap((n) => n.namespace ?? []))].map((name) => readNamespace(name));
    const around = { host: readNamespace(undefined), domains, size: options.size };
    const rows = planSegments(resolveTarget(a, known), resolveTarget(b, known), around).map((s) => measureSegment(s));
    await printRows(rows, columns, options.output, "nothing lies between them");
    return rows.every((r) => r.state === "enough") ? exitStatus.ok : exitStatus.failed;
  },
});

async function askAgent(client: Client): Promise<Known> {
  return {
    networks: await client.get<readonly NetworkRow[]>("/v1/evpn/networks"),
    neighbours: await client.get<readonly NeighbourRow[]>("/v1/evpn/neighbours"),
    macs: await client.get<readonly MacRow[]>("/v1/evpn/macs"),
    ports: await client.get<readonly PortRow[]>("/v1/evpn/ports"),
  };
}
