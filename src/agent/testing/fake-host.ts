// SPDX-License-Identifier: Apache-2.0
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import { ManualClock } from "../../base/run/clock.ts";
import { MemoryJournal } from "../../base/run/journal.ts";
import { MemoryMetrics } from "../../base/run/metrics.ts";
import { namespacePath } from "../../base/sys/namespace.ts";
import { parseAgentConfig } from "../../contract/config/load.ts";
import type { Origination } from "../../evpn/types.ts";
import { address } from "../../netlink/route/address.ts";
import { fdb, formatFdbEntry } from "../../netlink/route/fdb.ts";
import { link } from "../../netlink/route/link.ts";
import { formatNeighbour } from "../../netlink/route/neighbour.ts";
import { NTF_MASTER, NUD_REACHABLE } from "../../netlink/route/neighbour-flags.ts";
import type { NetlinkRequest } from "../../netlink/route/request.ts";
import { FakeKernel } from "../../netlink/testing/fake-kernel.ts";
import type { NamespaceName } from "../desired/object.ts";
import type { NamespaceControl } from "../kernel/namespace-control.ts";
import { pathOf } from "../kernel/requests.ts";
import { digestOf } from "../../nftables/digest.ts";
import type { RulesetAccess } from "../kernel/ruleset-access.ts";
import type { SysctlFiles } from "../kernel/sysctl-files.ts";
import { cleanKernel } from "../cleanup.ts";
import type { VtepOptions } from "../vtep-options.ts";
import { Vtep } from "../vtep.ts";

/** A host in memory: a fake kernel with an underlay, and an agent's VTEP that can be started and started again on it. */
export class FakeHost {
  readonly kernel = new FakeKernel();
  readonly clock = new ManualClock();
  readonly journal = new MemoryJournal();
  readonly metrics = new MemoryMetrics();
  /** What was originated, in order. */
  readonly routes: Origination[] = [];
  readonly sysctls = new Map<string, string>();
  /** `namespace name`: those that this kernel lacks. */
  readonly missingSysctls = new Set<string>();
  /** `namespace table` → digest, `changed` or `foreign`. */
  readonly rulesets = new Map<string, string>();
  readonly #names = new Set<NamespaceName>();
  #vtep: Vtep | undefined;

  readonly #control: NamespaceControl = {
    list: () => [...this.#names],
    create: (ns) => {
      this.#names.add(ns);
      this.kernel.createNamespace(namespacePath(ns));
    },
    remove: (ns) => {
      this.#names.delete(ns);
      this.kernel.deleteNamespace(namespacePath(ns));
    },
  };

  readonly #files: SysctlFiles = {
    read: (ns, name) => (this.missingSysctls.has(`${ns} ${name}`) ? undefined : (this.sysctls.get(`${ns} ${name}`) ?? "unset")),
    write: (ns, name, value) => void this.sysctls.set(`${ns} ${name}`, value),
  };

  readonly #rulesets: RulesetAccess = {
    state: (ns, table) => this.rulesets.get(`${ns} ${table.name}`),
    write: (ns, table) => void this.rulesets.set(`${ns} ${table.name}`, digestOf(table)),
    remove: (ns, table) => void this.rulesets.delete(`${ns} ${table.name}`),
  };

  constructor(vtep = "10.0.0.1") {
    this.run("", link.add({ name: "eth0", kind: { kind: "veth", peer: { name: "wire" } }, up: true }), link.set("wire", { up: true }));
    this.addAddress("eth0", vtep);
  }

  addAddress(name: string, ip: string): void {
    this.run("", address.add({ ifindex: this.index("", name), ip: ip as Ip, prefixLength: 24 }));
  }

  get vtep(): Vtep {
    if (!this.#vtep) throw new Error("the agent was not started");
    return this.#vtep;
  }

  /**
   * Starts the agent with a configuration in YAML (without the `bgp` and `vtep` sections) and lets it finish its work.
   * @param over what is different from a plain start, a recording for example
   */
  async start(yaml: string, over: (options: VtepOptions) => VtepOptions = (options) => options): Promise<Vtep> {
    const options: VtepOptions = {
      config: agentConfig(yaml),
      clock: this.clock,
      journal: this.journal,
      metrics: this.metrics,
      connect: (path) => this.kernel.connect(path),
      namespaces: this.#control,
      sysctls: this.#files,
      rulesets: this.#rulesets,
      originate: (routes) => void this.routes.push(...routes),
    };
    this.#vtep = new Vtep(over(options));
    await this.#vtep.start();
    await this.settle();
    return this.#vtep;
  }

  /** `ip netns del` by somebody else. */
  removeNamespace(ns: NamespaceName): void {
    this.#control.remove(ns);
  }

  /** `weft agent cleanup` */
  async cleanup(): Promise<readonly string[]> {
    return await cleanKernel({
      connect: (path) => this.kernel.connect(path),
      namespaces: this.#control,
      sysctls: this.#files,
      rulesets: this.#rulesets,
    });
  }

  async stop(): Promise<void> {
    await this.#vtep?.stop();
    this.#vtep = undefined;
  }

  /** Until events are delivered and nothing is being done. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      this.kernel.flush();
      await nextTurn();
      if (this.#vtep && !this.#vtep.reconciler.idle) quiet = 0;
    }
  }

  /** As an administrator would. */
  run(ns: NamespaceName, ...requests: readonly NetlinkRequest[]): void {
    const conn = this.kernel.connect(pathOf(ns));
    conn.run(...requests);
    conn.close();
  }

  index(ns: NamespaceName, name: string): number {
    const found = this.kernel.connect(pathOf(ns)).dump("link", { name })[0];
    if (!found) throw new Error(`no device ${name}`);
    return found.ifindex;
  }

  /** A veth whose `name` end a workload would use; the other end is `name-w`. */
  addWorkload(ns: NamespaceName, name: string): void {
    this.run(ns, link.add({ name, kind: { kind: "veth", peer: { name: `${name}-w` } }, up: true }), link.set(`${name}-w`, { up: true }));
  }

  /** The bridge sees a frame from `mac` on `port`. */
  learn(ns: NamespaceName, port: string, mac: string): void {
    this.run(ns, fdb.replace({ ifindex: this.index(ns, port), mac: mac as Mac, state: NUD_REACHABLE, flags: NTF_MASTER }));
  }

  /** Bridge and VXLAN as an administrator makes them. */
  addAdopted(vni: number, more: { readonly vlanFiltering?: boolean; readonly external?: boolean } = {}): void {
    const [bridge, vxlan] = [`br${vni}`, `vx${vni}`];
    const filtering = more.vlanFiltering === undefined ? {} : { vlanFiltering: more.vlanFiltering };
    this.run("", link.add({ name: bridge, kind: { kind: "bridge", ...filtering }, up: true }));
    const external = more.external === undefined ? {} : { collectMetadata: more.external };
    const kind = { kind: "vxlan", id: vni, local: "10.0.0.1" as Ip, port: 4789, learning: false, ...external } as const;
    this.run("", link.add({ name: vxlan, kind, up: true }));
    this.run("", link.set(vxlan, { master: this.index("", bridge) }));
  }

  /** The forwarding tables of a namespace as `bridge fdb` and `ip neigh` print them, without addresses of the ports themselves. */
  entries(ns: NamespaceName = ""): readonly string[] {
    const conn = this.kernel.connect(pathOf(ns));
    const nameOf = new Map(conn.dump("link").map((l) => [l.ifindex, l.name]));
    const named = (text: string): string => text.replace(/dev (\d+)/, (_, i: string) => `dev ${nameOf.get(Number(i)) ?? i}`);
    const entries = conn.dump("fdb").filter((e) => e.master === undefined || (e.state & 0x80) === 0);
    const lines = [...entries.map((e) => named(formatFdbEntry(e))), ...conn.dump("neighbour").map((n) => named(formatNeighbour(n)))];
    conn.close();
    return lines.toSorted();
  }

  links(ns: NamespaceName = ""): readonly string[] {
    return this.kernel
      .connect(pathOf(ns))
      .dump("link")
      .map((l) => l.name)
      .toSorted();
  }
}

export function agentConfig(yaml: string) {
  const head = "bgp: { asn: 65000, routerId: 10.0.0.1, peers: [{ address: 10.0.0.4, asn: 65000 }] }\nvtep: { address: 10.0.0.1 }\n";
  return parseAgentConfig(head + yaml, "test.yaml");
}
