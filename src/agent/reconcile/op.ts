// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { Prefix } from "../../base/net/prefix.ts";
import type { Table } from "../../nftables/table.ts";
import type { NamespaceName, ObjectKey, WantedDevice, WantedHop } from "../desired/object.ts";

interface OpBase {
  /** The object that it is done for. */
  readonly key: ObjectKey;
  readonly ns: NamespaceName;
}

/** One step towards the wanted state. Devices are named, not numbered: a step of the same plan may make them. */
export type Op = OpBase &
  (
    | { readonly kind: "create-namespace" }
    | { readonly kind: "delete-namespace" }
    | { readonly kind: "create-link"; readonly name: string; readonly device: WantedDevice; readonly mtu: number | undefined }
    /** `ip link set NAME alias ALIAS addrgenmode none`; an empty alias takes the mark away. */
    | { readonly kind: "mark-link"; readonly name: string; readonly alias: string }
    | { readonly kind: "delete-link"; readonly name: string }
    /** `ip link set NAME netns TO` from `ns`. */
    | { readonly kind: "move-link"; readonly name: string; readonly to: NamespaceName }
    /** Out of the bridge, without our alias, and back to the host namespace. */
    | { readonly kind: "release-link"; readonly name: string }
    /** `ip link set NAME master BRIDGE`, or `nomaster`. */
    | { readonly kind: "set-master"; readonly name: string; readonly master: string | undefined }
    | { readonly kind: "set-mtu"; readonly name: string; readonly mtu: number }
    | { readonly kind: "set-device"; readonly name: string; readonly change: DeviceChange }
    /** `bridge link set dev NAME neigh_suppress on learning off flood on mcast_flood on bcast_flood on isolated off` */
    | { readonly kind: "set-port-flags"; readonly name: string }
    | { readonly kind: "set-up"; readonly name: string }
    /** `closedBy`: a table that has to stand before; it is put in the same rank, before. */
    | { readonly kind: "write-sysctl"; readonly path: string; readonly value: string; readonly closedBy: ObjectKey | undefined }
    /** Puts back what was there before the first `write-sysctl`. */
    | { readonly kind: "restore-sysctl"; readonly path: string }
    | {
        readonly kind: "put-remote-mac";
        readonly dev: string;
        /** Undefined for the MAC of a router: then `entries` is "self". */
        readonly bridge: string | undefined;
        readonly mac: Mac;
        readonly vtep: Ip;
        readonly vni: number | undefined;
        readonly entries: EntryPair;
      }
    | { readonly kind: "delete-remote-mac"; readonly dev: string; readonly mac: Mac; readonly entries: EntryPair }
    | { readonly kind: "put-flood"; readonly dev: string; readonly vtep: Ip; readonly vni: number | undefined }
    | { readonly kind: "delete-flood"; readonly dev: string; readonly vtep: Ip }
    | { readonly kind: "put-neighbour"; readonly dev: string; readonly ip: Ip; readonly mac: Mac }
    /** Gives a neighbour to the kernel's own resolution, which checks it by asking, and has it kept: it is here now. */
    | { readonly kind: "release-neighbour"; readonly dev: string; readonly ip: Ip; readonly mac: Mac }
    /** Leaves a neighbour to the kernel's garbage collection: its MAC is nowhere. */
    | { readonly kind: "unmark-neighbour"; readonly dev: string; readonly ip: Ip; readonly mac: Mac }
    | { readonly kind: "delete-neighbour"; readonly dev: string; readonly ip: Ip }
    /** `ip addr replace IP/LENGTH dev DEV proto 87 nodad` */
    | { readonly kind: "put-address" | "delete-address"; readonly dev: string; readonly ip: Ip; readonly length: number }
    /** `ip route add PREFIX dev DEV proto kernel scope link src IP`: as the kernel makes it with the address, and takes it away with it. */
    | { readonly kind: "put-connected"; readonly dev: string; readonly ip: Ip; readonly length: number }
    /** `ip route replace PREFIX metric METRIC proto 87 via IP dev DEV onlink`; with several hops as `nexthop` each. */
    | { readonly kind: "put-route"; readonly prefix: Prefix; readonly metric: number; readonly hops: readonly WantedHop[] }
    | { readonly kind: "delete-route"; readonly prefix: Prefix; readonly metric: number }
    /** `ip neigh replace proxy IP dev DEV proto 87` */
    | { readonly kind: "put-proxy" | "delete-proxy"; readonly dev: string; readonly ip: Ip }
    /** `nft -f`, one transaction. */
    | { readonly kind: "put-ruleset"; readonly table: Table }
    | { readonly kind: "delete-ruleset"; readonly table: Pick<Table, "family" | "name"> }
    /** `bridge fdb del MAC dev PORT master`: a local entry that EVPN says is stale. */
    | { readonly kind: "forget-local-mac"; readonly bridge: string; readonly mac: Mac }
  );

/**
 * What somebody changed and has to be as we made it; only that, since kernels refuse to be told of a mode that they were built without.
 * `ip link set NAME address … type bridge mcast_snooping 0 vlan_filtering 0`, `ip link set NAME address … type vxlan nolearning`.
 */
export type DeviceChange =
  | { readonly kind: "bridge"; readonly address?: Mac; readonly multicastSnooping?: false; readonly vlanFiltering?: false }
  | { readonly kind: "vxlan"; readonly address?: Mac; readonly learning?: false }
  | { readonly kind: "veth"; readonly address?: Mac };

/** Which of a remote MAC's two entries: the VXLAN's own table, the bridge's, or both with one request. */
export type EntryPair = "self" | "master" | "both";

/** The order of a plan: make before use, add before remove. */
const ranks: Readonly<Record<Op["kind"], number>> = {
  "create-namespace": 0,
  "create-link": 2,
  // The alias does not survive a move.
  "move-link": 3,
  "mark-link": 4,
  "write-sysctl": 5,
  // Before a device that it is about is up.
  "put-ruleset": 5,
  "set-mtu": 6,
  "set-master": 7,
  "set-port-flags": 8,
  "set-up": 9,
  // Last of all that concerns a device, since a step that the kernel refuses keeps the later ones from being tried.
  "set-device": 10,
  // The connected route comes with it.
  "put-address": 11,
  "put-connected": 11,
  "put-flood": 12,
  "put-remote-mac": 13,
  "put-neighbour": 14,
  "release-neighbour": 14,
  "unmark-neighbour": 14,
  // After the neighbours of the routers that it leads to.
  "put-route": 15,
  // When there is a way to what the host answers for.
  "put-proxy": 16,
  "delete-proxy": 16,
  // As long as the host forwards, the table says what.
  "restore-sysctl": 16,
  "delete-route": 16,
  "delete-neighbour": 17,
  "delete-remote-mac": 18,
  "forget-local-mac": 18,
  "delete-flood": 19,
  "delete-address": 20,
  "release-link": 21,
  "delete-link": 22,
  // As long as there are devices, it says what may pass them.
  "delete-ruleset": 23,
  "delete-namespace": 24,
};
const remakeRank = 1;

/** `remake`: the object cannot be changed, so it is taken away before it is made with other properties. */
export function rankOf(op: Op, remake: boolean): number {
  return remake && op.kind.startsWith("delete-") ? remakeRank : ranks[op.kind];
}

export const rankCount = 25;
