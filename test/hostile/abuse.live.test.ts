// SPDX-License-Identifier: Apache-2.0
/** Peers that wear a reflector out: each time another client must go on hearing of routes, and memory must stay where it was. */
import assert from "node:assert/strict";
import net from "node:net";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parsePrefix } from "../../src/base/net/prefix.ts";
import type { Ip } from "../../src/base/net/ip.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { connectingTcp, setMd5Key } from "../../src/base/sys/tcp-socket.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import type { PeerRow, StatusReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { weft, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { type RawPeer, encodeOpen, identifierOf, keepalive, plainCapabilities, rawOpen } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announce, attribute, macNlri, mpReach, update } from "../interop/exabgp/update-builder.ts";
import { Arena } from "./arena.ts";
import { announceMany } from "./mac-routes.ts";
import type { Observer } from "./observer.ts";
import { residentMegabytes } from "./resident.ts";

const scratch = new Scratch("hosabu");
const [withKey, near] = ["10.7.250.1" as Ip, "10.7.250.2" as Ip];
let arena: Arena;
let witness: Observer;
let honest: RawPeer;
let pid: number;

before(async () => {
  const common = { asn: 65000, client: true, passive: true };
  const peers = [
    { ...common, address: withKey, password: "s3cret" },
    { ...common, address: near, ttlSecurity: 1 },
  ];
  arena = await Arena.start(scratch, "weft", { peers });
  witness = await arena.observer();
  honest = await arena.established();
  ({ pid } = await inspect<StatusReply>(weftRunFolder(arena.reflector), "/v1/status"));
});
after(async () => await scratch.remove());

/** A route that one client announces now reaches another. */
async function othersGoOn(): Promise<void> {
  const n = arena.nextRoute();
  honest.send(announce(macNlri(n)));
  await witness.hears(n);
}

afterEach(async () => {
  await othersGoOn();
  assert.deepEqual(witness.faults, []);
  for (const peer of [witness.peer, honest]) {
    const { state, flaps } = (await row(peer.address))!;
    assert.deepEqual([state, flaps], ["established", 0]);
  }
});

const rows = async (): Promise<readonly PeerRow[]> => await inspect<readonly PeerRow[]>(weftRunFolder(arena.reflector), "/v1/bgp/peers");
const row = async (peer: string): Promise<PeerRow | undefined> => (await rows()).find((p) => p.peer === peer);
const metrics = async (): Promise<string> => (await weft(arena.reflector, ["metrics"])).stdout;

async function onlyOursLeft(): Promise<void> {
  await waitFor("the others to be forgotten", async () => (await rows()).length === 4, { within: 30_000 });
}

test("four hundred connections that come to nothing", async () => {
  const before = residentMegabytes(pid);
  const idle: RawPeer[] = [];
  for (let i = 0; i < 400; i++) {
    const peer = await arena.connect();
    const open = encodeOpen(rawOpen({ identifier: identifierOf(peer.address) }));
    if (i % 4 === 1) peer.send(open.subarray(0, 18));
    if (i % 4 === 2) peer.send(open.subarray(0, open.length - 1));
    if (i % 4 === 3) peer.send(open);
    idle.push(peer);
  }
  await othersGoOn();
  const late = await arena.established();
  late.close();
  assert.ok((await rows()).length >= 400, "they are all to be seen");
  const grown = residentMegabytes(pid) - before;
  assert.ok(grown < 60, `${grown} MB for 400 connections`);
  for (const peer of idle) peer.close();
  await onlyOursLeft();
});

test("a peer that comes and goes all the time", async () => {
  const [flaps, address] = [60, arena.nextAddress()];
  const route = arena.nextRoute();
  const before = residentMegabytes(pid);
  for (let i = 0; i < flaps; i++) {
    const peer = await arena.connect(address);
    peer.send(
      encodeOpen(rawOpen({ identifier: identifierOf(address) })),
      keepalive,
      announceMany(0x70000, 0x70400, i),
      announce(macNlri(route)),
    );
    await witness.hears(route);
    peer.close();
    await waitFor("its routes to go", () => !witness.has(route), { every: 1 });
  }
  await onlyOursLeft();
  const lines = (await weft(arena.reflector, ["events", "-o", "json"])).stdout.split("\n");
  const downs = lines.filter((l) => l.includes("bgp.session-down") && l.includes(`"${address}"`));
  assert.equal(downs.length, flaps, "each end is told");
  const grown = residentMegabytes(pid) - before;
  assert.ok(grown < 60, `${grown} MB`);
});

test("one that never reads: it hears in the end what holds then, and the table's history waits nowhere", async () => {
  // Beyond what macNlri numbers.
  const [first, count, rounds] = [0x10000, 20_000, 30] as const;
  const slow = await arena.observer();
  await slow.peer.next(messageType.update);
  slow.peer.stopReading();
  honest.send(announceMany(first, first + count, 0));
  await othersGoOn();
  const before = residentMegabytes(pid);
  for (let round = 1; round <= rounds; round++) {
    honest.send(announceMany(first, first + count, round));
    await othersGoOn();
  }
  const grown = residentMegabytes(pid) - before;
  // 30 rounds are 25 MB on the wire; what may wait is what its TCP and our limit of congestion hold.
  assert.ok(grown < 60, `${grown} MB while it did not read`);
  assert.equal((await row(slow.peer.address))?.state, "established");
  slow.peer.resumeReading();
  const last = arena.nextRoute();
  honest.send(announce(macNlri(last)));
  await slow.hears(last);
  await waitFor("all routes", () => slow.has(last) && slow.routes.size >= count);
  assert.deepEqual(slow.faults, []);
  slow.peer.close();
  await onlyOursLeft();
});

test("messages of 65535 octets pass where they were agreed on; a route that fits into no smaller one is counted, and withheld from who cannot take it", async () => {
  const wide = { capabilities: [...plainCapabilities(), { kind: "extended-message" as const }] };
  const [sender, receiver] = [await arena.established(wide), await arena.established(wide)];
  const route = arena.nextRoute();
  const fixed = announce(macNlri(route), attribute(0xd0, 99, "")).length;
  const filler = new Uint8Array(65_535 - fixed).fill(0xab);
  const giant = announce(macNlri(route), attribute(0xd0, 99, filler));
  assert.equal(giant.length, 65_535);
  sender.send(giant);
  await waitFor("the withheld one to be counted", async () => /^weft_bgp_routes_oversize_total [1-9]/m.test(await metrics()));
  assert.equal(witness.has(route), false);
  // Half of that goes on, for what a reflector adds does not fit beside the whole.
  const half = arena.nextRoute();
  sender.send(announce(macNlri(half), attribute(0xd0, 99, filler.subarray(0, 30_000))));
  await waitFor("a great message", () => receiver.received.some((m) => m.body.length > 30_000));
  await othersGoOn();
  assert.equal(witness.has(half), false);
  for (const peer of [sender, receiver]) {
    assert.equal((await row(peer.address))?.state, "established");
    peer.close();
  }
  await onlyOursLeft();
});

test("a session octet by octet", async () => {
  const peer = await arena.connect();
  const route = arena.nextRoute();
  const open = encodeOpen(rawOpen({ identifier: identifierOf(peer.address) }));
  const stream = Buffer.concat([
    open,
    keepalive,
    announce(macNlri(route)),
    keepalive,
    update(mpReach(macNlri(route + 1))),
    announce(macNlri(route + 2)),
  ]);
  for (const octet of stream) {
    peer.send(Uint8Array.of(octet));
    await sleep(0);
  }
  await witness.hears(route + 2);
  assert.deepEqual([witness.has(route), witness.has(route + 1)], [true, false]);
  assert.equal((await row(peer.address))?.malformed, 1);
  peer.close();
  await onlyOursLeft();
});

/** Keeps trying to connect with a key, or with none, until the kernel has said why not. */
async function refusedByKernel(key: string | undefined, reason: string): Promise<void> {
  const fd = connectingTcp(arena.address, withKey, { namespace: namespacePath(arena.clients.namespace) });
  if (key !== undefined) setMd5Key(fd, parsePrefix(`${arena.address}/32`)!, key);
  const socket = new net.Socket({ fd });
  let connected = false;
  socket.once("connect", () => (connected = true));
  socket.on("error", () => {});
  socket.connect({ host: arena.address, port: 179 });
  await waitFor(reason, async () => new RegExp(`^weft_bgp_kernel_drops_total\\{reason="${reason}"\\} [1-9]`, "m").test(await metrics()));
  assert.equal(connected, false);
  socket.destroy();
}

test("no MD5 key, and a wrong one: the kernel drops them, and it is told which", async () => {
  await refusedByKernel(undefined, "md5-missing");
  await refusedByKernel("another", "md5-wrong");
  const events = (await weft(arena.reflector, ["events", "-o", "json"])).stdout;
  assert.match(events, /bgp\.segments-dropped/);
  assert.match(events, /md5-wrong/);
  assert.notEqual((await row(withKey))?.state, "established");
});

test("a TTL that only a far host can have: never heard, and counted", async () => {
  const spoof = await arena.connect(near);
  spoof.send(encodeOpen(rawOpen({ identifier: identifierOf(near) })), keepalive);
  await waitFor("the count", async () => /^weft_bgp_kernel_drops_total\{reason="ttl-too-low"\} [1-9]/m.test(await metrics()));
  assert.notEqual((await row(near))?.state, "established");
  spoof.close();
});
