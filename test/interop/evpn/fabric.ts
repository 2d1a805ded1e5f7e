// SPDX-License-Identifier: Apache-2.0
/** Leaves and reflectors of every kind on one Ethernet segment, serving VNI 100, with workloads that move between the leaves. */
import { type Ip, isIp4, parseIp } from "../../../src/base/net/ip.ts";
import { type Mac, parseMac } from "../../../src/base/net/mac.ts";
import { addVtepDevices } from "../../../src/lab/member/frr-vtep.ts";
import { frrBgpd, frrLeafLines, frrReflectorLines } from "../../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../../src/lab/peer/frr.ts";
import { startGobgp } from "../../../src/lab/peer/gobgp.ts";
import { reloadWeft, startWeft, weftReady, writeWeftConfig } from "../../../src/lab/peer/weft.ts";
import type { Place } from "../../../src/lab/system/place.ts";
import { announce } from "../../../src/lab/workload/announce.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { links, portState } from "../../harness/kernel-tables.ts";
import type { Scratch } from "../../harness/scratch.ts";

export const asn = 65000;
export const vni = 100;
export const bridge = `br${vni}`;
export const vxlan = `vx${vni}`;

/** `adopt`: devices made by hand, filled by the agent; `own`: the agent makes them. */
export type LeafKind = "adopt" | "own" | "frr";
export type ReflectorKind = "weft" | "frr" | "gobgp";

export interface Leaf {
  readonly name: string;
  readonly kind: LeafKind;
  readonly place: Place;
  readonly address: string;
  readonly routerId: string;
}

export interface Reflector {
  readonly kind: ReflectorKind;
  readonly place: Place;
  readonly address: string;
  readonly routerId: string;
}

export interface Workload {
  readonly name: string;
  readonly mac: Mac;
  readonly ips: readonly Ip[];
  readonly place: Place;
  /** The leaf's end of its link. */
  readonly port: string;
  readonly at: Leaf;
  /** Known by its configuration to an agent that makes its own devices, which then puts it into the bridge. */
  readonly declared: boolean;
  readonly sticky: boolean;
}

export interface FabricOptions {
  readonly leaves: Readonly<Record<string, LeafKind>>;
  readonly reflectors: readonly ReflectorKind[];
  /** Of the addresses of VTEPs; 4 unless told. */
  readonly underlay?: 4 | 6;
  /** Of the addresses of reflectors, over which the sessions go; that of the underlay unless told. */
  readonly sessions?: 4 | 6;
  /** More of the agents' and the weft reflectors' `bgp`. */
  readonly bgp?: object;
  /** More of the agents' configuration. */
  readonly agent?: object;
  /** More of the agents' peers, and of the reflectors' dynamic ones. */
  readonly peer?: object;
  /** MD5 key of FRR. */
  readonly password?: string;
  /** Seconds, of FRR and GoBGP. */
  readonly holdTime?: number;
  /** Restart time of GoBGP, seconds. */
  readonly gracefulRestart?: number;
}

export class Fabric {
  readonly net: Scratch;
  readonly leaves: readonly Leaf[];
  readonly reflectors: readonly Reflector[];
  /** Bridges all hosts; `port0` … lead to the leaves, then to the reflectors. */
  readonly segment: Place;
  readonly workloads = new Map<string, Workload>();
  readonly #options: FabricOptions;

  private constructor(net: Scratch, options: FabricOptions, leaves: readonly Leaf[], reflectors: readonly Reflector[], segment: Place) {
    this.net = net;
    this.#options = options;
    this.leaves = leaves;
    this.reflectors = reflectors;
    this.segment = segment;
  }

  /** Hosts and links, nothing running. */
  static async build(net: Scratch, options: FabricOptions): Promise<Fabric> {
    const { underlay = 4, sessions = underlay } = options;
    const address = (family: 4 | 6, n: number): string => (family === 6 ? `fd00:9::${n}` : `10.0.0.${n}`);
    const leaves: Leaf[] = [];
    for (const [name, kind] of Object.entries(options.leaves)) {
      const n = leaves.length + 1;
      leaves.push({ name, kind, place: await net.host(name), address: address(underlay, n), routerId: address(4, n) });
    }
    const reflectors: Reflector[] = [];
    for (const kind of options.reflectors) {
      const n = 101 + reflectors.length;
      reflectors.push({ kind, place: await net.host(`rr${n}`), address: address(sessions, n), routerId: address(4, n) });
    }
    const both = [...leaves, ...reflectors].map((h) => [h.place, `${h.routerId}/24`, `fd00:9::${h.routerId.split(".")[3]}/64`] as const);
    const segment = await net.segment(both);
    return new Fabric(net, options, leaves, reflectors, segment);
  }

  /** Everything started and every leaf's agent ready; sessions may still come up. */
  static async up(net: Scratch, options: FabricOptions): Promise<Fabric> {
    const fabric = await Fabric.build(net, options);
    for (const r of fabric.reflectors) await fabric.startReflector(r);
    for (const l of fabric.leaves) await fabric.startLeaf(l);
    return fabric;
  }

  leaf(name: string): Leaf {
    return this.leaves.find((l) => l.name === name)!;
  }

  workload(name: string): Workload {
    return this.workloads.get(name)!;
  }

  /** The port of the segment that leads to a host. */
  portOf(host: Leaf | Reflector): string {
    return `port${[...this.leaves, ...this.reflectors].indexOf(host)}`;
  }

  async startLeaf(leaf: Leaf): Promise<void> {
    if (leaf.kind !== "own") await addVtepDevices(leaf.place.namespace, { vni, vtep: leaf.address });
    if (leaf.kind === "frr") {
      const peers = this.reflectors.map((r) => r.address);
      const lines = frrLeafLines({ asn, routerId: leaf.routerId, peers, ...this.#frrMore() });
      await startFrr(leaf.place, { zebra: "", bgpd: frrBgpd(leaf.name, asn, leaf.routerId, lines) });
      return;
    }
    await startWeft(leaf.place, "agent", { config: this.agentConfig(leaf) });
    await weftReady(leaf.place, "agent");
  }

  async startReflector(r: Reflector): Promise<void> {
    const { holdTime, gracefulRestart } = this.#options;
    const range = r.address.includes(":") ? "fd00:9::/64" : "10.0.0.0/24";
    if (r.kind === "gobgp") {
      const more = { ...(holdTime === undefined ? {} : { holdTime }), ...(gracefulRestart === undefined ? {} : { gracefulRestart }) };
      await startGobgp(r.place, { asn, routerId: r.routerId, clients: [range], ...more });
    } else if (r.kind === "frr") {
      const lines = frrReflectorLines({ asn, routerId: r.routerId, range, ...this.#frrMore() });
      await startFrr(r.place, { zebra: "", bgpd: frrBgpd("rr", asn, r.routerId, lines) });
    } else {
      const dynamicPeers = [{ range, asn, client: true, ...this.#options.peer }];
      const bgp = { asn, routerId: r.routerId, listen: [r.address], reflector: {}, dynamicPeers, ...this.#options.bgp };
      await startWeft(r.place, "reflector", { config: { bgp } });
      await weftReady(r.place, "reflector");
    }
  }

  /** The configuration of an agent as the workloads are now. */
  agentConfig(leaf: Leaf): object {
    const peers = this.reflectors.map((r) => ({ address: r.address, asn, ...this.#options.peer }));
    const declared = [...this.workloads.values()].filter((w) => w.declared && w.at === leaf && takesPorts(leaf));
    return {
      host: leaf.name,
      bgp: { asn, routerId: leaf.routerId, timers: { connectRetry: 1 }, peers, ...this.#options.bgp },
      vtep: { address: leaf.address },
      ...(leaf.kind === "adopt" ? { adopt: true } : { networks: [{ name: "blue", vni }] }),
      ports: declared.map(({ name, port, mac, ips, sticky }) => ({ name, network: "blue", interface: port, mac, ips, sticky })),
      ...this.#options.agent,
    };
  }

  /** Workload `n` has MAC 02:…:n and addresses that end in n. */
  identity(n: number): Pick<Workload, "name" | "mac" | "ips" | "port"> {
    const mac = parseMac(`02:00:00:00:01:${n.toString(16).padStart(2, "0")}`)!;
    return { name: `w${n}`, mac, ips: [`192.168.1.${n}`, `fd00:1::${n}`].map((ip) => parseIp(ip)!), port: `p-w${n}` };
  }

  /** Plugs a new workload in, which then says on the network who it is. */
  async add(n: number, at: Leaf, options: { readonly declared?: boolean; readonly sticky?: boolean } = {}): Promise<Workload> {
    const identity = this.identity(n);
    const { name, mac, ips, port } = identity;
    const w = { ...identity, at, declared: options.declared ?? false, sticky: options.sticky ?? false };
    const taken = w.declared && takesPorts(at);
    if (taken) {
      this.workloads.set(name, { ...w, place: { namespace: "", folder: "" } });
      await this.reconfigure(at);
    }
    const place = await this.net.workload(name, at.place, port, taken ? undefined : bridge, mac, ips.map(withLength));
    const whole = { ...w, place };
    this.workloads.set(name, whole);
    if (taken) await this.#taken(whole);
    await this.#connected(whole);
    this.announce(whole);
    return whole;
  }

  /**
   * Takes a workload with its link to another leaf. A declared one goes into the configuration there first, out of the one here last.
   * `silently`: it does not say that it is there.
   */
  async carry(name: string, to: string, options: { readonly silently?: boolean } = {}): Promise<Workload> {
    const how = async (before: Workload, w: Workload): Promise<void> => {
      if (w.declared) await this.reconfigure(w.at);
      await this.net.ip(before.at.place, [`link set ${w.port} netns ${w.at.place.namespace}`]);
      if (w.declared && takesPorts(w.at)) await this.#taken(w);
      else
        await this.net.ip(w.at.place, [
          `link set ${w.port} addrgenmode none`,
          `link set ${w.port} master ${bridge}`,
          `link set ${w.port} up`,
        ]);
      if (w.declared) await this.reconfigure(before.at);
    };
    return await this.moved(name, to, how, options);
  }

  /** Writes down that a workload is elsewhere, has that done, and the workload say so. */
  async moved(
    name: string,
    to: string,
    how: (before: Workload, after: Workload) => Promise<void>,
    options: { readonly silently?: boolean } = {},
  ): Promise<Workload> {
    const before = this.workload(name);
    const w = { ...before, at: this.leaf(to) };
    this.workloads.set(name, w);
    await how(before, w);
    await this.#connected(w);
    if (options.silently !== true) this.announce(w);
    return w;
  }

  /** Gives a workload other addresses; the network hears of it with the next announcement. */
  async readdress(name: string, ips: readonly Ip[]): Promise<void> {
    const w = this.workload(name);
    await this.net.ip(w.place, [
      "address flush dev eth0 scope global",
      ...ips.map((ip) => `address add ${withLength(ip)} dev eth0${isIp4(ip) ? "" : " nodad"}`),
    ]);
    this.workloads.set(name, { ...w, ips });
  }

  /** Has an agent take over its configuration as the workloads are now. */
  async reconfigure(leaf: Leaf): Promise<void> {
    if (!takesPorts(leaf)) return;
    writeWeftConfig(leaf.place, "agent", this.agentConfig(leaf));
    await reloadWeft(leaf.place);
  }

  announce(w: Workload): void {
    announce({ namespace: w.place.namespace, interface: "eth0", mac: w.mac, ips: w.ips });
  }

  /** Frames that are sent before the carrier is noticed, and the port of the bridge forwards, are lost. */
  async #connected(w: Workload): Promise<void> {
    for (const [place, name] of [
      [w.place, "eth0"],
      [w.at.place, w.port],
    ] as const) {
      await waitFor(`${w.name}: carrier of ${name}`, async () =>
        (await links(place)).some((l) => l.ifname === name && l.operstate === "UP"),
      );
    }
    await waitFor(`${w.name}: ${w.port} to forward`, async () => (await portState(w.at.place, w.port)) === "forwarding");
  }

  async #taken(w: Workload): Promise<void> {
    await waitFor(`${w.at.name}: the agent to take ${w.port}`, async () =>
      (await links(w.at.place)).some((l) => l.ifname === w.port && l.master === bridge && l.operstate === "UP"),
    );
  }

  #frrMore(): { readonly timers?: readonly [number, number]; readonly password?: string } {
    const { holdTime, password } = this.#options;
    const timers = holdTime === undefined ? {} : { timers: [Math.max(1, Math.floor(holdTime / 3)), holdTime] as const };
    return { ...timers, ...(password === undefined ? {} : { password }) };
  }
}

/** Ports of devices that somebody else made are not an agent's to declare. */
function takesPorts(leaf: Leaf): boolean {
  return leaf.kind === "own";
}

function withLength(ip: Ip): string {
  return `${ip}/${isIp4(ip) ? 24 : 64}`;
}
