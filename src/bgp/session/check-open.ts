// SPDX-License-Identifier: Apache-2.0
import { Writer } from "../../base/bytes/writer.ts";
import { encodeCapability } from "../wire/capability/table.ts";
import { type Notification, notification } from "../wire/notification.ts";
import { type Open, openAsn } from "../wire/open.ts";
import type { PeerAsn, SessionConfig } from "./config.ts";
import { offeredFamilies } from "./negotiate.ts";

/** Why an OPEN is not taken. */
export interface Refusal {
  readonly notification: Notification;
  /** For people: what the peer said and what was wanted. */
  readonly why: string;
}

/**
 * Whether we want a session with whoever sent this OPEN — RFC 4271 §6.2. The octets were judged when it was decoded; this
 * holds for any value.
 */
export function checkOpen(open: Open, config: SessionConfig): Refusal | undefined {
  const refuse = (subcode: number, why: string, data?: Uint8Array): Refusal => ({ notification: notification(2, subcode, data), why });
  if (open.version !== 4) return refuse(1, `version ${open.version}`, Uint8Array.of(0, 4));
  const asn = openAsn(open);
  if (!acceptableAsn(asn, config.peerAsn, config.localAsn)) return refuse(2, `it is in AS ${asn}, wanted is ${describeAsn(config)}`);
  if (open.identifier === 0) return refuse(3, "its identifier is 0.0.0.0");
  // RFC 6286 §2.2: within an AS identifiers differ.
  if (asn === config.localAsn && open.identifier === config.routerId) return refuse(3, "its identifier is ours");
  if (open.holdTime === 1 || open.holdTime === 2) return refuse(6, `hold time of ${open.holdTime} s`);
  const strange = open.parameters.find((p) => p.kind === "parameter");
  if (strange?.kind === "parameter") return refuse(4, `optional parameter ${strange.type}`);
  const offered = offeredFamilies(open);
  if (config.families.some((f) => offered.includes(f))) return undefined;
  return refuse(7, `it offers ${offered.join(", ")}, wanted is ${config.families.join(" or ")}`, wantedFamilies(config));
}

function acceptableAsn(asn: number, wanted: PeerAsn, local: number): boolean {
  // RFC 7607 §2: AS 0 is nobody's.
  if (asn === 0) return false;
  if (wanted === "external") return asn !== local;
  return typeof wanted === "number" ? asn === wanted : wanted.includes(asn);
}

function describeAsn(config: SessionConfig): string {
  const wanted = config.peerAsn;
  if (wanted === "external") return `any but ${config.localAsn}`;
  return typeof wanted === "number" ? String(wanted) : wanted.join(" or ");
}

/** Data of Unsupported Capability: what the peer should have offered — RFC 5492 §5. */
function wantedFamilies(config: SessionConfig): Uint8Array {
  const w = new Writer(32);
  for (const family of config.families) encodeCapability({ kind: "multiprotocol", family }, w);
  return w.finish();
}
