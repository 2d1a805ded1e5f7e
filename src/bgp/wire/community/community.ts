// SPDX-License-Identifier: Apache-2.0
/** A community as the 32-bit number that it is — RFC 1997. */
export type Community = number;

export const noExport: Community = 0xffffff01;
export const noAdvertise: Community = 0xffffff02;
export const noExportSubconfed: Community = 0xffffff03;
/** RFC 9494 §4.6: a stale path kept by long-lived graceful restart. */
export const llgrStale: Community = 0xffff0006;
/** RFC 9494 §4.7: must not be kept by it. */
export const noLlgr: Community = 0xffff0007;

/** IANA "BGP Well-known Communities". */
const names: ReadonlyMap<Community, string> = new Map([
  [0xffff0000, "graceful-shutdown"],
  [0xffff0001, "accept-own"],
  [0xffff0002, "route-filter-translated-v4"],
  [0xffff0003, "route-filter-v4"],
  [0xffff0004, "route-filter-translated-v6"],
  [0xffff0005, "route-filter-v6"],
  [llgrStale, "llgr-stale"],
  [noLlgr, "no-llgr"],
  [0xffff0008, "accept-own-nexthop"],
  [0xffff0009, "standby-pe"],
  [0xffff029a, "blackhole"],
  [noExport, "no-export"],
  [noAdvertise, "no-advertise"],
  [noExportSubconfed, "no-export-subconfed"],
  [0xffffff04, "no-peer"],
]);

/** `65000:1`, or the name of a well-known one. */
export function formatCommunity(c: Community): string {
  return names.get(c) ?? `${c >>> 16}:${c & 0xffff}`;
}

/** Parses what {@link formatCommunity} prints; undefined when it is neither. */
export function parseCommunity(text: string): Community | undefined {
  for (const [value, name] of names) if (name === text.toLowerCase()) return value;
  const m = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  if (!m || Number(m[1]) > 65535 || Number(m[2]) > 65535) return undefined;
  return Number(m[1]) * 65536 + Number(m[2]);
}
