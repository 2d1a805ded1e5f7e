// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../errors.ts";
import { parseAgentConfig, parseLabTopology, parseReflectorConfig } from "./load.ts";
import { printConfig } from "./print-config.ts";

type Parse = (text: string, file: string) => unknown;

/** The faults of a text, a line each; none when it is valid. */
function faults(text: string, parse: Parse): readonly string[] {
  try {
    parse(text, "f.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n");
  }
}

const agent = `bgp:
  asn: 65000
  routerId: 10.0.0.1
vtep: { address: 10.0.0.1 }
`;
const withPeers = (peers: string): string => agent.replace("asn: 65000", `asn: 65000\n  peers:\n${peers}`);

const agentKeys =
  "host, bgp, vtep, adopt, domains, networks, ports, public, floatingIps, duplicateDetection, discovery, audit, metrics, log";

const badAgents: readonly (readonly [what: string, text: string, ...faults: string[]])[] = [
  ["empty file", "", "f.yaml: the file is empty [WEFT_CONFIG_SYNTAX]"],
  ["list", "- a", `f.yaml:1:1: is a list; allowed: a section with the keys ${agentKeys} [WEFT_CONFIG_TYPE]`],
  [
    "broken YAML",
    "a: [",
    "f.yaml:1:5: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] [WEFT_CONFIG_SYNTAX]",
  ],
  ["key twice", "bgp:\n  asn: 1\nbgp: 2", "f.yaml:3:1: not valid YAML: Map keys must be unique [WEFT_CONFIG_SYNTAX]"],
  ["two documents", `${agent}---\n${agent}`, "f.yaml:5:1: a second document; one file holds one [WEFT_CONFIG_SYNTAX]"],
  [
    "unknown key",
    `${agent}netwroks: []`,
    `f.yaml:5:1: netwroks: unknown key; allowed here: ${agentKeys}; did you mean "networks"? [WEFT_CONFIG_UNKNOWN_KEY]`,
  ],
  [
    "wrong type",
    agent.replace("65000", "many"),
    'f.yaml:2:8: bgp.asn: is the text "many"; allowed: a whole number from 1 to 4294967295 [WEFT_CONFIG_TYPE]',
  ],
  [
    "number in quotes",
    agent.replace("65000", '"65000"'),
    'f.yaml:2:8: bgp.asn: is the text "65000"; allowed: a whole number from 1 to 4294967295; write it without quotes [WEFT_CONFIG_TYPE]',
  ],
  [
    "out of range",
    agent.replace("65000", "0"),
    "f.yaml:2:8: bgp.asn: 0 is out of range; allowed: a whole number from 1 to 4294967295 [WEFT_CONFIG_VALUE]",
  ],
  [
    "bad AS number in a list",
    withPeers("    - { address: 10.0.0.4, asn: [65001, 0] }"),
    "f.yaml:4:41: bgp.peers[0].asn[1]: 0 is out of range; allowed: a whole number from 1 to 4294967295 [WEFT_CONFIG_VALUE]",
  ],
  [
    "empty list of AS numbers",
    withPeers("    - { address: 10.0.0.4, asn: [] }"),
    "f.yaml:4:33: bgp.peers[0].asn: is empty; a session needs at least one AS number; add one, or write external [WEFT_CONFIG_VALUE]",
  ],
  [
    "bad address",
    agent.replace("10.0.0.1 }", "10.0.0.300 }"),
    'f.yaml:4:18: vtep.address: "10.0.0.300" is not an IP address; allowed: an IPv4 or IPv6 unicast address without a prefix length [WEFT_CONFIG_VALUE]',
  ],
  [
    "missing key",
    agent.replace("  routerId: 10.0.0.1\n", ""),
    "f.yaml:2:3: bgp.routerId: is missing; needs an IPv4 address [WEFT_CONFIG_MISSING_KEY]",
  ],
  [
    "truth value of YAML 1.1",
    `${agent}adopt: yes`,
    'f.yaml:5:8: adopt: is the text "yes"; allowed: true or false; write true [WEFT_CONFIG_TYPE]',
  ],
  [
    "a name that YAML reads as a number",
    `${agent}domains: [{ name: 100 }]`,
    "f.yaml:5:19: domains[0].name: is the number 100; allowed: 1 to 63 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit; put it in quotes [WEFT_CONFIG_TYPE]",
  ],
  [
    "duplicate VNI and name",
    `${agent}networks:\n  - { name: web, vni: 100 }\n  - { name: web, vni: 100 }\n`,
    "f.yaml:7:13: networks[1].name: network web is already at networks[0].name; each must be unique [WEFT_CONFIG_DUPLICATE]",
    "f.yaml:7:23: networks[1].vni: VNI 100 is already at networks[0].vni; each must be unique [WEFT_CONFIG_DUPLICATE]",
  ],
  [
    "bad route distinguisher and target",
    `${agent}networks:\n  - { name: app, vni: 5, rd: "1:2:3", importTargets: ["*:5", "x:5"] }\n`,
    'f.yaml:6:30: networks[0].rd: "1:2:3" is not a route distinguisher; allowed: a route distinguisher as ADDRESS:NUMBER or ASN:NUMBER [WEFT_CONFIG_VALUE]',
    'f.yaml:6:62: networks[0].importTargets[1]: "x:5" is not a route target; allowed: a route target as ASN:NUMBER, ADDRESS:NUMBER or *:NUMBER [WEFT_CONFIG_VALUE]',
  ],
  [
    "prefix with host bits",
    `${agent}networks: [{ name: a, vni: 1, subnets: [{ cidr: 10.1.1.1/24 }] }]`,
    'f.yaml:5:49: networks[0].subnets[0].cidr: "10.1.1.1/24" has bits set beyond its length (the prefix is 10.1.1.0/24); allowed: ADDRESS/LENGTH with all host bits zero [WEFT_CONFIG_VALUE]',
  ],
  [
    "references and gateways",
    `${agent}domains: [{ name: shop, l3vni: 100 }]
networks:
  - { name: web, vni: 100, domain: shpo, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.2.1 }, { cidr: 10.1.2.0/24, gateway: 10.1.2.0 }] }
ports:
  - { name: p, network: wbe, interface: e0 }
`,
    "f.yaml:7:23: networks[0].vni: VNI 100 is already at domains[0].l3vni; each must be unique [WEFT_CONFIG_DUPLICATE]",
    'f.yaml:7:36: networks[0].domain: no domain is named "shpo"; known: shop; did you mean "shop"? [WEFT_CONFIG_REFERENCE]',
    "f.yaml:7:82: networks[0].subnets[0].gateway: 10.1.2.1 is outside the subnet; an address within 10.1.1.0/24 [WEFT_CONFIG_CONFLICT]",
    "f.yaml:7:124: networks[0].subnets[1].gateway: 10.1.2.0 is the address of the subnet itself; another address within 10.1.2.0/24 [WEFT_CONFIG_CONFLICT]",
    'f.yaml:9:25: ports[0].network: no network is named "wbe"; known: web; did you mean "web"? [WEFT_CONFIG_REFERENCE]',
  ],
  [
    "subnets of a domain",
    `${agent}domains: [{ name: shop, l3vni: 5000 }, { name: other, l3vni: 5001 }]
networks:
  - { name: web, vni: 100, domain: shop, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.255 }, { cidr: "fd00::/48" }] }
  - { name: db, vni: 101, domain: shop, subnets: [{ cidr: 10.1.0.0/16 }, { cidr: "fd00:0:0:7::/64" }, { cidr: 10.2.0.0/31, gateway: 10.2.0.1 }] }
  - { name: box, vni: 102, domain: other, subnets: [{ cidr: 10.1.1.0/24 }] }
`,
    "f.yaml:7:82: networks[0].subnets[0].gateway: 10.1.1.255 is the broadcast address of the subnet; another address within 10.1.1.0/24 [WEFT_CONFIG_CONFLICT]",
    'f.yaml:8:59: networks[1].subnets[0].cidr: 10.1.0.0/16 overlaps 10.1.1.0/24 at networks[0].subnets[0].cidr, which is in domain "shop", too; an address of a domain belongs to one network; choose another prefix, or put one of the networks into another domain [WEFT_CONFIG_CONFLICT]',
    'f.yaml:8:82: networks[1].subnets[1].cidr: fd00:0:0:7::/64 overlaps fd00::/48 at networks[0].subnets[1].cidr, which is in domain "shop", too; an address of a domain belongs to one network; choose another prefix, or put one of the networks into another domain [WEFT_CONFIG_CONFLICT]',
  ],
  [
    "DHCP",
    `${agent}domains: [{ name: shop }]
networks:
  - { name: lone, vni: 100, subnets: [{ cidr: 10.1.1.0/24, gateway: 10.1.1.1 }], dhcp: true }
  - { name: bare, vni: 101, domain: shop, subnets: [{ cidr: 10.1.1.0/24 }], dhcp: true }
  - name: web
    vni: 102
    domain: shop
    subnets: [{ cidr: 10.1.2.0/24, gateway: 10.1.2.1 }, { cidr: "fd00::/80", gateway: "fd00::1" }]
    dhcp: { ipv6: slaac, routes: [{ prefix: "fd01::/64", via: "fd00::2" }, { prefix: 10.0.0.0/8, via: 10.9.9.9 }] }
  - { name: off, vni: 103, dhcp: false }
ports:
  - { name: A_1, network: web, interface: e0 }
  - { name: a-1, network: web, interface: e1 }
  - { name: b, network: web, interface: e2, hostname: a.1 }
`,
    "f.yaml:7:88: networks[0].dhcp: is set for a network without a domain; the server stands at the gateway, in the domain's namespace; add `domain` [WEFT_CONFIG_CONFLICT]",
    "f.yaml:8:83: networks[1].dhcp: is set, but no subnet has a gateway; the server stands at the gateway; add `gateway` to a subnet [WEFT_CONFIG_CONFLICT]",
    "f.yaml:12:65: networks[2].subnets[1].cidr: fd00::/80 is no /64, from which workloads can make addresses; a /64 with `ipv6: slaac` (RFC 4862 §5.5.3); or set `dhcp.ipv6` to `stateful` [WEFT_CONFIG_CONFLICT]",
    "f.yaml:13:45: networks[2].dhcp.routes[0].prefix: fd01::/64 is no IPv4 prefix; DHCPv4 has no others [WEFT_CONFIG_CONFLICT]",
    "f.yaml:13:103: networks[2].dhcp.routes[1].via: 10.9.9.9 is in no subnet of the network; an address that workloads reach directly [WEFT_CONFIG_CONFLICT]",
    'f.yaml:17:13: ports[1].name: is the host name "a-1" in DNS, which port "A_1" has already; add another `hostname` [WEFT_CONFIG_CONFLICT]',
    'f.yaml:18:55: ports[2].hostname: is the host name "a-1" in DNS, which port "A_1" has already; add another `hostname` [WEFT_CONFIG_CONFLICT]',
  ],
  [
    "ports",
    `${agent}networks: [{ name: web, vni: 100, subnets: [{ cidr: 10.1.1.0/24 }] }]
ports:
  - { name: p, network: web, interface: e0, mac: "02:00:00:00:00:01", ips: [10.9.9.9] }
  - { name: q, network: web, interface: e0, mac: 0200.0000.0001 }
  - { name: r, network: web, interface: e1, ips: [10.1.1.1], sticky: true }
`,
    'f.yaml:7:77: ports[0].ips[0]: 10.9.9.9 is in no subnet of network "web"; its subnets: 10.1.1.0/24 [WEFT_CONFIG_CONFLICT]',
    "f.yaml:8:41: ports[1].interface: interface e0 is already at ports[0].interface; each must be unique [WEFT_CONFIG_DUPLICATE]",
    "f.yaml:8:50: ports[1].mac: MAC 02:00:00:00:00:01 is already at ports[0].mac; each must be unique [WEFT_CONFIG_DUPLICATE]",
    "f.yaml:9:50: ports[2].ips: are given without `mac`; add the workload's `mac` [WEFT_CONFIG_CONFLICT]",
    "f.yaml:9:70: ports[2].sticky: is set without `mac`; add the workload's `mac` [WEFT_CONFIG_CONFLICT]",
  ],
  [
    "multicast MAC, and an address instead of a list",
    `${agent}ports: [{ name: a, network: n, interface: i, mac: "01:00:5e:00:00:01", ips: 10.0.0.1 }]`,
    "f.yaml:5:51: ports[0].mac: 01:00:5e:00:00:01 is not the address of one interface; allowed: a unicast MAC address as 02:00:00:00:01:0a, 02-00-00-00-01-0a or 0200.0000.010a [WEFT_CONFIG_VALUE]",
    'f.yaml:5:77: ports[0].ips: is the text "10.0.0.1"; allowed: a list, each item an IPv4 or IPv6 unicast address without a prefix length; put it in brackets: [ … ] [WEFT_CONFIG_TYPE]',
  ],
  [
    "networks without a VTEP",
    "bgp: { asn: 1, routerId: 1.1.1.1 }\nnetworks: [{ name: a, vni: 1 }]",
    "f.yaml:1:1: vtep: is missing, but there are networks; needs a section with at least `address`; add `vtep: { address: … }` [WEFT_CONFIG_MISSING_KEY]",
  ],
  [
    "hold time",
    agent.replace("asn: 65000", "asn: 65000\n  timers: { hold: 2 }"),
    "f.yaml:3:19: bgp.timers.hold: a hold time of 2 s does not exist in BGP; allowed: 0, or 3 to 65535 seconds [WEFT_CONFIG_VALUE]",
  ],
  [
    "peer twice, client without a reflector",
    withPeers("    - { address: 10.0.0.4, asn: 65000, client: true }\n    - { address: 10.0.0.4, asn: 65000 }"),
    "f.yaml:4:48: bgp.peers[0].client: only a reflector has clients, and `bgp.reflector` is absent; add `bgp.reflector: {}` or drop `client` [WEFT_CONFIG_CONFLICT]",
    "f.yaml:5:18: bgp.peers[1].address: peer 10.0.0.4 is already at bgp.peers[0].address; each must be unique [WEFT_CONFIG_DUPLICATE]",
  ],
  [
    "password and family",
    withPeers(`    - { address: 10.0.0.4, asn: 65000, families: [evpn], password: ${"x".repeat(81)} }`),
    'f.yaml:4:51: bgp.peers[0].families[0]: "evpn" is not known; allowed: one of l2vpn-evpn, rt-constrain, ipv4-unicast, ipv6-unicast; did you mean "l2vpn-evpn"? [WEFT_CONFIG_VALUE]',
    "f.yaml:4:68: bgp.peers[0].password: is 81 octets long; allowed: text of 1 to 80 octets [WEFT_CONFIG_VALUE]",
  ],
];

const badLabs: typeof badAgents = [
  [
    "kind and address",
    "name: x\nnodes: { h1: { kind: wft } }\nnetworks: { blue: { vni: 1 } }\nworkloads:\n  w: { node: h1, network: blue, ip: 10.0.0.1 }\n",
    'f.yaml:2:22: nodes.h1.kind: "wft" is not known; allowed: one of weft, frr, gobgp, exabgp; did you mean "weft"? [WEFT_CONFIG_VALUE]',
    'f.yaml:5:37: workloads.w.ip: "10.0.0.1" is not an interface address with a prefix length; allowed: ADDRESS/LENGTH of an interface [WEFT_CONFIG_VALUE]',
  ],
  [
    "references",
    `name: x
nodes: { h1: {}, g: { kind: gobgp } }
networks: { blue: { vni: 1 }, red: { vni: 1 } }
reflectors: [g]
workloads:
  w: { node: h2, network: bleu, ip: 10.0.0.1/24 }
  v: { node: g, network: blue, ip: [10.0.0.1/24] }
  u: { node: h1, network: blue, ip: [10.0.0.1/24] }
`,
    "f.yaml:3:43: networks.red.vni: VNI 1 is already at networks.blue.vni; each must be unique [WEFT_CONFIG_DUPLICATE]",
    'f.yaml:4:14: reflectors[0]: "g" is also a node; each name must be unique [WEFT_CONFIG_DUPLICATE]',
    'f.yaml:6:14: workloads.w.node: no node is named "h2"; known: h1, g; did you mean "h1"? [WEFT_CONFIG_REFERENCE]',
    'f.yaml:6:27: workloads.w.network: no network is named "bleu"; known: blue, red; did you mean "blue"? [WEFT_CONFIG_REFERENCE]',
    'f.yaml:7:14: workloads.v.node: node "g" is of kind gobgp, which has no data plane; workloads run on kinds weft and frr [WEFT_CONFIG_CONFLICT]',
    "f.yaml:8:37: workloads.u.ip: address 10.0.0.1 is already at workloads.v.ip; each must be unique [WEFT_CONFIG_DUPLICATE]",
  ],
];

describe("every fault has its place, its key, what is allowed and how to mend it", () => {
  for (const [what, text, ...expected] of badAgents)
    test(`agent: ${what}`, () => assert.deepEqual(faults(text, parseAgentConfig), expected));
  for (const [what, text, ...expected] of badLabs) test(`lab: ${what}`, () => assert.deepEqual(faults(text, parseLabTopology), expected));
});

test("BFD is asked for by a word or a section", () => {
  const read = (bfd: string): unknown => {
    const peer = `{ address: 10.0.0.9, asn: 65000${bfd} }`;
    return parseReflectorConfig(`bgp: { asn: 65000, routerId: 10.0.0.1, peers: [${peer}] }`, "f").bgp.peers[0]!.bfd;
  };
  const whole = { enabled: true, transmit: 300, receive: 300, multiplier: 3, multihop: "auto" };
  assert.equal(read(""), undefined);
  assert.deepEqual(read(", bfd: true"), whole);
  assert.deepEqual(read(", bfd: false"), { ...whole, enabled: false });
  assert.deepEqual(read(", bfd: { transmit: 50, multihop: always }"), { ...whole, transmit: 50, multihop: "always" });
  for (const wrong of ["yes", "{ transmit: 9 }", "{ multiplier: 0 }", "{ interval: 300 }", "{ multihop: true }"])
    assert.throws(() => read(`, bfd: ${wrong}`), { name: "ConfigError" }, wrong);
});

test("faults of several places come at once, in the order of the file", () => {
  const lines = faults(`${agent}adopt: 1\nlog: { level: loud }\nx: 1\n`, parseAgentConfig);
  assert.deepEqual(
    lines.map((l) => l.split(" ")[0]),
    ["f.yaml:5:8:", "f.yaml:6:15:", "f.yaml:7:1:"],
  );
});

test("values come out typed and canonical, with defaults", () => {
  const config = parseAgentConfig(
    `host: h1
${withPeers('    - { address: "FD00::0:1", asn: external, maxRoutes: 10 }\n    - { address: 10.0.0.9, asn: [65001, 65002] }')}networks: [{ name: a, vni: 1 }]
ports: [{ name: p, network: a, interface: e, mac: 02-00-00-00-00-0A }]
metrics: { listen: "[::1]" }`,
    "f.yaml",
  );
  assert.deepEqual(config.bgp.listen, [{ address: "10.0.0.1", port: 179 }]);
  assert.equal(config.bgp.hostname, "h1");
  assert.equal(config.bgp.peers[0]!.address, "fd00::1");
  assert.equal(config.bgp.peers[0]!.asn, "external");
  assert.deepEqual(config.bgp.peers[1]!.asn, [65_001, 65_002]);
  assert.deepEqual(config.bgp.peers[0]!.families, ["l2vpn-evpn", "rt-constrain"]);
  assert.equal(config.ports[0]!.mac, "02:00:00:00:00:0a");
  assert.equal(config.vtep!.mtu, "auto");
  assert.deepEqual(config.metrics, { perPeer: "all", listen: { address: "::1", port: 9178 } });
  assert.equal(config.bgp.gracefulRestart.restartTime, 120);
});

test("a reflector listens everywhere unless told otherwise; a listed endpoint keeps its own port", () => {
  const base = "bgp: { asn: 1, routerId: 1.1.1.1, port: 1179, reflector: {} ";
  assert.deepEqual(parseReflectorConfig(`${base}}`, "f").bgp.listen, [
    { address: "0.0.0.0", port: 1179 },
    { address: "::", port: 1179 },
  ]);
  const listed = parseReflectorConfig(`${base}, listen: [127.0.0.1, "127.0.0.2:2179", "[::1]:3179"] }`, "f");
  assert.deepEqual(
    listed.bgp.listen.map((e) => `${e.address} ${e.port}`),
    ["127.0.0.1 1179", "127.0.0.2 2179", "::1 3179"],
  );
});

test("what does not fit in a lab with zones is named", () => {
  const zoned = (more: string): readonly string[] => faults(`name: x\nzones: { east: {}, west: {} }\n${more}`, parseLabTopology);
  assert.deepEqual(zoned("nodes: { h1: { zone: east }, h2: { zone: wst }, h3: {} }"), [
    'f.yaml:3:42: nodes.h2.zone: no zone is named "wst"; zones: east, west; did you mean "west"? [WEFT_CONFIG_REFERENCE]',
    "f.yaml:3:53: nodes.h3: is in no zone; zones: east, west [WEFT_CONFIG_CONFLICT]",
  ]);
  assert.deepEqual(zoned("reflectors: [{ name: r, kind: frr, zone: east }]"), [
    "f.yaml:3:14: reflectors[0]: is of kind frr, and the lab has zones; reflectors of zones are of kind weft [WEFT_CONFIG_CONFLICT]",
  ]);
  assert.match(zoned("underlay: { routing: frr-bgp }")[0]!, /underlay\.routing: all spines are of one AS/);
});

test("a lab's shorthands become what they stand for", () => {
  const lab = parseLabTopology(
    "name: x\nreflectors: [rr1, { name: rr2, kind: frr }]\nnodes: { h1: {} }\nnetworks: { n: { vni: 7 } }\nworkloads: { w: { node: h1, network: n, ip: 10.0.0.1/24 } }",
    "f",
  );
  assert.deepEqual(lab.reflectors, [
    { kind: "weft", name: "rr1" },
    { name: "rr2", kind: "frr" },
  ]);
  assert.deepEqual(lab.workloads["w"]!.ip, [{ ip: "10.0.0.1", length: 24 }]);
  assert.equal(lab.nodes["h1"]!.kind, "weft");
});

test("a file of any octets gives short lines", () => {
  const lines = faults(`"\u001b[2J${"x".repeat(5_000)}": 1\n\u0007\u0000`, parseAgentConfig);
  assert.ok(lines.length > 0);
  for (const line of lines) assert.match(line, /^[^\p{Cc}]{1,700}$/u);
});

test("anchors are followed", () => {
  const text = "bgp: { asn: 1, routerId: 1.1.1.1 }\nvtep: &v { address: 1.1.1.1 }\nnetworks: []\n";
  assert.equal(parseAgentConfig(`${text}duplicateDetection: &d { moves: 7 }\n`, "f").duplicateDetection.moves, 7);
  assert.deepEqual(faults(`${text}audit: *nobody\n`, parseAgentConfig).length, 1);
});

test("a configuration that is printed reads back to the same values", () => {
  const text = `host: h1\n${withPeers('    - { address: "fd00::1", asn: 7, client: false, password: "a: b" }')}domains: [{ name: shop, l3vni: 9 }]
networks: [{ name: web, vni: 101, domain: shop, subnets: [{ cidr: "fd00:1::/64", gateway: "fd00:1::1" }] }]
`;
  const once = parseAgentConfig(text, "f");
  assert.deepEqual(parseAgentConfig(printConfig(once), "f"), once);
});

test("any text gives a configuration or a ConfigError", () => {
  const word = fc.constantFrom(
    "bgp",
    "asn",
    "routerId",
    "vtep",
    "networks",
    "name",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "1",
    "&a",
    "*a",
    "?",
    "|",
    "'",
    "!!x",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 40 }).map((w) => w.join("")),
      ),
      (text) => {
        faults(text, parseAgentConfig);
        faults(text, parseLabTopology);
      },
    ),
    { numRuns: 300 },
  );
});

test("a device that has to be there is held against those of the host, where they are known", () => {
  const text = agent.replace("address: 10.0.0.1 }", "address: 10.0.0.1, device: enp1 }");
  assert.deepEqual(faults(text, parseAgentConfig), []);
  assert.deepEqual(
    faults(text, (t, f) => parseAgentConfig(t, f, ["lo", "eno1", "enp1s0"])),
    [
      'f.yaml:4:36: vtep.device: this host has no interface "enp1"; there are: lo, eno1, enp1s0; did you mean "eno1"? [WEFT_CONFIG_REFERENCE]',
    ],
  );
  assert.deepEqual(
    faults(text, (t, f) => parseAgentConfig(t, f, ["lo", "enp1"])),
    [],
  );
});
