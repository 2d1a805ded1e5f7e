// SPDX-License-Identifier: Apache-2.0
import { formatPrefix, maskIp, type Prefix } from "../../base/net/prefix.ts";
import { type Ip, isIp4 } from "../../base/net/ip.ts";
import type { LocalChange, LocalPrefix } from "../../evpn/types.ts";
import { RTPROT_BOOT, RTPROT_KERNEL, RTPROT_STATIC } from "../../netlink/route/route.ts";
import type { DomainPlan, NetworkPlan, RedistributedProtocol } from "../desired/network-plan.ts";
import type { NamespaceName } from "../desired/object.ts";
import type { ActualRoute } from "../kernel/actual.ts";
import type { Mirror } from "../kernel/mirror.ts";
import type { MirrorChanges } from "../kernel/mirror-changes.ts";
import { ownProtocol, staticMetric } from "../ownership.ts";

/** The words of `redistribute`. `ip route add` without a protocol is RTPROT_BOOT; what the kernel makes by itself are routes of its addresses. */
const protocols = { connected: RTPROT_KERNEL, static: RTPROT_STATIC, kernel: RTPROT_BOOT } as const;

interface Domain {
  readonly name: string;
  readonly ns: NamespaceName;
  readonly redistributed: ReadonlySet<number>;
  /**
   * Subnets with a gateway, which every host with the network announces, whatever its kernel has; and the host's address in the underlay: the kernel
   * makes a connected route of one of IPv6, and it is none of the tenant's.
   */
  readonly passedOver: ReadonlySet<string>;
  /** Prefix → names of the routes by which it is reached. */
  readonly reached: Map<string, Map<string, LocalPrefix["origin"]>>;
  /** What EVPN was told. */
  readonly told: Map<string, LocalPrefix>;
}

/** The routes of the domains' namespaces that other hosts are told: those of the configuration, and those of others as far as they are to be redistributed. */
export class LocalPrefixes {
  #domains = new Map<string, Domain>();
  readonly #unseen = new Set<string>();

  /** Replaces the domains. What was told of those that went is taken back at once; the others are looked at with the next {@link update}. */
  configure(domains: readonly DomainPlan[], networks: readonly NetworkPlan[]): LocalChange[] {
    const out: LocalChange[] = [];
    const next = new Map<string, Domain>();
    for (const { domain: name, ns, tunnel, redistribute } of domains) {
      if (!tunnel) continue;
      const subnets = networks.flatMap((n) => (n.domain === name ? (n.gateway?.addresses ?? []) : []));
      next.set(name, {
        name,
        ns,
        redistributed: new Set(redistribute.map(protocolOf)),
        passedOver: new Set([
          ...subnets.map(({ ip, length }) => `${maskIp(ip, length)}/${length}`),
          ...(tunnel.addressed ? [`${tunnel.vtep}/${isIp4(tunnel.vtep) ? 32 : 128}`] : []),
        ]),
        reached: new Map(),
        told: this.#domains.get(name)?.told ?? new Map(),
      });
      this.#unseen.add(name);
    }
    for (const [name, { told }] of this.#domains)
      if (!next.has(name)) for (const { prefix } of told.values()) out.push({ kind: "prefix-down", domain: name, prefix });
    this.#domains = next;
    return out;
  }

  update(mirror: Mirror, changes: MirrorChanges): LocalChange[] {
    const out: LocalChange[] = [];
    for (const domain of this.#domains.values()) {
      const routes = mirror.tables(domain.ns)?.routing.routes;
      if (this.#unseen.has(domain.name) || (!routes && domain.reached.size > 0)) {
        this.#unseen.delete(domain.name);
        const before = [...domain.reached.keys(), ...domain.told.keys()];
        domain.reached.clear();
        for (const [name, route] of routes ?? []) look(domain, name, route);
        for (const prefix of new Set([...before, ...domain.reached.keys()])) tell(domain, prefix, out);
        continue;
      }
      const names = changes.routes.get(domain.ns) ?? [];
      const concerned = new Set<string>();
      for (const name of names) concerned.add(look(domain, name, routes?.get(name)));
      for (const prefix of concerned) tell(domain, prefix, out);
    }
    return out;
  }
}

function protocolOf(protocol: RedistributedProtocol): number {
  return typeof protocol === "number" ? protocol : protocols[protocol];
}

/** Notes whether a route counts. @returns its prefix */
function look({ reached, redistributed, passedOver }: Domain, name: string, route: ActualRoute | undefined): string {
  const [prefix, metric] = name.split(" ") as [string, string];
  const isStatic = route?.protocol === ownProtocol && Number(metric) === staticMetric;
  // The links of NAT, and whatever else is known on one link only (RFC 3927 §7).
  const isLinkLocal = prefix.startsWith("169.254.");
  const counts =
    route && !isLinkLocal && !passedOver.has(prefix) && (isStatic || (route.protocol !== ownProtocol && redistributed.has(route.protocol)));
  const names = reached.get(prefix);
  if (counts) reached.set(prefix, (names ?? new Map<string, LocalPrefix["origin"]>()).set(name, isStatic ? "static" : "kernel"));
  else if (names?.delete(name) && names.size === 0) reached.delete(prefix);
  return prefix;
}

function tell({ name: domain, reached, told }: Domain, text: string, out: LocalChange[]): void {
  const origins = [...(reached.get(text)?.values() ?? [])];
  const before = told.get(text);
  const origin = origins.includes("static") ? "static" : origins[0];
  if (before?.origin === origin) return;
  if (origin === undefined) {
    told.delete(text);
    out.push({ kind: "prefix-down", domain, prefix: before!.prefix });
    return;
  }
  const prefix = { domain, prefix: before?.prefix ?? prefixOf(text), origin };
  told.set(formatPrefix(prefix.prefix), prefix);
  out.push({ kind: "prefix-up", prefix });
}

function prefixOf(text: string): Prefix {
  const at = text.indexOf("/");
  return { ip: text.slice(0, at) as Ip, length: Number(text.slice(at + 1)) };
}
