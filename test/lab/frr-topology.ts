// SPDX-License-Identifier: Apache-2.0
import { parseLabTopology } from "../../src/contract/config/load.ts";
import type { LabTopology } from "../../src/contract/config/lab-schema.ts";

/** Two leaves, a reflector and two spines, all FRR; b1 and b2 are in one network, r1 has b1's address in another. */
export function frrTopology(name: string, routing: LabTopology["underlay"]["routing"]): LabTopology {
  return parseLabTopology(
    `
name: ${name}
underlay: { spines: 2, routing: ${routing} }
reflectors: [{ name: rr1, kind: frr }]
nodes:
  h1: { kind: frr }
  h2: { kind: frr }
networks:
  blue: { vni: 100 }
  red: { vni: 200 }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  b2: { node: h2, network: blue, ip: [192.168.1.12/24, "fd00:1::12/64"] }
  r1: { node: h1, network: red, ip: 192.168.1.11/24 }
`,
    `${name}.yaml`,
  );
}
