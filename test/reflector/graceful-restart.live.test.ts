// SPDX-License-Identifier: Apache-2.0
/** Restarts around a reflector: RFC 4724, RFC 8538, RFC 9494 on both sides, and enhanced route refresh, RFC 7313. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { toHex } from "../../src/base/bytes/hex.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { keyText } from "../../src/bgp/rib/testing/random-nlri.ts";
import type { Capability } from "../../src/bgp/wire/capability/capability.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { capabilitiesOf, decodeOpen } from "../../src/bgp/wire/open.ts";
import { gobgp, startGobgp } from "../../src/lab/peer/gobgp.ts";
import { restartWeft, startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer, encodeOpen, identifierOf, keepalive, plainCapabilities, rawMessage, rawOpen } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { attribute, emptyPath, hex, localPref, macNlri, mpReach, mpUnreach, origin, update } from "../interop/exabgp/update-builder.ts";
import { type OctetRoute, RawClient } from "./octet-table.ts";

const net = new Scratch("rrgr");
const us = "10.0.0.4" as Ip;
const go = "10.0.0.7";
let reflector: Place;
let clients: Place;
let server: Place;
let last = 20;
const endOfRib = update(mpUnreach(""));
const family = "l2vpn-evpn" as const;
const patient = { within: 60_000 };

before(async () => {
  [reflector, clients, server] = [await net.host("rr"), await net.host("clients"), await net.host("go")];
  await net.segment([
    [reflector, `${us}/24`],
    [clients, "10.0.0.2/24"],
    [server, `${go}/24`],
  ]);
  const bgp = {
    asn: 65000,
    routerId: us,
    listen: [us],
    reflector: {},
    dynamicPeers: [{ range: "10.0.0.0/24", asn: 65000, client: true }],
    gracefulRestart: { restartTime: 2, longLivedStaleTime: 600 },
    timers: { connectRetry: 1 },
  };
  await startWeft(reflector, "reflector", { config: { bgp } });
  await weftReady(reflector, "reflector");
});
after(async () => await net.remove());

async function newAddress(): Promise<Ip> {
  const address = `10.0.0.${++last}` as Ip;
  await net.ip(clients, [`address add ${address}/24 dev eth0`]);
  return address;
}

interface Restart {
  /** Seconds. */
  readonly time?: number;
  readonly longLived?: number;
  readonly restarted?: boolean;
  readonly forwarding?: boolean;
  readonly notification?: boolean;
  /** The family is only in the long-lived capability. */
  readonly longLivedOnly?: boolean;
}

function capabilities(r: Restart): readonly Capability[] {
  const families = [{ family, forwarding: r.forwarding ?? true }];
  const list: Capability[] = [
    ...plainCapabilities(),
    { kind: "enhanced-route-refresh" },
    {
      kind: "graceful-restart",
      restarted: r.restarted ?? false,
      notification: r.notification ?? false,
      restartTime: r.time ?? 120,
      families: r.longLivedOnly === true ? [] : families,
    },
  ];
  if (r.longLived !== undefined)
    list.push({ kind: "long-lived-graceful-restart", families: families.map((f) => ({ ...f, staleTime: r.longLived! })) });
  return list;
}

/** A client that offers graceful restart. */
async function restartable(from: Ip, r: Restart = {}): Promise<RawPeer> {
  return await RawPeer.established(clients, { from, to: us }, { holdTime: 0, capabilities: capabilities(r) });
}

/** One that only listens: of its capabilities only these matter. */
async function listener(longLived: boolean): Promise<RawClient> {
  const more = longLived ? capabilities({ time: 0, longLived: 0 }) : plainCapabilities();
  const client = new RawClient(
    await RawPeer.established(clients, { from: await newAddress(), to: us }, { holdTime: 0, capabilities: more }),
  );
  await waitFor("its first table", () => client.marks.includes("eor"));
  return client;
}

let lastRoute = 0;
const newRoute = (): string => macNlri(++lastRoute);
const announce = (nlri: string, ...more: readonly Uint8Array[]): Uint8Array => update(mpReach(nlri), origin, emptyPath, localPref, ...more);
const key = (nlri: string): string => keyText(hex(nlri));
const noLlgr = attribute(0xc0, 8, "ffff0007");
const llgrStale = "c00804ffff0006";

async function has(client: RawClient, ...nlri: readonly string[]): Promise<void> {
  await waitFor("the routes", () => nlri.every((n) => client.table.has(key(n))), patient);
}

async function hasNot(client: RawClient, ...nlri: readonly string[]): Promise<void> {
  await waitFor("the routes to go", () => nlri.every((n) => !client.table.has(key(n))), patient);
}

function isStaleAt(client: RawClient, nlri: string): boolean {
  return client.table.get(key(nlri))?.attributes.some((a) => a.whole === llgrStale) === true;
}

async function staleAt(address: Ip): Promise<number> {
  const { stdout } = await weft(reflector, ["bgp", "routes", "--peer", address, "-o", "json"]);
  return (JSON.parse(stdout) as readonly { readonly stale: boolean }[]).filter((r) => r.stale).length;
}

async function becomesStale(address: Ip, n: number): Promise<void> {
  await waitFor(`${n} stale routes of ${address}`, async () => (await staleAt(address)) === n, patient);
}

/** Octets of UPDATEs that a client got, so that silence can be shown. */
const heard = (client: RawClient): number => client.peer.received.filter((m) => m.type === messageType.update).length;

test("a client restarts: nobody hears of it, and what it does not announce again goes with its End-of-RIB", async () => {
  const [from, observer] = [await newAddress(), await listener(false)];
  const [kept, dropped, added] = [newRoute(), newRoute(), newRoute()];
  const first = await restartable(from);
  first.send(announce(kept), announce(dropped), endOfRib);
  await has(observer, kept, dropped);
  const before = heard(observer);
  first.close();
  await becomesStale(from, 2);
  const second = await restartable(from, { restarted: true });
  second.send(announce(kept), announce(added));
  await has(observer, added);
  assert.ok(observer.table.has(key(dropped)), "it stays until the End-of-RIB");
  assert.equal(heard(observer), before + 1, "only the new route was told");
  second.send(endOfRib);
  await hasNot(observer, dropped);
  assert.equal(heard(observer), before + 2);
  second.close();
});

for (const [how, back] of [
  ["says that it did not keep its forwarding state", { restarted: true, forwarding: false }],
  ["offers graceful restart for no family any more", { restarted: true, longLivedOnly: true }],
] as const) {
  test(`a client that is back and ${how}: its stale routes go at once — RFC 4724 §4.2`, async () => {
    const [from, observer] = [await newAddress(), await listener(false)];
    const route = newRoute();
    const first = await restartable(from);
    first.send(announce(route), endOfRib);
    await has(observer, route);
    first.close();
    await becomesStale(from, 1);
    const second = await restartable(from, back);
    await hasNot(observer, route);
    second.close();
  });
}

for (const [notification, code, kept] of [
  [true, [6, 4], true],
  [true, [6, 9, 6, 2], false],
  [false, [6, 4], false],
  [false, undefined, true],
] as const) {
  const what = code === undefined ? "without a word" : `with NOTIFICATION ${code.join("/")}`;
  test(`a session that ends ${what}${notification ? ", RFC 8538 agreed on" : ""}: routes ${kept ? "stay" : "go"}`, async () => {
    const [from, observer] = [await newAddress(), await listener(false)];
    const route = newRoute();
    const peer = await restartable(from, { notification });
    peer.send(announce(route), endOfRib);
    await has(observer, route);
    if (code) peer.send(rawMessage(messageType.notification, code));
    else peer.close();
    if (kept) await becomesStale(from, 1);
    else await hasNot(observer, route);
    assert.equal(observer.table.has(key(route)), kept);
    // Takes back what it keeps of it.
    if (kept) (await restartable(from, { forwarding: false })).close();
    await hasNot(observer, route);
  });
}

test("the restart time passes: routes are a last resort for those who know of it, and gone for all others — RFC 9494 §4.2, §4.3", async () => {
  const [from, other] = [await newAddress(), await newAddress()];
  const [knows, knowsNot] = [await listener(true), await listener(false)];
  const [route, shared, never] = [newRoute(), newRoute(), newRoute()];
  const first = await restartable(from, { time: 1, longLived: 600 });
  first.send(announce(route), announce(never, noLlgr), announce(shared), endOfRib);
  await has(knows, route, shared, never);
  const rival = await RawPeer.established(clients, { from: other, to: us }, { holdTime: 0 });
  // Worse in every way: a longer path of clusters, a lower LOCAL_PREF.
  rival.send(
    update(mpReach(shared, "0a0000fe"), origin, emptyPath, attribute(0x40, 5, "00000001"), attribute(0x80, 10, "0a0908070a090806")),
  );
  first.close();
  await waitFor("the mark", () => isStaleAt(knows, route), patient);
  await hasNot(knowsNot, route, never);
  await hasNot(knows, never);
  for (const client of [knows, knowsNot])
    await waitFor("the rival's route", () => client.table.get(key(shared))?.nextHop === "0a0000fe", patient);
  // Back, with one of its routes: fresh and preferred again, and told to all.
  const second = await restartable(from, { time: 1, longLived: 600, restarted: true });
  second.send(announce(shared), announce(route));
  await waitFor("the fresh one", () => !isStaleAt(knows, route) && knowsNot.table.has(key(route)), patient);
  await waitFor("the better one", () => knowsNot.table.get(key(shared))?.nextHop === "0a000001", patient);
  // And away again before its End-of-RIB: what was stale is kept with the rest.
  second.close();
  await waitFor("the mark again", () => isStaleAt(knows, route), patient);
  const third = await restartable(from, { restarted: true, longLived: 600 });
  third.send(endOfRib);
  await hasNot(knows, route);
  third.close();
  rival.close();
});

test("a route that a restart left outlives the next one until its long-lived stale time is over — RFC 9494 §4.2", async () => {
  const [from, knows] = [await newAddress(), await listener(true)];
  const [again, once] = [newRoute(), newRoute()];
  const offers = { time: 1, longLived: 600 } as const;
  const first = await restartable(from, offers);
  first.send(announce(again), announce(once), endOfRib);
  await has(knows, again, once);
  first.close();
  await waitFor("both marks", () => isStaleAt(knows, again) && isStaleAt(knows, once), patient);
  const second = await restartable(from, { ...offers, restarted: true });
  second.send(announce(again));
  await waitFor("the fresh one", () => !isStaleAt(knows, again), patient);
  second.close();
  await waitFor("its mark", () => isStaleAt(knows, again), patient);
  assert.ok(isStaleAt(knows, once), "and the other one is still there");
  const third = await restartable(from, { ...offers, restarted: true, forwarding: false });
  await hasNot(knows, again, once);
  third.close();
});

test("a family without a restart time of its own is long-lived stale at once; the stale time ends it", async () => {
  const [from, knows] = [await newAddress(), await listener(true)];
  const route = newRoute();
  const peer = await restartable(from, { longLivedOnly: true, longLived: 3 });
  peer.send(announce(route), endOfRib);
  await has(knows, route);
  peer.close();
  await waitFor("the mark", () => isStaleAt(knows, route), patient);
  await hasNot(knows, route);
});

test("enhanced route refresh, asked for by a client before its first table is complete and again and again — RFC 7313 §4", async () => {
  const from = await newAddress();
  const request = rawMessage(messageType.routeRefresh, [0, 25, 0, 70]);
  const peer = await RawPeer.connect(clients, { from, to: us });
  const client = new RawClient(peer);
  peer.send(
    encodeOpen(rawOpen({ identifier: identifierOf(from), holdTime: 0, capabilities: capabilities({}) })),
    keepalive,
    request,
    request,
  );
  await waitFor("a refresh", () => client.marks.includes("end"));
  assert.deepEqual(client.marks.slice(0, 3), ["eor", "begin", "end"]);
  peer.send(...Array.from({ length: 1000 }, () => request));
  const count = (): number => client.marks.filter((m) => m === "begin").length;
  const before = count();
  peer.send(request);
  await waitFor("another", () => count() > before && client.marks.at(-1) === "end");
  assert.ok(
    client.marks.every((m, i) => m !== "begin" || client.marks[i + 1] === "end"),
    client.marks.join(" "),
  );
  peer.close();
});

test("a client refreshes: what it does not repeat goes; marks that mean nothing are passed over — RFC 7313 §4, §5", async () => {
  const [from, observer] = [await newAddress(), await listener(false)];
  const [one, two, three] = [newRoute(), newRoute(), newRoute()];
  const mark = (subtype: number): Uint8Array => rawMessage(messageType.routeRefresh, [0, 25, subtype, 70]);
  const peer = await restartable(from);
  // Before its End-of-RIB a BoRR does not count, and an EoRR never does alone.
  peer.send(announce(one), mark(1), announce(two), mark(2), mark(9));
  await has(observer, one, two);
  peer.send(endOfRib, mark(2), announce(three));
  await has(observer, one, two, three);
  const before = heard(observer);
  peer.send(mark(1), announce(two), announce(three), mark(2));
  await hasNot(observer, one);
  assert.ok(observer.table.has(key(two)) && observer.table.has(key(three)));
  assert.equal(heard(observer), before + 1, "what is repeated is not told again");
  peer.close();
});

test("the reflector is killed: it says so when it is back, and keeps its End-of-RIB until its clients have told all", async () => {
  const froms = [await newAddress(), await newAddress()];
  const routes = [newRoute(), newRoute()];
  const offers = { time: 120 } as const;
  await stopProcess(reflector, "reflector", "SIGKILL");
  await restartWeft(reflector, "reflector");
  await weftReady(reflector, "reflector");
  const first = new RawClient(await restartable(froms[0]!, offers));
  const open = first.peer.received.find((m) => m.type === messageType.open)!;
  const decoded = decodeOpen(open.body);
  assert.ok(decoded.ok);
  const said = capabilitiesOf(decoded.open).find((c) => c.kind === "graceful-restart");
  assert.deepEqual([said?.restarted, said?.restartTime, said?.families[0]?.forwarding], [true, 2, true]);
  const second = new RawClient(await restartable(froms[1]!, offers));
  second.peer.send(announce(routes[1]!));
  await has(first, routes[1]!);
  // Asked for its table meanwhile it sends it, but without marks: a BoRR must not stand before the End-of-RIB.
  first.peer.send(announce(routes[0]!), endOfRib, rawMessage(messageType.routeRefresh, [0, 25, 0, 70]));
  await has(second, routes[0]!);
  assert.ok(!first.marks.includes("begin") && !second.marks.includes("begin"));
  second.peer.send(endOfRib);
  for (const client of [first, second]) await waitFor("End-of-RIB", () => client.marks.includes("eor"), patient);
  for (const client of [first, second]) client.peer.close();
});

test("GoBGP as the one that restarts: its routes stay, become a last resort, and are swept when it is back", async () => {
  const [knows, knowsNot] = [await listener(true), await listener(false)];
  const options = { asn: 65000, routerId: go, peers: [{ address: us }], gracefulRestart: 1, longLived: 600 };
  const add = async (mac: string): Promise<void> => {
    const route = `macadv ${mac} 0.0.0.0 esi single-homed etag 0 label 100 rd ${go}:100 rt 65000:100 encap vxlan`;
    await gobgp(server, ["global", "rib", "add", "-a", "evpn", ...route.split(" ")]);
  };
  const find = (client: RawClient, mac: string): OctetRoute | undefined =>
    [...client.table.values()].find((r) => r.nlri.includes(mac.replaceAll(":", "")));
  await startGobgp(server, options);
  await add("02:00:00:00:07:01");
  await add("02:00:00:00:07:02");
  for (const client of [knows, knowsNot])
    await waitFor("both routes", () => find(client, "020000000701") !== undefined && find(client, "020000000702") !== undefined, patient);
  await stopProcess(server, "gobgpd", "SIGKILL");
  const isStale = (mac: string): boolean =>
    find(knows, mac)?.attributes.some((a) => a.type === 8 && toHex(a.value).includes("ffff0006")) === true;
  await waitFor("the marks", () => isStale("020000000701") && isStale("020000000702"), patient);
  await waitFor("none where it is not known", () => find(knowsNot, "0200000007") === undefined, patient);
  await startGobgp(server, options);
  await add("02:00:00:00:07:01");
  await waitFor("the fresh one", () => find(knowsNot, "020000000701") !== undefined && !isStale("020000000701"), patient);
  await waitFor("the other one to go", () => find(knows, "020000000702") === undefined, patient);
  await stopProcess(server, "gobgpd");
});

test("GoBGP as the helper: it keeps what we reflected while we are away, as a last resort after our restart time", async () => {
  const peer = await restartable(await newAddress());
  peer.send(announce(newRoute()), endOfRib);
  await startGobgp(server, { asn: 65000, routerId: go, peers: [{ address: us }], gracefulRestart: 60, longLived: 600 });
  const table = async (): Promise<string> => await gobgp(server, ["global", "rib", "-a", "evpn"]);
  const mac = "02:00:00:00:00";
  await waitFor("a route", async () => (await table()).includes(mac), patient);
  await stopProcess(reflector, "reflector", "SIGKILL");
  await waitFor("the mark of a last resort", async () => /llgr-stale|LLGR_STALE|4294901766|65535:6/i.test(await table()), patient);
  await restartWeft(reflector, "reflector");
  await weftReady(reflector, "reflector");
  const back = await restartable(await newAddress());
  back.send(announce(macNlri(lastRoute)), endOfRib);
  await waitFor(
    "a fresh route",
    async () => {
      const text = await table();
      return text.includes(mac) && !/llgr-stale|LLGR_STALE|4294901766|65535:6/i.test(text);
    },
    patient,
  );
  back.close();
});
