// SPDX-License-Identifier: Apache-2.0
/** A reflector with two thousand sessions that are loading: whoever asks it something gets an answer, and the answers add up. */
import assert from "node:assert/strict";
import { type ClientRequest, request } from "node:http";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import { macRoute } from "../../src/bgp/speaker/testing/speakers.ts";
import type { BgpSummaryReply, PeerRow, RouteDetailRow, RouteRow, StatusReply } from "../../src/contract/inspect.ts";
import { startWeft, weft, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announceMany } from "../hostile/mac-routes.ts";

const net = new Scratch("crowd");
const us = "10.98.0.1";
const size = 2_000;
/** The first so many announce; each its own share. */
const senders = 20;
const perSender = 110;
let place: Place;
const peers: RawPeer[] = [];

before(async () => {
  place = await net.host("rr");
  // Any address of the range is the machine's own.
  await net.ip(place, [`address add ${us}/32 dev lo`, "route add local 10.98.0.0/16 dev lo"]);
  const session = { range: "10.98.0.0/16", asn: 65000, client: true };
  const bgp = { asn: 65000, routerId: us, listen: [us], reflector: {}, dynamicPeers: [session] };
  await startWeft(place, "reflector", { config: { bgp, metrics: { perPeer: "all" } } });
  await weftReady(place, "reflector");
});
after(async () => {
  for (const p of peers) p.close();
  await net.remove();
});

function addressOf(i: number): Ip {
  return `10.98.${1 + Math.floor(i / 250)}.${1 + (i % 250)}` as Ip;
}

async function json<T>(...argv: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await weft(place, [...argv, "-o", "json"]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

test("two thousand sessions come up", async () => {
  for (let at = 0; at < size; at += 100) {
    const batch = Array.from({ length: 100 }, (_, i) => RawPeer.established(place, { from: addressOf(at + i), to: us as Ip }));
    peers.push(...(await Promise.all(batch)));
  }
  await waitFor("all of them", async () => (await json<BgpSummaryReply>("bgp", "summary")).peers.established === size, { within: 60_000 });
});

test("peers, status, metrics and routes answer while they load", async () => {
  for (const [i, peer] of peers.slice(0, senders).entries()) peer.send(announceMany(i * perSender, (i + 1) * perSender, 0));
  const [rows, status, scrape, found] = await Promise.all([
    json<readonly PeerRow[]>("bgp", "peers"),
    json<StatusReply>("status"),
    weft(place, ["metrics"]),
    json<readonly RouteRow[]>("bgp", "routes", "--mac", "02:00:00:00:00:07"),
  ]);
  assert.equal(rows.length, size);
  assert.equal(new Set(rows.map((p) => p.peer)).size, size);
  assert.equal(status.peers.established, size);
  assert.equal(scrape.stdout.match(/^weft_bgp_peer_established\{/gm)?.length, size);
  assert.ok(found.length <= 1);
});

test("when they have loaded, every view says the same", async () => {
  const all = senders * perSender;
  await waitFor("all routes at the reflector", async () => (await json<BgpSummaryReply>("bgp", "summary")).families[0]?.routes === all, {
    within: 60_000,
  });
  const rows = await json<readonly PeerRow[]>("bgp", "peers", "--sort", "received");
  assert.deepEqual([...new Set(rows.slice(0, senders).map((p) => p.received))], [perSender]);
  assert.ok(rows.slice(senders).every((p) => p.received === 0 && p.sent === all));
  assert.deepEqual(
    (await json<readonly PeerRow[]>("bgp", "peers", "--peer", "10.98.3.0/24")).map((p) => p.peer),
    Array.from({ length: 250 }, (_, i) => addressOf(500 + i)),
  );
  assert.deepEqual(await json("bgp", "peers", "--state", "failed"), []);
  const { stdout } = await weft(place, ["metrics"]);
  assert.match(stdout, new RegExp(`^weft_bgp_routes\\{family="l2vpn-evpn"\\} ${all}$`, "m"));
  assert.match(stdout, new RegExp(`^weft_bgp_peers\\{state="established"\\} ${size}$`, "m"));
  assert.equal(stdout.match(new RegExp(`^weft_bgp_peer_routes_received\\{.*\\} ${perSender}$`, "gm"))?.length, senders);
  const listed = await json<readonly RouteRow[]>("bgp", "routes");
  assert.equal(listed.length, all);
  assert.equal(new Set(listed.map((r) => r.route)).size, all);
  const [route] = await json<readonly RouteDetailRow[]>("bgp", "route", "02:00:00:00:00:07");
  assert.equal(route!.sentTo.length, size - 1);
  assert.deepEqual(route!.notSentTo, [{ reason: "came-from-it", peers: [addressOf(0)] }]);
});

test("a listing that nobody reads, and one that is given up, cost the others nothing", async () => {
  const socket = `${weftRunFolder(place)}/weft.sock`;
  const stuck = await new Promise<ClientRequest>((resolve) => {
    const req = request({ socketPath: socket, path: "/v1/bgp/routes?stream=1" }, () => resolve(req)).end();
  });
  peers[senders]!.send(announceMany(senders * perSender, senders * perSender + 1, 0));
  const { nlri } = macRoute(senders * perSender);
  await waitFor("a route to pass", () => peers[0]!.received.some((m) => Buffer.from(m.body).includes(Buffer.from(nlri))));
  stuck.destroy();
  assert.equal((await inspect<StatusReply>(weftRunFolder(place), "/v1/status")).routes, senders * perSender + 1);
});
