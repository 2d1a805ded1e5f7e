// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/repair.ts [REPAIRS] [NETWORKS]` (root): a VTEP in this process with 100,000 FDB entries in a real kernel, in 20
 * networks or as many as said. Entries deleted by hand until they are back, then whole audits: CPU, and the longest time for which the
 * event loop got no turn. One network is the worst case: the kernel goes through all of a table for each 32 KB of a dump.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Mac, macFromBytes } from "../../src/base/net/mac.ts";
import { systemClock } from "../../src/base/run/clock.ts";
import { MemoryJournal } from "../../src/base/run/journal.ts";
import { MemoryMetrics } from "../../src/base/run/metrics.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { parseAgentConfig } from "../../src/contract/config/load.ts";
import { namespaceControl } from "../../src/agent/kernel/namespace-control.ts";
import { sysctlFiles } from "../../src/agent/kernel/sysctl-files.ts";
import { rulesetAccess } from "../../src/agent/kernel/ruleset-access.ts";
import { RemoteHost } from "../../src/agent/testing/remote-host.ts";
import { Vtep } from "../../src/agent/vtep.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { fdb } from "../../src/netlink/route/fdb.ts";
import { NTF_SELF } from "../../src/netlink/route/neighbour-flags.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, quantile, spread } from "../spread.ts";
import { vni } from "./leaves.ts";

const repairs = Number(process.argv[2] ?? 100);
const networks = Number(process.argv[3] ?? 20);
const audits = 5;
const count = 50_000;
const vniOf = (i: number): number => vni + (i % networks);
const macOf = (i: number): Mac => macFromBytes(Uint8Array.of(2, 0, 1, i >> 16, (i >> 8) & 255, i & 255));

/** The longest time between two turns of the loop while it is watched, ms. */
class LoopWatch {
  longest = 0;
  #last = performance.now();
  #next = setImmediate(() => this.#turn());

  #turn(): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.#last);
    this.#last = now;
    this.#next = setImmediate(() => this.#turn());
  }

  stop(): number {
    clearImmediate(this.#next);
    return this.longest;
  }
}

async function repairTimes(namespace: string): Promise<readonly number[]> {
  const conn = new NetlinkConnection({ namespace });
  const indexes = Array.from({ length: networks }, (_, i) => conn.dump("link", { name: `vx${vniOf(i)}` })[0]!.ifindex);
  let back: ((mac: Mac) => void) | undefined;
  conn.subscribe(["fdb"], {
    onEvents: (events) => {
      for (const e of events) if (e.object === "fdb" && e.change === "new" && e.value.dst !== undefined) back?.(e.value.mac);
    },
    onOverrun: (reason) => console.error(reason),
  });
  const values: number[] = [];
  for (let i = 0; i < repairs; i++) {
    const nth = (i * 400 + i) % count;
    const mac = macOf(nth);
    const { promise, resolve } = Promise.withResolvers<void>();
    back = (seen) => (seen === mac ? resolve() : undefined);
    const since = performance.now();
    conn.run(fdb.delete({ ifindex: indexes[nth % networks]!, mac, flags: NTF_SELF }));
    await promise;
    values.push(performance.now() - since);
    await sleep(10);
  }
  conn.close();
  return values;
}

const net = new Scratch("benchrep");
try {
  const host = await net.host("host");
  await net.ip(host, ["address add 10.0.0.1/32 dev lo"]);
  for (let i = 0; i < networks; i++) await addVtepDevices(host.namespace, { vni: vniOf(i), vtep: "10.0.0.1" });
  const namespace = namespacePath(host.namespace);
  const yaml =
    "bgp: { asn: 65000, routerId: 10.0.0.1, peers: [{ address: 10.0.0.4, asn: 65000 }] }\nvtep: { address: 10.0.0.1 }\nadopt: true\n";
  const vtep = new Vtep({
    config: parseAgentConfig(yaml, "bench"),
    clock: systemClock,
    journal: new MemoryJournal(),
    metrics: new MemoryMetrics(),
    connect: () => new NetlinkConnection({ namespace }),
    namespaces: { ...namespaceControl, list: () => [] },
    sysctls: sysctlFiles,
    rulesets: rulesetAccess,
    originate: () => undefined,
  });
  await vtep.start();
  const remote = new RemoteHost("10.0.0.2");
  vtep.applyBest(Array.from({ length: count }, (_, i) => remote.mac(vniOf(i), macOf(i))));
  while (vtep.desired.objects.size < count) await sleep(20);
  await vtep.reconciler.settle();
  await sleep(1000);
  const times = await repairTimes(namespace);
  const cpu: number[] = [];
  const stalls: number[] = [];
  for (let i = 0; i < audits; i++) {
    const watch = new LoopWatch();
    const before = process.cpuUsage();
    await vtep.audit.run();
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    stalls.push(watch.stop());
    await sleep(200);
  }
  await vtep.stop();
  console.log(`${machineLine()}; ${count} remote MACs in ${networks} networks, ${2 * count} entries\n\n| measure | ms |\n|---|---|`);
  console.log(
    `| entry deleted → back, ${repairs} times: p50 / p99 | ${[0.5, 0.99].map((q) => quantile(times, q).toFixed(1)).join(" / ")} |`,
  );
  console.log(`| audit, CPU: min / median / max of ${audits} | ${spread(cpu)} |`);
  console.log(`| audit, longest turn of the loop: min / median / max | ${spread(stalls)} |`);
} finally {
  await net.remove();
}
