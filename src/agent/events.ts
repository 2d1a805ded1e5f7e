// SPDX-License-Identifier: Apache-2.0
/** Every event and count of the agent. */
import { eventKind } from "../base/run/journal.ts";
import { counter, gauge } from "../base/run/metrics.ts";

export const agentStarted = eventKind<{ host: string; adopted: number }>(
  "agent.started",
  "info",
  (f) => `agent on ${f.host} is started; ${f.adopted} entries of an earlier run are kept`,
);
export const agentReady = eventKind<{ ms: number }>(
  "agent.ready",
  "info",
  (f) => `the kernel holds what is wanted, ${f.ms} ms after the start`,
);
export const warmUpFailed = eventKind<{ error: string }>(
  "agent.warm-up-failed",
  "warn",
  (f) => `the first routes will take longer: warming up failed: ${f.error}`,
);
export const agentConverged = eventKind<{ why: string; surplus: number }>(
  "agent.converged",
  "info",
  (f) => `entries that nobody announces any more go now: ${f.surplus} looked at (${f.why})`,
);
export const configApplied = eventKind<{ networks: number; ports: number }>(
  "agent.config-applied",
  "info",
  (f) => `configuration applied: ${f.networks} networks, ${f.ports} ports`,
);
export const configRefused = eventKind<{ error: string }>(
  "agent.config-refused",
  "error",
  (f) => `new configuration refused, the old one stays: ${f.error}`,
);

export const networkAdded = eventKind<{ network: string; vni: number; mode: string }>(
  "network.added",
  "info",
  (f) => `network ${f.network} (VNI ${f.vni}) is served, mode ${f.mode}`,
);
export const networkRemoved = eventKind<{ network: string; vni: number }>(
  "network.removed",
  "info",
  (f) => `network ${f.network} (VNI ${f.vni}) is no longer served`,
);
export const networkRefused = eventKind<{ network: string; vni: number; reason: string }>(
  "network.refused",
  "warn",
  (f) => `VXLAN device ${f.network} (VNI ${f.vni}) is not served: ${f.reason}`,
);

export const macMoved = eventKind<{ network: string; mac: string; from: string; to: string; sequence: number }>(
  "evpn.mac-moved",
  "info",
  (f) => `${f.mac} in ${f.network} moved from ${f.from} to ${f.to} (sequence ${f.sequence})`,
);
export const duplicateDetected = eventKind<{ network: string; mac: string; moves: number; seconds: number }>(
  "evpn.duplicate-detected",
  "warn",
  (f) => `${f.mac} in ${f.network} moved ${f.moves} times in ${f.seconds} s and is in quarantine`,
);
export const duplicateCleared = eventKind<{ network: string; mac: string; by: string }>(
  "evpn.duplicate-cleared",
  "info",
  (f) => `${f.mac} in ${f.network} is out of quarantine (${f.by})`,
);
export const duplicateIpDetected = eventKind<{ network: string; ip: string; mac: string; moves: number; seconds: number }>(
  "evpn.duplicate-ip-detected",
  "warn",
  (f) => `${f.ip} in ${f.network} went from MAC to MAC ${f.moves} times in ${f.seconds} s and is in quarantine with ${f.mac}`,
);
export const duplicateIpCleared = eventKind<{ network: string; ip: string; by: string }>(
  "evpn.duplicate-ip-cleared",
  "info",
  (f) => `${f.ip} in ${f.network} is out of quarantine (${f.by})`,
);
export const stickyConflict = eventKind<{ network: string; mac: string; vtep: string }>(
  "evpn.sticky-conflict",
  "warn",
  (f) => `${f.mac} in ${f.network} may not move, but ${f.vtep} claims it too`,
);
export const routerMacConflict = eventKind<{ domain: string; mac: string; vteps: string }>(
  "evpn.router-mac-conflict",
  "error",
  (f) =>
    `${f.vteps} both say that their router MAC in domain ${f.domain} is ${f.mac}; only the first is sent to: give the other one another`,
);
export const routeIgnored = eventKind<{ nlri: string; why: string }>(
  "evpn.route-ignored",
  "warn",
  (f) => `route ${f.nlri} ignored: ${f.why}`,
);

export const objectFailed = eventKind<{ object: string; error: string; errno: string; attempts: number }>(
  "kernel.object-failed",
  "warn",
  (f) => `${f.object}: ${f.error}; tried again`,
);
export const objectRecovered = eventKind<{ object: string; attempts: number }>(
  "kernel.object-recovered",
  "info",
  (f) => `${f.object} is as wanted after ${f.attempts} attempts`,
);
export const objectConflict = eventKind<{ object: string; reason: string }>(
  "kernel.conflict",
  "warn",
  (f) => `${f.object} is left alone: ${f.reason}`,
);
export const kernelRepaired = eventKind<{ object: string; objects: number; by: string }>(
  "kernel.repaired",
  "warn",
  (f) => `${f.objects === 1 ? f.object : `${f.object} and ${f.objects - 1} more`} changed behind our back and repaired (${f.by})`,
);
export const kernelOverrun = eventKind<{ namespace: string; reason: string }>(
  "kernel.overrun",
  "warn",
  (f) => `events of ${f.namespace} were lost (${f.reason}), reading everything anew`,
);
export const auditFailed = eventKind<{ namespace: string; error: string }>(
  "kernel.audit-failed",
  "warn",
  (f) => `${f.namespace} could not be read: ${f.error}`,
);
export const takeoverUnsaid = eventKind<{ address: string; error: string }>(
  "nat.not-announced",
  "warn",
  (f) => `the public network was not told that ${f.address} is here now, and may look for it elsewhere until it asks again: ${f.error}`,
);

export const opsApplied = counter("weft_kernel_operations_total", "Operations on kernel objects by kind and result", ["kind", "result"]);
export const repairs = counter("weft_kernel_repairs_total", "Objects that changed behind our back and were put right", ["kind"]);
export const corrections = counter("weft_kernel_audit_corrections_total", "Things that the audit found and events had not told");
export const overruns = counter("weft_kernel_overruns_total", "Lost events that made a new snapshot necessary");
export const audits = counter("weft_kernel_audits_total", "Namespaces compared with what is wanted");
export const floatingIps = gauge("weft_nat_floating_ips", "Floating IPs that are active on this host");
export const natPackets = counter("weft_nat_floating_packets_total", "Packets of floating IPs that are active here", [
  "address",
  "direction",
]);
export const natConnections = gauge("weft_nat_connections", "Connections tracked in a domain with outbound NAT", ["domain"]);
export const natDropped = counter("weft_nat_dropped_total", "Packets that the tables of NAT refused, by reason; no domain: the host", [
  "domain",
  "reason",
]);
export const unknownNeighboursDropped = counter(
  "weft_evpn_unknown_neighbours_dropped_total",
  "Questions about unknown addresses that were kept from other hosts, of networks with `unknownNeighbours: drop`; protocol arp or nd",
  ["network", "protocol"],
);
export const objectsWanted = gauge("weft_kernel_objects", "Kernel objects that are wanted");
export const objectsPending = gauge("weft_kernel_objects_pending", "Kernel objects that wait for something");
export const objectsFailing = gauge("weft_kernel_objects_failing", "Kernel objects whose last operation failed");
export const localChanges = counter("weft_local_changes_total", "Facts about local workloads told to EVPN", ["kind"]);
export const sightings = counter("weft_discovery_sightings_total", "ARP and neighbour discovery messages of stations that were heard");
export const sightingsDropped = counter(
  "weft_discovery_dropped_total",
  "ARP and neighbour discovery messages that came too fast to be heard",
);
export const questions = counter(
  "weft_discovery_questions_total",
  "Neighbour solicitations sent to ask whether an address is still in use",
);
export const addressesGivenUp = counter("weft_discovery_given_up_total", "Addresses taken back because nobody answered for them");
export const forwardingChanges = counter("weft_forwarding_changes_total", "Changes of forwarding tables that EVPN computed", ["kind"]);
export const routesIgnored = counter("weft_evpn_routes_ignored_total", "Routes that could not be used");
