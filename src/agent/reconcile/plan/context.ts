// SPDX-License-Identifier: Apache-2.0
import type { Mac } from "../../../base/net/mac.ts";
import type { NamespaceName, ObjectKey } from "../../desired/object.ts";
import { keyOf } from "../../desired/object.ts";
import type { Wanted } from "../../desired/wanted-objects.ts";
import type { ActualLink, ActualState } from "../../kernel/actual.ts";
import { ownAlias, unmarkedGroup } from "../../ownership.ts";
import type { Op } from "../op.ts";

export interface PlanContext {
  readonly wanted: Wanted;
  readonly actual: ActualState;
  /** The VXLAN device or bridge belongs to a network that we serve: only there may entries be pruned. */
  manages(ns: NamespaceName, dev: string): boolean;
  /** After a restart, until the peers have told everything: entries of the earlier run that are not (yet) wanted stay. */
  keeps(key: ObjectKey): boolean;
  /** There are such entries. */
  keepsSome(): boolean;
  /** A MAC that is behind a port of this host, by the bridge's own table. */
  isLocal(ns: NamespaceName, bridge: string, mac: string): boolean;
  /** A MAC that is behind another VTEP by what all peers have told. */
  isElsewhere(ns: NamespaceName, bridge: string, mac: Mac): boolean;
}

export type Verdict =
  | { readonly kind: "settled" }
  | {
      readonly kind: "ops";
      readonly ops: readonly Op[];
      /** The object must go before it can be made with other properties. */
      readonly remake?: boolean;
    }
  /** Something of somebody else is in the way; it is shown and left alone. */
  | { readonly kind: "conflict"; readonly reason: string }
  /** Not possible before something else happens, which will make the object dirty again. */
  | { readonly kind: "waiting"; readonly reason: string };

export const settled: Verdict = { kind: "settled" };

export function conflict(reason: string): Verdict {
  return { kind: "conflict", reason };
}

export function waiting(reason: string): Verdict {
  return { kind: "waiting", reason };
}

export function opsOrSettled(ops: readonly Op[]): Verdict {
  return ops.length === 0 ? settled : { kind: "ops", ops };
}

/** Why entries cannot be put on a device now; undefined when they can, because it is there or this plan makes it. */
export function deviceMissing(ns: NamespaceName, name: string, context: PlanContext): Verdict | undefined {
  const link = context.actual.link(ns, name);
  const wanted = context.wanted.get(keyOf({ kind: "link", ns, name }));
  if (wanted?.kind === "link" && wanted.device.kind === "veth-peer" && !link) return waiting(`device ${name} is not there`);
  if (wanted) return link && !isOurs(link) && !isHalfMade(link) ? waiting(`device ${name} belongs to somebody else`) : undefined;
  return link ? undefined : waiting(`device ${name} is not there`);
}

export function isOurs(link: ActualLink): boolean {
  return link.alias === ownAlias;
}

/** What an agent leaves that is killed between making and marking a device. */
export function isHalfMade(link: ActualLink): boolean {
  return link.alias === undefined && link.group === unmarkedGroup;
}
