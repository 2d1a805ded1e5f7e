// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import type { Scratch } from "../harness/scratch.ts";
import { residentMegabytes } from "../hostile/resident.ts";
import { described, SoakClient, type SoakRoute } from "./soak-client.ts";

export interface SoakOptions {
  readonly clients: number;
  /** Routes that exist at most, and at the end do exist. */
  readonly routes: number;
  readonly seconds: number;
  readonly seed: number;
  /** Hears what goes on. */
  readonly tell?: (line: string) => void;
}

export interface SoakResult {
  readonly announced: number;
  readonly withdrawn: number;
  readonly moved: number;
  readonly resets: number;
  readonly stalls: number;
  readonly refreshes: number;
  /** Times that every table was compared with the oracle. */
  readonly comparisons: number;
  /** Resident memory at the end, and of a new reflector with the same routes, MB. */
  readonly memory: number;
  readonly memoryOfNew: number;
}

const reflectorAddress = "10.98.0.1" as Ip;
const asn = 65000;
/** Times a second that something random happens. */
const rate = 100;
/** Seconds between comparisons of all tables. */
const comparedEvery = 15;

/**
 * Random announcements, withdrawals, moves, refreshes, resets of sessions and clients that do not read for a while, against a live
 * reflector. Every few seconds it holds still until each client's table is what the oracle says: of all who announce a key the one with the
 * highest LOCAL_PREF, told to everybody but itself.
 */
export class Soak {
  readonly #net: Scratch;
  readonly #options: SoakOptions;
  readonly #clients: readonly SoakClient[];
  readonly #returning = new Set<SoakClient>();
  readonly #counts = { announced: 0, withdrawn: 0, moved: 0, resets: 0, stalls: 0, refreshes: 0, comparisons: 0 };
  #state: number;
  #place!: Place;

  constructor(net: Scratch, options: SoakOptions) {
    this.#net = net;
    this.#options = options;
    this.#state = options.seed;
    this.#clients = Array.from({ length: options.clients }, (_, i) => new SoakClient(`10.98.1.${i + 1}` as Ip));
  }

  /** @throws Error that names the client and the differences when a table stays wrong */
  async run(): Promise<SoakResult> {
    this.#place = await this.#start("used");
    for (const c of this.#clients) await c.connect(this.#place, reflectorAddress);
    const end = performance.now() + this.#options.seconds * 1000;
    while (performance.now() < end) {
      const until = Math.min(end, performance.now() + comparedEvery * 1000);
      while (performance.now() < until) {
        for (let i = 0; i < rate / 20; i++) this.#something();
        for (const c of this.#clients) c.keepAlive();
        await sleep(50);
      }
      await this.#compare();
    }
    await this.#settle();
    const memory = await this.#restingMemory();
    const memoryOfNew = await this.#memoryOfNew();
    return { ...this.#counts, memory, memoryOfNew };
  }

  #something(): void {
    const dice = this.#random(1000);
    const client = this.#pick();
    if (!client) return;
    if (dice < 450) this.#announce(client, 1 + this.#random(60));
    else if (dice < 750) this.#withdraw(client, 1 + this.#random(60));
    else if (dice < 960) this.#move(client);
    else if (dice < 975) this.#stall(client);
    else if (dice < 985) this.#refresh(client);
    else if (dice < 988) this.#announce(client, this.#options.routes / 4);
    else if (dice < 993) this.#reset(client);
  }

  #announce(client: SoakClient, count: number): void {
    const first = this.#random(this.#options.routes);
    const made = { localPref: this.#preference(client), tag: this.#random(1 << 20) };
    const routes = Array.from({ length: count }, (_, i): SoakRoute => ({ key: (first + i) % this.#options.routes, ...made }));
    client.announce(routes);
    this.#counts.announced += count;
  }

  #withdraw(client: SoakClient, count: number): void {
    const keys: number[] = [];
    for (const key of client.announced.keys()) if (keys.length < count && this.#random(4) === 0) keys.push(key);
    client.withdraw(keys);
    this.#counts.withdrawn += keys.length;
  }

  /** What one client announces becomes another's. */
  #move(client: SoakClient): void {
    const to = this.#pick();
    const [route] = client.announced.values();
    if (!to || to === client || !route) return;
    to.announce([{ key: route.key, localPref: this.#preference(to), tag: this.#random(1 << 20) }]);
    client.withdraw([route.key]);
    this.#counts.moved++;
  }

  #stall(client: SoakClient): void {
    client.stopReading();
    this.#counts.stalls++;
    setTimeout(() => client.readAgain(), 500 + this.#random(6000)).unref();
  }

  #refresh(client: SoakClient): void {
    client.refresh();
    this.#counts.refreshes++;
  }

  #reset(client: SoakClient): void {
    this.#counts.resets++;
    client.disconnect();
    this.#returning.add(client);
    setTimeout(
      () =>
        void client
          .connect(this.#place, reflectorAddress)
          .then(() => this.#returning.delete(client))
          .catch((error: unknown) => client.faults.push(String(error))),
      50 + this.#random(2000),
    );
  }

  /** All sessions up and all read, then every table as the oracle has it. */
  async #compare(): Promise<void> {
    await waitFor("all sessions", () => this.#returning.size === 0, { within: 90_000 });
    for (const c of this.#clients) c.readAgain();
    const best = this.#oracle();
    for (const c of this.#clients) {
      let last: readonly string[] = [];
      await waitFor(`${c.address}: the table of the oracle`, () => (last = differences(c, best)).length === 0, { within: 120_000 }).catch(
        (cause: unknown) => {
          throw new Error(`${c.address}: ${last.length} differences: ${last.slice(0, 5).join("; ")}; up ${c.up}`, { cause });
        },
      );
      if (c.faults.length > 0) throw new Error(`${c.address}: ${c.faults.slice(0, 5).join("; ")}`);
    }
    this.#counts.comparisons++;
    const { announced, withdrawn, moved, resets, stalls } = this.#counts;
    const memory = residentMegabytes(this.#pid()).toFixed(0);
    this.#options.tell?.(
      `${best.size} routes right at ${this.#clients.length} clients; ${announced} announced, ${withdrawn} withdrawn, ${moved} moved, ${resets} resets, ${stalls} stalls; ${memory} MB`,
    );
  }

  /** For each key who announces it best. */
  #oracle(): ReadonlyMap<number, { readonly from: SoakClient; readonly route: SoakRoute }> {
    const best = new Map<number, { from: SoakClient; route: SoakRoute }>();
    for (const from of this.#clients) {
      for (const route of from.announced.values()) {
        const other = best.get(route.key);
        if (!other || other.route.localPref < route.localPref) best.set(route.key, { from, route });
      }
    }
    return best;
  }

  /** The state that memory is measured with: each client announces its share of the keys and nothing else. */
  async #settle(): Promise<void> {
    for (const c of this.#clients) c.withdraw([...c.announced.keys()]);
    await this.#compare();
    this.#announceShares();
    await this.#compare();
  }

  #announceShares(): void {
    const { routes } = this.#options;
    const share = Math.ceil(routes / this.#clients.length);
    for (const [i, c] of this.#clients.entries()) {
      const keys = Array.from({ length: Math.max(0, Math.min(share, routes - i * share)) }, (_, k) => i * share + k);
      c.announce(keys.map((key) => ({ key, localPref: 100 + i, tag: i })));
    }
  }

  /** MB when it no longer falls: what is free goes back some seconds after a burst. */
  async #restingMemory(): Promise<number> {
    let least = Infinity;
    for (let quiet = 0; quiet < 6;) {
      for (const c of this.#clients) c.keepAlive();
      await sleep(2500);
      const now = residentMegabytes(this.#pid());
      quiet = now < least - 1 ? 0 : quiet + 1;
      least = Math.min(least, now);
    }
    return residentMegabytes(this.#pid());
  }

  /** The same clients with the same routes at a reflector that has seen nothing else. */
  async #memoryOfNew(): Promise<number> {
    for (const c of this.#clients) c.disconnect();
    await stopProcess(this.#place, "reflector");
    this.#place = await this.#start("new");
    for (const c of this.#clients) await c.connect(this.#place, reflectorAddress);
    this.#announceShares();
    await this.#compare();
    return await this.#restingMemory();
  }

  #pid(): number {
    return this.#pidOf;
  }
  #pidOf = 0;

  async #start(name: string): Promise<Place> {
    const place = await this.#net.host(name);
    await this.#net.ip(place, [`address add ${reflectorAddress}/32 dev lo`, "route add local 10.98.0.0/16 dev lo"]);
    const dynamicPeers = [{ range: "10.98.0.0/16", asn, client: true, families: ["l2vpn-evpn"] }];
    const bgp = { asn, routerId: reflectorAddress, listen: [reflectorAddress], reflector: { clusterId: reflectorAddress }, dynamicPeers };
    const started = await startWeft(place, "reflector", { config: { bgp } });
    await weftReady(place, "reflector");
    this.#pidOf = started.identity.pid;
    return place;
  }

  #pick(): SoakClient | undefined {
    const client = this.#clients[this.#random(this.#clients.length)]!;
    return client.up && !this.#returning.has(client) ? client : undefined;
  }

  #preference(client: SoakClient): number {
    return 100 + this.#random(1000) * this.#clients.length + this.#clients.indexOf(client);
  }

  /** Of a linear congruential generator: a run can be had again with its seed, as far as time allows. */
  #random(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }
}

function differences(
  client: SoakClient,
  best: ReadonlyMap<number, { readonly from: SoakClient; readonly route: SoakRoute }>,
): readonly string[] {
  const wrong: string[] = [];
  let expected = 0;
  for (const [key, { from, route }] of best) {
    if (from === client) continue;
    expected++;
    const wanted = described(from.address, route);
    const held = client.table.get(key);
    if (held !== wanted) wrong.push(`${key}: ${held ?? "nothing"} instead of ${wanted}`);
  }
  if (client.table.size !== expected) wrong.push(`${client.table.size} routes instead of ${expected}`);
  return wrong;
}
