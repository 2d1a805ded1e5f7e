// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../base/net/mac.ts";
import type { RawAttribute } from "../wire/attribute.ts";
import type { BridgePortOptions } from "./bridge-port.ts";
import { type LinkKind, linkKindName } from "./link-kind/link-kind.ts";

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;

// linux/if.h
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const IFF_LOWER_UP = 0x10000;

/** IF_OPER_* (RFC 2863 §3.1.14), in order of their numbers. */
export const operstates = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"] as const;
export type Operstate = (typeof operstates)[number];

/** IN6_ADDR_GEN_MODE_*, in order of their numbers. */
export const addressGenerationModes = ["eui64", "none", "stable_secret", "random"] as const;
export type AddressGenerationMode = (typeof addressGenerationModes)[number];

/** A network interface. */
export interface Link {
  readonly ifindex: number;
  readonly name: string;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly hardwareType: number;
  /** IFF_* bits. */
  readonly flags: number;
  /** Administratively up. */
  readonly up: boolean;
  readonly mtu: number;
  /** Absent when the device has none of six octets. */
  readonly address?: Mac;
  /** ifindex of the bridge (or VRF, bond) above. */
  readonly master?: number;
  /** The device below, or a veth's other end; counts in the namespace `linkNamespaceId` when that is present. */
  readonly linkIfindex?: number;
  readonly linkNamespaceId?: number;
  readonly operstate: Operstate;
  readonly carrier?: boolean;
  readonly addressGenerationMode?: AddressGenerationMode;
  readonly alias?: string;
  readonly txQueueLength?: number;
  readonly group?: number;
  readonly kind?: LinkKind;
  /** Present when the master is a bridge. */
  readonly port?: BridgePortOptions;
  /** Present in RTM_DELLINK when it did not go away but moved: id of the new namespace. */
  readonly newNamespaceId?: number;
  readonly unknown?: readonly RawAttribute[];
}

/** What to make or change; absent fields stay as they are. */
export interface LinkSettings {
  readonly name?: string;
  readonly up?: boolean;
  /** A bridge's MTU follows the smallest of its ports until `link.set` sets one; what it was made with does not count. */
  readonly mtu?: number;
  readonly address?: Mac;
  /** ifindex of the new master; 0: none (`nomaster`). */
  readonly master?: number;
  /** Empty takes it away. */
  readonly alias?: string;
  readonly addressGenerationMode?: AddressGenerationMode;
  readonly txQueueLength?: number;
  readonly group?: number;
  readonly kind?: LinkKind;
  /** The device below, for kinds that need one (`ip link add link DEV …`). */
  readonly linkIfindex?: number;
  /** Path of the namespace to make it in or to move it to: `/run/netns/x`. */
  readonly namespace?: string;
}

/** What the kernel takes when it makes an interface; the rest needs `link.set` afterwards (it refuses or ignores it here). */
export type NewLink = Omit<LinkSettings, "addressGenerationMode" | "alias"> & { readonly name: string; readonly kind: LinkKind };

/** An interface by index or by name. Prefer the index: names can be given to another one. */
export type LinkTarget = number | string;

export type LinkRequest =
  | { readonly object: "link"; readonly verb: "add"; readonly settings: NewLink }
  | { readonly object: "link"; readonly verb: "set"; readonly target: LinkTarget; readonly settings: LinkSettings }
  | { readonly object: "link"; readonly verb: "delete"; readonly target: LinkTarget };

/** Requests about interfaces. */
export const link = {
  /** `ip link add NAME [mtu …] [address …] type KIND …`; EEXIST when the name is taken. */
  add: (settings: NewLink): LinkRequest => ({ object: "link", verb: "add", settings }),
  /** `ip link set dev DEV [up|down] [master DEV|nomaster] [mtu …] [netns …] [type KIND …]`; ENODEV when it is not there. */
  set: (target: LinkTarget, settings: LinkSettings): LinkRequest => ({ object: "link", verb: "set", target, settings }),
  /** `ip link del DEV`; takes its addresses, routes, neighbours and FDB entries with it, and a veth's other end. */
  delete: (target: LinkTarget): LinkRequest => ({ object: "link", verb: "delete", target }),
};

function formatSettings(s: LinkSettings): string[] {
  const words: string[] = [];
  if (s.name !== undefined) words.push(`name ${s.name}`);
  if (s.linkIfindex !== undefined) words.push(`link ${s.linkIfindex}`);
  if (s.mtu !== undefined) words.push(`mtu ${s.mtu}`);
  if (s.address !== undefined) words.push(`address ${s.address}`);
  if (s.master !== undefined) words.push(s.master === 0 ? "nomaster" : `master ${s.master}`);
  if (s.alias !== undefined) words.push(`alias ${JSON.stringify(s.alias)}`);
  if (s.addressGenerationMode !== undefined) words.push(`addrgenmode ${s.addressGenerationMode}`);
  if (s.txQueueLength !== undefined) words.push(`txqueuelen ${s.txQueueLength}`);
  if (s.group !== undefined) words.push(`group ${s.group}`);
  if (s.namespace !== undefined) words.push(`netns ${s.namespace}`);
  if (s.up !== undefined) words.push(s.up ? "up" : "down");
  if (s.kind !== undefined) words.push(`type ${linkKindName(s.kind)}`, ...formatKind(s.kind));
  return words;
}

function formatKind(kind: LinkKind): string[] {
  return Object.entries(kind)
    .filter(([field]) => field !== "kind" && field !== "unknown" && field !== "data" && !(kind.kind === "generic" && field === "name"))
    .map(([field, value]) => `${field} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
}

export function formatLinkRequest(r: LinkRequest): string {
  if (r.verb === "delete") return `ip link del ${r.target}`;
  if (r.verb === "set") return `ip link set dev ${r.target} ${formatSettings(r.settings).join(" ")}`;
  return `ip link add ${formatSettings(r.settings).join(" ")}`;
}
