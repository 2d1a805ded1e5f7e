// SPDX-License-Identifier: Apache-2.0
/**
 * How the kernel remembers what is ours, so that a new process knows it again and nothing else is ever touched.
 *
 * - devices that we made, and the `lo` of a namespace that we made: interface alias `weft`
 * - devices that are being made: `group` {@link unmarkedGroup}, since the kernel takes no alias with them; the alias takes its place
 * - interfaces of workloads that we attached: alias `weft-port`, unless they have one of somebody else's
 * - remote MACs, in the bridge's table and in the VXLAN's: NTF_EXT_LEARNED (`bridge fdb … extern_learn`)
 * - flood entries: the same mark. The kernel keeps it per MAC, not per VTEP: where an administrator made the first entry for the zero
 *   MAC by hand, ours beside it are not marked, and stay when nobody wants them any more
 * - neighbours elsewhere: NTF_EXT_LEARNED and our protocol number in NDA_PROTOCOL (`ip neigh … extern_learn proto 87`), state NOARP
 * - neighbours that are here: the same mark and a state of the kernel's resolution. It keeps the garbage collection away, which knows
 *   nothing of silent workloads; who finds no agent any more has them given back (`weft agent cleanup`)
 *
 * - addresses, on devices of ours: our protocol number in IFA_PROTO (`ip addr add … proto 87`, kernels from 5.18; with an older one those
 *   that are no longer wanted stay until their device goes)
 * - routes: our protocol number (`ip route … proto 87`), and metrics that nobody else has, so that putting one never replaces another's
 *
 * FDB entries have no protocol number, so two EVPN daemons in one namespace cannot tell their entries apart: run one.
 */
export const ownAlias = "weft";

/** "weft" as a number; nobody else's devices are in this group. */
export const unmarkedGroup = 0x77_65_66_74;

/** Alias of a workload's interface that the agent attached and will give back. */
export const portAlias = "weft-port";

/**
 * Value of NDA_PROTOCOL on neighbours, of IFA_PROTO on addresses, and protocol of routes of ours. 87 is "W"; neither /etc/iproute2/rt_protos nor rtnetlink.h gives it to anybody,
 * and it is above RTPROT_STATIC, so that the kernel treats it as a routing daemon's.
 */
export const ownProtocol = 87;

/**
 * Metrics of our routes. Connected routes (0 with IPv4, 256 with IPv6) win over them for the same prefix, and so does what somebody
 * puts there by hand (0 and 1024 when he says nothing); of our own, those of the configuration before those of peers.
 */
export const staticMetric = 1087;
export const peerMetric = 2087;
/** Of the way to the public side of this host: nearer than any that a peer tells. */
export const natMetric = 1587;

/** `weft-<domain>`: one network namespace per domain present on the host. */
export const namespacePrefix = "weft-";
