// SPDX-License-Identifier: Apache-2.0
import { type KernelObject, type ObjectKey, parseKey } from "../desired/object.ts";
import type { Op } from "./op.ts";
import { rankCount, rankOf } from "./op.ts";
import { planAddress } from "./plan/address.ts";
import { planAttachment } from "./plan/attachment.ts";
import type { PlanContext, Verdict } from "./plan/context.ts";
import { planFlood, planNeighbour, planRemoteMac } from "./plan/entries.ts";
import { planLink, planNamespace } from "./plan/link.ts";
import { planRoute } from "./plan/route.ts";
import { planProxy } from "./plan/proxy.ts";
import { planRuleset } from "./plan/ruleset.ts";
import { planSysctl } from "./plan/sysctl.ts";

/** What a set of objects needs: steps by rank, and the objects for which nothing can be done now. */
export interface Plan {
  /** Index is the rank; within a rank the order does not matter. */
  readonly ranks: readonly (readonly Op[])[];
  readonly conflicts: ReadonlyMap<ObjectKey, string>;
  readonly waiting: ReadonlyMap<ObjectKey, string>;
  readonly opCount: number;
}

/** The difference between what is wanted and what is there, for the objects named by `keys`. */
export function plan(keys: Iterable<ObjectKey>, context: PlanContext): Plan {
  const ranks: Op[][] = Array.from({ length: rankCount }, () => []);
  const conflicts = new Map<ObjectKey, string>();
  const waiting = new Map<ObjectKey, string>();
  let opCount = 0;
  for (const key of keys) {
    const verdict = planObject(key, context);
    switch (verdict.kind) {
      case "settled":
        continue;
      case "conflict":
        conflicts.set(key, verdict.reason);
        continue;
      case "waiting":
        waiting.set(key, verdict.reason);
        continue;
      case "ops": {
        for (const op of verdict.ops) ranks[rankOf(op, verdict.remake === true)]!.push(op);
        opCount += verdict.ops.length;
      }
    }
  }
  return { ranks, conflicts, waiting, opCount };
}

export function planObject(key: ObjectKey, context: PlanContext): Verdict {
  const wanted = context.wanted.get(key);
  const ref = wanted ?? parseKey(key);
  switch (ref.kind) {
    case "namespace":
      return planNamespace(key, ref.ns, wanted !== undefined, context);
    case "link":
      return planLink(key, ref, narrow(wanted, "link"), context);
    case "attachment":
      return planAttachment(key, ref, narrow(wanted, "attachment"), context);
    case "sysctl":
      return planSysctl(key, ref, narrow(wanted, "sysctl"), context);
    case "remote-mac":
      return planRemoteMac(key, ref, narrow(wanted, "remote-mac"), context);
    case "flood":
      return planFlood(key, ref, narrow(wanted, "flood"), context);
    case "address":
      return planAddress(key, ref, narrow(wanted, "address"), context);
    case "route":
      return planRoute(key, ref, narrow(wanted, "route"), context);
    case "proxy":
      return planProxy(key, ref, wanted !== undefined, context);
    case "ruleset":
      return planRuleset(key, ref, narrow(wanted, "ruleset"), context);
    default:
      return planNeighbour(key, ref, narrow(wanted, "neighbour"), context);
  }
}

function narrow<K extends KernelObject["kind"]>(
  object: KernelObject | undefined,
  kind: K,
): (KernelObject & { readonly kind: K }) | undefined {
  return object?.kind === kind ? (object as KernelObject & { readonly kind: K }) : undefined;
}
