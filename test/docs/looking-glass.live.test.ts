// SPDX-License-Identifier: Apache-2.0
/** docs/operate/looking-glass.md: every command of its table shows what the table says, and the metrics it names are there. */
import assert from "node:assert/strict";
import net from "node:net";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { listenTcp } from "../../src/base/sys/tcp-socket.ts";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer, rawMessage } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announceMany } from "../hostile/mac-routes.ts";
import { typed } from "./machine.ts";
import { block, codeSpans, page, tableRows } from "./page.ts";

const scratch = new Scratch("doclg");
const text = page("docs/operate/looking-glass.md");
const rows = tableRows(text, "question");
const peers: RawPeer[] = [];
/** What the monitoring station of the page is told. */
const station: Buffer[] = [];
const server = net.createServer((socket) => socket.on("error", () => undefined).on("data", (b: Buffer) => station.push(b)));
let rr: Place;
after(async () => {
  server.close();
  for (const p of peers) p.close();
  await scratch.remove();
});

/** A route of type 5 to 192.168.`n`.0/24. */
function prefixRoute(n: number, bits: number): Uint8Array {
  const nlri = [5, 34, 0, 1, 10, 0, 0, 1, 0, 200, ...Array<number>(14).fill(0), bits, 192, 168, n, 0, 0, 0, 0, 0, 0, 35, 40];
  const reach = [0x90, 14, 0, 9 + nlri.length, 0, 25, 70, 4, 10, 0, 0, 9, 0, ...nlri];
  const others = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 200];
  return rawMessage(2, [0, 0, 0, reach.length + others.length, ...others, ...reach]);
}

before(async () => {
  rr = await scratch.host("rr");
  await scratch.ip(rr, ["address add 10.0.0.4/32 dev lo", "route add local 10.0.0.0/24 dev lo"]);
  const at = { address: "10.0.0.4" as Ip, port: 11_019 };
  server.listen({ fd: listenTcp(at, { namespace: namespacePath(rr.namespace) }) });
  writeFileSync(`${rr.folder}/reflector.yaml`, block(text, "reflector"));
  await restartWeft(rr, "reflector");
  await weftReady(rr, "reflector");
  for (const from of ["10.0.0.2", "10.0.0.3"]) peers.push(await RawPeer.established(rr, { from: from as Ip, to: "10.0.0.4" as Ip }));
  peers[0]!.send(announceMany(0, 20, 1), prefixRoute(7, 24), prefixRoute(0, 16));
  peers[1]!.send(announceMany(5, 9, 2));
});

assert.equal(rows.length, 12);
for (const row of rows) {
  test(`${row["question"]}`, async () => {
    const [command] = codeSpans(row["command"]!);
    const wanted = codeSpans(row["shows"]!);
    await waitFor(`${command} to show ${wanted.join(", ")}`, async () => {
      const { status, stdout, stderr } = await typed(rr, command!);
      assert.equal(status, 0, stderr);
      const absent = wanted.filter((w) => !`${stdout}${stderr}`.includes(w));
      if (absent.length > 0) throw new Error(`no ${absent.join(", no ")} in:\n${stdout}${stderr}`);
      // Where the table promises nothing, there is nothing to see in a sound network.
      return wanted.length > 0 || stdout === "";
    });
  });
}

test("every metric that the page names is there", async () => {
  const { stdout } = await typed(rr, "weft metrics");
  const names = [...text.matchAll(/`((?:weft|process)_[a-z_]+)/g)].map((m) => m[1]!);
  const declared = page("docs/reference/events-metrics.md");
  assert.ok(names.length > 12);
  for (const name of names) assert.ok(stdout.includes(`\n${name}`) || declared.includes(`\`${name}\``), name);
  for (const sure of ["weft_bgp_peers", "weft_loop_lag_seconds", "process_resident_memory_bytes", "weft_bgp_table_bytes"])
    assert.match(stdout, new RegExp(`^${sure}`, "m"));
});

test("the station of the example is told", async () => {
  // Version 3, an Initiation.
  await waitFor("its first words", () => station.length > 0 && station[0]![0] === 3 && station[0]![5] === 4);
});
