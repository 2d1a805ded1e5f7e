// SPDX-License-Identifier: Apache-2.0
import { ipToBytes } from "../../../base/net/ip.ts";
import { parseAdministratorPattern } from "../../../base/pattern/administrator-pattern.ts";
import {
  exactOctets,
  parseCommunityPattern,
  parseExtendedCommunityPattern,
  parseLargeCommunityPattern,
  parseRouteTargetPattern,
} from "../../../base/pattern/community-pattern.ts";
import { matchesAnyOctets, type OctetPattern } from "../../../base/pattern/octet-pattern.ts";
import { Writer } from "../../../base/bytes/writer.ts";
import { attributeFlag, attributeType, AttributeWalk } from "../attribute-walk.ts";
import { writeHeader } from "../export-attributes.ts";
import { largeCommunities, parsed } from "./match.ts";
import type { ListEdit, RuleSet, TargetRewrite } from "./model.ts";
import { type Edit, SetView } from "./route-view.ts";

/** The new value of one attribute; undefined takes it away. */
interface ValueEdit {
  readonly type: number;
  /** When there was none. */
  readonly flags: number;
  value(before: Uint8Array | undefined): Uint8Array | undefined;
}

type Parse = (text: string) => readonly OctetPattern[] | undefined;

/** @throws RangeError when a text cannot be read: the configuration is checked before */
export function compileEdit(set: RuleSet): Edit {
  const edits: ValueEdit[] = [];
  const { optional, transitive } = attributeFlag;
  const { localPref, med } = set;
  if (localPref !== undefined) edits.push({ type: attributeType.localPref, flags: transitive, value: () => u32(localPref) });
  if (med !== undefined) edits.push({ type: attributeType.med, flags: optional, value: () => (med === "none" ? undefined : u32(med)) });
  const list = (type: number, width: number, parse: Parse, edit: ListEdit | undefined): void => {
    if (edit) edits.push({ type, flags: optional | transitive, value: listEdit(width, parse, edit, isAny) });
  };
  list(attributeType.communities, 4, parseCommunityPattern, set.community);
  list(largeCommunities, 12, parseLargeCommunityPattern, set.largeCommunity);
  const extended = extendedEdit(set);
  if (extended) edits.push({ type: attributeType.extendedCommunities, flags: optional | transitive, value: extended });
  const nextHop = set.nextHop === undefined ? undefined : ipToBytes(set.nextHop);
  return { setsMed: typeof med === "number", apply: (octets) => applied(octets, edits, nextHop) };
}

/** Route targets and other extended communities stand in one attribute. */
function extendedEdit({ extendedCommunity, routeTarget }: RuleSet): ValueEdit["value"] | undefined {
  const steps: ValueEdit["value"][] = [];
  if (extendedCommunity) steps.push(listEdit(8, parseExtendedCommunityPattern, extendedCommunity, isAny));
  if (routeTarget?.rewrite) steps.push(rewriteTargets(routeTarget.rewrite));
  if (routeTarget && (routeTarget.add ?? routeTarget.remove ?? routeTarget.replace))
    steps.push(listEdit(8, parseRouteTargetPattern, routeTarget, isRouteTarget));
  return steps.length === 0 ? undefined : (before) => steps.reduce((value, step) => step(value), before);
}

const isAny = (): boolean => true;
const isRouteTarget = (b: Uint8Array, at: number): boolean => (b[at]! & 0xbf) <= 2 && b[at + 1] === 2;

/** @param own which of the values the list is about: `replace` leaves the others alone */
function listEdit(width: number, parse: Parse, edit: ListEdit, own: (b: Uint8Array, at: number) => boolean): ValueEdit["value"] {
  const add = [...(edit.replace ?? []), ...(edit.add ?? [])].map((t) => parsed((text) => exactOctets(parse(text)), t));
  const remove = (edit.remove ?? []).flatMap((t) => parsed(parse, t));
  return (before = new Uint8Array(0)) => {
    const kept: Uint8Array[] = [];
    for (let i = 0; i + width <= before.length; i += width) {
      const gone = (edit.replace !== undefined && own(before, i)) || matchesAnyOctets(remove, before, i);
      if (!gone) kept.push(before.subarray(i, i + width));
    }
    for (const one of add) if (!kept.some((k) => same(k, one))) kept.push(one);
    return joined(kept, width);
  };
}

/** @throws RangeError */
function rewriteTargets(rewrites: readonly TargetRewrite[]): ValueEdit["value"] {
  const rules = rewrites.map(({ from, to }) => ({ from: parsed(parseRouteTargetPattern, from), to: targetMaker(to) }));
  return (before = new Uint8Array(0)) => {
    const list: Uint8Array[] = [];
    for (let i = 0; i + 8 <= before.length; i += 8) {
      const rule = rules.find((r) => matchesAnyOctets(r.from, before, i));
      const one = before.subarray(i, i + 8);
      const now = rule?.to(one) ?? one;
      if (!list.some((k) => same(k, now))) list.push(now);
    }
    return joined(list, 8);
  };
}

/** Makes route targets of one administrator; `*` keeps the number of the old one. Undefined when that has no room. */
function targetMaker(to: string): (old: Uint8Array) => Uint8Array | undefined {
  const [first, ...more] = parsed(parseAdministratorPattern, to);
  if (!first || more.length > 0) throw new RangeError(`"${to}" leaves the administrator of a route target open`);
  const { form, pattern } = first;
  const width = form === 0 ? 4 : 2;
  return (old) => {
    const out = Uint8Array.of(form | (old[0]! & 0x40), 2, ...pattern.value);
    if (pattern.mask[5] !== 0) return out;
    const at = (old[0]! & 0x3f) === 0 ? 4 : 6;
    const number = old.subarray(at, 8).reduce((n, octet) => n * 256 + octet, 0);
    if (number >= 256 ** width) return undefined;
    new DataView(out.buffer).setUint32(4, width === 4 ? number : new DataView(out.buffer).getUint16(4) * 65_536 + number);
    return out;
  };
}

/** The set with the edits made, attributes in their ascending order. */
function applied(octets: Uint8Array, edits: readonly ValueEdit[], nextHop: Uint8Array | undefined): Uint8Array {
  const view = new SetView(octets);
  const values = new Map<number, ValueEdit & { readonly now: Uint8Array | undefined }>();
  for (const edit of edits) {
    const before = view.valueOf(edit.type);
    const now = edit.value(before);
    if (!sameValue(before, now)) values.set(edit.type, { ...edit, now });
  }
  const hop = nextHop && !same(nextHop, octets.subarray(1, 1 + octets[0]!)) ? nextHop : undefined;
  if (values.size === 0 && !hop) return octets;
  const out = new Writer(octets.length + 64);
  out.u8(hop?.length ?? octets[0]!).put(hop ?? octets.subarray(1, 1 + octets[0]!));
  const pending = [...values.values()].filter((v) => view.valueOf(v.type) === undefined).toSorted((a, b) => a.type - b.type);
  const walk = new AttributeWalk().over(octets, 1 + octets[0]!, octets.length);
  while (walk.advance()) {
    while (pending.length > 0 && pending[0]!.type < walk.type) put(pending.shift()!, undefined, out);
    const value = values.get(walk.type);
    if (value) put(value, walk.flags, out);
    else out.put(octets.subarray(walk.at, walk.next));
  }
  for (const value of pending) put(value, undefined, out);
  return out.finish();
}

function put(edit: ValueEdit & { readonly now: Uint8Array | undefined }, flags: number | undefined, out: Writer): void {
  if (edit.now) writeHeader((flags ?? edit.flags) & ~attributeFlag.extendedLength, edit.type, edit.now.length, out).put(edit.now);
}

function u32(n: number): Uint8Array {
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
}

/** Undefined for an empty list: the attribute goes. */
function joined(list: readonly Uint8Array[], width: number): Uint8Array | undefined {
  if (list.length === 0) return undefined;
  const out = new Uint8Array(list.length * width);
  list.forEach((one, i) => out.set(one, i * width));
  return out;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : same(a, b);
}
