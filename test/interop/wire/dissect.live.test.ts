// SPDX-License-Identifier: Apache-2.0
/** Whatever our speakers say to each other, tshark understands, and reads out of it what we put in. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Place } from "../../../src/lab/system/place.ts";
import { namespacePath } from "../../../src/base/sys/namespace.ts";
import { type PeerConfig, type SpeakerConfig, defaultGracefulRestart } from "../../../src/bgp/speaker/config.ts";
import {
  type RunningSpeaker,
  announceMacs,
  ip,
  isUp,
  macRoute,
  makeSpeaker,
  peerConfig,
  speakerConfig,
  until,
} from "../../../src/bgp/speaker/testing/speakers.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { Capture } from "../../harness/capture.ts";
import { RawPeer } from "../../harness/raw-peer.ts";
import { Scratch } from "../../harness/scratch.ts";
import { dissect } from "./dissection.ts";
import { expectedFields, fieldsLike } from "./expected-fields.ts";
import { localRoute, routesToDissect } from "./routes-to-dissect.ts";

const net = new Scratch("dissect");
/** A originates, B reflects it to C over IPv6 and passes it to D in another AS. E knows AS numbers of two octets only. */
const [a4, b4, d4, e4, b6, c6] = ["10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5", "fd00::2", "fd00::3"];
const farAsn = 4_200_000_001;
let capture: Capture;
let old: Place;
let speakers: Record<"a" | "b" | "c" | "d", RunningSpeaker>;

before(async () => {
  const [a, b, c, d] = [await net.host("a"), await net.host("b"), await net.host("c"), await net.host("d")];
  old = await net.host("e");
  await net.segment([
    [a, `${a4}/24`, "fd00::1/64"],
    [b, `${b4}/24`, `${b6}/64`],
    [c, "10.0.0.3/24", `${c6}/64`],
    [d, `${d4}/24`, "fd00::4/64"],
    [old, `${e4}/24`],
  ]);
  capture = new Capture(b, "eth0", "tcp port 179");
  await capture.started();
  speakers = {
    a: await speaker(a, a4, {}, [peer(b4, a4)]),
    b: await speaker(b, b4, { reflector: { clusterId: ip(b4) } }, [
      peer(a4, b4, { client: true, passive: true }),
      peer(c6, b6, { client: true }),
      peer(d4, b4, { asn: farAsn, passive: true }),
      peer(e4, b4, { client: true, passive: true }),
    ]),
    c: await speaker(c, c6, { routerId: ip("10.0.0.3") }, [peer(b6, c6, { passive: true })]),
    d: await speaker(d, d4, { asn: farAsn, gracefulRestart: { ...defaultGracefulRestart, enabled: false } }, [peer(b4, d4)]),
  };
  await until("the sessions", () => [a4, c6, d4].every((p) => isUp(speakers.b, p)));
});
after(async () => {
  await Promise.all(Object.values(speakers ?? {}).map((s) => s.speaker.stop("shutdown")));
  await net.remove();
});

function peer(address: string, local: string, over: Partial<PeerConfig> = {}): PeerConfig {
  return peerConfig(address, 179, local, over);
}

async function speaker(place: Place, address: string, over: Partial<SpeakerConfig>, peers: readonly PeerConfig[]): Promise<RunningSpeaker> {
  const s = makeSpeaker(
    speakerConfig(address, 179, {
      namespace: namespacePath(place.namespace),
      hostname: `host-of-${address}`,
      gracefulRestart: { enabled: true, restartTime: 120, stalePathTime: 360, longLived: 3600, notifications: true },
      peers,
      ...over,
    }),
  );
  await s.speaker.start();
  return s;
}

const receivers = [
  { what: "from where it comes, IPv4", filter: `ip.src == ${a4} && ip.dst == ${b4}`, external: false },
  { what: "reflected, IPv6", filter: `ipv6.src == ${b6} && ipv6.dst == ${c6}`, external: false },
  { what: "to another AS", filter: `ip.src == ${b4} && ip.dst == ${d4}`, external: true },
];

const count = async (filter: string): Promise<number> =>
  (await dissect(capture.file, filter)).reduce((n, d) => n + (d.values.get("bgp.type")?.length ?? 0), 0);

test("routes of every form, one by one", async () => {
  const { rib } = speakers.a.speaker;
  const settled = (): boolean => [speakers.c, speakers.d].every((s) => s.speaker.rib.stats().routes === rib.stats().routes);
  for (const r of routesToDissect) {
    rib.announceLocal(localRoute(r));
    speakers.a.speaker.changed();
    await until(r.what, settled);
  }
  // On its way to each of the three.
  await capture.has(localRoute(routesToDissect.at(-1)!).nlri, 3);
  for (const { what, filter, external } of receivers) {
    const packets = await dissect(capture.file, `${filter} && bgp.evpn.nlri`);
    assert.equal(packets.length, routesToDissect.length, what);
    for (const [i, r] of routesToDissect.entries()) {
      const expected = expectedFields(r, external);
      assert.deepEqual(fieldsLike(packets[i]!, expected), expected, `${r.what}, ${what}`);
    }
  }
});

test("what reflection and another AS change", async () => {
  const [own, reflected, external] = await Promise.all(
    receivers.map(async ({ filter }) => (await dissect(capture.file, `${filter} && bgp.evpn.nlri.mac_addr == 02:00:00:00:00:11`))[0]!),
  );
  const every = {
    "bgp.update.path_attribute.local_pref": ["100"],
    "bgp.update.path_attribute.multi_exit_disc": ["50"],
    "bgp.update.path_attribute.aggregator_as": ["4200000000"],
    "bgp.update.path_attribute.community_value": ["1"],
    "bgp.update.path_attribute.community_wellknown": ["0xffff0000"],
    "bgp.large_communities.ldp2": ["2"],
    "bgp.update.path_attribute.originator_id": [] as string[],
    "bgp.path_attribute.cluster_id": [] as string[],
    "bgp.update.path_attribute.as_path_segment.as4": [] as string[],
  };
  const reflection = { ...every, "bgp.update.path_attribute.originator_id": [a4], "bgp.path_attribute.cluster_id": [b4] };
  const outside = {
    ...every,
    "bgp.update.path_attribute.local_pref": [],
    "bgp.update.path_attribute.multi_exit_disc": [],
    "bgp.update.path_attribute.as_path_segment.as4": ["65000"],
  };
  assert.deepEqual(fieldsLike(own!, every), every);
  assert.deepEqual(fieldsLike(reflected!, every), reflection);
  assert.deepEqual(fieldsLike(external!, every), outside);
});

test("OPEN, KEEPALIVE and End-of-RIB of every session", async () => {
  const [open] = await dissect(capture.file, `ip.src == ${a4} && bgp.type == 1`);
  const capabilities = {
    "bgp.open.version": ["4"],
    "bgp.open.myas": ["65000"],
    "bgp.open.holdtime": ["90"],
    "bgp.open.identifier": [a4],
    // Multiprotocol, route refresh, enhanced route refresh, extended messages, four-octet AS, graceful restart, long-lived, FQDN.
    "bgp.cap.type": ["1", "2", "70", "6", "65", "64", "71", "73"],
    "bgp.cap.mp.afi": ["25"],
    "bgp.cap.mp.safi": ["70"],
    "bgp.cap.4as": ["65000"],
    "bgp.cap.gr.timers.restart_time": ["120"],
    "bgp.cap.gr.timers.notification_flag": ["1"],
    "bgp.cap.gr.afi": ["25"],
    "bgp.cap.orf.fqdn.hostname": [`host-of-${a4}`],
  };
  assert.deepEqual(fieldsLike(open!, capabilities), capabilities);
  const [far] = await dissect(capture.file, `ip.src == ${d4} && bgp.type == 1`);
  const asTrans = { "bgp.open.myas": ["23456"], "bgp.cap.4as": [String(farAsn)], "bgp.cap.gr.timers": [] };
  assert.deepEqual(fieldsLike(far!, asTrans), asTrans);
  for (const end of [
    `ip.src == ${a4}`,
    `ip.dst == ${a4}`,
    `ipv6.src == ${b6}`,
    `ipv6.dst == ${b6}`,
    `ip.src == ${d4}`,
    `ip.dst == ${d4}`,
  ]) {
    assert.ok((await count(`${end} && bgp.type == 4`)) > 0, `KEEPALIVE, ${end}`);
    const marks = await dissect(capture.file, `${end} && bgp.update.path_attribute.mp_unreach_nlri.safi == 70`);
    assert.ok(marks.length > 0, `End-of-RIB, ${end}`);
    assert.deepEqual(marks[0]!.octets.get("bgp.update.path_attribute.length"), ["03"]);
  }
});

test("ROUTE-REFRESH, and the table between its marks", async () => {
  speakers.c.speaker.refresh(b6);
  await capture.has(Uint8Array.of(0, 23, 5, 0, 25, 2, 70));
  const refresh = { "bgp.route_refresh.afi": ["25"], "bgp.route_refresh.safi": ["70"], "bgp.route_refresh.subtype": ["0"] };
  const [request] = await dissect(capture.file, `ipv6.src == ${c6} && bgp.type == 5`);
  assert.deepEqual(fieldsLike(request!, refresh), refresh);
  const answers = await dissect(capture.file, `ipv6.src == ${b6} && bgp.type == 5`);
  assert.deepEqual(
    answers.flatMap((d) => d.values.get("bgp.route_refresh.subtype") ?? []),
    ["1", "2"],
  );
  // Each route came once before.
  assert.equal(await nlriCount(`ipv6.src == ${b6}`), routesToDissect.length * 2);
});

async function nlriCount(filter: string): Promise<number> {
  return (await dissect(capture.file, `${filter} && bgp.evpn.nlri`)).reduce((n, d) => n + d.values.get("bgp.evpn.nlri.rt")!.length, 0);
}

test("withdrawals, and many routes in a message", async () => {
  const { speaker: s } = speakers.a;
  const all = (n: number) => (): boolean => [speakers.c, speakers.d].every((x) => x.speaker.rib.stats().routes === n);
  const before = await nlriCount(`ipv6.src == ${b6}`);
  for (const r of routesToDissect) s.rib.withdrawLocal("l2vpn-evpn", localRoute(r).nlri);
  s.changed();
  await until("nothing", all(0));
  // As many at a time as 4096 octets hold: tshark 4.0 calls every longer message invalid, whether RFC 8654 was agreed on or not.
  const [batch, end] = [100, 500];
  for (let n = 0; n < end; n += batch) {
    announceMacs(speakers.a, n, n + batch);
    await until("a batch", all(n + batch));
  }
  for (let n = end; n > 0; n -= batch) {
    for (let i = n - batch; i < n; i++) s.rib.withdrawLocal("l2vpn-evpn", macRoute(i).nlri);
    s.changed();
    await until("a batch less", all(n - batch));
  }
  announceMacs(speakers.a, 4000, 4001);
  await until("the last", all(1));
  await capture.has(macRoute(4000).nlri, 3);
  assert.equal((await nlriCount(`ipv6.src == ${b6}`)) - before, routesToDissect.length + end + end + 1);
  assert.ok((await dissect(capture.file, `ipv6.src == ${b6} && bgp.length > 3500`)).length >= end / batch, "routes share messages");
});

test("to a peer with AS numbers of two octets: AS_TRANS, and the truth beside it", async () => {
  const e = await RawPeer.established(
    old,
    { from: ip(e4), to: ip(b4) },
    { capabilities: [{ kind: "multiprotocol", family: "l2vpn-evpn" }] },
  );
  const route = localRoute(routesToDissect.find((r) => r.what === "every attribute")!);
  speakers.d.speaker.rib.announceLocal(route);
  speakers.d.speaker.changed();
  const filter = `ip.dst == ${e4} && bgp.evpn.nlri.mac_addr == 02:00:00:00:00:11`;
  const d = await waitFor("the route in the capture", async () => (await dissect(capture.file, filter))[0]);
  const both = {
    "bgp.update.path_attribute.type_code": ["14", "1", "2", "4", "5", "6", "7", "8", "16", "17", "18", "32"],
    "bgp.update.path_attribute.as_path_segment.as2": ["23456"],
    "bgp.update.path_attribute.as_path_segment.as4": [String(farAsn)],
    "bgp.update.path_attribute.aggregator_as": ["23456", "4200000000"],
    "bgp.update.path_attribute.aggregator_origin": [a4, a4],
  };
  assert.deepEqual(fieldsLike(d, both), both);
  e.close();
});

test("NOTIFICATION: shut down with words, reset, hard reset", async () => {
  const { speaker: s } = speakers.b;
  s.shutdown(d4, "back at six, Zoë");
  s.reset(c6);
  s.shutdown(a4, "tea");
  await capture.has(new TextEncoder().encode("Zoë"));
  await capture.has(Uint8Array.of(3, 6, 9, 6, 2, 3, 0x74, 0x65, 0x61));
  await capture.has(Uint8Array.of(3, 6, 9, 6, 4));
  await capture.stop();
  const [plain] = await dissect(capture.file, `ip.dst == ${d4} && bgp.type == 3`);
  const words = {
    "bgp.notify.major_error": ["6"],
    "bgp.notify.minor_error_cease": ["2"],
    "bgp.notify.communication_length": ["17"],
    "bgp.notify.communication": ["back at six, Zoë"],
  };
  assert.deepEqual(fieldsLike(plain!, words), words);
  for (const to of [`ip.dst == ${a4}`, `ipv6.dst == ${c6}`]) {
    const [hard] = await dissect(capture.file, `${to} && bgp.type == 3`);
    const reset = { "bgp.notify.major_error": ["6"], "bgp.notify.minor_error_cease": ["9"] };
    assert.deepEqual(fieldsLike(hard!, reset), reset);
  }
});

test("nothing of all this is malformed to tshark", async () => {
  for (const [type, least] of [
    [1, 6],
    [2, routesToDissect.length * 3 + 6],
    [3, 3],
    [4, 6],
    [5, 3],
  ] as const)
    assert.ok((await count(`bgp.type == ${type}`)) >= least, `type ${type}`);
  assert.deepEqual(await capture.malformed(), []);
});
