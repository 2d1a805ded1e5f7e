// SPDX-License-Identifier: Apache-2.0
import { type Static, Type } from "typebox";
import { choice, integer, integerOr, type KeyNotes, list, optional, section, text } from "./key.ts";
import type { TextFormName } from "./text-form.ts";

/** Words for EVPN route types, those of `weft bgp routes --type`. */
export const routeTypeWords = {
  "ethernet-ad": 1,
  ead: 1,
  macip: 2,
  "mac-ip": 2,
  multicast: 3,
  imet: 3,
  es: 4,
  "ethernet-segment": 4,
  prefix: 5,
  "ip-prefix": 5,
} as const;

const routeType = Type.Unsafe<number | keyof typeof routeTypeWords>({
  anyOf: [
    { type: "integer", minimum: 0, maximum: 255 },
    { type: "string", enum: Object.keys(routeTypeWords) },
  ],
  description: "An EVPN route type, as a number or a name",
});

const vni = Type.Unsafe<number | string>({
  anyOf: [
    { type: "integer", minimum: 0, maximum: 16_777_215 },
    { type: "string", format: "vni-range" },
  ],
  description: "A VNI, or FROM-TO",
});

const asNumber = integer(1, 4_294_967_295, { description: "An AS number" });

/** One item may stand without the list. */
const some = <F extends TextFormName>(format: F, item: string, notes: KeyNotes) =>
  optional(list(text(format, { description: item }), { ...notes, single: true }));

const match = section(
  {
    type: optional(list(routeType, { description: "EVPN route types", single: true })),
    routeTarget: some("route-target-pattern", "ASN:NUMBER or ADDRESS:NUMBER, `*` for either", {
      description: "Route targets, one of which the route carries: `65000:100`, `65000:*`, `*:100`",
    }),
    community: some("community-pattern", "ASN:NUMBER with `*` for any, or a well-known name", {
      description: "Communities, one of which the route carries: `65000:1`, `65000:*`, `no-export`",
    }),
    largeCommunity: some("large-community-pattern", "ASN:NUMBER:NUMBER with `*` for any", {
      description: "Large communities, one of which the route carries (RFC 8092)",
    }),
    extendedCommunity: some("extended-community-pattern", "An extended community", {
      description: "Extended communities, one of which the route carries: `soo:65000:1`, `mac-mobility`, `0x030c*`",
    }),
    nextHop: some("prefix-pattern", "An address or prefix", { description: "The next hop is one of these or inside one" }),
    prefix: some("prefix-pattern", "ADDRESS/LENGTH, with `exact`, `ge N`, `le N` behind it", {
      description:
        "The prefix of a type-5 route, or the address of a type-2 route, is one of these or inside one: `10.0.0.0/8 ge 16 le 24`",
    }),
    vni: optional(list(vni, { description: "VNIs, one of which is a label of the route", single: true })),
    rd: some("rd-pattern", "A route distinguisher, `*` for either part", {
      description: "The route distinguisher: `10.0.0.1:*`, `65000:7`",
    }),
    mac: some("mac-pattern", "A MAC address, with /BITS the first of its bits", {
      description: "The MAC of a type-2 route: `02:00:00:00:01:0a`, `02:00:00:00:00:00/24`",
    }),
    neighbourAs: optional(list(asNumber, { description: "The leftmost AS of the path is one of these", single: true })),
    throughAs: optional(list(asNumber, { description: "One of these is somewhere in the AS path", single: true })),
    originAs: optional(list(asNumber, { description: "The rightmost AS of the path is one of these", single: true })),
  },
  { description: "Conditions: every key that is present must hold, and of a list one item. Without any the rule takes every route" },
);

const edit = <F extends TextFormName>(format: F, what: string) => ({
  add: some(format, `A ${what}`, { description: `Added, unless it is there: a ${what} without \`*\`` }),
  remove: some(format, `A ${what}`, { description: "Removed; `*` stands for any number" }),
  replace: some(format, `A ${what}`, { description: "These stand in place of what was there; comes before `remove` and `add`" }),
});

const rewrite = section(
  {
    from: text("route-target-pattern", { description: "Route targets to rewrite: `65002:*`" }),
    to: text("route-target-pattern", {
      description:
        "What they become; with `*` behind the colon the number stays: `65001:*`. A number that has no room there leaves it alone",
    }),
  },
  { description: "Exchanges route targets, as between zones with AS numbers of their own" },
);

const set = section(
  {
    localPref: optional(integer(0, 4_294_967_295, { description: "LOCAL_PREF" })),
    med: optional(integerOr("none", 0, 4_294_967_295, { description: "MULTI_EXIT_DISC; `none` takes it away" })),
    nextHop: optional(text("ip", { description: "Next hop: with VXLAN the tunnel endpoint that traffic goes to" })),
    community: optional(section(edit("community-pattern", "community"), { description: "Communities" })),
    largeCommunity: optional(section(edit("large-community-pattern", "large community"), { description: "Large communities" })),
    extendedCommunity: optional(
      section(edit("extended-community-pattern", "extended community"), { description: "Extended communities, route targets among them" }),
    ),
    routeTarget: optional(
      section(
        {
          ...edit("route-target-pattern", "route target"),
          rewrite: optional(list(rewrite, { description: "Rewritten before anything is removed or added; the first that matches counts" })),
        },
        { description: "Route targets; other extended communities stay" },
      ),
    ),
  },
  { description: "What the rule changes of a route that it takes" },
);

const rule = section(
  {
    name: optional(text("name", { description: "Name in counters and answers", defaultText: "its place: `#1`" })),
    match: optional(match),
    set: optional(set),
    action: choice(["accept", "deny", "continue"], {
      description: "`accept` and `deny` decide; `continue` goes on with the next rule, with the route as `set` left it",
    }),
  },
  { description: "The first rule that matches decides, unless it says `continue`" },
);

export const policySchema = section(
  {
    default: choice(["accept", "deny"], { description: "What becomes of routes that no rule decided about" }),
    rules: list(rule, { description: "Rules in their order", default: [] }),
  },
  { description: "A named policy, as a route map of FRR or a filter of BIRD" },
);

export const admissionSchema = section(
  {
    nextHops: some("own-next-hop", "`own`, an address or a prefix", {
      description: "Next hops that it may announce; `own` is the address of its session",
    }),
    rds: some("own-rd", "`own`, or a route distinguisher with `*` for either part", {
      description: "Route distinguishers that it may announce; `own` are those made from its router id or the address of its session",
    }),
    routeTargets: some("route-target-pattern", "A route target, `*` for either part", {
      description: "Every route target of a route must be one of these",
    }),
    macs: some("mac-pattern", "A MAC address, with /BITS the first of its bits", { description: "MACs that it may announce" }),
  },
  {
    description:
      "What the peer may announce as its own. A route with anything else in it is dropped, as if it had been withdrawn, and counted by what was wrong",
  },
);

export type PolicySection = Static<typeof policySchema>;
export type RuleSection = Static<typeof rule>;
