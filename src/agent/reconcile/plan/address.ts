// SPDX-License-Identifier: Apache-2.0
import { type Ip, isIp4 } from "../../../base/net/ip.ts";
import type { AddressObject, NamespaceName, ObjectKey } from "../../desired/object.ts";
import type { Op } from "../op.ts";
import { conflict, deviceMissing, type PlanContext, settled, type Verdict } from "./context.ts";

/** An address of a device of ours, with the route that the kernel makes for it. One that somebody else put there stays, and does as well where it is the same. */
export function planAddress(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip; readonly length: number },
  wanted: AddressObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns, dev, ip, length } = ref;
  const there = context.actual.addresses(ns, dev).filter((a) => a.ip === ip);
  const same = there.find((a) => a.length === length);
  if (!wanted) {
    if (same?.own !== true || !context.manages(ns, dev)) return settled;
    return { kind: "ops", ops: [{ kind: "delete-address", key, ns, dev, ip, length }] };
  }
  const missing = deviceMissing(ns, dev, context);
  if (missing) return missing;
  if (same) {
    const isLost = context.actual.lacksConnected(ns, ip, length) && context.actual.link(ns, dev)?.up === true;
    return isLost ? { kind: "ops", ops: [{ kind: "put-connected", key, ns, dev, ip, length }] } : settled;
  }
  const put: Op = { kind: "put-address", key, ns, dev, ip, length };
  // IPv6 has each address once, whatever the length.
  const other = isIp4(ip) ? undefined : there[0];
  if (!other) return { kind: "ops", ops: [put] };
  if (!other.own) return conflict(`${dev} has ${ip}/${other.length}, which is not ours`);
  return { kind: "ops", ops: [{ kind: "delete-address", key, ns, dev, ip, length: other.length }, put], remake: true };
}
