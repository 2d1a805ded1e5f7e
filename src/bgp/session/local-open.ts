// SPDX-License-Identifier: Apache-2.0
import type { Capability } from "../wire/capability/capability.ts";
import type { Family } from "../wire/family.ts";
import { addPathReceive, addPathSend } from "../wire/capability/add-path.ts";
import { type Open, makeOpen } from "../wire/open.ts";
import type { SessionConfig } from "./config.ts";

/** What a speaker can say of itself in its OPEN. */
export interface LocalCapabilityOptions {
  readonly asn: number;
  readonly families: readonly Family[];
  readonly hostname: string | undefined;
  readonly gracefulRestart: LocalGracefulRestart | undefined;
  /** Several paths of an EVPN route, in which directions. */
  readonly addPath?: { readonly receive: boolean; readonly send: boolean } | undefined;
}

export interface LocalGracefulRestart {
  /** R bit: we restarted and shall get End-of-RIB before peers give up our routes. */
  readonly restarting: boolean;
  /** N bit — RFC 8538 §2. */
  readonly notifications: boolean;
  /** Seconds. */
  readonly restartTime: number;
  /** Seconds; 0: no long-lived graceful restart. */
  readonly longLived: number;
}

/** Every capability that we have, in the order in which they are sent. */
export function localCapabilities(o: LocalCapabilityOptions): readonly Capability[] {
  const out: Capability[] = o.families.map((family) => ({ kind: "multiprotocol", family }));
  out.push(
    { kind: "route-refresh" },
    { kind: "enhanced-route-refresh" },
    { kind: "extended-message" },
    { kind: "four-octet-as", asn: o.asn },
  );
  const restart = o.gracefulRestart;
  if (restart) {
    // What forwards is the kernel (or, of a reflector, nothing): it always survives us.
    const families = o.families.map((family) => ({ family, forwarding: true }));
    out.push({
      kind: "graceful-restart",
      restarted: restart.restarting,
      notification: restart.notifications,
      restartTime: restart.restartTime,
      families,
    });
    if (restart.longLived > 0) {
      const longLived = families.map((f) => ({ ...f, staleTime: restart.longLived }));
      out.push({ kind: "long-lived-graceful-restart", families: longLived });
    }
  }
  const mode = (o.addPath?.receive ? addPathReceive : 0) | (o.addPath?.send ? addPathSend : 0);
  if (mode !== 0 && o.families.includes("l2vpn-evpn")) out.push({ kind: "add-path", families: [{ family: "l2vpn-evpn", mode }] });
  if (o.hostname !== undefined) out.push({ kind: "fqdn", host: o.hostname, domain: "" });
  return out;
}

export function localOpen(config: SessionConfig): Open {
  return makeOpen({
    asn: config.localAsn,
    holdTime: config.holdTime,
    identifier: config.routerId,
    capabilities: config.capabilities,
  });
}
