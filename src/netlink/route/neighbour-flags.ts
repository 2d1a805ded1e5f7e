// SPDX-License-Identifier: Apache-2.0
/** States and flags that neighbour and FDB entries share (linux/neighbour.h). */

export const NUD_NONE = 0x00;
export const NUD_INCOMPLETE = 0x01;
export const NUD_REACHABLE = 0x02;
export const NUD_STALE = 0x04;
export const NUD_DELAY = 0x08;
export const NUD_PROBE = 0x10;
export const NUD_FAILED = 0x20;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
/** States in which the entry's MAC can be used. */
export const NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;

export const NTF_USE = 0x01;
export const NTF_SELF = 0x02;
export const NTF_MASTER = 0x04;
export const NTF_PROXY = 0x08;
export const NTF_EXT_LEARNED = 0x10;
export const NTF_OFFLOADED = 0x20;
export const NTF_STICKY = 0x40;
export const NTF_ROUTER = 0x80;

const stateNames: readonly (readonly [number, string])[] = [
  [NUD_INCOMPLETE, "incomplete"],
  [NUD_REACHABLE, "reachable"],
  [NUD_STALE, "stale"],
  [NUD_DELAY, "delay"],
  [NUD_PROBE, "probe"],
  [NUD_FAILED, "failed"],
  [NUD_NOARP, "noarp"],
  [NUD_PERMANENT, "permanent"],
];

/** `NUD_NOARP | NUD_REACHABLE` → `reachable,noarp`; 0 → `none`. */
export function formatNeighbourState(state: number): string {
  if (state === NUD_NONE) return "none";
  return stateNames
    .filter(([bit]) => (state & bit) !== 0)
    .map(([, name]) => name)
    .join(",");
}

const flagNames: readonly (readonly [number, string])[] = [
  [NTF_USE, "use"],
  [NTF_SELF, "self"],
  [NTF_MASTER, "master"],
  [NTF_PROXY, "proxy"],
  [NTF_EXT_LEARNED, "extern_learn"],
  [NTF_OFFLOADED, "offload"],
  [NTF_STICKY, "sticky"],
  [NTF_ROUTER, "router"],
];

/** In the words of `bridge fdb` and `ip neigh`. */
export function neighbourFlagNames(flags: number): string[] {
  return flagNames.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}
