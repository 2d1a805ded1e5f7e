// SPDX-License-Identifier: Apache-2.0
/**
 * Two agents, an FRR leaf and a reflector, recorded through starts, moves, a quarantine, repairs, crashes and a peer that sends
 * nonsense; each recording replays to the same decisions. `WEFT_RECORDINGS=DIR` keeps them, compressed, for `recordings/`.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Ip } from "../../src/base/net/ip.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { reloadWeft, restartWeft, startWeft, weft, weftReady, type WeftComponent, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { fdb, floodList, vtepOf } from "../harness/kernel-tables.ts";
import { RawPeer, rawMessage } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";

const net = new Scratch("rec");
after(async () => await net.remove());

const asn = 65000;
const secret = "not-for-others";
const roaming = "02:00:00:00:01:04";
let h1: Place;
let h2: Place;
let f3: Place;
let rr: Place;
let w1: Place;
let w4: Place;

const timers = { hold: 3, keepalive: 1, connectRetry: 1 };
const blue = { name: "blue", vni: 100 };

function agentFile(n: number, more: object = {}): object {
  return {
    host: `h${n}`,
    bgp: { asn, routerId: `10.0.0.${n}`, timers, peers: [{ address: "10.0.0.4", asn, ...(n === 2 ? { password: secret } : {}) }] },
    vtep: { address: `10.0.0.${n}` },
    audit: { period: 5 },
    duplicateDetection: { moves: 4, seconds: 600 },
    domains: [{ name: "shop" }],
    networks: [blue, { name: "web", vni: 101, domain: "shop" }],
    ports: [{ name: `w${n}`, network: "blue", interface: `p${n}`, mac: `02:00:00:00:01:0${n}`, ips: [`192.168.1.${n}`] }],
    ...more,
  };
}

const reflectorFile = {
  host: "rr",
  bgp: {
    asn,
    routerId: "10.0.0.4",
    listen: ["10.0.0.4"],
    timers,
    reflector: { clusterId: "10.0.0.4" },
    dynamicPeers: [
      { range: "10.0.0.0/24", asn, client: true },
      { range: "10.0.0.2/32", asn, client: true, password: secret },
    ],
  },
};

function recordingOf(place: Place): string {
  return `${place.folder}/recording.jsonl`;
}

async function start(place: Place, component: WeftComponent, config: object): Promise<void> {
  await startWeft(place, component, { config, env: { WEFT_RECORD: recordingOf(place) } });
}

async function startAgain(place: Place, component: WeftComponent): Promise<void> {
  await restartWeft(place, component, { WEFT_RECORD: recordingOf(place) });
  await weftReady(place, component);
}

async function hasEvent(place: Place, event: string): Promise<boolean> {
  return (await weft(place, ["events"])).stdout.includes(event);
}

before(async () => {
  const own = { ownNamespaces: true };
  [h1, h2, f3, rr] = [await net.host("h1", own), await net.host("h2", own), await net.host("f3"), await net.host("rr")];
  await net.segment([
    [h1, "10.0.0.1/24"],
    [h2, "10.0.0.2/24"],
    [f3, "10.0.0.3/24"],
    [rr, "10.0.0.4/24", "10.0.0.5/24"],
  ]);
  await addVtepDevices(f3.namespace, { vni: 100, vtep: "10.0.0.3" });
  await startFrr(f3, { zebra: "", bgpd: frrBgpd("f3", asn, "10.0.0.3", frrLeafLines({ asn, routerId: "10.0.0.3", peers: ["10.0.0.4"] })) });
  await start(rr, "reflector", reflectorFile);
  await start(h1, "agent", agentFile(1));
  await start(h2, "agent", agentFile(2));
  await weftReady(h1, "agent");
  await weftReady(h2, "agent");
  w1 = await net.workload("w1", h1, "p1", undefined, "02:00:00:00:01:01", ["192.168.1.1/24"]);
  await net.workload("w2", h2, "p2", undefined, "02:00:00:00:01:02", ["192.168.1.2/24"]);
  await net.workload("w3", f3, "p3", "br100", "02:00:00:00:01:03", ["192.168.1.3/24"]);
  w4 = await net.workload("w4", h1, "p4", "br100", roaming, ["192.168.1.4/24"]);
  for (const n of [2, 3]) await waitFor(`w1 to reach w${n}`, async () => await reaches(w1, `192.168.1.${n}`));
});

async function move(from: Place, to: Place): Promise<void> {
  await net.ip(from, [`link set p4 netns ${to.namespace}`]);
  await net.ip(to, ["link set p4 master br100 up"]);
  await waitFor("the moved workload to be heard", async () => await reaches(w4, "192.168.1.3"));
}

test("a workload moves round the fabric", async () => {
  for (const [from, to, vtep] of [
    [h1, h2, "10.0.0.2"],
    [h2, f3, "10.0.0.3"],
    [f3, h1, undefined],
  ] as const) {
    await move(from, to);
    await waitFor("h1 to follow", async () => (await vtepOf(h1, "vx100", roaming)) === vtep);
  }
});

test("a MAC that moves too often is put into quarantine and let out", async () => {
  const twin = await net.workload("w5", h2, "p5", "br100", roaming, ["192.168.1.4/24"]);
  await waitFor("the quarantine", async () => {
    for (const w of [w4, twin]) await reaches(w, "192.168.1.3");
    return (await hasEvent(h1, "duplicate-detected")) || (await hasEvent(h2, "duplicate-detected"));
  });
  await net.ip(h2, ["link del p5"]);
  await weft(h1, ["evpn", "duplicates", "clear", roaming]);
  await weft(h2, ["evpn", "duplicates", "clear", roaming]);
});

test("what is changed by hand is put right", async () => {
  await net.run(h1, ["bridge", "fdb", "del", "02:00:00:00:01:02", "dev", "vx100", "dst", "10.0.0.2", "self"]);
  await waitFor("the entry", async () => (await vtepOf(h1, "vx100", "02:00:00:00:01:02")) === "10.0.0.2");
  await net.ip(h1, ["link set vx100 mtu 1300", "link set vx100 down"]);
  await waitFor("w1 to reach w2", async () => await reaches(w1, "192.168.1.2"));
  await net.ip(h1, ["link del vx100"]);
  await waitFor("the device", async () => (await floodList(h1, "vx100")).length === 2);
  await waitFor("w1 to reach w3", async () => await reaches(w1, "192.168.1.3"));
});

test("a network comes and goes with the configuration", async () => {
  writeWeftConfig(h1, "agent", agentFile(1, { networks: [blue, { name: "late", vni: 102 }] }));
  await reloadWeft(h1);
  await waitFor("its bridge", async () => (await weft(h1, ["kernel", "diff", "-o", "json"])).stdout.trim() === "[]");
  writeWeftConfig(h1, "agent", agentFile(1));
  await reloadWeft(h1);
});

test("a reflector hears nonsense, is killed and comes back", async () => {
  const raw = await RawPeer.established(rr, { from: "10.0.0.5" as Ip, to: "10.0.0.4" as Ip });
  // ORIGIN, AS_PATH, LOCAL_PREF, route target 65000:100, and a type-3 route.
  const route = "0311 00010a0000050064 00000000 20 0a000005";
  const good = ["40010100", "400200", "40050400000064", "c010080002fde800000064", `800e1c 0019 46 04 0a000005 00 ${route}`];
  raw.send(update(good), update(["40010103", ...good.slice(1)]), update(good), update([`800f16 0019 46 ${route}`]));
  // A route that runs past its field: nothing behind it can be found any more.
  raw.send(update(["40010100", "400200", "40050400000064", "800e0b 0019 46 04 0a000005 00 0321"]));
  await waitFor("the answer", () => raw.closed);
  raw.close();
  await waitFor("all of it in the recording", () => readFileSync(recordingOf(rr), "utf8").includes('"in":"peer-down"'));
  await stopProcess(rr, "reflector", "SIGKILL");
  await startAgain(rr, "reflector");
  await waitFor("sessions", async () => (await weft(rr, ["bgp", "peers"])).stdout.match(/established/gi)?.length === 3);
  await waitFor("w1 to reach w2", async () => await reaches(w1, "192.168.1.2"));
});

test("an agent is killed, adopts what it finds, and sweeps what is stale", async () => {
  await stopProcess(h1, "agent", "SIGKILL");
  await net.run(h1, ["bridge", "fdb", "add", "02:00:00:00:0f:0f", "dev", "vx100", "dst", "10.0.0.2", "self", "extern_learn"]);
  await startAgain(h1, "agent");
  await waitFor("the sweep", async () => !(await fdb(h1, "vx100")).some((r) => r.mac === "02:00:00:00:0f:0f"));
  await waitFor("w1 to reach w3", async () => await reaches(w1, "192.168.1.3"));
});

test("every recording gives the same decisions again, without a kernel, and holds no secret", async () => {
  await stopProcess(h1, "agent", "SIGTERM");
  await stopProcess(h2, "agent", "SIGTERM");
  await stopProcess(rr, "reflector", "SIGTERM");
  const files = [h1, h2, rr].flatMap((p) =>
    readdirSync(p.folder)
      .filter((f) => f.startsWith("recording"))
      .map((f) => path.join(p.folder, f)),
  );
  assert.equal(files.length, 5, files.join());
  for (const file of files) {
    assert.ok(!readFileSync(file, "utf8").includes(secret), file);
    keep(file);
    const { stdout, stderr, status } = await tryCommand([path.resolve("bin/weft"), "replay", file, "--show", "none"]);
    assert.equal(status, 0, `${file}: ${stdout}${stderr}`);
    assert.match(stdout, /^identical: [1-9]\d* inputs, [1-9]\d* decisions/);
  }
  await showsADifference(files[0]!);
});

/** A recording in which one route of this host was another. */
async function showsADifference(file: string): Promise<void> {
  const other = `${file}-other`;
  writeFileSync(other, readFileSync(file, "utf8").replace('"announce 02', '"announce 05'));
  const { stdout, status } = await tryCommand([path.resolve("bin/weft"), "replay", other, "-o", "json", "--show", "routes"]);
  assert.equal(status, 1);
  const answer = JSON.parse(stdout) as { verdict: string; difference: { channel: string; replayed: string }; rows: { kind: string }[] };
  assert.equal(answer.verdict, "different");
  assert.equal(answer.difference.channel, "routes");
  assert.match(answer.difference.replayed, /^announce \[2\]/);
  assert.ok(answer.rows.some((r) => r.kind === "route"));
}

/** An UPDATE of path attributes in hex. */
function update(attributes: readonly string[]): Uint8Array {
  const octets = Buffer.from(attributes.join("").replaceAll(" ", ""), "hex");
  return rawMessage(2, [0, 0, octets.length >> 8, octets.length & 255, ...octets]);
}

function keep(file: string): void {
  const folder = process.env["WEFT_RECORDINGS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const [place, name] = [path.basename(path.dirname(file)), path.basename(file)];
  const target = path.join(folder, `${contents[`${place} ${name}`] ?? `${place}-${name}`}.jsonl.gz`);
  writeFileSync(target, gzipSync(readFileSync(file), { level: 9 }));
}

/** What is in the recordings, by host and file; `.1` is what the process wrote that was killed. */
const contents: Readonly<Record<string, string>> = {
  "h1 recording.jsonl.1": "agent-moves-and-repairs",
  "h1 recording.jsonl": "agent-adopts",
  "h2 recording.jsonl": "agent-loses-reflector",
  "rr recording.jsonl.1": "reflector-hears-nonsense",
  "rr recording.jsonl": "reflector-restarts",
};
