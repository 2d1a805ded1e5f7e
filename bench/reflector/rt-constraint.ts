// SPDX-License-Identifier: Apache-2.0
/**
 * What route target constraint saves a host: `node bench/reflector/rt-constraint.ts [networks] [routes per network]`. A `weft reflector` on
 * the loopback net holds the routes of all networks; a host that imports 10 of them connects, with and without taking part, and then
 * joins and leaves an 11th. No root.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { Memberships } from "../../src/agent/memberships.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import type { PeerState } from "../../src/bgp/speaker/peer-state.ts";
import { freePort, ip, makeSpeaker, peerConfig, type RunningSpeaker, speakerConfig } from "../../src/bgp/speaker/testing/speakers.ts";
import type { MacVrf } from "../../src/evpn/types.ts";
import { weftProgram } from "../../src/lab/peer/weft.ts";

const [networks = 1000, perNetwork = 100] = process.argv.slice(2).map(Number);
const mine = 10;
const reflectorIp = "127.9.70.1";
const port = await freePort();
const folder = mkdtempSync(path.join(os.tmpdir(), "weft-rtc-"));

/** Waits without a limit: a measurement is looked at. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

function startReflector(): ChildProcess {
  const bgp = {
    asn: 65000,
    routerId: reflectorIp,
    listen: [`${reflectorIp}:${port}`],
    reflector: {},
    dynamicPeers: [{ range: "127.9.0.0/16", asn: 65000, client: true }],
  };
  writeFileSync(path.join(folder, "reflector.yaml"), stringify({ bgp }));
  return spawn(weftProgram, ["reflector", "--config", path.join(folder, "reflector.yaml"), "--run-dir", path.join(folder, "run")], {
    stdio: "ignore",
  });
}

async function host(address: string, takesPart: boolean): Promise<RunningSpeaker> {
  const families = takesPart ? (["l2vpn-evpn", "rt-constrain"] as const) : (["l2vpn-evpn"] as const);
  const s = makeSpeaker(speakerConfig(address, 0, { listen: [], peers: [peerConfig(reflectorIp, port, address, { families })] }));
  await s.speaker.start();
  return s;
}

/** Route `n` of a network: type 2, VNI and route target after the network — RFC 7432 §7.2. */
function announce(s: RunningSpeaker, network: number, n: number): void {
  const nlri = new Uint8Array(35);
  nlri.set([2, 33, 0, 1, 10, 0, 0, 1, network >> 8, network]);
  nlri.set([48, 2, 0, network >> 8, network, n >> 8, n, 0, 0, network >> 8, network], 24);
  const attributes = Uint8Array.of(0x40, 1, 1, 0, 0x40, 2, 0, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, network >> 8, network);
  s.speaker.rib.announceLocal({ family: "l2vpn-evpn", nlri, attributes, nextHop: Uint8Array.of(10, 0, 0, 9) });
}

/** Imports the first `count` networks. */
function imports(count: number): MacVrf[] {
  return Array.from({ length: count }, (_, n) => ({
    network: `n${n}`,
    vni: n + 1,
    rd: `127.9.70.3:${n}` as Rd,
    importTargets: [`65000:${n}`],
    exportTargets: [],
    vtep: ip("127.9.70.3"),
  }));
}

const session = (s: RunningSpeaker): PeerState => s.speaker.peers()[0]!;

/** Seconds of CPU of the reflector. */
function cpuOf(reflector: ChildProcess): number {
  const fields = readFileSync(`/proc/${reflector.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const reflector = startReflector();
const source = await host("127.9.70.2", true);
await until(() => session(source).phase === "established");
for (let network = 0; network < networks; network++) for (let n = 0; n < perNetwork; n++) announce(source, network, n);
source.speaker.changed();
const total = networks * perNetwork;
const probe = await host("127.9.70.9", false);
await until(() => session(probe).received === total);
await probe.speaker.stop();

console.log(`${networks} networks with ${perNetwork} routes each, a host that imports ${mine}; ${new Date().toISOString().slice(0, 10)}`);
for (const [i, takesPart] of [false, true, false, true, false, true].entries()) {
  const cpu = cpuOf(reflector);
  const start = performance.now();
  const s = await host(`127.9.71.${i + 1}`, takesPart);
  const memberships = new Memberships(() => s.speaker.rib, { asn: 65000, routerId: ip("127.9.70.3") });
  memberships.follow(imports(mine));
  const wanted = takesPart ? mine * perNetwork : total;
  await until(() => session(s).received === wanted);
  const ms = performance.now() - start;
  const { received, octetsIn } = session(s);
  const line = `${takesPart ? "takes part " : "takes none "} ${received} routes = ${((100 * received) / total).toFixed(1)} %, ${octetsIn} octets, complete after ${ms.toFixed(0)} ms, reflector ${((cpuOf(reflector) - cpu) * 1000).toFixed(0)} ms CPU`;
  if (!takesPart) console.log(line);
  else {
    const took: number[] = [];
    for (const count of [mine + 1, mine, mine + 1, mine]) {
      const from = performance.now();
      memberships.follow(imports(count));
      s.speaker.changed();
      await until(() => session(s).received === count * perNetwork);
      took.push(performance.now() - from);
    }
    console.log(
      `${line}; join, leave, join, leave: ${took.map((t) => t.toFixed(1)).join(", ")} ms, ${session(s).octetsIn - octetsIn} octets`,
    );
  }
  await s.speaker.stop();
}
await source.speaker.stop();
reflector.kill();
rmSync(folder, { recursive: true, force: true });
