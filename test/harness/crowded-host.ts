// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ip } from "../../src/base/net/ip.ts";
import { type Mac, macFromBytes, zeroMac } from "../../src/base/net/mac.ts";
import type { Rd } from "../../src/base/net/rd.ts";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import type { Speaker } from "../../src/bgp/speaker/speaker.ts";
import { decodeEvpn } from "../../src/bgp/wire/nlri/evpn/table.ts";
import { RouteEncoder } from "../../src/evpn/originate/route-encoder.ts";
import { startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import { recordedProcesses } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { FDB_DYNAMIC, type FdbEntry, type FdbRequest, fdb } from "../../src/netlink/route/fdb.ts";
import { NTF_EXT_LEARNED, NTF_MASTER } from "../../src/netlink/route/neighbour-flags.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";
import { Scratch } from "./scratch.ts";
import { senderAddress, senderAt } from "./sender.ts";

export interface Crowd {
  readonly networks: number;
  readonly remoteMacs: number;
  readonly localMacs: number;
  readonly vteps: number;
}

const asn = 65000;
const firstVni = 1000;
/** Networks with local MACs, behind one port each. */
const localNetworks = 20;
/** VTEPs that have a workload in a network. */
const vtepsPerNetwork = 4;

interface Remote {
  readonly network: number;
  vtep: number;
  sequence: number;
}

/**
 * One agent with many networks, and a BGP speaker in this process that plays all the other hosts. Holds the truth: which MAC is where.
 * {@link differences} compares the kernel, and what the agent announces, with it.
 */
export class CrowdedHost {
  readonly #net: Scratch;
  readonly #crowd: Crowd;
  readonly #remotes = new Map<Mac, Remote>();
  readonly #locals = new Map<Mac, number>();
  readonly #announced = new Set<string>();
  readonly #encoders = new Map<string, RouteEncoder>();
  #host: Place | undefined;
  #speaker: Speaker | undefined;
  #conn: NetlinkConnection | undefined;
  /** What the bridges learn of the workloads here. */
  #heard: readonly FdbRequest[] = [];
  #random = 1;
  #fresh = 0;

  constructor(prefix: string, crowd: Crowd) {
    this.#net = new Scratch(prefix);
    this.#crowd = crowd;
  }

  get place(): Place {
    return this.#host!;
  }

  /** @param env of the agent's process. @returns ms from its start until every network is made */
  async start(env: Readonly<Record<string, string>> = {}): Promise<number> {
    const [host, source] = [await this.#net.host("host"), await this.#net.host("source")];
    this.#host = host;
    await this.#net.segment([
      [host, "10.0.0.1/24"],
      [source, "10.0.0.4/24"],
    ]);
    this.#speaker = senderAt(source, asn);
    this.#watchAnnouncements(this.#speaker);
    await this.#speaker.start();
    const peers = [{ address: senderAddress, asn, families: ["l2vpn-evpn"] }];
    const networks = Array.from({ length: this.#crowd.networks }, (_, i) => ({ name: `n${i}`, vni: firstVni + i }));
    const bgp = { asn, routerId: "10.0.0.1", listen: [], timers: { connectRetry: 1 }, peers };
    const since = performance.now();
    await startWeft(host, "agent", { config: { bgp, vtep: { address: "10.0.0.1" }, networks }, env });
    await weftReady(host, "agent", { within: 120_000 });
    this.#conn = new NetlinkConnection({ namespace: namespacePath(host.namespace) });
    return performance.now() - since;
  }

  /** Workloads here and everywhere else. */
  async fill(): Promise<void> {
    const { networks, vteps, remoteMacs } = this.#crowd;
    await this.#addLocals();
    for (let network = 0; network < networks; network++)
      for (let n = 0; n < vtepsPerNetwork; n++)
        this.#speaker!.rib.announceLocal(this.#encoder(network, this.#vtepOf(network, n)).multicast());
    for (let i = 0; i < remoteMacs; i++)
      this.#place(macNumber(1, i), { network: i % networks, vtep: this.#vtepOf(i % networks, i), sequence: 0 });
    this.#speaker!.changed();
    if (vteps < vtepsPerNetwork) throw new RangeError(`at least ${vtepsPerNetwork} VTEPs`);
  }

  /** Changes so many remote MACs: some go, some come back, most move to another VTEP. */
  churn(count: number): void {
    const all = [...this.#remotes.keys()];
    for (let i = 0; i < count; i++) {
      const mac = all[this.#next(all.length)]!;
      const remote = this.#remotes.get(mac);
      if (!remote) continue;
      if (this.#next(4) === 0) {
        this.#speaker!.rib.withdrawLocal("l2vpn-evpn", this.#route(mac, remote).nlri);
        this.#remotes.delete(mac);
        this.#place(macNumber(3, this.#fresh++), { ...remote, sequence: 0 });
      } else {
        this.#speaker!.rib.withdrawLocal("l2vpn-evpn", this.#route(mac, remote).nlri);
        this.#place(mac, { ...remote, vtep: this.#vtepOf(remote.network, this.#next(vtepsPerNetwork)), sequence: remote.sequence + 1 });
      }
    }
    this.#speaker!.changed();
  }

  /** Every workload here says something: a bridge forgets in five minutes whom it does not hear. */
  async talk(): Promise<void> {
    const failure = (await this.#conn!.executeInSlices(this.#heard)).find((r) => r !== undefined);
    if (failure) throw failure;
  }

  /** No other host has a workload any more. */
  withdrawAll(): void {
    for (const [mac, remote] of this.#remotes) this.#speaker!.rib.withdrawLocal("l2vpn-evpn", this.#route(mac, remote).nlri);
    this.#remotes.clear();
    this.#speaker!.changed();
  }

  /** How the kernel's tables and the agent's routes differ from the truth, one line each; empty when both are exact. */
  differences(): readonly string[] {
    const wanted = new Map<string, string>();
    const devices = new Map(this.#conn!.dump("link").map((l) => [l.name, l.ifindex]));
    for (let network = 0; network < this.#crowd.networks; network++) {
      const vxlan = devices.get(`vx${firstVni + network}`);
      for (let n = 0; n < vtepsPerNetwork; n++) wanted.set(`self ${vxlan} ${zeroMac} ${address(this.#vtepOf(network, n))}`, "");
    }
    for (const [mac, { network, vtep }] of this.#remotes) {
      const vxlan = devices.get(`vx${firstVni + network}`);
      wanted.set(`self ${vxlan} ${mac} ${address(vtep)}`, "");
      wanted.set(`master ${vxlan} ${mac}`, "");
    }
    const out: string[] = [];
    for (const e of this.#conn!.dump("fdb")) {
      if ((e.flags & NTF_EXT_LEARNED) !== 0 && !wanted.delete(entryName(e))) out.push(`surplus: ${entryName(e)}`);
    }
    for (const name of wanted.keys()) out.push(`missing: ${name}`);
    for (const mac of this.#locals.keys()) if (!this.#announced.has(mac)) out.push(`not announced: ${mac}`);
    for (const mac of this.#announced) if (!this.#locals.has(mac as Mac)) out.push(`announced in vain: ${mac}`);
    return out;
  }

  /** ms until the tables are exact. */
  async exact(): Promise<number> {
    const since = performance.now();
    for (let last: readonly string[] = [""]; last.length > 0;) {
      if (performance.now() - since > 120_000) throw new Error(`${last.length} differences: ${last.slice(0, 5).join("; ")}`);
      await sleep(100);
      last = this.differences();
    }
    return performance.now() - since;
  }

  /** ms of one command of the CLI, process start included; what it prints is read and forgotten. */
  async commandMs(...argv: readonly string[]): Promise<number> {
    const since = performance.now();
    const { status, stderr } = await weft(this.place, argv);
    if (status !== 0 && stderr !== "") throw new Error(`weft ${argv.join(" ")}: ${stderr}`);
    return performance.now() - since;
  }

  residentMb(): number {
    return this.#agentNumber(/VmRSS:\s+(\d+)/, "status") / 1024;
  }

  /** CPU time that the agent has used so far, ms. */
  cpuMs(): number {
    // proc_pid_stat(5): utime and stime, fields 14 and 15, in ticks of 10 ms.
    const fields = this.#agentFile("stat")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async remove(): Promise<void> {
    this.#conn?.close();
    await this.#speaker?.stop();
    await this.#net.remove();
  }

  #agentFile(name: string): string {
    const { identity } = recordedProcesses(this.place.folder).find((p) => p.name === "agent")!;
    return readFileSync(`/proc/${identity.pid}/${name}`, "utf8");
  }

  #agentNumber(pattern: RegExp, file: string): number {
    return Number(pattern.exec(this.#agentFile(file))?.[1]);
  }

  #watchAnnouncements(speaker: Speaker): void {
    speaker.rib.subscribe((changes) => {
      for (const { nlri, path } of changes) {
        if (nlri[0] !== 2 || path?.attributes.nextHop.join(".") === senderAddress) continue;
        const route = decodeEvpn(nlri);
        if (route.kind !== "mac-ip" || !route.mac.startsWith("02:00:02:")) continue;
        if (path) this.#announced.add(route.mac);
        else this.#announced.delete(route.mac);
      }
    });
  }

  async #addLocals(): Promise<void> {
    const { localMacs, networks } = this.#crowd;
    const used = Math.min(localNetworks, networks);
    const lines = Array.from({ length: used }, (_, i) => [
      `link add p${i} type veth peer name q${i}`,
      `link set p${i} addrgenmode none master br${firstVni + i} up`,
      `link set q${i} addrgenmode none up`,
    ]);
    await this.#net.ip(this.place, lines.flat());
    const ports = new Map(this.#conn!.dump("link").map((l) => [l.name, l.ifindex]));
    this.#heard = Array.from({ length: localMacs }, (_, i) => {
      const mac = macNumber(2, i);
      this.#locals.set(mac, i % used);
      return fdb.replace({ ifindex: ports.get(`p${i % used}`)!, mac, state: FDB_DYNAMIC, flags: NTF_MASTER });
    });
    await this.talk();
  }

  #place(mac: Mac, remote: Remote): void {
    this.#remotes.set(mac, remote);
    this.#speaker!.rib.announceLocal(this.#route(mac, remote));
  }

  #route(mac: Mac, { network, vtep, sequence }: Remote) {
    return this.#encoder(network, vtep).macIp(mac, undefined, sequence, false);
  }

  #encoder(network: number, vtep: number): RouteEncoder {
    const key = `${network} ${vtep}`;
    let encoder = this.#encoders.get(key);
    if (!encoder) {
      const vni = firstVni + network;
      const targets = [`${asn}:${vni}`];
      const rd = `${address(vtep)}:${network + 1}` as Rd;
      encoder = new RouteEncoder(
        { network: `n${network}`, vni, rd, importTargets: targets, exportTargets: targets, vtep: address(vtep) },
        undefined,
      );
      this.#encoders.set(key, encoder);
    }
    return encoder;
  }

  /** The n-th VTEP of a network. */
  #vtepOf(network: number, n: number): number {
    return (network * vtepsPerNetwork + (n % vtepsPerNetwork)) % this.#crowd.vteps;
  }

  /** Below `limit`; the same course in every run (xorshift32). */
  #next(limit: number): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return (x >>> 0) % limit;
  }
}

function address(vtep: number): Ip {
  return `10.1.${vtep >> 8}.${vtep & 255}` as Ip;
}

function macNumber(kind: number, n: number): Mac {
  return macFromBytes(Uint8Array.of(2, kind >> 8, kind, (n >> 16) & 255, (n >> 8) & 255, n & 255));
}

function entryName(e: FdbEntry): string {
  return e.dst === undefined ? `master ${e.ifindex} ${e.mac}` : `self ${e.ifindex} ${e.mac} ${e.dst}`;
}
