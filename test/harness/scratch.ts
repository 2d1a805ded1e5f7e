// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { addNamespace, removeNamespace, setSysctls } from "../../src/lab/fabric/namespaces.ts";
import { removeFrrFolders } from "../../src/lab/peer/frr.ts";
import { command } from "../../src/lab/system/command.ts";
import { emptyNamespaces } from "../../src/lab/system/namespace-processes.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import { shareNamespaces, unshareNamespaces } from "../../src/lab/system/shared-namespaces.ts";

/**
 * Namespaces, links and processes of one test file, all removed by {@link Scratch.remove}: call it in `after`.
 * Names begin with a prefix that no other file uses.
 *
 * ```ts
 * const net = new Scratch("mymac");
 * after(() => net.remove());
 * const [l1, l2] = [await net.host("l1"), await net.host("l2")];
 * await net.segment([[l1, "10.0.0.1/24"], [l2, "10.0.0.2/24"]]);
 * ```
 */
export class Scratch {
  readonly prefix: string;
  /** Configurations, logs, captures. Kept when `WEFT_KEEP` is set. */
  readonly folder: string;
  readonly #places: Place[] = [];

  constructor(prefix: string) {
    if (!/^[a-z][a-z0-9]{1,9}$/.test(prefix)) throw new RangeError(`${prefix}: a prefix has 2 to 10 lower-case letters or digits`);
    if (process.getuid?.() !== 0) throw new Error("a live test needs root: it makes network namespaces");
    // With the pid in it, so that two runs of a file on one machine do not meet.
    this.prefix = `${prefix}${process.pid.toString(36)}`;
    mkdirSync("/run/weft-test", { recursive: true });
    this.folder = mkdtempSync(`/run/weft-test/${prefix}-`);
  }

  /** A namespace with its loopback up, forwarding on, bridged frames out of netfilter's way, IPv6 without waiting for duplicates. */
  async host(name: string, options: { readonly ownNamespaces?: boolean } = {}): Promise<Place> {
    const namespace = `${this.prefix}-${name}`;
    const folder = path.join(this.folder, name);
    if (existsSync(namespacePath(namespace))) throw new Error(`${namespace}: exists`);
    mkdirSync(folder, { recursive: true });
    await addNamespace(namespace);
    setSysctls(namespace, hostSysctls);
    const place: Place = { namespace, folder, ...(options.ownNamespaces === true ? { namespaces: `${folder}/netns` } : {}) };
    this.#places.push(place);
    if (place.namespaces !== undefined) await shareNamespaces(place.namespaces);
    return place;
  }

  /** A veth between two hosts, both ends up. */
  async link(a: Place, aInterface: string, b: Place, bInterface: string, mtu = 1500): Promise<void> {
    const ends = (p: Place, name: string): string => `${name} netns ${p.namespace} mtu ${mtu}`;
    await this.ip(undefined, [`link add ${ends(a, aInterface)} type veth peer name ${ends(b, bInterface)}`]);
    await this.ip(a, [`link set ${aInterface} up`]);
    await this.ip(b, [`link set ${bInterface} up`]);
  }

  /** One Ethernet segment (a bridge in a namespace of its own) with an `eth0` in each host; interface addresses as `10.0.0.1/24`. */
  async segment(
    hosts: readonly (readonly [Place, ...string[]])[],
    options: { readonly mtu?: number; readonly name?: string } = {},
  ): Promise<Place> {
    const mtu = options.mtu ?? 9000;
    const middle = await this.host(options.name ?? "segment");
    await this.ip(middle, ["link add br0 type bridge mcast_snooping 0", `link set br0 up mtu ${mtu}`]);
    for (const [i, [place, ...addresses]] of hosts.entries()) {
      await this.link(place, "eth0", middle, `port${i}`, mtu);
      await this.ip(middle, [`link set port${i} master br0`]);
      await this.ip(
        place,
        addresses.map((a) => `address add ${a} dev eth0${a.includes(":") ? " nodad" : ""}`),
      );
    }
    return middle;
  }

  /** A host with one interface `eth0` whose other end `port` is in a bridge of `at` (any bridge: `br100`). */
  async workload(
    name: string,
    at: Place,
    port: string,
    bridge: string | undefined,
    mac: string,
    addresses: readonly string[],
  ): Promise<Place> {
    const place = await this.host(name);
    await this.link(place, "eth0", at, port);
    await this.ip(place, [
      `link set eth0 address ${mac}`,
      ...addresses.map((a) => `address add ${a} dev eth0${a.includes(":") ? " nodad" : ""}`),
    ]);
    await this.ip(at, [`link set ${port} addrgenmode none`, ...(bridge === undefined ? [] : [`link set ${port} master ${bridge}`])]);
    return place;
  }

  /** `ip -batch` lines in a host, or in the machine's namespace. */
  async ip(place: Place | undefined, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const where = place === undefined ? [] : ["-n", place.namespace];
    await command(["ip", ...where, "-batch", "-"], { input: `${lines.join("\n")}\n` });
  }

  /** Runs a command that has to succeed in a host. */
  async run(place: Place, argv: readonly string[], input = ""): Promise<string> {
    return await command(enter(place, argv), { input });
  }

  /** Ends every process in our namespaces and removes them with all their files. */
  async remove(): Promise<void> {
    const paths = this.#places.flatMap((p) => [
      namespacePath(p.namespace),
      ...(p.namespaces !== undefined && existsSync(p.namespaces) ? readdirSync(p.namespaces).map((n) => `${p.namespaces}/${n}`) : []),
    ]);
    await emptyNamespaces(paths);
    for (const p of this.#places) {
      if (p.namespaces !== undefined) await unshareNamespaces(p.namespaces);
      await removeNamespace(p.namespace);
      removeFrrFolders(p.namespace);
    }
    if (process.env["WEFT_KEEP"] === undefined) rmSync(this.folder, { recursive: true, force: true });
  }
}

const hostSysctls = {
  "ipv4/ip_forward": 1,
  "ipv6/conf/all/forwarding": 1,
  "ipv6/conf/all/accept_dad": 0,
  "ipv6/conf/default/accept_dad": 0,
  "bridge/bridge-nf-call-iptables": 0,
  "bridge/bridge-nf-call-ip6tables": 0,
  "bridge/bridge-nf-call-arptables": 0,
} as const;
