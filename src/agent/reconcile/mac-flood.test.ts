// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, macHigh, macLow } from "../../base/net/mac.ts";
import type { ForwardingChange } from "../../evpn/types.ts";
import { FDB_DYNAMIC, FDB_STATIC, fdb, type FdbRequest } from "../../netlink/route/fdb.ts";
import { NTF_EXT_LEARNED, NTF_MASTER, NTF_SELF } from "../../netlink/route/neighbour-flags.ts";
import { link } from "../../netlink/route/link.ts";
import { FakeHost } from "../testing/fake-host.ts";
import { RemoteHost } from "../testing/remote-host.ts";

const macs = Array.from({ length: 6 }, (_, i) => `02:00:00:00:00:0${i}` as Mac);
const vteps = ["10.0.0.2", "10.0.0.3"] as readonly string[] as readonly Ip[];

/** What may be in the kernel for a MAC before it is wanted, or done to it afterwards. */
type State = (mac: Mac, vxlan: number, workload: number) => readonly FdbRequest[];
const self = (mac: Mac, ifindex: number, dst: string, more: Partial<Parameters<typeof fdb.replace>[0]> = {}): FdbRequest =>
  fdb.replace({ ifindex, mac, dst: dst as Ip, state: FDB_DYNAMIC, flags: NTF_SELF | NTF_EXT_LEARNED, ...more });
const states: Readonly<Record<string, State>> = {
  nothing: () => [],
  "ours, both": (mac, vxlan) => [self(mac, vxlan, "10.0.0.2", { flags: NTF_SELF | NTF_MASTER | NTF_EXT_LEARNED })],
  "ours, self only": (mac, vxlan) => [self(mac, vxlan, "10.0.0.3")],
  "ours, with a VNI": (mac, vxlan) => [self(mac, vxlan, "10.0.0.2", { vni: 777 })],
  "ours, master only": (mac, vxlan) => [fdb.replace({ ifindex: vxlan, mac, state: FDB_DYNAMIC, flags: NTF_MASTER | NTF_EXT_LEARNED })],
  "somebody's static one": (mac, vxlan) => [self(mac, vxlan, "10.0.0.66", { state: FDB_STATIC, flags: NTF_SELF })],
  "learned behind a workload": (mac, _, workload) => [fdb.replace({ ifindex: workload, mac, state: FDB_DYNAMIC, flags: NTF_MASTER })],
  "static behind a workload": (mac, _, workload) => [fdb.replace({ ifindex: workload, mac, state: FDB_STATIC, flags: NTF_MASTER })],
  "static in our place": (mac, vxlan) => [fdb.replace({ ifindex: vxlan, mac, state: FDB_STATIC, flags: NTF_MASTER | NTF_EXT_LEARNED })],
};
const done = fc.record({ mac: fc.constantFrom(...macs), state: fc.constantFrom(...Object.keys(states)) });
const change = fc
  .record({ mac: fc.constantFrom(...macs), vtep: fc.option(fc.constantFrom(...vteps), { nil: undefined }), vni: fc.constantFrom(100, 300) })
  .map(({ mac, vtep, vni }): ForwardingChange => ({
    kind: "remote-mac",
    network: "vx100",
    mac,
    remote: vtep && { vtep, vni, sticky: false, sequence: 0 },
  }));
const step = fc.oneof(
  fc.record({ change: fc.array(change, { maxLength: 8 }) }),
  fc.record({ harm: done }),
  fc.record({ refuse: fc.constantFrom(...macs) }),
  fc.constant({ bridge: "left" as const }),
);

/** A host that takes every change on the way that is said, through the same course of events. */
async function course(
  before: readonly { readonly mac: Mac; readonly state: string }[],
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  way: "short" | "long",
) {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "tap0");
  host.run("", link.set("tap0", { master: host.index("", "br100") }));
  const [vxlan, workload] = [host.index("", "vx100"), host.index("", "tap0")];
  for (const { mac, state } of before) host.run("", ...states[state]!(mac, vxlan, workload));
  const vtep = await host.start("adopt: true");
  vtep.convergedBy("test");
  host.clock.advance(3000);
  vtep.applyBest([new RemoteHost("10.0.0.2").multicast(100)]);
  await host.settle();
  for (const s of steps) {
    if ("harm" in s) host.kernel.connect().execute(states[s.harm.state]!(s.harm.mac, vxlan, workload)); // may meet a refusal that waits
    else if ("refuse" in s) {
      const { refuse } = s;
      host.kernel.failNext((r) => r.object === "fdb" && r.verb === "replace" && r.entry.mac === refuse, "ENOMEM");
    } else if ("bridge" in s) host.run("", link.set("vx100", { master: 0 }));
    else if (way === "long") vtep.reconciler.mark(vtep.desired.forward(s.change));
    else vtep.reconciler.markFlood((flood) => vtep.reconciler.mark(vtep.desired.forward(s.change, flood)));
    await host.settle();
    // The short way leaves refusals to the long one, which tries again at once; otherwise after a while.
    for (let i = 0; i < 10 && vtep.reconciler.failures.size > 0; i++) {
      host.clock.advance(30_000);
      await host.settle();
    }
  }
  const left = { entries: host.entries(), conflicts: [...vtep.reconciler.conflicts.keys()].toSorted(), size: vtep.desired.objects.size };
  const failures = vtep.reconciler.failures.size;
  await host.stop();
  return { left, failures };
}

test("the short way leaves the kernel as the long one does, whatever was there and whatever is done to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(done, { maxLength: 6 }), fc.array(step, { maxLength: 8 }), async (before, steps) => {
      const [short, long] = [await course(before, steps, "short"), await course(before, steps, "long")];
      assert.deepEqual(short.left, long.left);
      assert.deepEqual([short.failures, long.failures], [0, 0]);
    }),
    { numRuns: 60 },
  );
});

test("what is right already is not touched, and of what is half right only the other half is put", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  const vxlan = host.index("", "vx100");
  const [whole, half] = [macs[0]!, macs[1]!];
  host.run("", ...states["ours, both"]!(whole, vxlan, 0), self(half, vxlan, "10.0.0.2"));
  const vtep = await host.start("adopt: true");
  const before = host.kernel.log.length;
  const remote = { vtep: "10.0.0.2" as Ip, vni: 100, sticky: false, sequence: 0 };
  vtep.reconciler.markFlood((flood) =>
    vtep.desired.forward(
      [whole, half].map((mac) => ({ kind: "remote-mac", network: "vx100", mac, remote })),
      flood,
    ),
  );
  assert.equal(vtep.reconciler.dirtyCount, 2);
  await host.settle();
  assert.deepEqual(host.kernel.log.slice(before), [`bridge fdb replace ${half} dev ${vxlan} master extern_learn`]);
  await host.stop();
});

test("a device that is not there yet sends its MACs the long way, where they wait for it", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  const vtep = await host.start("adopt: true");
  host.run("", link.set("vx100", { master: 0 }));
  vtep.reconciler.markFlood((flood) => flood.addMac("", "vx100", macHigh(macs[0]!), macLow(macs[0]!)));
  await host.settle();
  assert.ok(vtep.reconciler.idle);
  assert.equal(host.entries().filter((e) => e.startsWith(macs[0]!)).length, 0);
  await host.stop();
});

test("changes that hop from network to network are put device by device", async () => {
  const host = new FakeHost();
  const vnis = [100, 200, 300];
  for (const vni of vnis) host.addAdopted(vni);
  const vtep = await host.start("adopt: true");
  const before = host.kernel.log.length;
  const changes = macs.flatMap((mac) =>
    vnis.map((vni): ForwardingChange => {
      const remote = { vtep: "10.0.0.2" as Ip, vni, sticky: false, sequence: 0 };
      return { kind: "remote-mac", network: `vx${vni}`, mac, remote };
    }),
  );
  vtep.reconciler.markFlood((flood) => vtep.desired.forward(changes, flood));
  assert.equal(vtep.reconciler.dirtyCount, changes.length);
  await host.settle();
  const devices = host.kernel.log.slice(before).map((line) => / dev (\d+) /.exec(line)![1]);
  assert.equal(devices.length, changes.length);
  assert.equal(devices.filter((device, i) => device !== devices[i - 1]).length, vnis.length);
  await host.stop();
});

test("MACs that go are taken with one request each; where the kernel stops half-way the rest is taken, too", async () => {
  const host = new FakeHost();
  host.addAdopted(100);
  host.addWorkload("", "tap0");
  host.run("", link.set("tap0", { master: host.index("", "br100") }));
  const [vxlan, workload] = [host.index("", "vx100"), host.index("", "tap0")];
  const vtep = await host.start("adopt: true");
  vtep.convergedBy("test");
  host.clock.advance(3000);
  const flood = async (vteps: readonly Ip[]): Promise<void> => {
    const told = macs.map((mac): ForwardingChange => {
      return { kind: "remote-mac", network: "vx100", mac, remote: vteps[0] && { vtep: vteps[0], vni: 100, sticky: false, sequence: 0 } };
    });
    vtep.reconciler.markFlood((f) => vtep.reconciler.mark(vtep.desired.forward(told, f)));
    await host.settle();
  };
  await flood(vteps);
  const before = host.kernel.log.length;
  // The bridge has just learned one elsewhere, and nobody has heard of it.
  const [moved, first] = [macs[5]!, macs[0]!];
  host.kernel.failNext((r) => r.object === "fdb" && r.verb === "delete" && r.entry.mac === first, "ENOMEM");
  const learned = states["learned behind a workload"]!(moved, vxlan, workload);
  const taken = flood([]);
  host.kernel.connect().execute(learned);
  await taken;
  assert.deepEqual(
    host.entries().filter((e) => macs.some((mac) => e.startsWith(mac))),
    [`${moved} dev tap0 master`],
  );
  const once = host.kernel.log.slice(before).filter((line) => line.includes("fdb del") && line.includes("self master"));
  assert.equal(once.length, macs.length, host.kernel.log.slice(before).join("\n"));
  assert.equal(vtep.reconciler.failures.size, 0);
  await host.stop();
});
