// SPDX-License-Identifier: Apache-2.0
import type { LabTopology } from "../../contract/config/lab-schema.ts";
import { parseLabTopology } from "../../contract/config/load.ts";

/** For unit tests: two spines, a reflector, an agent and an FRR VTEP, one workload each; `underlay` as in the file. */
export function smallTopology(underlay = "{ spines: 2, routing: static }"): LabTopology {
  return parseLabTopology(
    `
name: small
underlay: ${underlay}
reflectors: [rr1]
nodes: { h1: { kind: weft }, f1: { kind: frr } }
networks: { blue: { vni: 100 }, red: { vni: 200, domain: shop } }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24, mac: "02:00:00:00:00:01" }
  r1: { node: f1, network: red, ip: ["fd00:1::11/64"], mac: "02:00:00:00:00:02" }
`,
    "small.yaml",
  );
}
