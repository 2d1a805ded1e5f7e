// SPDX-License-Identifier: Apache-2.0
/** Reflectors above reflectors, two at each place, over real TCP: routes of one zone come to the other, once, and nothing goes round — RFC 4456. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { localSlot } from "../rib/types.ts";
import { attributeOf } from "../wire/attribute/attribute.ts";
import type { PeerConfig } from "./config.ts";
import { freePort, ip, isUp, macRoute, makeSpeaker, peerConfig, type RunningSpeaker, speakerConfig, until } from "./testing/speakers.ts";

const running: RunningSpeaker[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
});

const address = (n: number): string => `127.13.0.${n}`;
/** Two at the top, two in each of two zones, a host in each zone. */
const [tops, zones] = [
  [1, 2],
  [
    { reflectors: [11, 12], host: 19 },
    { reflectors: [21, 22], host: 29 },
  ],
] as const;

async function start(n: number, port: number, peers: readonly PeerConfig[], reflects: boolean): Promise<RunningSpeaker> {
  const s = makeSpeaker(speakerConfig(address(n), port, { peers, ...(reflects && { reflector: { clusterId: ip(address(n)) } }) }));
  running.push(s);
  await s.speaker.start();
  return s;
}

test("two zones below a pair of reflectors", async () => {
  const port = await freePort();
  const to = (from: number, n: number, over: Partial<PeerConfig> = {}): PeerConfig => peerConfig(address(n), port, address(from), over);
  // Whoever is above waits to be called.
  const below = { client: true, passive: true };
  for (const top of tops) {
    const other = tops.find((t) => t !== top)!;
    const clients = zones.flatMap((z) => z.reflectors.map((r) => to(top, r, below)));
    await start(top, port, [...clients, to(top, other, { passive: top === tops[0] })], true);
  }
  for (const { reflectors, host } of zones) {
    for (const r of reflectors) await start(r, port, [...tops.map((t) => to(r, t)), to(r, host, below)], true);
    await start(
      host,
      port,
      reflectors.map((r) => to(host, r)),
      false,
    );
  }
  const hosts = zones.map((z) => running.find((s) => s.config.routerId === address(z.host))!);
  await until("every session", () => running.every((s) => s.config.peers.every((p) => isUp(s, p.address))));
  for (const [i, host] of hosts.entries()) {
    for (let k = 0; k < 20; k++) host.speaker.rib.announceLocal(macRoute(i * 100 + k));
    host.speaker.changed();
  }
  await until("all routes everywhere", () => running.every((s) => s.speaker.rib.stats().routes === 40));
  // Quiet: two looks in a row see the same number of UPDATEs, which a route that goes round would not allow.
  const heard = (): string => JSON.stringify(running.map((s) => s.speaker.peers().map((p) => p.updatesIn)));
  let before = "";
  let same = 0;
  await until("quiet", () => {
    const now = heard();
    same = now === before ? same + 1 : 0;
    before = now;
    return same >= 50;
  });
  // From a host over its reflector, one above and one of the other zone: three clusters, each once.
  const far = hosts[1]!.speaker.rib.routes({ best: true }).routes.filter((r) => r.from !== localSlot);
  assert.equal(far.length, 20);
  for (const route of far) {
    const clusters = attributeOf(route.attributes.attributes(), "cluster-list")?.clusters ?? [];
    assert.equal(clusters.length, 3);
    assert.equal(new Set(clusters).size, 3);
  }
  for (let k = 0; k < 20; k++) hosts[0]!.speaker.rib.withdrawLocal("l2vpn-evpn", macRoute(k).nlri);
  hosts[0]!.speaker.changed();
  await until("withdrawn everywhere", () => running.every((s) => s.speaker.rib.stats().routes === 20));
  assert.ok(running.every((s) => s.speaker.peers().every((p) => p.flaps === 0)));
});
