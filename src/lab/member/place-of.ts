// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { PlannedMember } from "../plan/plan.ts";
import type { Place } from "../system/place.ts";

/**
 * A weft node gets a `/run/netns` of its own: agents of several nodes would otherwise share the namespaces of their domains. And so does one
 * of FRR with domains, whose zebra takes every namespace that it sees for a VRF.
 */
export function placeOf(m: PlannedMember): Place {
  const place = { namespace: m.namespace, folder: m.folder };
  if (m.kind === "frr" && m.domains.length > 0) return { ...place, namespaces: `${m.folder}/netns` };
  if (m.kind !== "weft") return place;
  const kept = { ...place, keptBy: path.resolve(m.folder, "../..") };
  return m.role === "node" ? { ...kept, namespaces: `${m.folder}/netns` } : kept;
}
