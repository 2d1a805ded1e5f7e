// SPDX-License-Identifier: Apache-2.0
/** A reflector with FRR and a hand-made peer, monitored: by pmacct's station, and by tshark's reading of what it was sent. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import { macRoute } from "../../src/bgp/speaker/testing/speakers.ts";
import { notification } from "../../src/bgp/wire/notification.ts";
import { encodeMessage } from "../../src/bgp/wire/message.ts";
import { reasonInformation, terminationReason } from "../../src/bmp/wire/information.ts";
import { encodeBmp } from "../../src/bmp/wire/message.ts";
import type { EventRow } from "../../src/contract/inspect.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { frrBgpd, frrLeafLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import { startProcess, stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "../harness/capture.ts";
import { RawPeer, rawMessage } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announceMany } from "../hostile/mac-routes.ts";

const net = new Scratch("bmp");
const [us, frr, collector, odd] = ["10.0.0.4", "10.0.0.1", "10.0.0.3", "10.0.0.2"] as const;
let [reflector, leaf, station, peers]: Place[] = [];
let capture: Capture;

/** What pmbmpd writes, a line of JSON per message. */
interface StationLine {
  readonly bmp_msg_type?: string;
  readonly peer_ip?: string;
  readonly local_ip?: string;
  readonly bmp_init_info_sysname?: string;
  readonly bmp_init_info_sysdescr?: string;
  readonly reason_type?: number;
  readonly bmp_term_info_reason?: number | string;
  readonly counter_type?: number;
  readonly counter_value?: number;
}

function stationLines(): readonly StationLine[] {
  const text = readFileSync(`${station!.folder}/messages.log`, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as StationLine);
}

async function said(what: string, type: string, right: (line: StationLine) => boolean = () => true): Promise<StationLine> {
  return await waitFor(`pmbmpd to say ${what}`, () => stationLines().find((l) => l.bmp_msg_type === type && right(l)), { within: 40_000 });
}

async function startStation(): Promise<void> {
  await startProcess(station!, "pmbmpd", ["pmbmpd", "-f", `${station!.folder}/pmbmpd.conf`]);
}

before(async () => {
  [reflector, leaf, station, peers] = [await net.host("rr"), await net.host("frr"), await net.host("station"), await net.host("peers")];
  await net.segment([
    [reflector, `${us}/24`],
    [leaf, `${frr}/24`],
    [station, `${collector}/24`],
    [peers, `${odd}/24`],
  ]);
  capture = new Capture(station, "eth0", "tcp port 11019", ["tcp.port==11019,bmp"]);
  await capture.started();
  const lines = [
    `bmp_daemon_ip: ${collector}`,
    "bmp_daemon_port: 11019",
    `bmp_daemon_msglog_file: ${station.folder}/messages.log`,
    "bmp_daemon_msglog_output: json",
    `logfile: ${station.folder}/pmbmpd-own.log`,
  ];
  writeFileSync(`${station.folder}/pmbmpd.conf`, `${lines.join("\n")}\n`);
  writeFileSync(`${station.folder}/messages.log`, "");
  await startStation();
  await addVtepDevices(leaf.namespace, { vni: 100, vtep: frr });
  const body = frrLeafLines({ asn: 65000, routerId: frr, peers: [us], timers: [1, 3] });
  await startFrr(leaf, { zebra: "", bgpd: frrBgpd("leaf", 65000, frr, body) });
  const tables = ["pre-policy", "post-policy", "loc-rib", "adj-rib-out"];
  await startWeft(reflector, "reflector", {
    config: {
      host: "rr1",
      bgp: {
        asn: 65000,
        routerId: us,
        listen: [us],
        reflector: {},
        dynamicPeers: [{ range: "10.0.0.0/24", asn: 65000, client: true }],
        bmp: [{ address: collector, tables, reconnect: 1, statistics: 1 }],
      },
    },
  });
  await weftReady(reflector, "reflector");
});
after(async () => {
  await capture.stop();
  await net.remove();
});

test("pmacct's station hears who we are, who is up, numbers, and how a session ended", async () => {
  const init = await said("who we are", "init");
  assert.match(JSON.stringify(init), /rr1/);
  await said("that FRR is up", "peer_up", (l) => l.peer_ip === frr);
  const peer = await RawPeer.established(peers!, { from: odd as Ip, to: us as Ip });
  await said("that the other peer is up", "peer_up", (l) => l.peer_ip === odd);
  peer.send(announceMany(0, 300, 0));
  // A route of a type that nobody knows.
  const strange = [77, 4, 1, 2, 3, 4];
  const reach = [0x90, 14, 0, 9 + strange.length, 0, 25, 70, 4, 10, 0, 0, 9, 0, ...strange];
  const others = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100];
  peer.send(rawMessage(2, [0, 0, 0, reach.length + others.length, ...reach, ...others]));
  await said("how many routes", "stats", (l) => l.peer_ip === odd && l.counter_type === 7 && l.counter_value === 301);
  peer.send(encodeMessage(notification(6, 2), { fourOctetAs: true, peer: "unknown" }));
  await said("that it left", "peer_down", (l) => l.peer_ip === odd && l.reason_type === 3);
});

test("a station that dies costs nothing but itself, and is told everything anew when it is back", async () => {
  await stopProcess(station!, "pmbmpd", "SIGKILL");
  await waitFor("the event", async () => {
    const { stdout } = await weft(reflector!, ["events", "-o", "json"]);
    const events = stdout
      .split("\n")
      .slice(0, -1)
      .map((l) => JSON.parse(l) as EventRow);
    return events.some((e) => e.event === "bmp.disconnected");
  });
  const peer = await RawPeer.established(peers!, { from: odd as Ip, to: us as Ip });
  peer.send(announceMany(1_000, 1_100, 1));
  await waitFor("routes meanwhile", async () => (await weft(reflector!, ["bgp", "routes", "--peer", odd])).stdout.split("\n").length > 100);
  const before = stationLines().length;
  await startStation();
  await waitFor(
    "all from the beginning",
    () => {
      const types = stationLines()
        .slice(before)
        .map((l) => `${l.bmp_msg_type} ${l.peer_ip ?? ""}`.trim());
      return types.includes("init") && types.includes(`peer_up ${frr}`) && types.includes(`peer_up ${odd}`);
    },
    { within: 40_000 },
  );
});

test("tshark reads all of it: every kind of message, every table, and each route octet for octet", async () => {
  // Of the last route announced, once for each of the four tables at least.
  await capture.has(macRoute(1_099).nlri, 4);
  await weft(reflector!, ["bgp", "shutdown", odd]);
  await said("that we ended it", "peer_down", (l) => l.peer_ip === odd && l.reason_type === 1);
  await stopProcess(reflector!, "reflector");
  await said("that we leave", "term");
  await capture.has(encodeBmp({ kind: "termination", information: [reasonInformation(terminationReason.administrative)] }));
  await capture.stop();
  // tshark 4.0 takes the name of the table behind the OPENs (RFC 9069 §5.2.1) for another BGP message.
  const complaints = (await capture.malformed("bmp && !(bmp.type == 3 && bmp.peer.type == 3)")).flatMap((l) =>
    l.split("\t")[1]!.split(","),
  );
  assert.deepEqual(
    complaints.filter((c) => !toleratedByUs.some((t) => t.test(c))),
    [],
  );
  const rows = await capture.fields("bmp", [
    "bmp.type",
    "bmp.peer.type",
    "bmp.peer.flags",
    "bmp.peer.ip.addr",
    "bgp.evpn.nlri.rt",
    "bgp.evpn.nlri.mac_addr",
  ]);
  const all = (column: number): Set<string> => new Set(rows.flatMap((r) => (r[column] ?? "").split(",")).filter((v) => v !== ""));
  assert.deepEqual(
    [...all(0)].map(Number).toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    [...all(1)].map(Number).toSorted((a, b) => a - b),
    [0, 3],
  );
  const flags = new Set([...all(2)].map(Number));
  // Before and after the policy, and what is sent: L 0x40, O 0x10.
  for (const f of [0, 0x40, 0x50]) assert.ok(flags.has(f), `flags ${f.toString(16)} of ${[...flags].join()}`);
  for (const type of ["2", "3"]) assert.ok(all(4).has(type), `a route of type ${type}`);
  for (const n of [0, 299, 1_000, 1_099]) assert.ok(all(5).has(macOf(n)), macOf(n));
});

/** What tshark says of octets that are as they should be. */
const toleratedByUs = [
  // A note, shown where there is an error beside it.
  /^IP Address: NOT INCLUDED$/,
  // The route of a type that nobody knows.
  /^Invalid EVPN Route Type \(77\)$/,
  // FRR agrees on extended messages (RFC 8654), of which tshark does not know here.
  /^Length is invalid \d{4,5}$/,
];

function macOf(n: number): string {
  return Array.from(macRoute(n).nlri.subarray(25, 31), (o) => o.toString(16).padStart(2, "0")).join(":");
}
