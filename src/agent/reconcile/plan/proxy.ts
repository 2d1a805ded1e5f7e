// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../../base/net/ip.ts";
import type { NamespaceName, ObjectKey } from "../../desired/object.ts";
import { type PlanContext, settled, type Verdict, waiting } from "./context.ts";

/** An entry of an administrator does as well, and stays his. */
export function planProxy(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly dev: string; readonly ip: Ip },
  wanted: boolean,
  context: PlanContext,
): Verdict {
  const { ns, dev, ip } = ref;
  const there = context.actual.fact(key);
  if (!wanted) return there === "own" ? { kind: "ops", ops: [{ kind: "delete-proxy", key, ns, dev, ip }] } : settled;
  if (there !== undefined) return settled;
  if (!context.actual.link(ns, dev)) return waiting(`device ${dev} is not there`);
  return { kind: "ops", ops: [{ kind: "put-proxy", key, ns, dev, ip }] };
}
