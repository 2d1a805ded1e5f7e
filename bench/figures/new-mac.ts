// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/new-mac.ts [SAMPLES]` (root): a workload's first frame on one host until the kernel of the other host has its MAC
 * in the VXLAN's table, through a reflector; then the same MAC taken out of the first host's bridge until it is gone there, too. Weft and
 * FRR on the same devices, in the same minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { type Mac, macFromBytes } from "../../src/base/net/mac.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { FrameSender, gratuitousArp } from "../../src/lab/workload/announce.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { fdb } from "../../src/netlink/route/fdb.ts";
import { NTF_MASTER } from "../../src/netlink/route/neighbour-flags.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, quantile } from "../spread.ts";
import { type LeafKind, meet, type ReflectorKind, startLeaf, startReflector } from "./leaves.ts";

const count = Number(process.argv[2] ?? 60);

type Change = "new" | "delete";

/** Waits on the kernel's own events: polling would add its period to what is measured. */
class FdbWatch {
  readonly #conn: NetlinkConnection;
  readonly #waiting = new Map<string, (at: number) => void>();

  constructor(place: Place) {
    this.#conn = new NetlinkConnection({ namespace: namespacePath(place.namespace) });
    this.#conn.subscribe(["fdb"], {
      onEvents: (events) => {
        const at = performance.now();
        for (const e of events) if (e.object === "fdb" && e.value.dst !== undefined) this.#waiting.get(`${e.change} ${e.value.mac}`)?.(at);
      },
      onOverrun: (reason) => console.error(reason),
    });
  }

  /** The ms that `act` takes to show in the table. */
  async after(act: () => void, change: Change, mac: Mac): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.set(`${change} ${mac}`, resolve);
    const since = performance.now();
    act();
    return (await promise) - since;
  }

  close(): void {
    this.#conn.close();
  }
}

interface Samples {
  readonly appeared: number[];
  readonly gone: number[];
}

async function measure(leaf: LeafKind, reflector: ReflectorKind): Promise<Samples> {
  const net = new Scratch("benchmac");
  try {
    const [l1, l2, rr] = [await net.host("l1"), await net.host("l2"), await net.host("rr")];
    await net.segment([
      [l1, "10.0.0.1/24"],
      [l2, "10.0.0.2/24"],
      [rr, "10.0.0.4/24"],
    ]);
    await startReflector(reflector, rr, "10.0.0.4", "10.0.0.0/24");
    await startLeaf(leaf, l1, "10.0.0.1", "10.0.0.4");
    await startLeaf(leaf, l2, "10.0.0.2", "10.0.0.4");
    await meet(l1, l2);
    const w = await net.workload("w", l1, "p-w", "br100", "02:00:00:00:01:01", ["192.168.1.1/24"]);
    // An agent that has just started keeps what it finds for 3 s beyond the peers' End-of-RIB.
    await sleep(4000);
    const watch = new FdbWatch(l2);
    const sender = new FrameSender(w.namespace, "eth0");
    const host = new NetlinkConnection({ namespace: namespacePath(l1.namespace) });
    const { ifindex } = host.dump("link", { name: "p-w" })[0]!;
    const samples: Samples = { appeared: [], gone: [] };
    // Not in step with anybody's coalescing timer.
    const pause = (): Promise<void> => sleep(60 + Math.random() * 60);
    for (let i = 0; i < count; i++) {
      const mac = macFromBytes(Uint8Array.of(2, 0, 0, 1, i >> 8, i & 255));
      const frame = gratuitousArp(mac, `192.168.2.${i % 250}` as Ip);
      samples.appeared.push(await watch.after(() => sender.send(frame), "new", mac));
      await pause();
      samples.gone.push(await watch.after(() => host.run(fdb.delete({ ifindex, mac, flags: NTF_MASTER })), "delete", mac));
      await pause();
    }
    host.close();
    sender.close();
    watch.close();
    return samples;
  } finally {
    await net.remove();
  }
}

console.log(`${machineLine()}; ${count} MACs each\n`);
console.log("| leaves | reflector | new MAC, p50 / p90 / p99 ms | withdrawn MAC, p50 / p90 / p99 ms |\n|---|---|---|---|");
for (const [leaf, reflector] of [
  ["weft", "weft"],
  ["frr", "frr"],
  ["frr", "gobgp"],
  ["weft", "frr"],
  ["frr", "weft"],
] as const) {
  const { appeared, gone } = await measure(leaf, reflector);
  const cell = (values: readonly number[]): string => [0.5, 0.9, 0.99].map((q) => quantile(values, q).toFixed(1)).join(" / ");
  console.log(`| ${leaf} | ${reflector} | ${cell(appeared)} | ${cell(gone)} |`);
}
