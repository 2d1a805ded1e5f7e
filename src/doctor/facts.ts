// SPDX-License-Identifier: Apache-2.0
/** What is so on a host, as plain values: the checks judge them and read nothing themselves. */
import type { Ip } from "../base/net/ip.ts";
import type { Prefix } from "../base/net/prefix.ts";

export interface DeviceFacts {
  readonly name: string;
  /** As in `ip link … type KIND`; empty for hardware and `lo`. */
  readonly kind: string;
  readonly up: boolean;
  readonly mtu: number;
  /** Made by an agent, which looks after it. */
  readonly own: boolean;
  /** Name of the bridge that it is a port of. */
  readonly master: string | undefined;
  readonly addresses: readonly Prefix[];
  readonly vxlan?:
    | {
        readonly vni: number;
        readonly local: Ip | undefined;
        readonly port: number;
        /** 0: none, or the inner packet's. */
        readonly tos: number;
      }
    | undefined;
  /** Whether the device, or who sends through it, finishes checksums; undefined: it does not say. */
  readonly txChecksum?: boolean | undefined;
}

/** A route with more than one way to go. */
export interface MultipathFacts {
  readonly destination: Prefix;
  readonly devices: readonly string[];
}

export interface NamespaceFacts {
  /** Undefined: the host's own. */
  readonly name: string | undefined;
  /** By name as sysctl(8) writes it; those that the kernel lacks are not there. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly devices: readonly DeviceFacts[];
  readonly multipaths: readonly MultipathFacts[];
  /** Neighbours that the kernel's limits count: neither permanent nor made by a control plane. */
  readonly neighbours: { readonly ipv4: number; readonly ipv6: number };
  /** Entries of connection tracking. */
  readonly connections: number | undefined;
}

/** A UDP socket of a program in the host namespace; those of the kernel are left out. */
export interface UdpSocketFacts {
  readonly address: Ip;
  readonly port: number;
  readonly pid: number;
  readonly program: string;
}

export interface DaemonFacts {
  readonly component: "agent" | "reflector";
  readonly pid: number;
  /** Peers by address, and those that have a session now. */
  readonly peers: { readonly configured: number; readonly established: number };
  /** Most file descriptors of the process, soft limit; undefined: not readable. */
  readonly openFiles: number | undefined;
  /** Neighbours that it wants in the kernel or found there; 0 for a reflector. */
  readonly neighbours: { readonly ipv4: number; readonly ipv6: number };
}

/** gc_thresh1, 2 and 3. */
export type Thresholds = readonly [number, number, number];

export interface HostFacts {
  readonly hostName: string;
  /** Names of capabilities that the agent, or when none runs this process, lacks. */
  readonly missingCapabilities: readonly string[];
  /** Kinds of devices that the kernel does not know. */
  readonly missingKinds: readonly string[] | undefined;
  readonly host: NamespaceFacts;
  /** Namespaces of domains. */
  readonly domains: readonly NamespaceFacts[];
  /** Devices of the host that packets to other VTEPs may leave by. */
  readonly uplinks: readonly DeviceFacts[];
  readonly daemon: DaemonFacts | undefined;
  /** Of all namespaces of the machine together. */
  readonly neighbourLimits: { readonly ipv4: Thresholds; readonly ipv6: Thresholds } | undefined;
  readonly connectionLimit: number | undefined;
  readonly udpSockets: readonly UdpSocketFacts[] | undefined;
}

/** All namespaces, the host's first. */
export function namespacesOf(facts: HostFacts): readonly NamespaceFacts[] {
  return [facts.host, ...facts.domains];
}

export function sysctlNumber(ns: NamespaceFacts, name: string): number | undefined {
  const text = ns.sysctls.get(name);
  return text === undefined ? undefined : Number(text);
}

/** For people: ` in weft-shop`, nothing for the host namespace. */
export function inWhich(ns: NamespaceFacts): string {
  return ns.name === undefined ? "" : ` in ${ns.name}`;
}
