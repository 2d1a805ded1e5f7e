// SPDX-License-Identifier: Apache-2.0
/**
 * 20,000 host routes from BGP into the kernel table of a domain: type-2 routes with two labels, as symmetric IRB announces workloads of another host.
 * Beside it the same routes by `ip -batch`, from a file that is ready.
 *
 *     sudo node bench/figures/routes.ts [runs]
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { type Mac, macFromBytes } from "../../src/base/net/mac.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { LocalRoute } from "../../src/bgp/rib/types.ts";
import { Evpn } from "../../src/evpn/evpn.ts";
import type { LocalChange } from "../../src/evpn/types.ts";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine, spread } from "../spread.ts";
import { asn } from "./leaves.ts";
import { senderAddress, sessionWith, senderAt } from "../../test/harness/sender.ts";

const runs = Number(process.argv[2] ?? 5);
const count = 20_000;
const [vni, l3vni] = [101, 5001];
const mostMs = 60_000;

/** As a VTEP 10.0.0.4 announces its workloads in a routed network. */
function routes(): LocalRoute[] {
  const evpn = new Evpn();
  const vtep = senderAddress;
  const targets = (n: number): readonly string[] => [`${asn}:${n}`];
  const routerMac = "02:52:0a:00:00:04" as Mac;
  evpn.configure(
    [
      {
        network: "n",
        vni,
        rd: "10.0.0.4:1" as Rd,
        importTargets: targets(vni),
        exportTargets: targets(vni),
        vtep,
        domain: "d",
        subnets: [{ prefix: { ip: "10.4.0.0" as Ip, length: 16 }, gateway: "10.4.255.254" as Ip }],
        gatewayMac: "02:00:5e:00:01:01" as Mac,
      },
    ],
    0,
    [{ domain: "d", l3vni, rd: "10.0.0.4:2" as Rd, importTargets: targets(l3vni), exportTargets: targets(l3vni), vtep, routerMac }],
  );
  const changes: LocalChange[] = [];
  for (let i = 0; i < count; i++) {
    const mac = macFromBytes(Uint8Array.of(2, 0, 1, i >> 16, (i >> 8) & 255, i & 255));
    changes.push({ kind: "mac-up", mac: { network: "n", mac, port: "p", sticky: false, origin: "declared" } });
    changes.push({ kind: "neighbour-up", neighbour: { network: "n", ip: hostAddress(i), mac, origin: "declared" } });
  }
  // Those of the MACs alone make no host route.
  return evpn.applyLocal(changes, 0).routes.flatMap((r) => (r.kind === "announce" && r.route.nlri.length > 40 ? [r.route] : []));
}

function hostAddress(i: number): Ip {
  return `10.${4 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}` as Ip;
}

/** Resolves with the ms until the kernel has reported every route. */
async function timed(namespace: string, begin: () => void): Promise<number> {
  const conn = new NetlinkConnection({ namespace });
  const { promise, resolve } = Promise.withResolvers<number>();
  let seen = 0;
  conn.subscribe(["route"], {
    onEvents: (events) => {
      for (const e of events) if (e.object === "route" && e.change === "new" && e.value.priority === 2087) seen++;
      if (seen >= count) resolve(performance.now());
    },
    onOverrun: (reason) => console.error(`the bench itself lost events: ${reason}`),
  });
  await sleep(500);
  const since = performance.now();
  begin();
  const at = await Promise.race([promise, sleep(mostMs, undefined, { ref: false })]);
  if (at === undefined) throw new Error(`only ${seen} of ${count} routes after ${mostMs} ms`);
  const held = conn.dump("route", { table: 254 }).filter((r) => r.priority === 2087).length;
  if (held !== count) throw new Error(`${held} routes in the kernel, not ${count}`);
  conn.close();
  return at - since;
}

async function viaBgp(leaf: Place, source: Place, all: readonly LocalRoute[]): Promise<number> {
  const speaker = senderAt(source, asn);
  await speaker.start();
  const config = {
    bgp: { asn, routerId: "10.0.0.1", peers: [{ address: senderAddress, asn }] },
    vtep: { address: "10.0.0.1" },
    domains: [{ name: "d", l3vni }],
  };
  await startWeft(leaf, "agent", { config });
  await weftReady(leaf, "agent");
  await sessionWith(speaker);
  await sleep(1500);
  const ms = await timed(`${leaf.namespaces}/weft-d`, () => {
    for (const route of all) speaker.rib.announceLocal(route);
    speaker.changed();
  });
  await speaker.stop();
  return ms;
}

/** One process of iproute2 with everything in one file; its own start counts. */
async function viaIproute2(net: Scratch, place: Place): Promise<number> {
  await net.ip(place, [
    `link add vx${l3vni} type vxlan id ${l3vni} local 10.0.0.4 dstport 4789 nolearning`,
    `link set vx${l3vni} up`,
    `neigh replace 10.0.0.9 lladdr 02:52:0a:00:00:09 dev vx${l3vni} nud permanent`,
  ]);
  const lines = Array.from(
    { length: count },
    (_, i) => `route replace ${hostAddress(i)}/32 via 10.0.0.9 dev vx${l3vni} onlink metric 2087 proto 87\n`,
  );
  const file = `${net.folder}/routes.batch`;
  writeFileSync(file, lines.join(""));
  let ended = 0;
  const last = await timed(namespacePath(place.namespace), () => {
    const since = performance.now();
    execFileSync("ip", ["-n", place.namespace, "-batch", file]);
    ended = performance.now() - since;
  });
  // This process could not read events meanwhile: what counts is when the command ended.
  return Math.min(ended, last);
}

const all = routes();
if (all.length !== count) throw new Error(`${all.length} routes to announce, not ${count}`);
const results: Readonly<Record<"weft" | "ip -batch", number[]>> = { weft: [], "ip -batch": [] };
for (let run = 0; run < runs; run++) {
  const net = new Scratch("benchrt");
  try {
    const [leaf, source] = [await net.host("leaf", { ownNamespaces: true }), await net.host("source")];
    await net.segment([
      [leaf, "10.0.0.1/24"],
      [source, "10.0.0.4/24"],
    ]);
    results.weft.push(await viaBgp(leaf, source, all));
    results["ip -batch"].push(await viaIproute2(net, source));
  } finally {
    await net.remove();
  }
}
console.log(`${machineLine()}; ${runs} runs in turn; min / median / max\n`);
console.log(`| by | ${count} host routes in the kernel, ms |\n|---|---|`);
for (const kind of ["weft", "ip -batch"] as const) console.log(`| ${kind} | ${spread(results[kind])} |`);
