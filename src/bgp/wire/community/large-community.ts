// SPDX-License-Identifier: Apache-2.0
/** A large community — RFC 8092 §3. Three numbers of 32 bits. */
export interface LargeCommunity {
  readonly administrator: number;
  readonly data1: number;
  readonly data2: number;
}

export function formatLargeCommunity(c: LargeCommunity): string {
  return `${c.administrator}:${c.data1}:${c.data2}`;
}

/** RFC 8092 §5: three decimal numbers, nothing else. */
export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const m = /^(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9})$/.exec(text);
  if (!m) return undefined;
  const [administrator, data1, data2] = [Number(m[1]), Number(m[2]), Number(m[3])];
  return Math.max(administrator, data1, data2) > 0xffffffff ? undefined : { administrator, data1, data2 };
}
