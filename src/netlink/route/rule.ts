// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import { type Prefix, formatPrefix } from "../../base/net/prefix.ts";
import { NetlinkDecodeError } from "../errors.ts";
import { AttributeCursor, type RawAttribute } from "../wire/attribute.ts";
import { bool8, ip, text, u32, u8 } from "../wire/attribute-codec.ts";
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST } from "../wire/message.ts";
import type { MessageWriter } from "../wire/message-writer.ts";
import type { Mutable } from "../wire/mutable.ts";
import { u32At } from "../wire/scalar.ts";
import { AF_INET, AF_INET6 } from "./family.ts";

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

// linux/fib_rules.h
const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_L3MDEV = 19;
const FRA_PROTOCOL = 21;
const FRA_IP_PROTO = 22;
const FIB_RULE_INVERT = 2;
/** ```| family u8 | dst len u8 | src len u8 | tos u8 | table u8 | reserved 2 | action u8 | flags u32 |``` */
const headerLength = 12;

/** FR_ACT_*, by number. */
export const ruleActions = { lookup: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
export type RuleAction = keyof typeof ruleActions;
const actionNames = new Map<number, RuleAction>(Object.entries(ruleActions).map(([name, value]) => [value, name as RuleAction]));

/** A policy routing rule; `ip rule`. */
export interface Rule {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly priority: number;
  readonly action: RuleAction;
  readonly table: number;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly mark?: number;
  readonly markMask?: number;
  readonly tos: number;
  readonly invert: boolean;
  /** Look in the table of the VRF that the packet belongs to. */
  readonly l3mdev?: boolean;
  /** IP protocol number. */
  readonly ipProtocol?: number;
  /** Ignores routes of this length and shorter; 0: ignores default routes. */
  readonly suppressPrefixLength?: number;
  /** RTPROT_*: who made it. */
  readonly protocol?: number;
  readonly unknown?: readonly RawAttribute[];
}

export interface RuleRequest {
  readonly object: "rule";
  readonly verb: "add" | "delete";
  readonly rule: Rule;
}

/** Like a rule; unless said otherwise IPv4, table main, action lookup. */
export type RuleSpec = Partial<Omit<Rule, "priority">> & { readonly priority: number };

function complete(spec: RuleSpec): Rule {
  return {
    ...spec,
    family: spec.family ?? AF_INET,
    action: spec.action ?? "lookup",
    table: spec.table ?? 254,
    tos: spec.tos ?? 0,
    invert: spec.invert ?? false,
  };
}

/** Requests about policy routing rules. */
export const rule = {
  /** `ip rule add pref N from PREFIX … lookup TABLE`; EEXIST when the same one is there. */
  add: (spec: RuleSpec): RuleRequest => ({ object: "rule", verb: "add", rule: complete(spec) }),
  /** `ip rule del pref N …`; ENOENT when none matches. */
  delete: (spec: RuleSpec): RuleRequest => ({ object: "rule", verb: "delete", rule: complete(spec) }),
};

export function encodeRuleRequest(w: MessageWriter, r: RuleRequest, sequence: number): void {
  const create = r.verb === "add" ? NLM_F_CREATE | NLM_F_EXCL : 0;
  w.beginMessage(r.verb === "add" ? RTM_NEWRULE : RTM_DELRULE, NLM_F_REQUEST | create, sequence);
  encodeRule(w, r.rule);
  w.endMessage();
}

export function encodeRule(w: MessageWriter, r: Rule): void {
  w.u8(r.family)
    .u8(r.destination?.length ?? 0)
    .u8(r.source?.length ?? 0)
    .u8(r.tos);
  w.u8(r.table < 256 ? r.table : 0)
    .zeros(2)
    .u8(ruleActions[r.action])
    .u32(r.invert ? FIB_RULE_INVERT : 0);
  u32.write(w, FRA_PRIORITY, r.priority);
  u32.write(w, FRA_TABLE, r.table);
  if (r.destination !== undefined) ip.write(w, FRA_DST, r.destination.ip);
  if (r.source !== undefined) ip.write(w, FRA_SRC, r.source.ip);
  if (r.inputInterface !== undefined) text.write(w, FRA_IIFNAME, r.inputInterface);
  if (r.outputInterface !== undefined) text.write(w, FRA_OIFNAME, r.outputInterface);
  if (r.mark !== undefined) u32.write(w, FRA_FWMARK, r.mark);
  if (r.markMask !== undefined) u32.write(w, FRA_FWMASK, r.markMask);
  if (r.l3mdev === true) bool8.write(w, FRA_L3MDEV, true);
  if (r.ipProtocol !== undefined) u8.write(w, FRA_IP_PROTO, r.ipProtocol);
  if (r.suppressPrefixLength !== undefined) u32.write(w, FRA_SUPPRESS_PREFIXLEN, r.suppressPrefixLength);
  if (r.protocol !== undefined) u8.write(w, FRA_PROTOCOL, r.protocol);
  for (const a of r.unknown ?? []) w.attribute(a.type, a.bytes);
}

/** RTM_NEWRULE or RTM_DELRULE. @returns undefined for other families. @throws NetlinkDecodeError */
export function decodeRule(m: Message): Rule | undefined {
  const { bytes, start } = m;
  if (m.end - start < headerLength) throw new NetlinkDecodeError("fib_rule_hdr cut short", start);
  const family = bytes[start]!;
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const r: Mutable<Rule> = {
    family,
    priority: 0,
    action: actionNames.get(bytes[start + 7]!) ?? "nop",
    table: bytes[start + 4]!,
    tos: bytes[start + 3]!,
    invert: (u32At(bytes, start + 8) & FIB_RULE_INVERT) !== 0,
  };
  const a = new AttributeCursor(bytes, start + headerLength, m.end);
  while (a.next()) readRuleAttribute(a, r, bytes[start + 1]!, bytes[start + 2]!);
  return r;
}

function readRuleAttribute(a: AttributeCursor, r: Mutable<Rule>, destinationLength: number, sourceLength: number): void {
  if (a.type === FRA_PRIORITY) r.priority = u32.read(a);
  else if (a.type === FRA_TABLE) r.table = u32.read(a);
  else if (a.type === FRA_DST) r.destination = prefix(ip.read(a), destinationLength);
  else if (a.type === FRA_SRC) r.source = prefix(ip.read(a), sourceLength);
  else if (a.type === FRA_IIFNAME) r.inputInterface = text.read(a);
  else if (a.type === FRA_OIFNAME) r.outputInterface = text.read(a);
  else if (a.type === FRA_FWMARK) r.mark = u32.read(a);
  else if (a.type === FRA_FWMASK) r.markMask = u32.read(a);
  else if (a.type === FRA_L3MDEV) r.l3mdev = bool8.read(a);
  else if (a.type === FRA_IP_PROTO) r.ipProtocol = u8.read(a);
  else if (a.type === FRA_PROTOCOL) r.protocol = u8.read(a);
  else if (a.type === FRA_SUPPRESS_PREFIXLEN) {
    // The kernel says -1 for "not set".
    const length = u32.read(a);
    if (length !== 0xffff_ffff) r.suppressPrefixLength = length;
  } else r.unknown = [...(r.unknown ?? []), a.raw()];
}

function prefix(address: Ip, length: number): Prefix {
  return { ip: address, length };
}

/** As `ip rule` prints it: `100: from 10.0.0.0/8 lookup 7`. */
export function formatRule(r: Rule): string {
  const words = [r.source === undefined ? "from all" : `from ${formatPrefix(r.source)}`];
  if (r.invert) words.unshift("not");
  if (r.destination !== undefined) words.push(`to ${formatPrefix(r.destination)}`);
  if (r.mark !== undefined) words.push(`fwmark 0x${r.mark.toString(16)}${r.markMask === undefined ? "" : `/0x${r.markMask.toString(16)}`}`);
  if (r.inputInterface !== undefined) words.push(`iif ${r.inputInterface}`);
  if (r.outputInterface !== undefined) words.push(`oif ${r.outputInterface}`);
  words.push(r.action === "lookup" ? `lookup ${r.table}` : r.action);
  return words.join(" ");
}

export function formatRuleRequest(r: RuleRequest): string {
  return `ip ${r.rule.family === AF_INET6 ? "-6 " : ""}rule ${r.verb === "add" ? "add" : "del"} pref ${r.rule.priority} ${formatRule(r.rule)}`;
}
