// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { PlannedOutside } from "./outside.ts";
import type { LabTopology } from "../../contract/config/lab-schema.ts";

/** Everything a lab consists of, derived from its topology alone: the same file gives the same names and addresses. */
export interface LabPlan {
  readonly lab: string;
  readonly topology: LabTopology;
  /** `/run/weft-lab/NAME`. */
  readonly folder: string;
  /** Prefix of all loopbacks: what a leaf reaches over its spines. */
  readonly loopbacks: Prefix;
  readonly members: readonly PlannedMember[];
  readonly links: readonly PlannedLink[];
  readonly workloads: readonly PlannedWorkload[];
  readonly outside: PlannedOutside | undefined;
}

export type MemberKind = "spine" | "weft" | "frr" | "gobgp" | "exabgp";

/** A spine, reflector or node: a namespace that routes. */
export interface PlannedMember {
  readonly name: string;
  readonly role: "spine" | "reflector" | "node";
  readonly kind: MemberKind;
  readonly namespace: string;
  readonly folder: string;
  readonly loopback: Ip;
  /** IPv4 form also over an IPv6 underlay. */
  readonly routerId: Ip;
  /** AS of the overlay that it is in. */
  readonly asn: number;
  readonly zone: string | undefined;
  /** Domains that have a namespace of their own on it; their networks are there. */
  readonly domains: readonly string[];
  readonly uplinks: readonly PlannedInterface[];
  readonly routes: readonly string[];
}

export interface PlannedInterface {
  readonly name: string;
  readonly neighbour: string;
  readonly address: Ip;
  readonly neighbourAddress: Ip;
  readonly neighbourLoopback: Ip;
}

/** A veth between a spine and a leaf, `s1-h1`, or the spines of two zones. */
export interface PlannedLink {
  readonly name: string;
  readonly ends: readonly [LinkEnd, LinkEnd];
}

export interface LinkEnd {
  readonly member: string;
  readonly namespace: string;
  readonly interface: string;
}

export interface PlannedWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly network: string;
  readonly vni: number;
  readonly domain: string | undefined;
  /** The node's end of its link. */
  readonly port: string;
  readonly mac: Mac;
  readonly ips: readonly Prefix[];
  /** Where its default routes lead. */
  readonly gateways: readonly Ip[];
  readonly mtu: number;
  readonly declared: boolean;
}

/** Of everything in the lab. */
export function namespacesOf(plan: LabPlan): readonly string[] {
  return [...plan.members, ...plan.workloads, ...(plan.outside ? [plan.outside] : [])].map((m) => m.namespace);
}
