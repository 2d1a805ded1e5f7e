// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { nextTurn, systemClock } from "../base/run/clock.ts";
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import { Rib } from "../bgp/rib/rib.ts";
import { madeUpUpdate } from "../bgp/speaker/made-up-update.ts";
import { MessageFramer } from "../bgp/speaker/message-framer.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import { PaperKernel } from "./kernel/paper-kernel.ts";
import { Vtep } from "./vtep.ts";

/** V8 takes a loop for hot after some thousand rounds. */
export const warmUpRoutes = 10_000;
const perUpdate = 100;
/** V8 takes the fields of an object that is the only one of its class for constants, and would begin anew with the one that counts. */
const tables = 2;
/** The sizes of an agent's tables that do not matter here. */
const sizes = { pageWords: 1 << 14, indexSlots: 512 };

const deafJournal: Journal = { emit: () => undefined };
const deafMetrics: Metrics = {
  add: () => undefined,
  set: () => undefined,
  clear: () => undefined,
  onScrape: () => undefined,
  addSource: () => undefined,
  addHistogram: () => undefined,
};

/**
 * Sends made-up routes the whole way that those of peers go, from their octets to the requests for a kernel that exists on paper only, so that V8 has
 * compiled that way before the first peer comes: 50,000 routes take a cold process more than twice the CPU (bench/figures/fill-stages.ts).
 * Takes a quarter of a second, with turns of the loop in between.
 *
 * @returns how many requests the paper kernel was asked for
 */
export async function warmUp(config: AgentConfig): Promise<number> {
  let requests = 0;
  for (let table = 0; table < tables; table++) requests += await fill(config);
  return requests;
}

async function fill(config: AgentConfig): Promise<number> {
  const kernel = new PaperKernel({ bridge: "br100", vxlan: "vx100", vni: 100 });
  const vtep = new Vtep({
    config: {
      ...config,
      bgp: { ...config.bgp, asn: 65000 },
      vtep: { address: "127.0.0.9" as Ip, port: 4789, mtu: "auto", gatewayMac: "02:00:00:00:00:01" as Mac },
      adopt: true,
      discovery: false,
      domains: [],
      networks: [],
      ports: [],
    },
    clock: systemClock,
    journal: deafJournal,
    metrics: deafMetrics,
    connect: () => kernel,
    namespaces: { list: () => [], create: () => undefined, remove: () => undefined },
    sysctls: { read: () => undefined, write: () => undefined },
    rulesets: { state: () => undefined, write: () => undefined, remove: () => undefined },
    originate: () => undefined,
  });
  await vtep.start();
  const rib = new Rib({ asn: 65000, routerId: 1, output: { write: (_slot, _bytes, release) => (release(), true) }, sizes });
  rib.subscribe((changes) => vtep.applyBest(changes));
  const address = "127.0.0.1" as Ip;
  const terms = { role: "client", asn: 65000, routerId: 2, families: ["l2vpn-evpn"], fourOctetAs: true, maxMessage: 4096 } as const;
  const slot = rib.addPeer({ name: "warm-up", address, ...terms });
  const framer = new MessageFramer({
    message: (_type, bytes, start, end) => rib.update(slot, bytes, start, end).reaction === "ok",
    fault: (_, why) => {
      throw new Error(why);
    },
  });
  for (let at = 0; at < warmUpRoutes; at += perUpdate) {
    framer.push(madeUpUpdate(1 + at, perUpdate, [0, 3]));
    if (at % (perUpdate * 16) !== 0) continue;
    rib.flush();
    await nextTurn(systemClock);
  }
  while (rib.flush());
  while (vtep.isBusy) await nextTurn(systemClock);
  await vtep.stop();
  return kernel.written;
}
