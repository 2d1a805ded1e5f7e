// SPDX-License-Identifier: Apache-2.0
import type { AttributeSource, AttributeSummary } from "./attribute-summary.ts";

/** The three kinds of neighbour, with and without long-lived graceful restart: what decides whether a route may go there. */
export type ExportClass = number;
export const exportClasses = 6;
export const exportMasks = 1 << exportClasses;

export function exportClassOf(role: "client" | "non-client" | "ebgp", longLived: boolean): ExportClass {
  return (role === "client" ? 0 : role === "non-client" ? 1 : 2) + (longLived ? 3 : 0);
}

const toClient = 0b001001;
const toNonClient = 0b010010;
const toEbgp = 0b100100;
const toLongLived = 0b111000;

/** Bit per {@link ExportClass}: where a path with these attributes may be sent, its own peer aside. */
export function exportMaskOf(source: AttributeSource, summary: AttributeSummary): number {
  // RFC 1997.
  if (summary.noAdvertise) return 0;
  // RFC 4456 §6: a path from a non-client goes to clients only; RFC 4271 §9.2: and to other ASes.
  let mask = source.role === "non-client" ? toClient | toEbgp : toClient | toNonClient | toEbgp;
  if (summary.noExport) mask &= ~toEbgp;
  // RFC 9494 §4.3: not to those who would take it for a fresh route.
  if (summary.llgrStale) mask &= toLongLived;
  return mask;
}
