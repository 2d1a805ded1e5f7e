// SPDX-License-Identifier: Apache-2.0
/** `weft doctor` on hosts on which something is really wrong: it says so, mends it, and finds nothing any more. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { readSysctl, writeSysctl } from "../../src/base/sys/sysctl.ts";
import { startWeft, weft, weftProgram, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { command, tryCommand } from "../../src/lab/system/command.ts";
import { startProcess, stopProcess } from "../../src/lab/system/managed-process.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("doctor");
let h1: Place;

interface Reply {
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly object: string;
    readonly mend: readonly string[];
    readonly what: string;
  }[];
  readonly fixed: readonly { readonly command: string; readonly error: string | null }[];
  readonly unread: readonly string[];
}

async function doctor(place: Place, ...argv: readonly string[]): Promise<Reply & { readonly status: number }> {
  const { status, stdout, stderr } = await weft(place, ["doctor", ...argv, "-o", "json"]);
  assert.ok(status <= 1, stderr);
  return { status, ...(JSON.parse(stdout) as Reply) };
}

/** The finding is there, `--fix` mends it, and then it is not. */
async function mends(code: string, objects: readonly string[]): Promise<Reply> {
  const sick = await doctor(h1, "--only", code);
  assert.deepEqual([sick.findings.map((f) => f.object), new Set(sick.findings.map((f) => f.code))], [objects, new Set([code])]);
  assert.equal(sick.status, sick.findings.some((f) => f.severity !== "note") ? 1 : 0);
  const mended = await doctor(h1, "--only", code, "--fix");
  assert.deepEqual(mended.findings, []);
  assert.deepEqual(
    mended.fixed.map((f) => [f.command, f.error]),
    sick.findings.flatMap((f) => f.mend.slice(0, mended.fixed.length).map((m) => [m, null])).slice(0, mended.fixed.length),
  );
  assert.equal(mended.status, 0);
  return sick;
}

const sysctl = (name: string, value?: string): string => {
  const path = namespacePath(h1.namespace);
  if (value !== undefined) writeSysctl(path, name, value);
  return readSysctl(path, name);
};

before(async () => {
  h1 = await net.host("h1", { ownNamespaces: true });
  const [s1, s2] = [await net.host("s1"), await net.host("s2")];
  await net.link(h1, "up1", s1, "eth0");
  await net.link(h1, "up2", s2, "eth0");
  await net.ip(h1, [
    "address add 10.9.0.1/32 dev lo",
    "address add 10.9.1.1/30 dev up1",
    "address add 10.9.2.1/30 dev up2",
    "route add 10.9.0.0/16 nexthop via 10.9.1.2 nexthop via 10.9.2.2",
    "link add br100 type bridge mcast_snooping 0",
    "link add vx100 mtu 1450 type vxlan id 100 local 10.9.0.1 dstport 4789 nolearning tos 4",
    "link set vx100 master br100 addrgenmode none",
    "link set br100 up",
    "link set vx100 up",
  ]);
  for (const family of ["ip", "ip6", "arp"]) sysctl(`net.bridge.bridge-nf-call-${family}tables`, "0");
  for (const family of [4, 6]) sysctl(`net.ipv${family}.fib_multipath_hash_policy`, "1");
  for (const device of ["all", "up1", "up2"]) sysctl(`net.ipv4.conf.${device}.rp_filter`, "0");
});
after(async () => await net.remove());

test("a host that is well: notes at most, with and without a daemon, which it misses", async () => {
  const { status, findings, unread } = await doctor(h1);
  assert.deepEqual([status, findings.filter((f) => f.severity !== "note")], [0, []]);
  assert.match(unread.join("\n"), /no agent or reflector answers in /);
});

test("bridged frames that meet the packet filter", async () => {
  sysctl("net.bridge.bridge-nf-call-iptables", "1");
  await mends("WEFT_DOCTOR_BRIDGE_NETFILTER", ["host"]);
  assert.equal(sysctl("net.bridge.bridge-nf-call-iptables"), "0");
});

test("strict reverse path filtering with two uplinks", async () => {
  sysctl("net.ipv4.conf.up2.rp_filter", "1");
  await mends("WEFT_DOCTOR_RP_FILTER", ["host"]);
  assert.equal(sysctl("net.ipv4.conf.up2.rp_filter"), "2");
});

test("two uplinks of which one is used: the hash, and the route cache of the VXLAN device", async () => {
  sysctl("net.ipv4.fib_multipath_hash_policy", "0");
  await mends("WEFT_DOCTOR_ECMP_POLICY", ["host"]);
  assert.equal(sysctl("net.ipv4.fib_multipath_hash_policy"), "1");
  await net.ip(h1, ["link set vx100 type vxlan tos 0"]);
  await mends("WEFT_DOCTOR_ECMP_ENTROPY", ["device vx100"]);
  assert.match(await net.run(h1, ["ip", "-d", "link", "show", "vx100"]), /\btos 0x4\b/);
});

test("checksums that no hardware finishes: a note, mended only when it is named", async () => {
  const features = async (): Promise<string> => await net.run(h1, ["ethtool", "-k", "up1"]);
  assert.match(await features(), /^tx-checksumming: on$/m);
  assert.deepEqual((await doctor(h1, "--fix")).fixed, []);
  await mends("WEFT_DOCTOR_CHECKSUM_OFFLOAD", ["device up1", "device up2"]);
  assert.match(await features(), /^tx-checksumming: off$/m);
});

test("a port of the bridge that talks IPv6 into the network", async () => {
  await net.ip(h1, ["link set vx100 addrgenmode eui64", "link set vx100 down", "link set vx100 up"]);
  await waitFor("a link-local address", async () => (await net.run(h1, ["ip", "-6", "address", "show", "vx100"])).includes("fe80"));
  await mends("WEFT_DOCTOR_IPV6_NOISE", ["device vx100"]);
  assert.doesNotMatch(await net.run(h1, ["ip", "-6", "address", "show", "vx100"]), /fe80/);
});

test("a network that does not fit, which is left to people", async () => {
  await net.ip(h1, ["link set up2 mtu 1400"]);
  const { status, findings } = await doctor(h1, "--fix", "--only", "WEFT_DOCTOR_MTU");
  assert.deepEqual([status, findings.map((f) => f.object)], [1, ["device vx100"]]);
  // The first advice, typed as it stands.
  await net.run(h1, ["sh", "-c", findings[0]!.mend[0]!.split(",")[0]!]);
  assert.deepEqual((await doctor(h1, "--only", "WEFT_DOCTOR_MTU")).findings, []);
  await net.ip(h1, ["link set up2 mtu 1500"]);
});

test("a program at the port of VXLAN", async () => {
  await net.ip(h1, ["link set vx100 down"]);
  const script = 'require("dgram").createSocket("udp4").bind(4789, "0.0.0.0", () => console.log("bound"))';
  const taker = await startProcess(h1, "taker", [process.execPath, "-e", script]);
  await waitFor("the port to be taken", () => readFileSync(`${h1.folder}/taker.log`, "utf8").includes("bound"));
  const { findings } = await doctor(h1, "--only", "WEFT_DOCTOR_VXLAN_PORT");
  assert.deepEqual(
    findings.map((f) => [f.severity, f.what.includes(`(pid ${taker.identity.pid})`)]),
    [["error", true]],
  );
  await stopProcess(h1, "taker", "SIGTERM");
  await net.ip(h1, ["link set vx100 up"]);
  assert.deepEqual((await doctor(h1, "--only", "WEFT_DOCTOR_VXLAN_PORT")).findings, []);
});

test("a domain with a gateway that does not forward", async () => {
  const shop = "weft-shop";
  await net.run(h1, ["sh", "-ec", `ip netns add ${shop}; ip -n ${shop} link set lo alias weft; ip -n ${shop} link add br101 type bridge`]);
  const inShop = async (...argv: readonly string[]): Promise<string> => (await net.run(h1, ["ip", "netns", "exec", shop, ...argv])).trim();
  await inShop("ip", "address", "add", "10.31.0.1/24", "dev", "br101");
  await inShop("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.br101.rp_filter=1");
  await mends("WEFT_DOCTOR_FORWARDING", [`namespace ${shop}`]);
  await mends("WEFT_DOCTOR_RP_FILTER", [`namespace ${shop}`]);
  assert.equal(await inShop("sysctl", "-n", "net.ipv4.ip_forward"), "1");
  await net.run(h1, ["ip", "netns", "del", shop]);
});

test("more neighbours in a domain than the machine's table is made for", async () => {
  const shop = "weft-shop";
  const script = 'mount --rbind "$0" /run/netns && exec "$@"';
  // The limits are shown and set in the machine's first namespace only, so the doctor is called there; it sees the domains of h1.
  const here = async (...argv: readonly string[]): Promise<Reply> => {
    const line = [weftProgram, "doctor", "--only", "WEFT_DOCTOR_NEIGHBOUR_TABLE", "-o", "json", "--run-dir", weftRunFolder(h1), ...argv];
    const { stdout, stderr } = await tryCommand(["unshare", "--mount", "sh", "-c", script, h1.namespaces!, ...line]);
    assert.notEqual(stdout, "", stderr);
    return JSON.parse(stdout) as Reply;
  };
  const names = ["ipv4", "ipv6"].flatMap((f) => [3, 2, 1].map((n) => `net.${f}.neigh.default.gc_thresh${n}`));
  const before = new Map(names.map((n) => [n, readSysctl(undefined, n)]));
  const limit = Number(before.get("net.ipv4.neigh.default.gc_thresh2"));
  const line = (i: number): string => `neighbour replace 10.77.${i >> 8}.${i & 255} lladdr 02:77:00:00:00:01 dev br101 nud stale`;
  const lines = Array.from({ length: limit + 50 }, (_, i) => line(i)).join("\n");
  const fill = async (): Promise<string> => await command(enter(h1, ["ip", "-n", shop, "-batch", "-"]), { input: `${lines}\n` });
  const devices = `ip -n ${shop} link set lo alias weft; ip -n ${shop} link add br101 type bridge; ip -n ${shop} link set br101 up`;
  await net.run(h1, ["sh", "-ec", `ip netns add ${shop}; ${devices}`]);
  try {
    // Beyond the limit the kernel collects what is older than five seconds.
    await waitFor("the finding", async () => {
      await fill();
      return (await here()).findings.some((f) => f.object === "ARP table");
    });
    await fill();
    const { findings, fixed } = await here("--fix");
    assert.deepEqual([findings, fixed.filter((f) => f.error !== null), fixed.length], [[], [], 3]);
    assert.ok(Number(readSysctl(undefined, "net.ipv4.neigh.default.gc_thresh2")) >= 2 * limit);
  } finally {
    for (const [name, value] of before) writeSysctl(undefined, name, value);
    await net.run(h1, ["ip", "netns", "del", shop]);
  }
});

test("a reflector with few file descriptors, which is named; an agent is asked what it wants", async () => {
  const rr = await net.host("rr");
  await startWeft(rr, "reflector", { config: { bgp: { asn: 65000, routerId: "10.9.0.4", listen: ["127.0.0.1"], reflector: {} } } });
  const { pid } = await weftReady(rr, "reflector");
  const before = await doctor(rr, "--only", "WEFT_DOCTOR_FILE_LIMIT");
  assert.equal(before.unread.join().includes("no agent"), false);
  const limits = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))![1]!;
  await command(["prlimit", "--pid", String(pid), `--nofile=200:${limits}`]);
  assert.deepEqual(
    (await doctor(rr, "--only", "WEFT_DOCTOR_FILE_LIMIT")).findings.map((f) => f.object),
    [`reflector (pid ${pid})`],
  );
  await command(["prlimit", "--pid", String(pid), `--nofile=${limits}:${limits}`]);
  await stopProcess(rr, "reflector", "SIGTERM");
});

test("without privileges it says what is missing, and what it could not look at", async () => {
  const run = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", weftProgram, "doctor", "-o", "json", "--run-dir", weftRunFolder(h1)];
  const { status, stdout, stderr } = await tryCommand(enter({ namespace: h1.namespace, folder: h1.folder }, run));
  assert.equal(status, 1, stderr);
  const { findings, unread } = JSON.parse(stdout) as Reply;
  assert.deepEqual(
    findings.filter((f) => f.severity !== "note").map((f) => [f.code, f.severity]),
    [["WEFT_DOCTOR_CAPABILITY", "error"]],
  );
  assert.match(unread.join("\n"), /kinds of devices: needs CAP_NET_ADMIN/);
});

test("a code that there is not", async () => {
  const { status, stderr } = await weft(h1, ["doctor", "--only", "WEFT_DOCTOR_RPFILTER"]);
  assert.equal(status, 64);
  assert.match(stderr, /did you mean WEFT_DOCTOR_RP_FILTER\?/);
});
