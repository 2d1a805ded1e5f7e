// SPDX-License-Identifier: Apache-2.0
/** BFD with FRR's bfdd: on one network and over a router, IPv4 and IPv6. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { BfdRow, PeerRow } from "../../src/contract/inspect.ts";
import { startFrrDaemon, vtyshConfigure } from "../../src/lab/peer/frr.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { reloadWeft, weftRunFolder, writeWeftConfig } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Capture } from "../harness/capture.ts";
import { Scratch } from "../harness/scratch.ts";
import { asn, eventsOf, metric, status } from "../resilience/pair.ts";
import {
  type FrrPair,
  farAddresses,
  frrBfd,
  frrEstablished,
  frrPair,
  nearAddresses,
  ranges,
  reflectorWith,
  watchedRange,
} from "./frr-pair.ts";
import { bfdRows } from "./watched-hosts.ts";

const net = new Scratch("bfdfrr");
after(async () => await net.remove());

const long = { within: 40_000 };
let { far, near, rr, segment } = {} as FrrPair;
let [single, multi] = [] as unknown as readonly [Capture, Capture];

before(async () => {
  ({ far, near, rr, segment } = await frrPair(net));
  single = new Capture(rr, "eth0", "udp port 3784");
  multi = new Capture(rr, "eth1", "udp port 4784");
  await Promise.all([single.started(), multi.started()]);
  for (const [place, addresses] of [
    [near, nearAddresses],
    [far, farAddresses],
  ] as const) {
    for (const [ours, theirs] of addresses) {
      await waitFor(`${theirs} to be established`, async () => await frrEstablished(place, ours), { within: 60_000 });
      await waitFor(`BFD with ${theirs}`, async () => (await frrBfd(place, ours))?.status === "up" && (await isUp(theirs)), {
        within: 60_000,
      });
    }
  }
});

/** Gives a range other settings. */
async function reload(place: Place, range: string, settings: object): Promise<void> {
  const config = reflectorWith(ranges.map((r) => (r === range ? settings : watchedRange(r))));
  writeWeftConfig(place, "reflector", config);
  await reloadWeft(place);
}

async function row(peer: string): Promise<BfdRow> {
  return (await bfdRows(rr)).find((r) => r.peer === peer)!;
}

async function isUp(peer: string): Promise<boolean> {
  const r = await row(peer);
  return r.state === "up" && r.remoteState === "up";
}

/** Of BGP, here. */
async function flaps(peer: string): Promise<number> {
  return (await inspect<readonly PeerRow[]>(weftRunFolder(rr), "/v1/bgp/peers")).find((p) => p.peer === peer)?.flaps ?? 0;
}

async function lastWords(event: string): Promise<string | undefined> {
  return (await eventsOf(rr)).findLast((e) => e.event === event)?.message;
}

for (const [name, addresses, multihop] of [
  ["on one network", nearAddresses, false],
  ["over a router", farAddresses, true],
] as const) {
  for (const [ours, theirs] of addresses) {
    test(`a session with ${theirs} ${name} is up at both ends, which see each other alike`, async () => {
      const [here, there] = [await row(theirs), (await frrBfd(multihop ? far : near, ours))!];
      assert.deepEqual([here.multihop, there.multihop], [multihop, multihop]);
      assert.deepEqual([here.remoteDiscriminator, here.localDiscriminator], [there.id, there["remote-id"]]);
      assert.deepEqual([here.interval, here.detectionTime, here.remoteMultiplier], [300, 900, 3]);
      assert.deepEqual(
        [there["remote-transmit-interval"], there["remote-receive-interval"], there["remote-detect-multiplier"]],
        [300, 300, 3],
      );
    });
  }
}

test("a change of timers at run time is agreed upon by a Poll Sequence, without a Down", async () => {
  for (const [place, [ours, theirs]] of [
    [near, nearAddresses[0]],
    [far, farAddresses[1]],
  ] as const) {
    const before = await row(theirs);
    await vtyshConfigure(place, ["bfd", "profile slow", "detect-multiplier 5", "receive-interval 400", "transmit-interval 700"]);
    await vtyshConfigure(place, [`router bgp ${asn}`, `neighbor ${ours} bfd profile slow`]);
    await waitFor("the new intervals", async () => {
      const { detectionTime, interval } = await row(theirs);
      return interval === 400 && detectionTime === 3500;
    });
    await vtyshConfigure(place, ["bfd", "profile slow", "detect-multiplier 4", "receive-interval 200", "transmit-interval 350"]);
    await waitFor("others", async () => {
      const { detectionTime, interval } = await row(theirs);
      return interval === 300 && detectionTime === 1400;
    });
    assert.equal((await row(theirs)).downs, before.downs);
  }
  const all = { range: "fd00::/64", asn, client: true, bfd: { transmit: 500, receive: 800, multiplier: 4 } };
  const [ours, theirs] = nearAddresses[1];
  const before = await row(theirs);
  await reload(rr, "fd00::/64", all);
  await waitFor("ours at the peer", async () => {
    const there = await frrBfd(near, ours);
    const seen = [there?.["remote-transmit-interval"], there?.["remote-receive-interval"], there?.["remote-detect-multiplier"]];
    return seen.join() === "500,800,4" && (await row(theirs)).detectionTime === 2400;
  });
  assert.equal((await row(theirs)).downs, before.downs);
});

test("what is taken out of our configuration is no failure to the peer, and what is put in begins anew", async () => {
  const [ours, theirs] = nearAddresses[1];
  await reload(rr, "fd00::/64", { range: "fd00::/64", asn, client: true, bfd: false });
  await waitFor("the session to go", async () => (await row(theirs)) === undefined && (await frrBfd(near, ours))?.status !== "up", long);
  await reload(rr, "fd00::/64", { range: "fd00::/64", asn, client: true, bfd: true });
  await waitFor("it to come back", async () => await isUp(theirs), long);
});

test("what the peer shuts down is no failure: BGP goes on", async () => {
  const [ours, theirs] = nearAddresses[1];
  await vtyshConfigure(near, ["bfd", "profile quiet", "shutdown"]);
  await vtyshConfigure(near, [`router bgp ${asn}`, `neighbor ${ours} bfd profile quiet`]);
  await waitFor("the session to go down", async () => (await row(theirs)).remoteState === "admin-down", long);
  assert.equal(await lastWords("bfd.session-down"), `BFD session with ${theirs} is down: shut down by the peer`);
  // FRR's own bgpd may end the session of BGP for that; we have no reason to.
  const ended = (await eventsOf(rr)).filter((e) => e.event === "bgp.session-down" && e.message.includes(theirs));
  assert.deepEqual(
    ended.filter((e) => e.message.includes("BFD is down")),
    [],
  );
  await vtyshConfigure(near, ["bfd", "profile quiet", "no shutdown"]);
  await waitFor("the session to come back", async () => await isUp(theirs), long);
});

test("a bfdd that is killed is no dead host: BGP goes on, and BFD comes back with the next one", async () => {
  const [ours, theirs] = farAddresses[0];
  const before = await flaps(theirs);
  await stopProcess(far, "bfdd", "SIGKILL");
  await waitFor("the session to go down", async () => (await row(theirs)).state === "down", long);
  assert.match((await row(theirs)).lastDown!, /its BFD process ended; the host itself answers/);
  await waitFor("a problem", async () =>
    (await status(rr)).problems.some((p) => p.code === "WEFT_BFD_DOWN" && p.object === `peer ${theirs}`),
  );
  await startFrrDaemon(far, "bfdd");
  await waitFor("the session to come back", async () => (await isUp(theirs)) && (await frrBfd(far, ours))?.status === "up", long);
  assert.equal(await flaps(theirs), before);
});

test("packets from farther away than one hop are dropped and counted on the single-hop port", async () => {
  const before = await metric(rr, "weft_bfd_discards_total", 'rule="low-ttl"');
  const script = `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(bytes(24), ("10.0.0.9", 3784))`;
  await net.run(near, ["/usr/bin/python3", "-c", script]);
  await waitFor("the count", async () => (await metric(rr, "weft_bfd_discards_total", 'rule="low-ttl"')) > before);
});

test("a way that is cut ends BFD and BGP at both ends, and both come back with it", async () => {
  const [ours, theirs] = nearAddresses[0];
  await net.ip(segment, ["link set port1 down"]);
  await waitFor("BGP to end here", async () => (await lastWords("bgp.session-down"))?.includes("BFD is down"), long);
  await waitFor("BGP to end there", async () => !(await frrEstablished(near, ours)), long);
  await net.ip(segment, ["link set port1 up"]);
  await waitFor("BGP to come back", async () => await frrEstablished(near, ours), { within: 60_000 });
  await waitFor("BFD to come back", async () => (await isUp(theirs)) && (await frrBfd(near, ours))?.status === "up", { within: 60_000 });
});

test("tshark finds nothing wrong with what was sent, and finds it as RFC 5881 and RFC 5883 want it", async () => {
  await Promise.all([single.stop(), multi.stop()]);
  for (const [capture, port, ours] of [
    [single, "3784", nearAddresses.map(([a]) => a)],
    [multi, "4784", farAddresses.map(([a]) => a)],
  ] as const) {
    assert.deepEqual(await capture.malformed("bfd"), []);
    for (const [i, address] of ours.entries()) {
      const family = i === 0 ? "ip" : "ipv6";
      const fields = [i === 0 ? "ip.ttl" : "ipv6.hlim", "udp.srcport", "udp.dstport", "bfd.version", "bfd.message_length"];
      const sent = await capture.fields(`bfd && ${family}.src == ${address}`, fields);
      assert.ok(sent.length > 10);
      for (const [ttl, from, to, version, length] of sent) {
        assert.deepEqual([ttl, to, version, length], ["255", port, "1", "24"]);
        assert.ok(Number(from) >= 49_152, `source port ${from}`);
      }
    }
  }
});
