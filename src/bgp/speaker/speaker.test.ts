// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { parsePrefix } from "../../base/net/prefix.ts";
import type { RibTap } from "../rib/tap.ts";
import { openFrom } from "../session/testing/samples.ts";
import { shutdownCommunication } from "../wire/cease.ts";
import { keepalive } from "../wire/keepalive.ts";
import { notification } from "../wire/notification.ts";
import { capabilitiesOf } from "../wire/open.ts";
import { refreshSubtype, routeRefresh } from "../wire/route-refresh.ts";
import type { PeerConfig, SpeakerConfig } from "./config.ts";
import { NeedsRestartError, UnknownPeerError } from "./errors.ts";
import type { SpeakerOptions } from "./speaker.ts";
import { RouteCounter } from "./testing/route-counter.ts";
import { ScriptedPeer } from "./testing/scripted-peer.ts";
import {
  type RunningSpeaker,
  announceMacs,
  freePort,
  hurriedClock,
  ip,
  isUp,
  macRoute,
  makeSpeaker,
  peerConfig,
  speakerConfig,
  until,
} from "./testing/speakers.ts";

const running: RunningSpeaker[] = [];
const scripted: ScriptedPeer[] = [];

afterEach(async () => {
  for (const p of scripted.splice(0)) p.socket.destroy();
  await Promise.all(running.splice(0).map((s) => s.speaker.stop("shutdown")));
});

async function started(config: SpeakerConfig, over: Partial<SpeakerOptions> = {}): Promise<RunningSpeaker> {
  const s = makeSpeaker(config, over);
  running.push(s);
  await s.speaker.start();
  return s;
}

const us = "127.9.0.1";
const peer = "127.9.0.2";

/** One speaker that waits for a scripted peer. */
async function alone(
  over: Partial<PeerConfig> = {},
  config: Partial<SpeakerConfig> = {},
  options: Partial<SpeakerOptions> = {},
): Promise<RunningSpeaker> {
  return await started(speakerConfig(us, 0, { peers: [peerConfig(peer, 1, us, { passive: true, ...over })], ...config }), options);
}

async function connectTo(s: RunningSpeaker, local = peer): Promise<ScriptedPeer> {
  const p = await ScriptedPeer.connect(local, us, s.speaker.listening[0]!.port);
  scripted.push(p);
  return p;
}

async function establish(s: RunningSpeaker, open = openFrom(), local = peer): Promise<ScriptedPeer> {
  const p = await connectTo(s, local);
  await p.next("open");
  p.send(open, keepalive);
  await p.next("keepalive");
  await until("session", () => isUp(s, local));
  return p;
}

/** Two speakers that connect to each other at the same time. */
async function pair(config: (peers: PeerConfig) => Partial<SpeakerConfig> = () => ({})): Promise<[RunningSpeaker, RunningSpeaker]> {
  const port = await freePort();
  const [toRight, toLeft] = [peerConfig(peer, port, us), peerConfig(us, port, peer)];
  const both = await Promise.all([
    started(speakerConfig(us, port, { peers: [toRight], ...config(toRight) })),
    started(speakerConfig(peer, port, { peers: [toLeft], ...config(toLeft) })),
  ]);
  await until("session", () => isUp(both[0], peer) && isUp(both[1], us));
  return both;
}

const eventsOf = (s: RunningSpeaker, event: string): string[] => s.journal.events.filter((e) => e.event === event).map((e) => e.message);

test("two speakers that connect to each other come to one session and exchange routes", async () => {
  const [left, right] = await pair();
  announceMacs(left, 0, 500);
  await until("routes", () => right.speaker.rib.stats().routes === 500);
  assert.equal(right.speaker.peers()[0]?.received, 500);
  assert.equal(left.speaker.peers()[0]?.sent, 500);
  for (let i = 0; i < 500; i++) left.speaker.rib.withdrawLocal("l2vpn-evpn", macRoute(i).nlri);
  left.speaker.changed();
  await until("withdrawals", () => right.speaker.rib.stats().routes === 0);
});

test("a peer that comes later gets everything and then End-of-RIB", async () => {
  const s = await alone();
  announceMacs(s, 0, 300);
  const p = await establish(s);
  const updates = await until("End-of-RIB", () => {
    const all = p.received.filter((m) => m.kind === "update");
    return all.some((m) => m.attributes.some((a) => a.kind === "mp-unreach" && a.routes.length === 0)) && all;
  });
  assert.equal(s.speaker.peers()[0]?.sent, 300);
  assert.ok(updates.length > 1);
});

test("a peer out of a range is taken, and forgotten when it is gone", async () => {
  const range = parsePrefix("127.9.7.0/24")!;
  const s = await started(
    speakerConfig(us, 0, {
      dynamicPeers: [{ range, asn: 65_000, families: ["l2vpn-evpn"], client: true }],
      reflector: { clusterId: ip(us) },
    }),
  );
  const first = await establish(s, openFrom(), "127.9.7.1");
  await establish(s, openFrom({ identifier: 5 }), "127.9.7.2");
  assert.deepEqual(
    s.speaker.peers().map((p) => [p.address, p.dynamic, p.role]),
    [
      ["127.9.7.1", true, "client"],
      ["127.9.7.2", true, "client"],
    ],
  );
  first.send(notification(6, 2));
  await until("forgotten", () => s.speaker.peers().length === 1);
});

test("who is not configured is refused, counted, and reported once", async () => {
  const s = await alone();
  for (let i = 0; i < 5; i++) await (await connectTo(s, "127.9.0.99")).ended();
  assert.equal(s.metrics.values.get('weft_bgp_connections_refused_total{reason="unknown-peer"}'), 5);
  assert.deepEqual(eventsOf(s, "bgp.connection-refused"), [
    "refused a connection from 127.9.0.99: no peer and no range is configured for it",
  ]);
});

test("garbage instead of BGP is answered and forgotten", async () => {
  const s = await alone();
  const p = await connectTo(s);
  p.socket.write("GET / HTTP/1.1\r\nHost: bgp\r\n\r\n");
  assert.equal(await p.refusal(), "1/1");
  await until("reason", () => s.speaker.peers()[0]?.lastError?.startsWith("we sent Message Header Error/Connection Not Synchronized"));
});

test("an OPEN that does not fit is refused in words", async () => {
  const s = await alone();
  const p = await connectTo(s);
  p.send(openFrom({ asn: 65_001 }));
  assert.equal(await p.refusal(), "2/2");
  await until(
    "reason",
    () => s.speaker.peers()[0]?.lastError === "we sent OPEN Message Error/Bad Peer AS (it is in AS 65001, wanted is 65000)",
  );
});

test("hundreds of connections that say nothing stand in nobody's way", async () => {
  const range = parsePrefix("127.9.8.0/23")!;
  const s = await alone({}, { dynamicPeers: [{ range, asn: 65_000, families: ["l2vpn-evpn"] }] });
  const silent = await Promise.all(Array.from({ length: 300 }, (_, i) => connectTo(s, `127.9.${8 + (i >> 8)}.${i & 255}`)));
  await until("all taken", () => s.speaker.peers().length === 301);
  await establish(s);
  for (const p of silent) p.socket.destroy();
  await until("all forgotten", () => s.speaker.peers().length === 1);
  const series = [...s.metrics.values].filter(([key]) => key.startsWith("weft_bgp_peer_attempts_failed_total"));
  assert.deepEqual(series, [['weft_bgp_peer_attempts_failed_total{peer="dynamic"}', 300]]);
  assert.ok(eventsOf(s, "bgp.attempt-failed").length < 30, "of all these the log tells a few");
});

test("a peer that falls silent is given up after the hold time", async () => {
  const s = await alone({ holdTime: 3 }, {}, { clock: hurriedClock(30) });
  const p = await establish(s);
  assert.equal(await p.refusal(), "4/0");
  await until("reason", () => eventsOf(s, "bgp.session-down").includes(`session with ${peer} is down: hold time of 3 s expired`));
});

test("an UPDATE that breaks the rules costs its routes, not the session — RFC 7606", async () => {
  const s = await alone();
  const p = await establish(s);
  // ORIGIN of two octets beside an EVPN route: treat as withdraw.
  const { nlri } = macRoute(1);
  const reach = [0, 25, 70, 4, 10, 0, 0, 2, 0, ...nlri];
  const attributes = [0x40, 1, 2, 0, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0x80, 14, reach.length, ...reach];
  p.sendRaw(2, [0, 0, 0, attributes.length, ...attributes]);
  await until("counted", () => s.speaker.peers()[0]?.malformed === 1);
  assert.equal(s.speaker.rib.stats().routes, 0);
  assert.ok(isUp(s, peer));
  assert.equal(eventsOf(s, "bgp.update-malformed").length, 1);
});

test("an UPDATE whose lengths do not add up ends the session", async () => {
  const s = await alone();
  const p = await establish(s);
  p.sendRaw(2, [0, 9, 0, 0]);
  assert.equal(await p.refusal(), "3/1");
});

test("shutdown says why, enable comes back — RFC 9003", async () => {
  const s = await alone();
  const p = await establish(s);
  s.speaker.shutdown(peer, "maintenance until 6");
  assert.equal(shutdownCommunication(await p.next("notification")), "maintenance until 6");
  await p.ended();
  assert.equal(s.speaker.peers()[0]?.admin, "down");
  await (await connectTo(s)).ended();
  s.speaker.enable(peer);
  await establish(s);
  assert.throws(() => s.speaker.shutdown("10.0.0.9"), UnknownPeerError);
});

test("a peer out of a range stays down after a shutdown too, until it is enabled", async () => {
  const [from, range] = ["127.9.7.9", parsePrefix("127.9.7.0/24")!];
  const dynamic = { range, asn: 65_000, families: ["l2vpn-evpn"] } as const;
  const s = await alone({}, { dynamicPeers: [dynamic] });
  await establish(s, openFrom(), from);
  s.speaker.shutdown(from);
  const known = (): string[] => s.speaker.peers().map((p) => `${p.address} ${p.admin}`);
  for (let i = 0; i < 3; i++) await (await connectTo(s, from)).ended();
  assert.ok(known().includes(`${from} down`));
  // A new configuration of its range does not bring it up.
  await s.speaker.reload({ ...s.config, dynamicPeers: [{ ...dynamic, client: true }] });
  await (await connectTo(s, from)).ended();
  s.speaker.enable(from);
  assert.ok(!known().some((k) => k.startsWith(from)), "nothing is left of it before it comes");
  await establish(s, openFrom(), from);
  await s.speaker.reload({ ...s.config, dynamicPeers: [] });
  await until("forgotten with its range", () => !known().some((k) => k.startsWith(from)));
});

test("too many routes end the session until an operator enables it — RFC 4486", async () => {
  const port = await freePort();
  const from = await started(speakerConfig(us, port, { peers: [peerConfig(peer, port, us, { passive: true })] }));
  const limited = peerConfig(us, port, peer, { maximumPrefix: { limit: 100 } });
  const to = await started(speakerConfig(peer, port, { peers: [limited] }));
  announceMacs(from, 0, 80);
  await until("warning", () => eventsOf(to, "bgp.maximum-prefix-warning").length === 1);
  announceMacs(from, 80, 101);
  await until("down", () => to.speaker.peers()[0]?.admin === "down");
  assert.equal(to.speaker.peers()[0]?.lastError, "we sent Cease/Maximum Number of Prefixes Reached (data 00194600000064)");
  await until("routes gone", () => to.speaker.rib.stats().routes === 0);
});

test("a peer that is stopped for too many routes is not waited for", async () => {
  const port = await freePort();
  const from = await started(speakerConfig(us, port, { peers: [peerConfig(peer, port, us, { passive: true })] }));
  announceMacs(from, 0, 101);
  const to = await started(speakerConfig(peer, port, { peers: [peerConfig(us, port, peer, { maximumPrefix: { limit: 100 } })] }));
  await until("down", () => to.speaker.peers()[0]?.admin === "down");
  await until("converged", () => eventsOf(to, "bgp.converged").length === 1);
});

test("route refresh: asked for, answered between marks — RFC 7313", async () => {
  const s = await alone();
  announceMacs(s, 0, 3);
  const plain = openFrom();
  const open = {
    ...plain,
    parameters: [{ kind: "capabilities" as const, capabilities: [...capabilitiesOf(plain), { kind: "enhanced-route-refresh" as const }] }],
  };
  const p = await establish(s, open);
  await until("first table", () => s.speaker.peers()[0]?.sent === 3);
  p.send(routeRefresh("l2vpn-evpn"));
  assert.equal((await p.next("route-refresh")).subtype, refreshSubtype.begin);
  await p.next("update");
  assert.equal((await p.next("route-refresh")).subtype, refreshSubtype.end);
  s.speaker.refresh(peer);
  assert.equal((await p.next("route-refresh")).subtype, refreshSubtype.request);
  p.send(routeRefresh("vpnv4"));
  await until("noted", () => eventsOf(s, "bgp.refresh-ignored").length === 1);
});

test("reload touches only the sessions whose settings changed", async () => {
  const other = "127.9.0.3";
  const both = [peerConfig(peer, 1, us, { passive: true }), peerConfig(other, 1, us, { passive: true })];
  const s = await started(speakerConfig(us, 0, { peers: both }));
  const [kept, changed] = [await establish(s), await establish(s, openFrom({ identifier: 9 }), other)];
  await s.speaker.reload({
    ...s.config,
    peers: [
      { ...both[0]!, description: "rack 7" },
      { ...both[1]!, holdTime: 30 },
    ],
  });
  assert.equal(await changed.refusal(), "6/6");
  assert.ok(isUp(s, peer));
  assert.equal(s.speaker.peers()[0]?.description, "rack 7");
  await s.speaker.reload({ ...s.config, peers: [] });
  assert.equal(await kept.refusal(), "6/3");
  assert.deepEqual(s.speaker.peers(), []);
  await assert.rejects(s.speaker.reload({ ...s.config, asn: 1 }), NeedsRestartError);
});

test("the first exchange is over when every peer sent End-of-RIB", async () => {
  let done = 0;
  const s = await alone({}, {}, { onConverged: () => done++ });
  const p = await establish(s, openFrom({ restart: {} }));
  assert.equal(done, 0);
  p.sendRaw(2, [0, 0, 0, 6, 0x80, 15, 3, 0, 25, 70]);
  await until("converged", () => done === 1);
});

test("routes of a peer that restarts stay until it has said everything again — RFC 4724", async () => {
  const port = await freePort();
  const config = speakerConfig(us, port, { peers: [peerConfig(peer, port, us, { passive: true })] });
  const helper = await started(config);
  const routes = (): number => helper.speaker.rib.stats().routes;
  const before = await started(speakerConfig(peer, port, { peers: [peerConfig(us, port, peer)] }));
  announceMacs(before, 0, 10);
  await until("routes", () => routes() === 10);
  await before.speaker.stop("restart");
  await until("kept", () => eventsOf(helper, "bgp.session-down").some((m) => m.includes("its routes stay for now")));
  assert.equal(routes(), 10);
  assert.equal(helper.speaker.peers()[0]?.received, 10);
  assert.deepEqual(helper.speaker.peers()[0]?.stale, ["l2vpn-evpn"]);
  const after = makeSpeaker(speakerConfig(peer, port, { peers: [peerConfig(us, port, peer)] }), { restarting: true });
  running.push(after);
  for (let i = 5; i < 12; i++) after.speaker.rib.announceLocal(macRoute(i));
  await after.speaker.start();
  await until("renewed", () => routes() === 7);
  assert.deepEqual(helper.speaker.peers()[0]?.stale, []);
});

test("a peer that does not come back in time loses its routes", async () => {
  const s = await alone({}, {}, { clock: hurriedClock(1000) });
  const p = await establish(s, openFrom({ holdTime: 0, restart: {} }));
  p.sendRaw(2, updateBody(1));
  await until("route", () => s.speaker.rib.stats().routes === 1);
  p.socket.destroy();
  await until("stale", () => s.speaker.peers()[0]?.stale.length === 1);
  assert.equal(s.speaker.rib.stats().routes, 1);
  await until("gone", () => s.speaker.rib.stats().routes === 0);
  assert.deepEqual(eventsOf(s, "bgp.stale-swept"), [
    `stale l2vpn-evpn routes of ${peer} go: the peer did not come back within its restart time`,
  ]);
});

test("a speaker that restarts keeps its End-of-RIB back until its peers have sent theirs — RFC 4724 §4.1", async () => {
  const s = await alone({}, {}, { restarting: true });
  announceMacs(s, 0, 3);
  const p = await connectTo(s);
  const said = capabilitiesOf(await p.next("open")).find((c) => c.kind === "graceful-restart");
  assert.equal(said?.restarted, true);
  p.send(openFrom({ restart: {} }), keepalive);
  const endOfRib = (): boolean =>
    p.received.some((m) => m.kind === "update" && m.attributes.some((a) => a.kind === "mp-unreach" && a.routes.length === 0));
  await until("routes", () => s.speaker.peers()[0]?.sent === 3);
  s.speaker.refresh(peer);
  await p.next("route-refresh");
  assert.ok(!endOfRib());
  p.sendRaw(2, [0, 0, 0, 6, 0x80, 15, 3, 0, 25, 70]);
  await until("End-of-RIB", endOfRib);
});

test("a reflector that was cut off from all its clients tells none that this is all before they are back", async () => {
  const timers = { hold: 90, connectRetry: 0.2 };
  const range = { range: parsePrefix("127.9.0.0/24")!, asn: 65_000, families: ["l2vpn-evpn"], client: true } as const;
  const s = await started(speakerConfig(us, 0, { dynamicPeers: [range], reflector: { clusterId: ip(us) }, timers }));
  const restart = openFrom({ restart: {} });
  const endOfRib = [0, 0, 0, 6, 0x80, 15, 3, 0, 25, 70];
  const isEnd = (m: ScriptedPeer["received"][number]): boolean =>
    m.kind === "update" && m.attributes.some((a) => a.kind === "mp-unreach" && a.routes.length === 0);
  const come = async (local: string): Promise<ScriptedPeer> => {
    const p = await establish(s, restart, local);
    p.sendRaw(2, endOfRib);
    return p;
  };
  const clients = ["127.9.0.2", "127.9.0.3"];
  for (const local of clients) await come(local);
  for (const p of scripted.splice(0)) p.socket.destroy();
  await until("cut off", () => clients.every((local) => !isUp(s, local)));
  const first = await come(clients[0]!);
  s.speaker.refresh(clients[0]!);
  await first.next("route-refresh");
  assert.ok(!first.received.some(isEnd));
  await come(clients[1]!);
  await until("End-of-RIB", () => first.received.some(isEnd));
});

test("an enhanced refresh takes away what the peer does not repeat — RFC 7313 §4", async () => {
  const s = await alone();
  const plain = openFrom();
  const capabilities = [...capabilitiesOf(plain), { kind: "enhanced-route-refresh" as const }];
  const p = await establish(s, { ...plain, parameters: [{ kind: "capabilities", capabilities }] });
  p.sendRaw(2, updateBody(1));
  p.sendRaw(2, updateBody(2));
  await until("routes", () => s.speaker.rib.stats().routes === 2);
  p.send(routeRefresh("l2vpn-evpn", refreshSubtype.begin));
  p.sendRaw(2, updateBody(2));
  p.send(routeRefresh("l2vpn-evpn", refreshSubtype.end));
  await until("swept", () => s.speaker.rib.stats().routes === 1);
  assert.ok(isUp(s, peer));
});

test("a fault of our own costs one session and is reported", async () => {
  const other = "127.9.0.3";
  const ribTap: RibTap = {
    input: ({ kind }) => {
      if (kind === "update") throw new Error("a bug");
    },
    sent: () => undefined,
  };
  const peers = [peerConfig(peer, 1, us, { passive: true }), peerConfig(other, 1, us, { passive: true })];
  const s = await started(speakerConfig(us, 0, { peers }), { ribTap });
  const [bad, good] = [await establish(s), await establish(s, openFrom({ identifier: 9 }), other)];
  bad.sendRaw(2, updateBody(1));
  assert.equal(await bad.refusal(), "6/0");
  assert.deepEqual(eventsOf(s, "bgp.internal-error"), [`fault of our own while serving ${peer}, its session is reset: a bug`]);
  assert.ok(isUp(s, other));
  assert.ok(!good.closed);
});

test("a peer that does not read delays nobody, and gets the newest state when it does", async () => {
  const other = "127.9.0.3";
  const peers = [peerConfig(peer, 1, us, { passive: true }), peerConfig(other, 1, us, { passive: true })];
  const s = await started(speakerConfig(us, 0, { peers }));
  const slow = await establish(s);
  const quick = await establish(s, openFrom({ identifier: 9 }), other);
  for (const p of [slow, quick]) p.socket.removeAllListeners("data");
  const [slowly, quickly] = [new RouteCounter(slow.socket), new RouteCounter(quick.socket)];
  slow.socket.pause();
  const sent = (address: string): number => s.speaker.peers().find((p) => p.address === address)!.queued;
  let n = 0;
  await until("congestion", () => {
    announceMacs(s, n, (n += 20_000));
    return sent(peer) > 4_000_000;
  });
  const total = n + 50_000;
  announceMacs(s, n, total);
  await until("the quick one has all", () => quickly.size === total);
  assert.ok(sent(peer) < 8_000_000, `${sent(peer)} octets wait for the slow one`);
  slow.socket.resume();
  await until("the slow one as well", () => slowly.size === total);
});

test("shutdown in a configuration that is reloaded", async () => {
  const s = await alone();
  const p = await establish(s);
  const [config] = s.config.peers;
  await s.speaker.reload({ ...s.config, peers: [{ ...config!, shutdown: true }] });
  assert.equal(await p.refusal(), "6/2");
  await s.speaker.reload(s.config);
  await establish(s);
});

/** Body of an UPDATE with one type 2 route. */
function updateBody(n: number): number[] {
  const reach = [0, 25, 70, 4, 10, 0, 0, 2, 0, ...macRoute(n).nlri];
  const attributes = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0x80, 14, reach.length, ...reach];
  return [0, 0, 0, attributes.length, ...attributes];
}
