// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import { parsePrefix } from "../../base/net/prefix.ts";
import type { HostFacts, MultipathFacts } from "../facts.ts";
import type { Check, Finding } from "../finding.ts";
import { commandOf } from "../remedy.ts";
import { agent, device, hostFacts, namespace, vxlan } from "../testing/host-facts.ts";
import { bridgeNetfilter } from "./bridge-netfilter.ts";
import { capability } from "./capability.ts";
import { checksumOffload } from "./checksum-offload.ts";
import { conntrack } from "./conntrack.ts";
import { deviceKind } from "./device-kind.ts";
import { ecmpEntropy } from "./ecmp-entropy.ts";
import { ecmpPolicy } from "./ecmp-policy.ts";
import { fileLimit } from "./file-limit.ts";
import { forwarding } from "./forwarding.ts";
import { hostName } from "./host-name.ts";
import { ipv6Noise } from "./ipv6-noise.ts";
import { mtu } from "./mtu.ts";
import { neighbourTable } from "./neighbour-table.ts";
import { rpFilter } from "./rp-filter.ts";
import { checks } from "./table.ts";
import { vxlanPort } from "./vxlan-port.ts";

const twoWays: MultipathFacts = { destination: parsePrefix("10.0.0.0/8")!, devices: ["eth0", "eth1"] };
const [eth0, eth1] = [device("eth0", "", { at: ["10.0.0.1/24"] }), device("eth1", "")];
const shop = { name: "weft-shop" };

/** What is found, as `severity object: commands`. */
function said(check: Check, facts: Partial<HostFacts>): readonly string[] {
  return check
    .judge(hostFacts(facts))
    .map(
      (f: Finding) =>
        `${f.severity} ${f.object}: ${[...f.remedies.map(commandOf), ...(f.remedies.length > 0 ? [] : (f.advice ?? []))].join("; ")}`,
    );
}

test("on a host that is well nothing is found", () => {
  for (const check of checks) assert.deepEqual(check.judge(hostFacts()), [], check.code);
  for (const check of checks) assert.deepEqual(check.judge(hostFacts({ daemon: undefined })), [], check.code);
});

test("codes are stable in form and differ", () => {
  assert.equal(new Set(checks.map((c) => c.code)).size, checks.length);
  for (const { code } of checks) assert.match(code, /^WEFT_DOCTOR_[A-Z0-9_]+$/);
});

test("capabilities: those for work are an error, the one for listening is a warning, and a reflector needs none", () => {
  assert.match(said(capability, { missingCapabilities: ["CAP_NET_ADMIN"] })[0]!, /^error host: /);
  assert.match(said(capability, { missingCapabilities: ["CAP_NET_RAW"] })[0]!, /^warning host: /);
  assert.deepEqual(said(capability, { missingCapabilities: ["CAP_NET_ADMIN"], daemon: { ...agent, component: "reflector" } }), []);
});

test("kinds of devices that the kernel lacks", () => {
  assert.deepEqual(said(deviceKind, { missingKinds: ["vxlan"] }), ["error kernel: modprobe vxlan"]);
  assert.deepEqual(said(deviceKind, { missingKinds: undefined }), []);
});

test("bridge-nf-call: of networks in the host namespace, not of those in domains, not without networks", () => {
  const on = { "net.bridge.bridge-nf-call-iptables": "1", "net.bridge.bridge-nf-call-arptables": "0" };
  const network = [device("br100", "bridge"), vxlan("vx100", "br100")];
  assert.deepEqual(said(bridgeNetfilter, { host: namespace(network, on) }), [
    "warning host: sysctl -w net.bridge.bridge-nf-call-iptables=0",
  ]);
  assert.deepEqual(said(bridgeNetfilter, { host: namespace(network, { "net.bridge.bridge-nf-call-iptables": "0" }) }), []);
  assert.deepEqual(said(bridgeNetfilter, { host: namespace([device("docker0", "bridge")], on) }), []);
  assert.deepEqual(said(bridgeNetfilter, { domains: [namespace(network, on, shop)] }), []);
});

test("rp_filter: strict counts with several uplinks and in domains; the greater of all and the device holds", () => {
  const strict = { "net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.eth0.rp_filter": "1" };
  assert.deepEqual(said(rpFilter, { host: namespace([eth0, eth1], strict), uplinks: [eth0, eth1] }), [
    "warning host: sysctl -w net.ipv4.conf.eth0.rp_filter=2",
  ]);
  assert.deepEqual(said(rpFilter, { host: namespace([eth0], strict), uplinks: [eth0] }), []);
  assert.deepEqual(
    said(rpFilter, { host: namespace([eth0, eth1], { ...strict, "net.ipv4.conf.all.rp_filter": "2" }), uplinks: [eth0, eth1] }),
    [],
  );
  const bridge = device("br.100", "bridge");
  assert.deepEqual(said(rpFilter, { domains: [namespace([bridge], { "net.ipv4.conf.br/100.rp_filter": "1" }, shop)] }), [
    "warning namespace weft-shop: ip netns exec weft-shop sysctl -w net.ipv4.conf.br/100.rp_filter=2",
  ]);
  assert.deepEqual(said(rpFilter, { domains: [namespace([bridge], { "net.ipv4.conf.all.rp_filter": "1" }, shop)] }), [
    "warning namespace weft-shop: ip netns exec weft-shop sysctl -w net.ipv4.conf.all.rp_filter=2",
  ]);
});

test("forwarding: wanted in a domain with a gateway of that family", () => {
  const gateway = device("br100", "bridge", { at: ["10.1.0.1/24"] });
  const off = { "net.ipv4.ip_forward": "0", "net.ipv6.conf.all.forwarding": "0" };
  assert.deepEqual(said(forwarding, { domains: [namespace([gateway], off, shop)] }), [
    "error namespace weft-shop: ip netns exec weft-shop sysctl -w net.ipv4.ip_forward=1",
  ]);
  const both = device("br100", "bridge", { at: ["10.1.0.1/24", "fd00::1/64"] });
  assert.equal(said(forwarding, { domains: [namespace([both], off, shop)] }).length, 2);
  assert.deepEqual(said(forwarding, { domains: [namespace([gateway], { "net.ipv4.ip_forward": "1" }, shop)] }), []);
  assert.deepEqual(said(forwarding, { domains: [namespace([device("br100", "bridge", { at: ["fe80::1/64"] })], off, shop)] }), []);
});

test("checksum offload: on devices without hardware only, and a note", () => {
  const veth = device("up0", "veth", { txChecksum: true });
  assert.deepEqual(said(checksumOffload, { uplinks: [veth, device("eth0", "", { txChecksum: true })] }), [
    "note device up0: ethtool -K up0 tx off",
  ]);
  assert.deepEqual(
    said(checksumOffload, {
      uplinks: [
        { ...veth, txChecksum: false },
        { ...veth, txChecksum: undefined },
      ],
    }),
    [],
  );
});

test("ECMP: ports have to count, for the family that has several ways", () => {
  const sysctls = { "net.ipv4.fib_multipath_hash_policy": "0", "net.ipv6.fib_multipath_hash_policy": "0" };
  assert.deepEqual(said(ecmpPolicy, { host: namespace([], sysctls, { multipaths: [twoWays] }) }), [
    "warning host: sysctl -w net.ipv4.fib_multipath_hash_policy=1",
  ]);
  assert.deepEqual(said(ecmpPolicy, { host: namespace([], sysctls) }), []);
  assert.deepEqual(said(ecmpPolicy, { host: namespace([], { "net.ipv4.fib_multipath_hash_policy": "1" }, { multipaths: [twoWays] }) }), []);
});

test("ECMP: a VXLAN device needs a fixed tos, wherever it lives", () => {
  const host = namespace([vxlan("vx1", "br1", { tos: 0 }), vxlan("vx2", "br2")], {}, { multipaths: [twoWays] });
  assert.deepEqual(said(ecmpEntropy, { host, domains: [namespace([vxlan("vx3", undefined, { tos: 0 })], {}, shop)] }), [
    "warning device vx1: ip link set vx1 type vxlan tos 4",
    "warning device vx3: ip netns exec weft-shop ip link set vx3 type vxlan tos 4",
  ]);
  assert.deepEqual(said(ecmpEntropy, { host: { ...host, multipaths: [] } }), []);
  const six = namespace([vxlan("vx6", "br6", { tos: 0, local: "fd00::1" })], {}, { multipaths: [twoWays] });
  assert.deepEqual(said(ecmpEntropy, { host: six }), []);
});

test("neighbour table: what is there in all namespaces, or wanted, against the limits; the greatest limit first", () => {
  const many = { neighbours: { ipv4: 300, ipv6: 0 } };
  assert.deepEqual(said(neighbourTable, { host: namespace([], {}, many), domains: [namespace([], {}, { ...many, ...shop })] }), [
    "warning ARP table: sysctl -w net.ipv4.neigh.default.gc_thresh3=4096; sysctl -w net.ipv4.neigh.default.gc_thresh2=2048; sysctl -w net.ipv4.neigh.default.gc_thresh1=1024",
  ]);
  assert.match(
    said(neighbourTable, { daemon: { ...agent, neighbours: { ipv4: 0, ipv6: 1000 } } })[0]!,
    /^error neighbour discovery table: /,
  );
  assert.deepEqual(said(neighbourTable, { host: namespace([], {}, many) }), []);
  assert.deepEqual(
    said(neighbourTable, { host: namespace([], {}, { neighbours: { ipv4: 9999, ipv6: 0 } }), neighbourLimits: undefined }),
    [],
  );
  // What is set is enough: the finding is gone afterwards.
  const after = { ipv4: [1024, 2048, 4096], ipv6: [128, 512, 1024] } as const;
  assert.deepEqual(said(neighbourTable, { host: namespace([], {}, { neighbours: { ipv4: 600, ipv6: 0 } }), neighbourLimits: after }), []);
});

test("connection tracking: from seven tenths of the limit on", () => {
  const busy = (connections: number) => ({ connectionLimit: 1000, domains: [namespace([], {}, { ...shop, connections })] });
  assert.deepEqual(said(conntrack, busy(800)), ["warning namespace weft-shop: sysctl -w net.netfilter.nf_conntrack_max=2048"]);
  assert.match(said(conntrack, busy(990))[0]!, /^error /);
  assert.deepEqual(said(conntrack, busy(600)), []);
  assert.deepEqual(said(conntrack, { ...busy(800), connectionLimit: undefined }), []);
});

test("MTU: of VXLAN devices against the narrowest uplink, 50 octets more over IPv4, 70 over IPv6", () => {
  assert.match(
    said(mtu, { host: namespace([vxlan("vx1", "br1", { mtu: 1451 })]), uplinks: [eth0] })[0]!,
    /^warning device vx1: ip link set eth0 mtu 1501/,
  );
  assert.deepEqual(said(mtu, { host: namespace([vxlan("vx1", "br1", { mtu: 1450 })]), uplinks: [eth0] }), []);
  assert.equal(said(mtu, { host: namespace([vxlan("vx1", "br1", { mtu: 1431, local: "fd00::1" })]), uplinks: [eth0] }).length, 1);
  assert.equal(said(mtu, { host: namespace([vxlan("vx1", "br1", { mtu: 8950 })]), uplinks: [{ ...eth0, mtu: 9000 }, eth1] }).length, 1);
  assert.deepEqual(said(mtu, { host: namespace([vxlan("vx1", "br1", { mtu: 9000 })]) }), []);
});

test("UDP port of VXLAN: that of the devices, or the usual one", () => {
  const socket = (port: number) => ({ address: "0.0.0.0" as Ip, port, pid: 7, program: "vpn" });
  assert.match(said(vxlanPort, { udpSockets: [socket(4789), socket(53)] })[0]!, /^error UDP port 4789: stop vpn \(kill 7\)/);
  const odd = vxlan("vx1", "br1", { vxlan: { vni: 1, local: "10.0.0.1" as Ip, port: 8472, tos: 4 } });
  assert.equal(said(vxlanPort, { host: namespace([odd]), udpSockets: [socket(4789)] }).length, 0);
  assert.equal(said(vxlanPort, { host: namespace([odd]), udpSockets: [socket(8472)] }).length, 1);
  assert.deepEqual(said(vxlanPort, { udpSockets: undefined }), []);
});

test("file limit: against the peers there are, and for a reflector against those it ought to take", () => {
  const daemon = (component: "agent" | "reflector", openFiles: number | undefined, configured = 2) => ({
    daemon: { ...agent, component, openFiles, peers: { configured, established: 0 } },
  });
  assert.match(said(fileLimit, daemon("reflector", 1024))[0]!, /^warning reflector \(pid 42\): LimitNOFILE=65536/);
  assert.match(said(fileLimit, daemon("reflector", 1024, 600))[0]!, /^error /);
  assert.deepEqual(said(fileLimit, daemon("reflector", 65_536, 600)), []);
  assert.deepEqual(said(fileLimit, daemon("agent", 1024)), []);
  assert.deepEqual(said(fileLimit, daemon("agent", undefined)), []);
});

test("IPv6 noise: link-local addresses of ports of a network's bridge, the VXLAN device among them", () => {
  const local = ["fe80::1/64"];
  const devices = [
    device("br100", "bridge", { at: local }),
    vxlan("vx100", "br100"),
    device("p1", "veth", { master: "br100", at: local }),
    device("p2", "veth", { master: "br100" }),
    device("p3", "veth", { master: "docker0", at: local }),
  ];
  assert.deepEqual(said(ipv6Noise, { host: namespace(devices) }), ["note device p1: sysctl -w net.ipv6.conf.p1.disable_ipv6=1"]);
  assert.deepEqual(said(ipv6Noise, { host: namespace(devices.slice(0, 2)) }), []);
});

test("host name", () => {
  assert.equal(said(hostName, { hostName: "localhost.localdomain" }).length, 1);
  assert.equal(said(hostName, { hostName: "" }).length, 1);
  assert.deepEqual(said(hostName, { hostName: "localhost7" }), []);
});
