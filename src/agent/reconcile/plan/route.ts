// SPDX-License-Identifier: Apache-2.0
import type { Prefix } from "../../../base/net/prefix.ts";
import type { NamespaceName, ObjectKey, RouteObject } from "../../desired/object.ts";
import type { ActualHop, ActualRoute } from "../../kernel/actual.ts";
import { ownProtocol } from "../../ownership.ts";
import { conflict, deviceMissing, type PlanContext, settled, type Verdict, waiting } from "./context.ts";

/** A route of ours. Others for the same prefix have another metric; with just ours it would be replaced, and so it is a conflict. */
export function planRoute(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly prefix: Prefix; readonly metric: number },
  wanted: RouteObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns, prefix, metric } = ref;
  const route = context.actual.route(ns, prefix, metric);
  const isOwn = route?.protocol === ownProtocol;
  if (!wanted) {
    if (!isOwn || context.keeps(key)) return settled;
    return { kind: "ops", ops: [{ kind: "delete-route", key, ns, prefix, metric }] };
  }
  if (!context.actual.hasNamespace(ns) && !context.wanted.has(`namespace ${ns} ` as ObjectKey))
    return waiting(`namespace ${ns} is not there`);
  for (const { dev } of wanted.hops) {
    const missing = dev === undefined ? undefined : deviceMissing(ns, dev, context);
    if (missing) return missing;
  }
  if (route && !isOwn) return conflict(`there is one of protocol ${route.protocol} with this metric`);
  if (route && leadsTo(route, wanted, context)) return settled;
  return { kind: "ops", ops: [{ kind: "put-route", key, ns, prefix, metric, hops: wanted.hops }] };
}

/** Both have their hops in order of the addresses. */
function leadsTo(route: ActualRoute, wanted: RouteObject, context: PlanContext): boolean {
  if (route.type !== "unicast" || route.hops.length !== wanted.hops.length) return false;
  return route.hops.every((hop, i) => isHop(hop, wanted.hops[i]!, wanted.ns, context));
}

function isHop(hop: ActualHop, wanted: RouteObject["hops"][number], ns: NamespaceName, context: PlanContext): boolean {
  return hop.via === wanted.via && (wanted.dev === undefined || hop.dev === context.actual.link(ns, wanted.dev)?.index);
}
