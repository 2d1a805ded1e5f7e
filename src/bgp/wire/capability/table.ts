// SPDX-License-Identifier: Apache-2.0
import { Reader } from "../../../base/bytes/reader.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import { NotEncodable, malformedMessage } from "../errors.ts";
import { addPath } from "./add-path.ts";
import type { Capability } from "./capability.ts";
import type { CapabilityCodec } from "./codec.ts";
import { enhancedRouteRefresh } from "./enhanced-route-refresh.ts";
import { extendedMessage } from "./extended-message.ts";
import { extendedNextHop } from "./extended-next-hop.ts";
import { fourOctetAs } from "./four-octet-as.ts";
import { fqdn } from "./fqdn.ts";
import { gracefulRestart } from "./graceful-restart.ts";
import { longLivedGracefulRestart } from "./long-lived-graceful-restart.ts";
import { multiprotocol } from "./multiprotocol.ts";
import { role } from "./role.ts";
import { routeRefreshCapability } from "./route-refresh.ts";

type KnownKind = Exclude<Capability["kind"], "opaque-capability">;

export const capabilityTable: { readonly [K in KnownKind]: CapabilityCodec<Extract<Capability, { readonly kind: K }>> } = {
  multiprotocol,
  "route-refresh": routeRefreshCapability,
  "extended-next-hop": extendedNextHop,
  "extended-message": extendedMessage,
  role,
  "graceful-restart": gracefulRestart,
  "four-octet-as": fourOctetAs,
  "add-path": addPath,
  "enhanced-route-refresh": enhancedRouteRefresh,
  "long-lived-graceful-restart": longLivedGracefulRestart,
  fqdn,
};

const byCode = new Map(Object.values(capabilityTable).map((row) => [row.code, row as CapabilityCodec<Capability>]));

export function capabilityCode(c: Capability): number {
  return c.kind === "opaque-capability" ? c.code : capabilityTable[c.kind].code;
}

export function capabilityName(code: number): string {
  return byCode.get(code)?.name ?? `capability ${code}`;
}

/** Decodes a value; one that its row cannot read becomes opaque, so that the other capabilities still count. */
export function decodeCapability(code: number, value: Uint8Array): Capability {
  const row = byCode.get(code);
  if (!row) return { kind: "opaque-capability", code, value: value.slice() };
  try {
    const r = new Reader(value);
    const capability = row.decode(r);
    if (r.remaining === 0) return capability;
    return { kind: "opaque-capability", code, value: value.slice(), fault: `${row.name}: ${r.remaining} octets too many` };
  } catch (error) {
    const message = malformedMessage(error);
    if (message === undefined) throw error;
    return { kind: "opaque-capability", code, value: value.slice(), fault: `${row.name}: ${message}` };
  }
}

/** `code 1 | length 1 | value`. @throws NotEncodable when the value passes 255 octets */
export function encodeCapability(c: Capability, w: Writer): void {
  const value = new Writer(64);
  if (c.kind === "opaque-capability") value.put(c.value);
  // The row under a kind takes that kind; the compiler cannot follow the correlation.
  else (capabilityTable[c.kind] as CapabilityCodec<Capability>).encode(c, value);
  if (value.length > 255)
    throw new NotEncodable(`capability ${capabilityName(capabilityCode(c))}: ${value.length} octets, at most 255 fit`);
  w.u8(capabilityCode(c)).u8(value.length).put(value.finish());
}
