// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../../base/net/ip.ts";
import type { Prefix } from "../../../base/net/prefix.ts";
import type { NamespaceName } from "../object.ts";

/** One address outside for one inside, both of one family. */
export interface FloatingPair {
  readonly outer: Ip;
  readonly inner: Ip;
}

/** Outbound port NAT of one domain: all connections get the public address of the host. */
export interface OutboundPlan {
  /**
   * What the host sees: the address of the domain's link, which its namespace gives all connections, so that domains with the same addresses cannot
   * meet; or the addresses of workloads.
   */
  readonly source: "link" | "workload";
  /** Most connections at once. */
  readonly connections: number | undefined;
  /** Of the public address for this domain alone; undefined: those that all share. */
  readonly ports: PortRange | undefined;
  readonly log: { readonly group: number | undefined } | undefined;
}

/** The way of one domain to the public side of this host. */
export interface DomainNatPlan {
  readonly domain: string;
  readonly ns: NamespaceName;
  readonly link: LinkPlan;
  /** Those whose workload is here. */
  readonly floating: readonly FloatingPair[];
  readonly outbound: OutboundPlan | undefined;
  /** Subnets that are known outside by their own addresses. */
  readonly announced: readonly Prefix[];
}

/** A veth pair between a domain's namespace and the host's, with a network of two addresses. */
export interface LinkPlan {
  /** The same as long as the domain is here. */
  readonly index: number;
  /** Its end in the host namespace. */
  readonly host: string;
  /** Its end in the domain. */
  readonly inside: string;
  readonly hostAddress: Ip;
  readonly insideAddress: Ip;
}

/** The public side of this host. */
export interface PublicPlan {
  readonly interface: string;
  /** What outbound connections get; undefined while the interface has none. */
  readonly address: Ip | undefined;
  /** Ports that they get. */
  readonly ports: PortRange;
  /** Families that this host routes for nobody but its domains: what else forwarding would let through is dropped. */
  readonly closed: { readonly ip4: boolean; readonly ip6: boolean };
  /** IPv6 is forwarded by interface, as IPv4 is; else by all of them or by none. */
  readonly byInterface6: boolean;
  /** Of the host namespace: frames that they bridge may come by netfilter, too, and are not routed. */
  readonly bridges: readonly string[];
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}
