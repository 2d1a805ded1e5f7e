// SPDX-License-Identifier: Apache-2.0
/** Configurations and OPENs for tests of the session. */
import type { Capability } from "../../wire/capability/capability.ts";
import type { Family } from "../../wire/family.ts";
import { type Open, makeOpen } from "../../wire/open.ts";
import type { SessionConfig } from "../config.ts";
import { localCapabilities } from "../local-open.ts";

/** AS 65000, 10.0.0.1, l2vpn-evpn, a peer in the same AS; `restart` offers graceful restart with the N bit. */
export function configOf(over: Partial<SessionConfig> & { readonly restart?: boolean } = {}): SessionConfig {
  const { restart, ...rest } = over;
  const asn = rest.localAsn ?? 65_000;
  const families = rest.families ?? ["l2vpn-evpn"];
  const gracefulRestart = restart ? { restarting: false, notifications: true, restartTime: 120, longLived: 0 } : undefined;
  return {
    localAsn: asn,
    routerId: 0x0a00_0001,
    peerAsn: 65_000,
    passive: false,
    holdTime: 90,
    connectRetry: 30_000,
    families,
    capabilities: localCapabilities({ asn, families, hostname: undefined, gracefulRestart }),
    keepWhenSilent: "nothing",
    ...rest,
  };
}

export interface SampleOpen {
  readonly asn?: number;
  readonly identifier?: number;
  readonly holdTime?: number;
  readonly families?: readonly Family[];
  readonly restart?: { readonly restarted?: boolean; readonly notification?: boolean; readonly forwarding?: boolean };
}

/** What a peer in AS 65000 at 10.0.0.4 would say. */
export function openFrom(o: SampleOpen = {}): Open {
  const families = o.families ?? ["l2vpn-evpn"];
  const asn = o.asn ?? 65_000;
  const capabilities: Capability[] = families.map((family) => ({ kind: "multiprotocol", family }));
  capabilities.push({ kind: "route-refresh" }, { kind: "four-octet-as", asn });
  if (o.restart) {
    const forwarding = o.restart.forwarding ?? true;
    capabilities.push({
      kind: "graceful-restart",
      restarted: o.restart.restarted ?? false,
      notification: o.restart.notification ?? false,
      restartTime: 120,
      families: families.map((family) => ({ family, forwarding })),
    });
  }
  return makeOpen({ asn, holdTime: o.holdTime ?? 90, identifier: o.identifier ?? 0x0a00_0004, capabilities });
}
