// SPDX-License-Identifier: Apache-2.0
import { parseLabTopology } from "../../contract/config/load.ts";
import type { LabTopology } from "../../contract/config/lab-schema.ts";

/** Not `demo`: that is the name people give their own first lab. */
export const demoLab = "weft-demo";

/** Two tenants with the same addresses on three hosts of ours and one of FRR, and a third that is routed and has a public side. */
export function demoTopology(): LabTopology {
  return parseLabTopology(
    `
name: ${demoLab}
underlay: { spines: 2, routing: static }
reflectors: [rr1, rr2]
nodes:
  h1: { kind: weft }
  h2: { kind: weft }
  h3: { kind: weft }
  f1: { kind: frr }
public: { subnets: [203.0.113.0/24] }
domains:
  shop: { l3vni: 5000, nat: {} }
networks:
  blue: { vni: 100 }
  red: { vni: 200 }
  web: { vni: 301, domain: shop, subnets: [{ cidr: 10.8.1.0/24, gateway: 10.8.1.1 }] }
  db: { vni: 302, domain: shop, subnets: [{ cidr: 10.8.2.0/24, gateway: 10.8.2.1 }] }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  b2: { node: h2, network: blue, ip: 192.168.1.12/24 }
  b4: { node: f1, network: blue, ip: 192.168.1.14/24 }
  r1: { node: h1, network: red, ip: 192.168.1.11/24 }
  r2: { node: h2, network: red, ip: 192.168.1.12/24 }
  w1: { node: h1, network: web, ip: 10.8.1.11/24 }
  d2: { node: h2, network: db, ip: 10.8.2.12/24 }
  d4: { node: f1, network: db, ip: 10.8.2.14/24 }
floatingIps:
  - { address: 203.0.113.10, port: w1 }
`,
    "demo",
  );
}
