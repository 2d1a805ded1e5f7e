// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrefix } from "../../base/net/prefix.ts";
import type { PerPeerMetrics } from "./peer-metrics.ts";
import { announceMacs, freePort, isUp, makeSpeaker, peerConfig, type RunningSpeaker, speakerConfig, until } from "./testing/speakers.ts";

const [us, named, strange] = ["127.9.41.1", "127.9.41.2", "127.9.41.3"] as const;
const running: RunningSpeaker[] = [];
async function start(s: RunningSpeaker): Promise<RunningSpeaker> {
  running.push(s);
  await s.speaker.start();
  return s;
}

test("series of each peer, of those that are named, of none; totals always, and they outlive those who leave", async (t) => {
  t.after(async () => await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown"))));
  const port = await freePort();
  let which: PerPeerMetrics = "all";
  const reflector = await start(
    makeSpeaker(
      speakerConfig(us, port, {
        reflector: { clusterId: us as never },
        peers: [peerConfig(named, port, us, { passive: true, client: true, localAddress: undefined as never })],
        dynamicPeers: [{ range: parsePrefix(`${strange}/32`)!, asn: 65_000, families: ["l2vpn-evpn"], client: true }],
      }),
      { perPeerMetrics: () => which },
    ),
  );
  const clients = await Promise.all(
    [named, strange].map((address) =>
      start(makeSpeaker(speakerConfig(address, port, { listen: [], peers: [peerConfig(us, port, address)] }))),
    ),
  );
  announceMacs(clients[0]!, 0, 20);
  await until("routes at the other", () => isUp(reflector, named) && clients[1]!.speaker.rib.stats().routes === 20);
  const value = (name: string): number | undefined => reflector.metrics.scrape().get(name);
  const received = "weft_bgp_peer_routes_received";
  assert.equal(value(`${received}{peer="${named}"}`), 20);
  assert.equal(value(`weft_bgp_peer_routes_advertised{peer="${strange}"}`), 20);
  assert.equal(value('weft_bgp_routes{family="l2vpn-evpn"}'), 20);
  assert.equal(value('weft_bgp_peers{state="established"}'), 2);
  assert.ok(value(`weft_bgp_peer_received_bytes_total{peer="${named}"}`)! > 20 * 35);
  assert.ok(value(`weft_bgp_peer_updates_received_total{peer="${named}"}`)! >= 1);
  which = "named";
  assert.equal(value(`${received}{peer="${named}"}`), 20);
  assert.equal(value(`${received}{peer="${strange}"}`), undefined);
  which = "none";
  assert.equal(value(`${received}{peer="${named}"}`), undefined);
  const sent = value("weft_bgp_sent_bytes_total")!;
  await clients[1]!.speaker.stop("shutdown");
  await until("the strange one to be gone", () => !reflector.speaker.hasPeer(strange));
  assert.ok(value("weft_bgp_sent_bytes_total")! >= sent);
  assert.equal(value("weft_bgp_flaps_total"), 1);
  which = "all";
  assert.equal(value(`weft_bgp_peer_established{peer="${strange}"}`), undefined);
  await clients[0]!.speaker.stop("shutdown");
  await until("the session to end", () => !isUp(reflector, named));
  assert.equal(value(`weft_bgp_peer_last_error_info{peer="${named}",error="notification-received"}`), 1);
  assert.equal(value(`weft_bgp_peer_flaps_total{peer="${named}"}`), 1);
});
