// SPDX-License-Identifier: Apache-2.0
import type { CommandFile } from "./command-file.ts";

/** A command by its words; its file is read only when it is called, so that `weft --help` is quick. */
export interface CommandRow {
  readonly path: string;
  /** What people type in place of the last word. */
  readonly alias?: string;
  readonly summary: string;
  readonly load: () => Promise<CommandFile>;
}

/** Words that only hold commands together. */
export const commandGroups: Readonly<Record<string, string>> = {
  config: "Work on configuration files",
  bgp: "Sessions, routes and messages of BGP",
  bfd: "Sessions that watch the way to BGP peers",
  policy: "What is taken from peers and sent to them",
  evpn: "Networks, VTEPs, MACs and neighbours of this host",
  "evpn duplicates": "MACs in quarantine because they moved too often",
  dhcp: "Addresses given to workloads",
  nat: "Floating IPs and outbound NAT",
  kernel: "What the kernel holds",
  lab: "Fabrics of network namespaces on this machine",
};

/** Every command, in the order of the help. A group that can be called itself has a row of its own. */
export const commandTree: readonly CommandRow[] = [
  {
    path: "agent",
    summary: "Run the agent of a host: BGP speaker and VTEP",
    load: async () => (await import("./command/agent/agent.ts")).agentCommand,
  },
  {
    path: "agent cleanup",
    summary: "Remove everything from the kernel that is Weft's",
    load: async () => (await import("./command/agent/cleanup.ts")).cleanupCommand,
  },
  { path: "reflector", summary: "Run a BGP route reflector", load: async () => (await import("./command/reflector.ts")).reflectorCommand },
  {
    path: "replay",
    summary: "Run a recording once more and compare its decisions",
    load: async () => (await import("./command/replay.ts")).replayCommand,
  },
  {
    path: "reload",
    summary: "Have the daemon read its configuration again",
    load: async () => (await import("./command/reload.ts")).reloadCommand,
  },
  {
    path: "status",
    summary: "How the daemon is, and what to look at",
    load: async () => (await import("./command/status.ts")).statusCommand,
  },
  {
    path: "config check",
    summary: "Check a file of an agent, a reflector or a lab",
    load: async () => (await import("./command/config/check.ts")).checkCommand,
  },
  { path: "bgp peers", summary: "BGP sessions", load: async () => (await import("./command/bgp/peers.ts")).peersCommand },
  {
    path: "bgp routes",
    summary: "BGP routes, all paths or the best",
    load: async () => (await import("./command/bgp/routes.ts")).routesCommand,
  },
  {
    path: "bgp route",
    summary: "Everything about a route: its paths, why the best one won, who is sent it",
    load: async () => (await import("./command/bgp/route.ts")).routeCommand,
  },
  { path: "bfd peers", summary: "BFD sessions", load: async () => (await import("./command/bfd/peers.ts")).bfdPeersCommand },
  {
    path: "bgp memberships",
    summary: "Who asks for which route targets",
    load: async () => (await import("./command/bgp/memberships.ts")).membershipsCommand,
  },
  { path: "bgp summary", summary: "BGP in a few numbers", load: async () => (await import("./command/bgp/summary.ts")).summaryCommand },
  {
    path: "bgp refresh",
    summary: "Ask a peer for all its routes again",
    load: async () => (await import("./command/bgp/refresh.ts")).refreshCommand,
  },
  {
    path: "bgp shutdown",
    summary: "End the session with a peer and keep it down",
    load: async () => (await import("./command/bgp/shutdown.ts")).shutdownCommand,
  },
  {
    path: "bgp enable",
    summary: "Let a session come up again after a shutdown",
    load: async () => (await import("./command/bgp/enable.ts")).enableCommand,
  },
  {
    path: "bgp decode",
    summary: "Explain the octets of a BGP message, an UPDATE or an NLRI",
    load: async () => (await import("./command/bgp/decode.ts")).decodeCommand,
  },
  {
    path: "policy test",
    summary: "What a policy makes of a route",
    load: async () => (await import("./command/policy/test.ts")).policyTestCommand,
  },
  {
    path: "evpn networks",
    summary: "Networks of this host",
    load: async () => (await import("./command/evpn/networks.ts")).networksCommand,
  },
  { path: "evpn ports", summary: "Declared ports of this host", load: async () => (await import("./command/evpn/ports.ts")).portsCommand },
  { path: "evpn vteps", summary: "Remote VTEPs by network", load: async () => (await import("./command/evpn/vteps.ts")).vtepsCommand },
  { path: "evpn macs", summary: "MAC addresses, local and remote", load: async () => (await import("./command/evpn/macs.ts")).macsCommand },
  {
    path: "evpn neighbours",
    alias: "arp",
    summary: "IP addresses and their MACs, local and remote",
    load: async () => (await import("./command/evpn/neighbours.ts")).neighboursCommand,
  },
  {
    path: "evpn domains",
    summary: "Routed domains of this host",
    load: async () => (await import("./command/evpn/domains.ts")).domainsCommand,
  },
  {
    path: "evpn prefixes",
    summary: "Routes of the domains, and why some are not installed",
    load: async () => (await import("./command/evpn/prefixes.ts")).prefixesCommand,
  },
  {
    path: "route",
    summary: "The way from one workload to an address, by our tables and by the kernel's",
    load: async () => (await import("./command/route.ts")).routeCommand,
  },
  {
    path: "evpn duplicates",
    summary: "MACs in quarantine because they moved too often",
    load: async () => (await import("./command/evpn/duplicates.ts")).duplicatesCommand,
  },
  {
    path: "evpn duplicates clear",
    summary: "Let MACs out of quarantine",
    load: async () => (await import("./command/evpn/duplicates-clear.ts")).duplicatesClearCommand,
  },
  {
    path: "dhcp leases",
    summary: "Addresses that workloads of this host have by DHCP",
    load: async () => (await import("./command/dhcp/leases.ts")).leasesCommand,
  },
  {
    path: "nat floating",
    summary: "Floating IPs, where they lead, and which of them are on this host",
    load: async () => (await import("./command/nat/floating.ts")).floatingCommand,
  },
  {
    path: "nat outbound",
    summary: "Outbound NAT of domains: ports, connections, refusals",
    load: async () => (await import("./command/nat/outbound.ts")).outboundCommand,
  },
  {
    path: "kernel diff",
    summary: "Differences between the kernel and what we want",
    load: async () => (await import("./command/kernel/diff.ts")).diffCommand,
  },
  {
    path: "doctor",
    summary: "Find settings of this host that do harm, and mend them",
    load: async () => (await import("./command/doctor/doctor.ts")).doctorCommand,
  },
  {
    path: "doctor mtu",
    summary: "What size of packets gets through between two ends, and where it breaks",
    load: async () => (await import("./command/doctor/mtu.ts")).mtuCommand,
  },
  { path: "events", summary: "What happened, and what happens", load: async () => (await import("./command/events.ts")).eventsCommand },
  { path: "metrics", summary: "Prometheus metrics of the daemon", load: async () => (await import("./command/metrics.ts")).metricsCommand },
  {
    path: "health",
    summary: "Whether the daemon is well, as an exit status",
    load: async () => (await import("./command/health.ts")).healthCommand,
  },
  {
    path: "lab demo",
    summary: "Build a fabric, break it in several ways, and measure what happens",
    load: async () => (await import("./command/lab/demo.ts")).labDemoCommand,
  },
  {
    path: "lab up",
    summary: "Build a fabric out of a topology file",
    load: async () => (await import("./command/lab/up.ts")).labUpCommand,
  },
  {
    path: "lab down",
    summary: "Remove a lab and everything in it",
    load: async () => (await import("./command/lab/down.ts")).labDownCommand,
  },
  { path: "lab list", summary: "Labs of this machine", load: async () => (await import("./command/lab/list.ts")).labListCommand },
  {
    path: "lab status",
    summary: "Members, sessions, processes and workloads of a lab",
    load: async () => (await import("./command/lab/status.ts")).labStatusCommand,
  },
  {
    path: "lab exec",
    summary: "Run a command in a node or workload",
    load: async () => (await import("./command/lab/exec.ts")).labExecCommand,
  },
  {
    path: "lab graph",
    summary: "Draw a lab as Mermaid or SVG",
    load: async () => (await import("./command/lab/graph.ts")).labGraphCommand,
  },
  {
    path: "lab move",
    summary: "Migrate a running workload to another node",
    load: async () => (await import("./command/lab/move.ts")).labMoveCommand,
  },
  { path: "lab cut", summary: "Cut links", load: async () => (await import("./command/lab/cut.ts")).labCutCommand },
  { path: "lab heal", summary: "Undo cuts and losses", load: async () => (await import("./command/lab/heal.ts")).labHealCommand },
  {
    path: "lab loss",
    summary: "Lose a share of the frames of links",
    load: async () => (await import("./command/lab/loss.ts")).labLossCommand,
  },
  {
    path: "completion",
    summary: "Print the completion script for a shell",
    load: async () => (await import("./command/completion.ts")).completionCommand,
  },
  { path: "version", summary: "Print the version", load: async () => (await import("./command/version.ts")).versionCommand },
];
