// SPDX-License-Identifier: Apache-2.0
/** Who hears questions about addresses that nobody announced, in networks that flood them and in those that drop them: docs/operate/neighbours.md. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { putIcmp6Checksum } from "../../src/base/net/icmp6-checksum.ts";
import { type Ip, ipToBytes } from "../../src/base/net/ip.ts";
import { type Mac, macToBytes } from "../../src/base/net/mac.ts";
import { type Question, solicitation } from "../../src/agent/discovery/solicitation.ts";
import { parse } from "yaml";
import type { NetworkRow } from "../../src/contract/inspect.ts";
import { reaches } from "../../src/lab/measure/ping.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { reloadWeft, restartWeft, weft, weftReady, weftRunFolder, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import { tryCommand } from "../../src/lab/system/command.ts";
import { enter, type Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { FrameSender, gratuitousArp, unsolicitedAdvertisement } from "../../src/lab/workload/announce.ts";
import { block, page } from "../docs/page.ts";
import { done } from "../docs/machine.ts";
import { Capture } from "../harness/capture.ts";
import { Scratch } from "../harness/scratch.ts";
import { addressOf, agentConfig, metric, startReady, workloadIp, workloadMac } from "../resilience/pair.ts";

const net = new Scratch("unknb");
after(async () => await net.remove());

let h1: Place;
let h2: Place;
let w1: Place;
let w2: Place;
/** In the other host's workload, in another workload of the same host, and between the hosts. */
let far: Capture;
let near: Capture;
let wire: Capture;
let sender: FrameSender;

const manual = page("docs/operate/neighbours.md");

/** Network `blue` in the host's own namespace, and `web` with a gateway in one of the agent's. */
function config(n: number, unknownNeighbours: "flood" | "drop" | undefined): object {
  const { networks } = parse(block(manual, "networks")) as { readonly networks: readonly object[] };
  const more = {
    audit: { period: 1 },
    domains: [{ name: "shop" }],
    networks: networks.map((network) => ({ ...network, unknownNeighbours })),
    ports: [
      { name: `w${n}`, network: "blue", interface: `p${n}`, mac: workloadMac(n), ips: [workloadIp(n), `fd00:1::${n}`] },
      { name: `w${n + 2}`, network: "blue", interface: `p${n + 2}` },
    ],
  };
  return agentConfig(n, { peers: [addressOf(3 - n)], more });
}

before(async () => {
  h1 = await net.host("h1", { ownNamespaces: true });
  h2 = await net.host("h2", { ownNamespaces: true });
  await net.segment([
    [h1, `${addressOf(1)}/24`],
    [h2, `${addressOf(2)}/24`],
  ]);
  const workload = async (n: number, at: Place): Promise<Place> =>
    await net.workload(`w${n}`, at, `p${n}`, undefined, workloadMac(n), [`${workloadIp(n)}/24`, `fd00:1::${n}/64`]);
  w1 = await workload(1, h1);
  w2 = await workload(2, h2);
  const w3 = await workload(3, h1);
  await Promise.all([h1, h2].map(async (host, i) => await startReady(host, "agent", config(i + 1, undefined))));
  for (const ip of [workloadIp(2), "fd00:1::2"]) await waitFor(`w1 to reach ${ip}`, async () => await reaches(w1, ip));
  far = new Capture(w2, "eth0", "arp or icmp6");
  near = new Capture(w3, "eth0", "arp or icmp6");
  wire = new Capture(h2, "eth0", "udp port 4789");
  for (const c of [far, near, wire]) await c.started();
  sender = new FrameSender(w1.namespace, "eth0");
});
after(async () => {
  sender?.close();
  for (const c of [far, near, wire]) await c?.stop();
});

const broadcast = "ff:ff:ff:ff:ff:ff" as Mac;
const from = workloadMac(1) as Mac;

/** RFC 826. */
function arpRequest(sought: string, to = broadcast): Uint8Array {
  const b = gratuitousArp(from, workloadIp(1) as Ip);
  b.set(macToBytes(to), 0);
  b.set(ipToBytes(sought as Ip), 38);
  return b;
}

/** To the solicited-node multicast address (RFC 4861 §7.2.2), of a workload with the link-local address of its MAC. */
function solicit(sought: string, last: number): Uint8Array {
  const b = solicitation({ from, mac: from, ip: sought as Ip } as Question);
  b.set([0x33, 0x33, 0xff, 0, 0, last], 0);
  b.set([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, last], 38);
  // The checksum is over the destination, too.
  putIcmp6Checksum(b);
  return b;
}

/** A router solicitation (RFC 4861 §4.1): multicast as questions are, and none. Each is another one, by its identifier. */
function routerSolicitation(id: number): Uint8Array {
  const b = unsolicitedAdvertisement(from, "fe80::ff:fe00:101" as Ip).slice(0, 62);
  const v = new DataView(b.buffer);
  b.set([0x33, 0x33, 0, 0, 0, 2], 0);
  v.setUint16(18, 8);
  b[53] = 2;
  b.set([133, 0, 0, 0, 0, 0, 0, id], 54);
  putIcmp6Checksum(b);
  return b;
}

let marks = 0;

/** Sends these frames and then one that passes always; when that was heard, all were that ever will be. @returns which of them were, there and beside */
async function heard(...frames: readonly Uint8Array[]): Promise<{ readonly far: readonly boolean[]; readonly near: readonly boolean[] }> {
  const mark = routerSolicitation(++marks);
  for (const frame of [...frames, mark]) sender.send(frame);
  for (const c of [far, near]) await c.has(mark);
  const [there, beside] = [far, near].map((c) => readFileSync(c.file));
  const within = (file: Buffer): readonly boolean[] => frames.map((frame) => file.includes(Buffer.from(frame)));
  return { far: within(there!), near: within(beside!) };
}

async function tables(place: Place): Promise<string> {
  const host = await net.run(place, ["nft", "list", "tables"]);
  return host + (await net.run(place, ["nsenter", `--net=${place.namespaces!}/weft-shop`, "nft", "list", "tables"]));
}

async function settings(n: number, place: Place, setting: "flood" | "drop"): Promise<void> {
  writeWeftConfig(place, "agent", config(n, setting));
  await reloadWeft(place);
  const wanted = setting === "drop" ? 2 : 0;
  await waitFor(`tables for ${setting}`, async () => (await tables(place)).split("bridge weft_neighbours").length - 1 === wanted);
}

async function row(name: string): Promise<NetworkRow> {
  const rows = await inspect<readonly NetworkRow[]>(weftRunFolder(h1), "/v1/evpn/networks");
  return rows.find((r) => r.network === name)!;
}

test("flood, as nothing is said: the other host's workload hears questions about unknown addresses", async () => {
  assert.deepEqual(await heard(arpRequest("192.168.1.71"), solicit("fd00:1::71", 0x71)), { far: [true, true], near: [true, true] });
  const { unknownNeighbours, droppedArp, droppedNd } = await row("blue");
  assert.deepEqual([unknownNeighbours, droppedArp, droppedNd], ["flood", 0, 0]);
});

test("drop: it hears none of them, what it is asked itself is answered, and what was dropped is counted", async () => {
  await settings(1, h1, "drop");
  const before = await row("blue");
  const questions = [arpRequest("192.168.1.72"), solicit("fd00:1::72", 0x72), solicit("fd00:1::73", 0x73)];
  assert.deepEqual(await heard(...questions), { far: [false, false, false], near: [true, true, true] });
  const { unknownNeighbours, droppedArp, droppedNd, state } = await row("blue");
  assert.deepEqual([unknownNeighbours, state], ["drop", "ready"]);
  assert.ok(droppedArp >= before.droppedArp + 1 && droppedNd >= before.droppedNd + 2);
  const name = "weft_evpn_unknown_neighbours_dropped_total";
  assert.ok((await metric(h1, name, 'network="blue",protocol="arp"')) >= droppedArp);
  assert.ok((await metric(h1, name, 'network="blue",protocol="nd"')) >= droppedNd);
  const shown = await done(h1, block(manual, "look"));
  assert.match(shown, /UNKNOWN +DROPPED .*\nblue .* drop +[1-9]\d* +ready/);
  assert.match(shown, /dropped_total\{network="blue",protocol="nd"\} [1-9]/);
  assert.match(shown, /"vx100" counter packets [1-9]\d* bytes \d+ : drop/);
  // One that is meant for a single station is no question to all.
  assert.deepEqual(await heard(arpRequest("192.168.1.74", workloadMac(2) as Mac)), { far: [true], near: [false] });
  await net.ip(w1, ["neigh flush dev eth0"]);
  for (const ip of [workloadIp(2), "fd00:1::2"]) await waitFor(`w1 to reach ${ip}`, async () => await reaches(w1, ip));
});

test("drop: an address that is announced by ARP or advertisement is known on the other host", async () => {
  await net.ip(w1, ["address add 192.168.1.81/24 dev eth0", "address add fd00:1::81/64 dev eth0 nodad"]);
  sender.send(gratuitousArp(from, "192.168.1.81" as Ip));
  sender.send(unsolicitedAdvertisement(from, "fd00:1::81" as Ip));
  await settings(2, h2, "drop");
  for (const ip of ["192.168.1.81", "fd00:1::81"]) await waitFor(`w2 to reach ${ip}`, async () => await reaches(w2, ip));
});

test("drop: the gateway's own questions stay as well, and who never spoke is not found from another host", async () => {
  const w4 = await net.workload("w4", h2, "p4", undefined, workloadMac(4), []);
  await net.run(w4, ["sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"]);
  await net.ip(w4, [`address add ${workloadIp(4)}/24 dev eth0`]);
  await waitFor("w4's port", async () => (await net.run(h2, ["ip", "link", "show", "p4"])).includes("master br100"));
  assert.deepEqual(await heard(arpRequest(workloadIp(4))), { far: [false], near: [true] });
  const before = (await row("web")).droppedArp;
  const shop = (argv: readonly string[]): readonly string[] => ["nsenter", `--net=${h1.namespaces!}/weft-shop`, ...argv];
  await tryCommand(enter(h1, shop(["ping", "-c1", "-W0.1", "10.1.1.77"])));
  assert.ok((await row("web")).droppedArp > before);
  // Broadcast of another kind passes.
  await tryCommand(enter(h1, shop(["ping", "-b", "-c1", "-W0.1", "-p", "77656674", "10.1.1.255"])));
  await wire.has(Buffer.from("7765667477656674", "hex"));
  const asked = Buffer.from("000108000604000102005e0001010a0101010000000000000a01014d", "hex");
  assert.ok(!readFileSync(wire.file).includes(asked), "a question of the gateway crossed");
});

test("the table is put right when somebody deletes it, and is adopted with its counts after a restart", async () => {
  const deleted = await metric(h1, "weft_kernel_repairs_total");
  await net.run(h1, ["nft", "delete", "table", "bridge", "weft_neighbours"]);
  await waitFor("the table to be there", async () => (await tables(h1)).split("bridge weft_neighbours").length === 3);
  assert.deepEqual(await heard(arpRequest("192.168.1.75")), { far: [false], near: [true] });
  assert.ok((await metric(h1, "weft_kernel_repairs_total")) > deleted);
  const { droppedArp } = await row("blue");
  assert.ok(droppedArp > 0);
  await stopProcess(h1, "agent");
  assert.deepEqual(await heard(arpRequest("192.168.1.76")), { far: [false], near: [true] });
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  assert.ok((await row("blue")).droppedArp > droppedArp);
  assert.equal(await metric(h1, "weft_kernel_operations_total", 'kind="put-ruleset"'), 0, "the table was written again");
});

test("flood again, and drop until cleanup", async () => {
  await settings(1, h1, "flood");
  assert.deepEqual(await heard(arpRequest("192.168.1.78"), solicit("fd00:1::78", 0x78)), { far: [true, true], near: [true, true] });
  await waitFor("who never spoke to be found by flooding", async () => await reaches(w1, workloadIp(4)));
  await settings(1, h1, "drop");
  await stopProcess(h1, "agent");
  const { status, stdout, stderr } = await weft(h1, ["agent", "cleanup"]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /nftables table bridge weft_neighbours/);
  assert.doesNotMatch(await net.run(h1, ["nft", "list", "tables"]), /weft/);
});
