// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { parseAgentConfig, parseLabTopology, parseReflectorConfig } from "../../src/contract/config/load.ts";
import { ConfigError } from "../../src/contract/errors.ts";
import { type Target, fate } from "../target.ts";

const agent = `# an agent that makes its own devices
host: h1
log: { level: info, format: json }
metrics: { listen: "127.0.0.1:9178" }
bgp:
  asn: 65000
  routerId: 10.0.0.1
  listen: [10.0.0.1]
  peers:
    - { address: 10.0.0.4, asn: 65000, families: [l2vpn-evpn], password: "s3cret", ttlSecurity: 1 }
    - { address: "fd00::4", asn: 65001, holdTime: 9, families: [l2vpn-evpn] }
  dynamicPeers:
    - { range: 10.0.0.0/24, asn: 65000, families: [l2vpn-evpn] }
vtep: { address: 10.0.0.1, port: 4789, mtu: auto }
domains:
  - { name: shop, l3vni: 5001 }
networks:
  - { name: plain, vni: 100 }
  - { name: web, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }, { cidr: "fd00:1:1::/64", gateway: "fd00:1:1::1" }] }
ports:
  - { name: web1, network: web, interface: p-web1, mac: "02:01:00:00:01:01", ips: [10.1.1.11, "fd00:1:1::11"] }
`;

const reflector = `host: rr1
bgp: { asn: 65000, routerId: 10.99.0.1, listen: [10.99.0.1, "[fd00::1]:1179"], reflector: { clusterId: 10.99.0.1 },
  dynamicPeers: [{ range: 10.99.0.0/16, asn: 65000, client: true, families: [l2vpn-evpn] }] }
`;

const lab = `name: demo
underlay: { spines: 2, routing: static }
reflectors: [rr1, rr2]
nodes:
  h1: { kind: weft }
  f1: { kind: frr }
networks: { blue: { vni: 100 }, red: { vni: 200 } }
workloads:
  b1: { node: h1, network: blue, ip: 192.168.1.11/24 }
  b4: { node: f1, network: blue, ip: 192.168.1.14/24 }
`;

/** What YAML and our texts are sensitive to. */
const words = [
  "{",
  "}",
  "[",
  "]",
  ":",
  "- ",
  "\n",
  "\n  ",
  "&a ",
  "*a",
  "<<: *a",
  "!!int ",
  "!!binary ",
  "!!null ",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "|\n",
  ">-\n",
  "? ",
  "# ",
  '"',
  "'",
  "\t",
  "\u0000",
  "\uFEFF",
  "\u2028",
  "null",
  "true",
  "~",
  ".inf",
  "-0",
  "0x10",
  "1e9",
  "4294967296",
  "-1",
  "1.5",
  "[[[[",
  "__proto__",
  "constructor",
  "toString",
  "10.0.0.1/33",
  "::/129",
  "65536.1:1",
  "fe80::1%eth0",
  "asn",
  "vni",
  "bgp",
  "peers",
  "networks",
  "10.0.0.256",
];

/** Any text is a configuration, or a ConfigError that says where. */
function judge(parse: (text: string, file: string) => unknown, input: Uint8Array): string {
  const text = new TextDecoder().decode(input);
  try {
    const value = parse(text, "fuzz.yaml");
    assert.equal(typeof value, "object");
    JSON.stringify(value);
    return "accepted";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    assert.ok(error.problems.length > 0 && error.message.length > 0);
    for (const p of error.problems) assert.ok(p.line >= 0 && p.column >= 0 && p.wrong !== "", JSON.stringify(p));
    return fate(error.problems.slice(0, 4).map((p) => `${p.code} ${p.path.slice(0, 2).join(".")}`));
  }
}

/** The three kinds of files. */
export function configTargets(): readonly Target[] {
  const encoder = new TextEncoder();
  const corpus = [agent, reflector, lab].map((t) => encoder.encode(t));
  const dictionary = words.map((w) => encoder.encode(w));
  const parsers = { agent: parseAgentConfig, reflector: parseReflectorConfig, lab: parseLabTopology };
  return Object.entries(parsers).map(([kind, parse]) => ({
    name: `config/${kind}`,
    corpus,
    dictionary,
    longest: 8000,
    weight: 2,
    run: (input) => judge(parse, input),
  }));
}
