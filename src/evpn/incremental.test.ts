// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Ip, isIp4 } from "../base/net/ip.ts";
import type { Mac } from "../base/net/mac.ts";
import { formatPrefix } from "../base/net/prefix.ts";
import type { Rd } from "../base/net/rd.ts";
import type { BestChange, LocalRoute } from "../bgp/rib/types.ts";
import { type Esi, zeroEsi } from "../bgp/wire/nlri/evpn/esi.ts";
import type { IpPrefixRoute } from "../bgp/wire/nlri/evpn/ip-prefix.ts";
import { decodeEvpn } from "../bgp/wire/nlri/evpn/table.ts";
import { Evpn } from "./evpn.ts";
import { candidateKey } from "./forward/candidate.ts";
import { importInfo } from "./forward/import-info.ts";
import { FoldedTables, pathText } from "./testing/folded-tables.ts";
import { asAttributeSet, attributeSet, best, macIpNlri, multicastNlri, prefixNlri, segmentNlri } from "./testing/remote-route.ts";
import { macOf } from "./testing/letter-mac.ts";
import type { IpVrf, LocalChange, MacVrf } from "./types.ts";

const vteps = ["10.0.0.0", "10.0.0.2", "10.0.0.3", "10.0.0.1", "fd00::1"] as Ip[];
const ips = ["192.0.2.1", "2001:db8::1"] as Ip[];
const letters = ["M", "N", "O"];
const networks = ["blue", "red"];
const domains = ["green", "black", "white"];
const esis = ["00:00:00:00:00:00:00:00:00:01", zeroEsi, zeroEsi] as Esi[];
const subnet = { prefix: { ip: "192.0.2.0" as Ip, length: 24 }, gateway: "192.0.2.254" as Ip };
const prefixes = [subnet.prefix, { ip: "192.0.2.1" as Ip, length: 32 }, { ip: "10.0.0.0" as Ip, length: 8 }];
const routers = [undefined, "02:02:00:00:00:01", "02:02:00:00:00:02", "02:02:00:00:00:03"] as (Mac | undefined)[];

const vrf = fc.record({
  network: fc.constantFrom(...networks),
  vni: fc.constantFrom(100, 200),
  rd: fc.constantFrom("10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"),
  imports: fc.subarray(["65000:100", "65000:200", "*:100"]),
  exports: fc.subarray(["65000:100", "65000:200"], { minLength: 1 }),
  vtep: fc.constantFrom<Ip>("10.0.0.1" as Ip, "10.0.0.3" as Ip),
  domain: fc.constantFrom(undefined, ...domains),
  subnets: fc.constantFrom([subnet], []),
});

const domain = fc.record({
  domain: fc.constantFrom(...domains),
  l3vni: fc.constantFrom(5000, 6000),
  imports: fc.subarray(["65000:100", "65000:200", "*:100", "65000:300"]),
  exports: fc.subarray(["65000:100", "65000:300"], { minLength: 1 }),
  vtep: fc.constantFrom<Ip>("10.0.0.1" as Ip, "10.0.0.3" as Ip),
  routerMac: fc.constantFrom(routers[1]!, routers[2]!),
});

type Step =
  | { readonly kind: "configure"; readonly vrfs: readonly MacVrf[]; readonly ipVrfs: readonly IpVrf[] }
  | { readonly kind: "best"; readonly changes: readonly BestChange[] }
  | { readonly kind: "local"; readonly changes: readonly LocalChange[] }
  | { readonly kind: "again" }
  | { readonly kind: "time"; readonly ms: number };

const vrfs = fc.uniqueArray(vrf, { maxLength: 2, selector: (v) => v.network }).map((list): MacVrf[] =>
  list.map(({ imports: importTargets, exports: exportTargets, rd, ...v }, i) => ({
    ...v,
    rd: (i > 0 && rd === list[0]!.rd ? "10.0.0.1:9" : rd) as Rd,
    importTargets,
    exportTargets,
  })),
);

const ipVrfs = fc.uniqueArray(domain, { maxLength: 3, selector: (v) => v.domain }).map((list): IpVrf[] =>
  list.map(({ imports: importTargets, exports: exportTargets, ...v }, i) => ({
    ...v,
    rd: `10.0.0.1:${50 + i}` as Rd,
    importTargets,
    exportTargets,
  })),
);

const configure = fc.record({ vrfs, ipVrfs }).map((sets): Step => ({ kind: "configure", ...sets }));

const attributes = fc
  .record({
    nextHop: fc.constantFrom(...vteps),
    targets: fc.subarray(["65000:100", "65000:200", "65001:100"], { minLength: 1 }),
    sequence: fc.nat(3),
    sticky: fc.nat(9).map((n) => n === 0),
    tunnel: fc.constantFrom(8, 8, 8, 10),
    label: fc.constantFrom(0, 100, 200),
    pmsi: fc.constantFrom(6, 6, 6, 3),
    routerMac: fc.constantFrom(...routers),
    localPref: fc.constantFrom(100, 100, 200),
    isGateway: fc.nat(9).map((n) => n === 0),
  })
  .map((a) => attributeSet({ ...a, tunnels: [a.tunnel], pmsi: { tunnel: a.pmsi, label: a.label, endpoint: a.nextHop } }));

const nlri = fc.oneof(
  fc
    .tuple(fc.constantFrom("1:1", "1:2"), fc.constantFrom(...letters), fc.constantFrom(undefined, ...ips), fc.constantFrom(100, 200))
    .chain(([rd, letter, ip, label]) =>
      fc.constantFrom(undefined, 5000, 6000).map((label2) => macIpNlri(rd, macOf(letter), ip, label, 0, label2)),
    ),
  fc
    .record({
      rd: fc.constantFrom("1:1", "1:2"),
      prefix: fc.constantFrom(...prefixes),
      label: fc.constantFrom(0, 5000, 6000),
      esi: fc.constantFrom(...esis),
      gateway: fc.constantFrom(undefined, undefined, ips[0], subnet.gateway),
    })
    .map(({ rd, prefix, label, ...overlay }) => prefixNlri(rd, prefix, label, overlay)),
  fc.constantFrom("1:1", "1:2").map((rd) => segmentNlri(rd, esis[0]!, 100)),
  fc.tuple(fc.constantFrom("1:1", "1:2"), fc.constantFrom(...vteps)).map(([rd, vtep]) => multicastNlri(rd, vtep)),
);

const bests = fc
  .array(fc.tuple(nlri, fc.option(attributes, { nil: undefined })), { minLength: 1, maxLength: 6 })
  .map((list): Step => ({ kind: "best", changes: list.map(([n, a]) => best(n, a)) }));

const local = fc
  .record({
    network: fc.constantFrom(...networks),
    letter: fc.constantFrom(...letters),
    ip: fc.constantFrom(...ips),
    port: fc.constantFrom("p1", "p2"),
    sticky: fc.nat(9).map((n) => n === 0),
    origin: fc.constantFrom("declared" as const, "learned" as const),
    kind: fc.constantFrom("mac-up" as const, "mac-up" as const, "mac-down" as const, "neighbour-up" as const, "neighbour-down" as const),
  })
  .map(({ network, letter, ip, port, sticky, origin, kind }): LocalChange => {
    const mac = macOf(letter);
    if (kind === "mac-up") return { kind, mac: { network, mac, port, sticky, origin } };
    if (kind === "mac-down") return { kind, network, mac };
    return kind === "neighbour-up" ? { kind, neighbour: { network, ip, mac, origin } } : { kind, network, ip };
  });

const localPrefix = fc
  .record({ domain: fc.constantFrom(...domains), prefix: fc.constantFrom(...prefixes), up: fc.boolean() })
  .map(({ up, ...p }): LocalChange => (up ? { kind: "prefix-up", prefix: { ...p, origin: "static" } } : { kind: "prefix-down", ...p }));

const steps = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: configure },
    { weight: 4, arbitrary: bests },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.oneof({ weight: 6, arbitrary: local }, { weight: 1, arbitrary: localPrefix }), { minLength: 1, maxLength: 4 })
        .map((changes): Step => ({ kind: "local", changes })),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "again" }) },
    { weight: 1, arbitrary: fc.nat(400_000).map((ms): Step => ({ kind: "time", ms })) },
  ),
  { maxLength: 25 },
);

/** One Evpn with what was told to it and what it told. */
class Run {
  readonly evpn: Evpn;
  readonly folded = new FoldedTables();
  /** Newest last, as they would have come had nothing been withdrawn or replaced. */
  readonly routes = new Map<string, BestChange>();
  vrfs: readonly MacVrf[] = [];
  ipVrfs: readonly IpVrf[] = [];
  #now = 0;

  constructor(action: "off" | "freeze") {
    this.evpn = new Evpn({ duplicates: { action, moves: 2, recoverMs: 300_000 } });
  }

  step(step: Step): void {
    switch (step.kind) {
      case "configure":
        this.vrfs = step.vrfs;
        this.ipVrfs = step.ipVrfs;
        this.folded.take(this.evpn.configure(step.vrfs, this.#now, step.ipVrfs));
        break;
      case "best":
        this.folded.take(this.evpn.applyBest(step.changes, this.#now));
        for (const change of step.changes) this.#keep(change);
        break;
      case "local":
        this.folded.take(this.evpn.applyLocal(step.changes, this.#now));
        break;
      case "again":
        this.#again();
        break;
      case "time":
        this.#now += step.ms;
        this.folded.take(this.evpn.tick(this.#now));
        break;
    }
  }

  #keep(change: BestChange): void {
    const key = candidateKey(change.nlri)!;
    const old = this.routes.get(key)?.path;
    if (old && change.path) {
      const same = importInfo(old.attributes).signature === importInfo(change.path.attributes).signature;
      if (same && Buffer.compare(this.routes.get(key)!.nlri, change.nlri) === 0) return;
    }
    this.routes.delete(key);
    if (change.path) this.routes.set(key, change);
  }

  #again(): void {
    const out = [this.evpn.configure(this.vrfs, this.#now, this.ipVrfs), this.evpn.applyBest([...this.routes.values()], this.#now)];
    for (const o of out) assert.deepEqual(o, { routes: [], forwarding: [], events: [] });
  }
}

/** The tables of somebody who hears of everything at once and has nothing of its own. */
function fromScratch(run: Run): FoldedTables {
  const fresh = new Evpn();
  const folded = new FoldedTables();
  folded.take(fresh.applyBest([...run.routes.values()], 0));
  folded.take(fresh.configure(run.vrfs, 0, run.ipVrfs));
  return folded;
}

/** MACs and addresses that this host claims by its announcements, each route checked against the configuration. */
function claims(run: Run): { macs: Map<string, number | "sticky">; ips: Set<string> } {
  const [macs, owned] = [new Map<string, number | "sticky">(), new Set<string>()];
  let multicast = 0;
  for (const out of run.folded.routes.values()) {
    const route = decodeEvpn(out.nlri);
    if (route.kind === "ip-prefix") {
      checkPrefixRoute(run, route, out);
      continue;
    }
    assert.ok(route.kind === "mac-ip" || route.kind === "inclusive-multicast");
    const network = run.vrfs.find((v) => v.rd === route.rd);
    assert.ok(network, `a route of no network: ${route.rd}`);
    const info = importInfo(asAttributeSet(out));
    const isRouted = route.kind === "mac-ip" && route.label2 !== undefined;
    const ipVrf = isRouted ? run.ipVrfs.find((v) => v.domain === network.domain) : undefined;
    assert.equal(ipVrf?.l3vni, route.kind === "mac-ip" ? route.label2 : undefined);
    assert.equal(info.routerMac, ipVrf?.routerMac);
    assert.deepEqual(info.targets, [...new Set([...network.exportTargets, ...(ipVrf?.exportTargets ?? [])])].toSorted());
    assert.equal(info.vtep, network.vtep);
    if (route.kind === "inclusive-multicast") {
      multicast++;
      continue;
    }
    assert.equal(route.label, network.vni);
    const value = info.sticky ? "sticky" : info.sequence;
    const key = `${network.network} ${route.mac}`;
    assert.equal(macs.get(key) ?? value, value, "the routes of one MAC have one sequence number");
    macs.set(key, value);
    if (route.ip !== undefined) owned.add(`${network.network} ${route.ip}`);
  }
  assert.equal(multicast, run.vrfs.length);
  return { macs, ips: owned };
}

/** Of ours, and of a domain that there is. */
function checkPrefixRoute(run: Run, route: IpPrefixRoute, out: LocalRoute): void {
  const vrf = run.ipVrfs.find((v) => v.rd === route.rd);
  assert.ok(vrf, `a route of no domain: ${route.rd}`);
  const info = importInfo(asAttributeSet(out));
  assert.deepEqual([info.targets, info.vtep, info.routerMac], [vrf.exportTargets.toSorted(), vrf.vtep, vrf.routerMac]);
  assert.deepEqual([route.label, route.gateway, route.esi], [vrf.l3vni, "0.0.0.0", zeroEsi]);
}

/** Sorted, so that two tables compare; those of `claimed` left out. */
function lines(table: Iterable<readonly [string, string | undefined]>, claimed?: { has(key: string): boolean }): string[] {
  return [...table]
    .filter(([key]) => !claimed?.has(key))
    .map(([key, value]) => `${key}: ${value}`)
    .toSorted();
}

function checkAgainstScratch(run: Run): void {
  const full = fromScratch(run);
  const ours = claims(run);
  assert.deepEqual(lines(run.folded.floods), lines(full.floods));
  assert.deepEqual(lines(run.folded.macs), lines(full.macs, ours.macs));
  assert.deepEqual(lines(run.folded.neighbours), lines(full.neighbours, ours.ips));
  checkPrefixes(run, full, ours.ips);
  const local = <T extends { readonly where: string; readonly network: string }>(rows: readonly T[], key: (row: T) => string): string[] =>
    rows
      .filter((row) => row.where === "local")
      .map((row) => `${row.network} ${key(row)}`)
      .toSorted();
  assert.deepEqual(
    local([...run.evpn.macs()], (m) => m.mac),
    [...ours.macs.keys()].toSorted(),
  );
  assert.deepEqual(
    local([...run.evpn.neighbours()], (n) => n.ip),
    [...ours.ips].toSorted(),
  );
  for (const [key, sequence] of ours.macs) {
    const remote = full.macs.get(key);
    if (remote === undefined || sequence === "sticky") continue;
    assert.ok(!remote.endsWith("sticky"), `${key} is claimed against a sticky one`);
    assert.ok(sequence >= Number(/seq (\d+)/.exec(remote)![1]), `${key} is claimed with ${sequence} against ${remote}`);
  }
}

/**
 * Somebody without anything of its own has routes for what is here, too. What leads to a station that is here leads nowhere for it,
 * and here not to where it leads there.
 */
function checkPrefixes(run: Run, full: FoldedTables, claimedIps: ReadonlySet<string>): void {
  const here = new Set([...run.evpn.prefixes()].filter((p) => p.state === "local").map((p) => `${p.domain} ${formatPrefix(p.prefix)}`));
  for (const key of here) assert.equal(run.folded.prefixes.get(key), undefined);
  const behind = prefixesBehind(run, new Set([...claimedIps].map((key) => key.split(" ")[1]!)));
  const exchanged = prefixesOfOthers(run);
  for (const [key, domain] of exchanged) {
    if (here.has(key) || behind.has(key.split(" ")[1]!)) continue;
    const [found, without] = [run.folded.prefixes.get(key), full.prefixes.get(key)];
    // What the domain has elsewhere, by its own VNI, goes before; by ESI it may, which no path tells.
    if (without === undefined || without.startsWith("domain ")) assert.equal(found, `domain ${domain}`);
    else if (!without.includes("foreign")) assert.equal(found, without);
    else assert.ok(found === `domain ${domain}` || (without.includes("vni 100 ") && found === without), `${key} leads ${found}`);
  }
  const claimed = { has: (key: string): boolean => here.has(key) || behind.has(key.split(" ")[1]!) || exchanged.has(key) };
  assert.deepEqual(lines(run.folded.prefixes, claimed), lines(full.prefixes, claimed));
}

/** `domain prefix` → the domain of this host whose announcement the first one imports; of several the first by name. */
function prefixesOfOthers(run: Run): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const announced of run.folded.routes.values()) {
    const route = decodeEvpn(announced.nlri);
    if (route.kind !== "ip-prefix" && (route.kind !== "mac-ip" || route.label2 === undefined)) continue;
    const isPrefix = route.kind === "ip-prefix";
    const from = isPrefix ? run.ipVrfs.find((v) => v.rd === route.rd)!.domain : run.vrfs.find((v) => v.rd === route.rd)!.domain!;
    const prefix = isPrefix ? route.prefix : { ip: route.ip!, length: isIp4(route.ip!) ? 32 : 128 };
    const { targets } = importInfo(asAttributeSet(announced));
    for (const { domain: to, importTargets } of run.ipVrfs) {
      const isTaken = targets.some((t) => importTargets.includes(t) || importTargets.includes(`*:${t.split(":")[1]}`));
      const key = `${to} ${formatPrefix(prefix)}`;
      if (to !== from && isTaken && !(from >= out.get(key)!)) out.set(key, from);
    }
  }
  return out;
}

/** What routes say is behind one of these stations. */
function prefixesBehind(run: Run, stations: ReadonlySet<string>): ReadonlySet<string> {
  const routes = [...run.routes.values()].map((change) => decodeEvpn(change.nlri));
  return new Set(routes.flatMap((r) => (r.kind === "ip-prefix" && stations.has(r.gateway) ? [formatPrefix(r.prefix)] : [])));
}

/** What the queries say is what the changes told. */
function checkQueries(run: Run): void {
  const { evpn, folded } = run;
  const macs = [...evpn.macs()].filter((m) => m.where === "remote");
  const installed = [...folded.macs].map(([key, value]): [string, string | undefined] => [key, value.split(" ")[0]]);
  assert.deepEqual(lines(macs.map((m) => [`${m.network} ${m.mac}`, m.at])), lines(installed));
  const neighbours = [...evpn.neighbours()].filter((n) => n.where === "remote");
  assert.deepEqual(lines(neighbours.map((n) => [`${n.network} ${n.ip}`, n.mac])), lines(folded.neighbours));
  const floods = [...evpn.vteps()].filter((v) => v.flood);
  assert.deepEqual(lines(floods.map((v) => [`${v.network} ${v.vtep}`, `vni ${v.floodVni}`])), lines(folded.floods));
  const led = [...evpn.prefixes()].filter((p) => p.state === "installed");
  assert.deepEqual(
    lines(led.map((p) => [`${p.domain} ${formatPrefix(p.prefix)}`, p.paths.map(pathText).join(", ")])),
    lines(folded.prefixes),
  );
  let originated = 0;
  for (const { domain: name } of run.ipVrfs) originated += evpn.domainCounts(name)!.originated;
  for (const { network } of run.vrfs) originated += evpn.counts(network)!.originated;
  assert.equal(originated, folded.routes.size);
}

test("the tables folded from the changes are those made from scratch of the same inputs", () => {
  fc.assert(
    fc.property(configure, steps, (first, list) => {
      const run = new Run("off");
      run.step(first);
      for (const step of list) run.step(step);
      checkAgainstScratch(run);
      checkQueries(run);
    }),
    { numRuns: 1500 },
  );
});

test("with quarantine, too, the changes add up to what the queries show, and nothing is left when all goes", () => {
  fc.assert(
    fc.property(configure, steps, (first, list) => {
      const run = new Run("freeze");
      run.step(first);
      for (const step of list) run.step(step);
      checkQueries(run);
      for (const { network, mac, ip } of run.evpn.duplicates())
        run.folded.take((ip === undefined ? run.evpn.clearDuplicate(network, mac!, 1e9) : run.evpn.clearDuplicateIp(network, ip, 1e9))!);
      checkQueries(run);
      run.step({ kind: "time", ms: 1e9 });
      run.step({ kind: "configure", vrfs: [], ipVrfs: [] });
      assert.equal(run.folded.prefixes.size, 0);
      assert.deepEqual([run.folded.macs.size, run.folded.neighbours.size, run.folded.floods.size, run.folded.routes.size], [0, 0, 0, 0]);
    }),
    { numRuns: 500 },
  );
});
