// SPDX-License-Identifier: Apache-2.0
import { type AttachmentObject, hostNamespace, type NamespaceName, type ObjectKey } from "../../desired/object.ts";
import type { ActualLink } from "../../kernel/actual.ts";
import { portAlias } from "../../ownership.ts";
import type { Op } from "../op.ts";
import { conflict, isOurs, opsOrSettled, type PlanContext, settled, type Verdict, waiting } from "./context.ts";

/**
 * An interface of a workload: taken from the host namespace, put into the bridge, and given back when it is no longer declared.
 * The alias `weft-port` says that it was us who attached it; a port that an administrator put into the same bridge has none and stays.
 */
export function planAttachment(
  key: ObjectKey,
  ref: { readonly ns: NamespaceName; readonly name: string },
  wanted: AttachmentObject | undefined,
  context: PlanContext,
): Verdict {
  const { ns, name } = ref;
  const link = context.actual.link(ns, name);
  if (!wanted) return link?.alias === portAlias ? { kind: "ops", ops: [giveBack(key, ns, link, context)] } : settled;
  if (!link) return ns === hostNamespace ? absent(name) : take(key, wanted, context);
  if (isOurs(link)) return conflict(`${name} is a device of the agent`);
  const master = masterName(ns, link, context);
  if (master !== undefined && master !== wanted.bridge && link.alias !== portAlias) {
    return conflict(`${name} is a port of ${master}, where somebody else put it`);
  }
  const ops: Op[] = [];
  if (master !== wanted.bridge) ops.push({ kind: "set-master", key, ns, name, master: wanted.bridge });
  // An alias of somebody else's stays; then the port is ours to give back only while this process runs.
  if (link.alias === undefined) ops.push({ kind: "mark-link", key, ns, name, alias: portAlias });
  if (!link.up) ops.push({ kind: "set-up", key, ns, name });
  return opsOrSettled(ops);
}

/**
 * Out of a bridge or a namespace of ours only. One that stands elsewhere came here with the mark of an agent that it has left, and may be put
 * into somebody's bridge at this very moment: it loses the mark and nothing else.
 */
function giveBack(key: ObjectKey, ns: NamespaceName, link: ActualLink, context: PlanContext): Op {
  const { name } = link;
  const master = context.actual.linkByIndex(ns, link.master);
  const isHeld = ns !== hostNamespace || (master !== undefined && isOurs(master));
  return isHeld ? { kind: "release-link", key, ns, name } : { kind: "mark-link", key, ns, name, alias: "" };
}

function absent(name: string): Verdict {
  return waiting(`interface ${name} has not appeared`);
}

function take(key: ObjectKey, wanted: AttachmentObject, context: PlanContext): Verdict {
  const { ns, name, bridge } = wanted;
  const held = context.actual.link(hostNamespace, name);
  if (!held) return absent(name);
  if (isOurs(held)) return conflict(`${name} is a device of the agent`);
  const master = masterName(hostNamespace, held, context);
  if (master !== undefined && held.alias !== portAlias) return conflict(`${name} is a port of ${master}, where somebody else put it`);
  const ops: Op[] = [
    { kind: "move-link", key, ns: hostNamespace, name, to: ns },
    { kind: "set-master", key, ns, name, master: bridge },
    { kind: "set-up", key, ns, name },
  ];
  if (held.alias === undefined) ops.push({ kind: "mark-link", key, ns, name, alias: portAlias });
  return { kind: "ops", ops };
}

function masterName(ns: NamespaceName, link: ActualLink, context: PlanContext): string | undefined {
  return link.master === 0 ? undefined : (context.actual.linkByIndex(ns, link.master)?.name ?? `#${link.master}`);
}
