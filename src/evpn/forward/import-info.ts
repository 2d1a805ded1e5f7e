// SPDX-License-Identifier: Apache-2.0
import { type Ip, ipFromBytes } from "../../base/net/ip.ts";
import type { Mac } from "../../base/net/mac.ts";
import type { AttributeSet } from "../../bgp/rib/types.ts";
import { vxlanTunnelType } from "../../bgp/wire/community/encapsulation.ts";
import type { RouteTarget } from "../types.ts";
import { type PmsiInfo, type Preference, readAttributes } from "./read-attributes.ts";

/** What import needs of a set of attributes, read once per set. */
export interface ImportInfo {
  readonly targets: readonly RouteTarget[];
  /** Undefined when the next hop is none. */
  readonly vtep: Ip | undefined;
  readonly sequence: number;
  readonly sticky: boolean;
  /** IANA tunnel type of a route that offers encapsulations and VXLAN is not among them. */
  readonly otherTunnel: number | undefined;
  readonly pmsi: PmsiInfo | undefined;
  readonly routerMac: Mac | undefined;
  readonly isGateway: boolean;
  readonly preference: Preference;
  /** Of what another domain of this host announces; undefined for routes of peers. */
  readonly domain: string | undefined;
  /** Equal for sets that import treats alike. */
  readonly signature: string;
}

const cache = new WeakMap<AttributeSet, ImportInfo>();

export function importInfo(set: AttributeSet): ImportInfo {
  let info = cache.get(set);
  if (!info) {
    info = readImportInfo(set);
    cache.set(set, info);
  }
  return info;
}

function readImportInfo(set: AttributeSet): ImportInfo {
  const read = readAttributes(set.attributes());
  const vtep = nextHopAddress(set.nextHop);
  const otherTunnel = read.tunnels.includes(vxlanTunnelType) ? undefined : read.tunnels[0];
  const { targets, sequence, sticky, pmsi, routerMac, isGateway, preference } = read;
  return signed({ targets, vtep, sequence, sticky, otherTunnel, pmsi, routerMac, isGateway, preference, domain: undefined });
}

export function signed(facts: Omit<ImportInfo, "signature">): ImportInfo {
  return { ...facts, signature: JSON.stringify(facts) };
}

/** 4 or 16 octets, or a global address with a link-local one behind it (RFC 2545 §3). */
function nextHopAddress(b: Uint8Array): Ip | undefined {
  const ip = b.length === 4 || b.length === 16 ? ipFromBytes(b) : b.length === 32 ? ipFromBytes(b, 0, 16) : undefined;
  return ip === "0.0.0.0" || ip === "::" ? undefined : ip;
}
