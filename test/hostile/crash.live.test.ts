// SPDX-License-Identifier: Apache-2.0
/** Faults that nobody foresaw in a real agent: it goes down at once with a report, the kernel forwards on, and a new one takes over. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import type { StatusReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { restartWeft, startWeft, weft, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { isRunning } from "../../src/base/sys/process-identity.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announceMany } from "./mac-routes.ts";

const net = new Scratch("hoscra");
const [us, peerAddress] = ["10.0.0.1" as Ip, "10.0.0.2" as Ip];
const env = { NODE_OPTIONS: `--import=${path.join(import.meta.dirname, "fail-on-signal.ts")}` };
let agent: Place;
let others: Place;

before(async () => {
  agent = await net.host("agent", { ownNamespaces: true });
  others = await net.host("peer");
  await net.segment([
    [agent, `${us}/24`],
    [others, `${peerAddress}/24`],
  ]);
  const peers = [{ address: peerAddress, asn: 65000, passive: true }];
  const bgp = { asn: 65000, routerId: us, peers, dynamicPeers: [{ range: "10.9.0.0/16", asn: 65000, password: "s3cret-key" }] };
  const config = { host: "h1", bgp, vtep: { address: us }, networks: [{ name: "blue", vni: 100 }] };
  await startWeft(agent, "agent", { config, env });
  await weftReady(agent, "agent");
});
after(async () => await net.remove());

/** Remote MACs in the kernel, as they stand there. */
async function entries(): Promise<readonly string[]> {
  const lines = (await net.run(agent, ["bridge", "fdb", "show", "dev", "vx100"])).split("\n");
  return lines.filter((l) => l.startsWith("02:00:00:") && l.includes(" dst ")).toSorted();
}

function reports(): readonly string[] {
  return readdirSync(weftRunFolder(agent)).filter((f) => f.startsWith("crash-"));
}

for (const [n, [signal, name, message]] of (
  [
    ["SIGUSR2", "TypeError", "nobody foresaw this"],
    ["SIGURG", "RangeError", "nobody waits for this"],
  ] as const
).entries()) {
  test(`${name}: down with a report, the kernel as it was, and back`, async () => {
    const peer = await RawPeer.established(others, { from: peerAddress, to: us });
    peer.send(announceMany(0, 300, n));
    await waitFor("entries", async () => (await entries()).length === 300);
    const before = await entries();
    const { identity } = recordedProcesses(agent.folder).find((p) => p.name === "agent")!;
    process.kill(identity.pid, signal);
    await waitFor("its end", () => !isRunning(identity));
    assert.deepEqual(await entries(), before, "the kernel forwards on");
    assert.equal(reports().length, n + 1);
    const text = readFileSync(path.join(weftRunFolder(agent), reports().toSorted().at(-1)!), "utf8");
    const report = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([report["name"], report["message"], report["pid"]], [name, message, identity.pid]);
    assert.match(String(report["stack"]), /fail-on-signal/);
    assert.match(String(report["metrics"]), /weft_bgp_peer_established\{peer="10\.0\.0\.2"\} 1/);
    assert.equal((report["status"] as StatusReply).peers.established, 1);
    assert.ok(text.includes("10.9.0.0") && !text.includes("s3cret-key"), "the configuration without its secrets");
    assert.ok((report["events"] as readonly object[]).length > 3);
    // As the service manager does: the next one begins where this one ended.
    await stopProcess(agent, "agent");
    await restartWeft(agent, "agent", env);
    await weftReady(agent, "agent");
    assert.deepEqual(await entries(), before, "the next one adopts what it finds");
    assert.match((await weft(agent, ["events"])).stdout, /300 entries|30\d entries/);
    const status = await inspect<StatusReply>(weftRunFolder(agent), "/v1/status");
    assert.notEqual(status.pid, identity.pid);
    peer.close();
  });
}
