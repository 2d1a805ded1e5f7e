// SPDX-License-Identifier: Apache-2.0
/** Reflectors that die, one or all, loudly or in silence: forwarding goes on. A host that dies: nobody keeps an entry for it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { frrBgpd, frrReflectorLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, startFrrDaemon } from "../../src/lab/peer/frr.ts";
import { startGobgp } from "../../src/lab/peer/gobgp.ts";
import type { RoutesReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { restartWeft, startWeft, weftRunFolder } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { fdb, floodList } from "../harness/kernel-tables.ts";
import { Scratch } from "../harness/scratch.ts";
import { KernelWatch } from "./kernel-watch.ts";
import {
  addressOf,
  addWorkload,
  agentConfig,
  asn,
  BothWays,
  converged,
  eventsOf,
  kernelDiff,
  peers,
  reachEachOther,
  reflectorConfig,
  startReady,
  timers,
  vxlan,
  workloadMac,
} from "./pair.ts";

const gracefulRestart = { restartTime: 8, stalePathTime: 10 };

/** The reflector beside ours. */
export interface Other {
  readonly kind: string;
  start(place: Place): Promise<void>;
  kill(place: Place): Promise<void>;
  restart(place: Place): Promise<void>;
}

export const weftReflector: Other = {
  kind: "weft",
  start: async (place) => await startReady(place, "reflector", reflectorConfig(12, gracefulRestart)),
  kill: async (place) => await stopProcess(place, "reflector", "SIGKILL"),
  restart: async (place) => void (await restartWeft(place, "reflector")),
};

export const frr: Other = {
  kind: "frr",
  start: async (place) => {
    const lines = frrReflectorLines({ asn, routerId: addressOf(12), range: "10.0.0.0/24", timers: [timers.keepalive, timers.hold] });
    await startFrr(place, { zebra: "", bgpd: frrBgpd("rr2", asn, addressOf(12), lines) });
  },
  kill: async (place) => await stopProcess(place, "bgpd", "SIGKILL"),
  restart: async (place) => void (await startFrrDaemon(place, "bgpd")),
};

export const gobgp: Other = {
  kind: "gobgp",
  start: async (place) => {
    await startGobgp(place, { asn, routerId: addressOf(12), localAddress: addressOf(12), clients: ["10.0.0.0/24"], holdTime: timers.hold });
  },
  kill: async (place) => await stopProcess(place, "gobgpd", "SIGKILL"),
  restart: async (place) => await gobgp.start(place),
};

/** The tests of a file: what two agents see of our reflector and of `other` beside it. */
export function reflectorLoss(other: Other): void {
  const net = new Scratch(`rsrr${other.kind}`);
  let h1: Place;
  let h2: Place;
  let rr1: Place;
  let rr2: Place;
  let w1: Place;
  let w2: Place;
  let segment: Place;
  after(async () => await net.remove());

  before(async () => {
    [h1, h2, rr1, rr2] = [await net.host("h1"), await net.host("h2"), await net.host("rr1"), await net.host("rr2")];
    segment = await net.segment([
      [h1, `${addressOf(1)}/24`],
      [h2, `${addressOf(2)}/24`],
      [rr1, `${addressOf(11)}/24`],
      [rr2, `${addressOf(12)}/24`],
    ]);
    await startReady(rr1, "reflector", reflectorConfig(11, gracefulRestart));
    await other.start(rr2);
    [w1, w2] = [await addWorkload(net, 1, h1), await addWorkload(net, 2, h2)];
    for (const [n, host] of [h1, h2].entries()) {
      const config = agentConfig(n + 1, { peers: [addressOf(11), addressOf(12)], gracefulRestart });
      await startWeft(host, "agent", { config });
    }
    await reachEachOther(w1, w2);
    for (const host of [h1, h2]) {
      await bothUp(host);
      await converged(host);
    }
  });

  const bothUp = async (host: Place): Promise<void> =>
    void (await waitFor(`${host.namespace}: both sessions`, async () => (await peers(host)).every((p) => p.state === "established")));

  const down = async (host: Place, address: string): Promise<void> =>
    void (await waitFor(`${host.namespace}: ${address} to be down`, async () => {
      return (await peers(host)).some((p) => p.peer === address && p.state !== "established");
    }));

  /** No packet lost, nothing said by either kernel, while `what` happens. */
  async function unnoticed(what: () => Promise<void>): Promise<void> {
    using watch1 = new KernelWatch(h1);
    using watch2 = new KernelWatch(h2);
    const pings = new BothWays(w1, w2);
    await pings.started();
    await what();
    assert.deepEqual(await pings.losses(), [0, 0]);
    assert.deepEqual(await watch1.stop(), []);
    assert.deepEqual(await watch2.stop(), []);
  }

  test("ours is killed and comes back", async () => {
    await unnoticed(async () => {
      await stopProcess(rr1, "reflector", "SIGKILL");
      await down(h1, addressOf(11));
      await restartWeft(rr1, "reflector");
      for (const host of [h1, h2]) await bothUp(host);
      await sweptBy(h1, addressOf(11));
    });
  });

  test("the other one is killed and comes back", async () => {
    await unnoticed(async () => {
      await other.kill(rr2);
      await down(h1, addressOf(12));
      await other.restart(rr2);
      for (const host of [h1, h2]) await bothUp(host);
    });
  });

  test("a MAC that is withdrawn while one is away goes at once, in spite of the copy that is kept for that one", async () => {
    await net.ip(h2, ["link add p8 type veth peer name p8w", "link set p8w up", "link set p8 up master br100"]);
    await net.run(h2, ["bridge", "fdb", "add", workloadMac(8), "dev", "p8", "master", "static"]);
    // From both: what only the one that goes away ever said is kept, as it should be.
    await waitFor("h1 to have it twice", async () => (await routesFor(h1, workloadMac(8))) === 2);
    await stopProcess(rr1, "reflector", "SIGKILL");
    await down(h1, addressOf(11));
    await net.ip(h2, ["link del p8"]);
    await waitFor("it to go", async () => (await fdb(h1)).every((r) => r.mac !== workloadMac(8)), { within: 3000 });
    await restartWeft(rr1, "reflector");
    for (const host of [h1, h2]) await bothUp(host);
  });

  test("both are killed at once and come back: hosts forward on and learn on", async () => {
    await unnoticed(async () => {
      await Promise.all([stopProcess(rr1, "reflector", "SIGKILL"), other.kill(rr2)]);
      for (const host of [h1, h2]) for (const rr of [11, 12]) await down(host, addressOf(rr));
      await Promise.all([restartWeft(rr1, "reflector"), other.restart(rr2)]);
      for (const host of [h1, h2]) await bothUp(host);
      await sweptBy(h1, addressOf(11));
    });
  });

  test("both are cut off in silence: hosts forward on, and forget nothing", async () => {
    await unnoticed(async () => {
      await net.ip(segment, ["link set port2 down", "link set port3 down"]);
      for (const host of [h1, h2]) for (const rr of [11, 12]) await down(host, addressOf(rr));
      await net.ip(segment, ["link set port2 up", "link set port3 up"]);
      for (const host of [h1, h2]) await bothUp(host);
      await sweptBy(h1, addressOf(11));
    });
  });

  test("both are killed and stay away: what they said goes when the restart time is over", async () => {
    const killedAt = performance.now();
    await Promise.all([stopProcess(rr1, "reflector", "SIGKILL"), other.kill(rr2)]);
    await waitFor("h1 to forget h2", async () => (await fdb(h1)).every((r) => !r.flags.includes("extern_learn")), { within: 20_000 });
    const after = performance.now() - killedAt;
    assert.ok(after > gracefulRestart.restartTime * 1000 - 100, `after ${Math.round(after)} ms`);
    await Promise.all([restartWeft(rr1, "reflector"), other.restart(rr2)]);
    await reachEachOther(w1, w2);
    for (const host of [h1, h2]) {
      await bothUp(host);
      assert.deepEqual(await kernelDiff(host), []);
    }
  });

  test("a host that dies in silence is forgotten with the hold time, though the reflectors keep what is kept", async () => {
    await net.ip(segment, ["link set port1 down"]);
    await waitFor("h1 to forget its MACs", async () => (await fdb(h1)).every((r) => !r.flags.includes("extern_learn")), {
      within: 8000,
    });
    assert.deepEqual(await floodList(h1, vxlan), []);
    assert.deepEqual(await kernelDiff(h1), []);
    await net.ip(segment, ["link set port1 up"]);
    await reachEachOther(w1, w2);
  });
}

/** Paths to a MAC in the BGP table of a host. */
async function routesFor(host: Place, mac: string): Promise<number> {
  return (await inspect<RoutesReply>(weftRunFolder(host), `/v1/bgp/routes?mac=${mac}`)).rows.length;
}

/** The host heard the End-of-RIB of a peer whose routes it had kept. */
async function sweptBy(host: Place, address: string): Promise<void> {
  await waitFor(`${host.namespace}: End-of-RIB of ${address}`, async () => {
    const events = (await eventsOf(host)).map((e) => e.message);
    const lastDown = events.findLastIndex((m) => m.startsWith(`session with ${address} is down`));
    return events.some((m, i) => i > lastDown && m.startsWith(`stale l2vpn-evpn routes of ${address} go`));
  });
}
