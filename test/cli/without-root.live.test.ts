// SPDX-License-Identifier: Apache-2.0
/** A reflector on a high port needs no privilege at all; and what machines watch, over TCP. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { announceMacs, freePort, isUp, makeSpeaker, peerConfig, speakerConfig } from "../../src/bgp/speaker/testing/speakers.ts";
import type { BgpSummaryReply, HealthReply } from "../../src/contract/inspect.ts";
import { weftProgram } from "../../src/lab/peer/weft.ts";
import { command } from "../../src/lab/system/command.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "weft-without-root-"));
const [address, client] = ["127.9.60.1", "127.9.60.2"];
let daemon: ChildProcess;
let ports: { readonly bgp: number; readonly metrics: number };

before(async () => {
  ports = { bgp: await freePort(), metrics: await freePort() };
  const file = path.join(folder, "reflector.yaml");
  writeFileSync(
    file,
    `bgp:
  asn: 65000
  routerId: ${address}
  listen: ["${address}:${ports.bgp}"]
  reflector: {}
  dynamicPeers: [{ range: 127.9.60.0/24, asn: 65000, client: true, families: [l2vpn-evpn] }]
metrics: { listen: "${address}:${ports.metrics}" }
`,
  );
  // Root by name only: without capabilities a process may do what any user may.
  const nothing = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
  daemon = spawn("setpriv", [...nothing, weftProgram, "reflector", "--config", file, "--run-dir", path.join(folder, "run")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await waitFor("the reflector", async () => (await get("/health/ready"))?.status === 200, { within: 20_000 });
});
after(async () => {
  if (daemon.exitCode === null) {
    const ended = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true });
});

async function get(at: string): Promise<Response | undefined> {
  return await fetch(`http://${address}:${ports.metrics}${at}`).catch(() => undefined);
}

test("it has no capability, and takes sessions and routes", async () => {
  assert.match(await command(["cat", `/proc/${daemon.pid}/status`]), /^CapEff:\s*0+$/m);
  const config = { ...speakerConfig(client, 0), listen: [], peers: [peerConfig(address, ports.bgp, client)] };
  const speaker = makeSpeaker(config);
  await speaker.speaker.start();
  try {
    await waitFor("the session", () => isUp(speaker, address), { within: 20_000 });
    announceMacs(speaker, 0, 100);
    await waitFor("routes", async () => {
      const asked = await command([weftProgram, "bgp", "summary", "-o", "json", "--run-dir", path.join(folder, "run")]);
      return (JSON.parse(asked) as BgpSummaryReply).families[0]?.routes === 100;
    });
  } finally {
    await speaker.speaker.stop("shutdown");
  }
});

test("metrics and health over TCP, and nothing else", async () => {
  const health = await get("/health");
  assert.deepEqual(await health?.json(), { status: "ok", state: "ready", reasons: [] } satisfies HealthReply);
  const metrics = await get("/metrics");
  assert.match(metrics?.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match((await metrics?.text()) ?? "", /^weft_bgp_flaps_total 1$/m);
  assert.equal((await get("/v1/bgp/routes"))?.status, 404);
});
