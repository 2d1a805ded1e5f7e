// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "../base/run/clock.ts";
import type { Journal } from "../base/run/journal.ts";
import type { Metrics } from "../base/run/metrics.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import type { IpVrf, MacVrf, Origination } from "../evpn/types.ts";
import type { NetlinkConn } from "../netlink/socket/conn.ts";
import type { AgentRecord } from "../record/recording.ts";
import type { ResolvedNetworks } from "./desired/resolve-networks.ts";
import type { FollowedNamespaces } from "./discovery/followed-namespaces.ts";
import type { Question } from "./discovery/solicitation.ts";
import type { NamespaceControl } from "./kernel/namespace-control.ts";
import type { RulesetAccess } from "./kernel/ruleset-access.ts";
import type { SysctlFiles } from "./kernel/sysctl-files.ts";
import type { Takeover } from "./nat/takeover.ts";

/** What a VTEP is given: its configuration, the way to the kernel, and who is told of what it finds. */
export interface VtepOptions {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly connect: (namespace: string | undefined) => NetlinkConn;
  readonly namespaces: NamespaceControl;
  readonly sysctls: SysctlFiles;
  readonly rulesets: RulesetAccess;
  /** Routes of this host, for the RIB. */
  readonly originate: (routes: readonly Origination[]) => void;
  /** Told which networks and domains there are, with what each imports, whenever that changes. */
  readonly onInstances?: ((vrfs: readonly (MacVrf | IpVrf)[]) => void) | undefined;
  /** Told where networks, domains and ports are on this host, whenever that changes. */
  readonly onPlaces?: ((resolved: ResolvedNetworks) => void) | undefined;
  /** Told in which namespaces the ARP and neighbour discovery of workloads is of interest now. */
  readonly onNamespaces?: ((namespaces: FollowedNamespaces) => void) | undefined;
  /** Told what stations have to be asked. Answers are `Vtep.sighted`. */
  readonly onQuestions?: ((questions: readonly Question[]) => void) | undefined;
  /** Told of addresses for which the host has begun to answer. */
  readonly onProxied?: ((takeover: Takeover) => void) | undefined;
  /** Told of every call from outside before it does anything, for a recording. */
  readonly onInput?: ((input: AgentRecord) => void) | undefined;
}
