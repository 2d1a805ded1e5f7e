// SPDX-License-Identifier: Apache-2.0
import { fnv1a } from "../../../base/bytes/fnv1a.ts";
import { type Ip } from "../../../base/net/ip.ts";
import type { LinkPlan } from "./nat-plan.ts";

/** Networks of four addresses in 169.254.1.0–169.254.254.255: RFC 3927 §2.1 keeps the first and the last 256 for later. */
const firstBlock = 64;
const lastBlock = 16_319;
/** Holds 169.254.169.254, where clouds have their metadata. */
const metadataBlock = (169 * 256 + 252) / 4;

const hostPrefix = "wx";
const insidePrefix = "ext";

/**
 * Gives each domain the number of its link: by its name, so that it is the same on every start and mostly on every host; where two names
 * meet, the next free one. `known` keep theirs, or sessions of a domain would end because another one came.
 */
export function assignLinks(domains: readonly string[], known: ReadonlyMap<string, number>): Map<string, number> {
  const out = new Map<string, number>();
  const taken = new Set([metadataBlock]);
  const take = (domain: string, index: number): void => {
    out.set(domain, index);
    taken.add(index);
  };
  for (const domain of domains) {
    const index = known.get(domain);
    if (index !== undefined && !taken.has(index)) take(domain, index);
  }
  for (const domain of domains.filter((d) => !out.has(d)).toSorted()) {
    let index = firstBlock + (fnv1a(domain) % (lastBlock - firstBlock + 1));
    while (taken.has(index)) index = index === lastBlock ? firstBlock : index + 1;
    take(domain, index);
  }
  return out;
}

export function linkPlan(index: number): LinkPlan {
  const address = (n: number): Ip => `169.254.${(index * 4) >> 8}.${((index * 4) & 255) + n}` as Ip;
  return {
    index,
    host: `${hostPrefix}${index}`,
    inside: `${insidePrefix}${index}`,
    hostAddress: address(1),
    insideAddress: address(2),
  };
}

/** The number in the name of a link's inner end. */
export function indexOfInside(device: string): number | undefined {
  const digits = /^ext(\d{1,5})$/.exec(device)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
