// SPDX-License-Identifier: Apache-2.0
import { NetlinkConnectionError, NetlinkError } from "../errors.ts";
import { type DumpFilters, matchesFilter } from "../route/dump.ts";
import type { FdbEntry } from "../route/fdb.ts";
import { type NetlinkEvent, type NetlinkObject, type NetlinkObjects, type NetlinkRequest, formatRequest } from "../route/request.ts";
import { NTF_EXT_LEARNED, NUD_NOARP } from "../route/neighbour-flags.ts";
import { RTPROT_UNSPEC } from "../route/route.ts";
import type { ExecuteOptions, NetlinkConn, NetlinkResult, Subscription, SubscriptionHandlers } from "../socket/conn.ts";
import { applyAddress, applyNeighbour } from "./fake-address.ts";
import { applyFdb } from "./fake-fdb.ts";
import { FakeHost } from "./fake-host.ts";
import { applyBridgePort, applyLink } from "./fake-link.ts";
import { FakeNamespace, type Refusal, type Subscriber } from "./fake-namespace.ts";
import { applyNexthop, applyRoute, applyRule } from "./fake-route.ts";

interface Fault {
  readonly matches: (r: NetlinkRequest) => boolean;
  readonly refusal: Refusal;
  left: number;
}

/** Numbers of the errnos that rtnetlink gives (asm-generic/errno.h). */
const errnos: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  ENOMEM: 12,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENOSPC: 28,
  ELOOP: 40,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  EHOSTUNREACH: 113,
};

/**
 * A kernel in memory, for tests without root: namespaces with links, ports, addresses, neighbours, FDB, routes, rules and
 * nexthops, with the errors, side effects and events that the real one has (both run the same scenario in the live tests).
 * Events come in a later turn of the loop, or at once by {@link flush}.
 */
export class FakeKernel {
  readonly #host = new FakeHost();
  readonly #faults: Fault[] = [];
  #scheduled = false;
  /** Every request that was tried, in order, as the iproute2 command that does the same. */
  readonly log: string[] = [];

  /** `ip netns add`; the same path again gives the same one. */
  createNamespace(path: string): void {
    if (!this.#host.namespaces.has(path)) this.#host.namespaces.set(path, new FakeNamespace(path));
  }

  /** `ip netns del`: everything in it goes, without events to anybody. */
  deleteNamespace(path: string): void {
    this.#host.namespaces.delete(path);
  }

  /** @throws NetlinkConnectionError when there is no such namespace */
  connect(namespace?: string): NetlinkConn {
    const ns = this.#host.namespaces.get(namespace);
    if (!ns) throw new NetlinkConnectionError(`no fake namespace ${namespace}`);
    return new FakeConnection(this, ns);
  }

  /** The next `times` requests that match are refused. `errnoName` as the kernel spells it. */
  failNext(matches: (r: NetlinkRequest) => boolean, errnoName: string, kernelMessage?: string, times = 1): void {
    const refusal: Refusal = kernelMessage === undefined ? [errnoName] : [errnoName, kernelMessage];
    this.#faults.push({ matches, refusal, left: times });
  }

  /** Events that wait, in a namespace or in all, are lost; their subscribers are told so. */
  overrun(namespace?: string): void {
    for (const ns of this.#host.namespaces.values()) {
      if (namespace !== undefined && ns.path !== namespace) continue;
      for (const s of ns.subscribers) {
        s.waiting = [];
        s.overrun = true;
      }
    }
    this.schedule();
  }

  /** Delivers waiting events now, also those that handlers cause. */
  flush(): void {
    while ([...this.#host.namespaces.values()].map((ns) => ns.deliver()).includes(true));
  }

  /** As {@link flush}, in a later turn of the loop. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Carries one request out. Used by connections. */
  apply(ns: FakeNamespace, r: NetlinkRequest): NetlinkResult {
    this.log.push(formatRequest(r));
    const refusal = this.#injected(r) ?? this.#apply(ns, r);
    if (!refusal) return undefined;
    const [errnoName, kernelMessage] = refusal;
    return new NetlinkError(formatRequest(r), { errno: errnos[errnoName] ?? 0, errnoName, kernelMessage });
  }

  #injected(r: NetlinkRequest): Refusal | undefined {
    const fault = this.#faults.find((f) => f.left > 0 && f.matches(r));
    if (!fault) return undefined;
    fault.left--;
    return fault.refusal;
  }

  #apply(ns: FakeNamespace, r: NetlinkRequest): Refusal | undefined {
    switch (r.object) {
      case "link":
        return applyLink(this.#host, ns, r);
      case "bridge-port":
        return applyBridgePort(ns, r);
      case "fdb":
        return applyFdb(ns, r);
      case "address":
        return applyAddress(ns, r);
      case "neighbour":
        return applyNeighbour(ns, r);
      case "route":
        return applyRoute(ns, r);
      case "rule":
        return applyRule(ns, r);
      case "nexthop":
        return applyNexthop(ns, r);
    }
    return ["EOPNOTSUPP"];
  }
}

class FakeConnection implements NetlinkConn {
  readonly namespace: string | undefined;
  readonly #kernel: FakeKernel;
  readonly #ns: FakeNamespace;
  readonly #subscribers = new Set<Subscriber>();
  #closed = false;

  constructor(kernel: FakeKernel, ns: FakeNamespace) {
    this.namespace = ns.path;
    this.#kernel = kernel;
    this.#ns = ns;
  }

  execute(requests: readonly NetlinkRequest[], options: ExecuteOptions = {}): readonly NetlinkResult[] {
    this.#assertOpen();
    const ignores = options.withoutEcho === true ? isEcho(options) : undefined;
    for (const s of this.#subscribers) s.ignores = ignores;
    const results = requests.map((r) => this.#kernel.apply(this.#ns, r));
    for (const s of this.#subscribers) s.ignores = undefined;
    this.#kernel.schedule();
    return results;
  }

  executeInSlices(requests: readonly NetlinkRequest[]): Promise<readonly NetlinkResult[]> {
    return Promise.resolve(this.execute(requests));
  }

  async *dumpInSlices<K extends NetlinkObject>(object: K, filter: DumpFilters[K] = {}): AsyncGenerator<readonly NetlinkObjects[K][]> {
    yield await Promise.resolve(this.dump(object, filter));
  }

  run(...requests: readonly NetlinkRequest[]): void {
    const failure = this.execute(requests).find((r) => r !== undefined);
    if (failure) throw failure;
  }

  dump<K extends NetlinkObject>(object: K, filter: DumpFilters[K] = {}): readonly NetlinkObjects[K][] {
    this.#assertOpen();
    const matching = this.#ns.values(object).filter((v) => matchesFilter[object](v, filter));
    const master = object === "fdb" ? (filter as DumpFilters["fdb"]).master : undefined;
    if (master === undefined) return matching;
    // The real kernel goes by device here: the bridge itself and whatever is its port now.
    const devices = new Set([...this.#ns.links.values()].filter((l) => l.ifindex === master || l.master === master).map((l) => l.ifindex));
    return matching.filter((v) => devices.has((v as FdbEntry).ifindex));
  }

  subscribe(objects: readonly NetlinkObject[], handlers: SubscriptionHandlers): Subscription {
    this.#assertOpen();
    const subscriber: Subscriber = { objects: new Set(objects), handlers, waiting: [], overrun: false, ignores: undefined };
    this.#ns.subscribers.add(subscriber);
    this.#subscribers.add(subscriber);
    return { close: () => this.#unsubscribe(subscriber) };
  }

  close(): void {
    this.#closed = true;
    for (const s of this.#subscribers) this.#unsubscribe(s);
  }

  #unsubscribe(subscriber: Subscriber): void {
    this.#ns.subscribers.delete(subscriber);
    this.#subscribers.delete(subscriber);
  }

  #assertOpen(): void {
    if (this.#closed) throw new NetlinkConnectionError("the netlink connection is closed");
  }
}

/** What the filters of `own-echo.ts` drop. */
function isEcho({ takesEntries, routeProtocol = RTPROT_UNSPEC }: ExecuteOptions): (event: NetlinkEvent) => boolean {
  const isMarked = ({ flags }: { readonly flags: number }): boolean => (flags & NTF_EXT_LEARNED) !== 0;
  if (takesEntries === true) return (e) => e.object === "fdb" && isMarked(e.value);
  return (e) => {
    if (e.change !== "new") return false;
    if (e.object === "fdb") return isMarked(e.value);
    if (e.object === "neighbour") return isMarked(e.value) && (e.value.state & NUD_NOARP) !== 0;
    return e.object === "route" && e.value.protocol === routeProtocol;
  };
}
