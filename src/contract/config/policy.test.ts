// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../errors.ts";
import { parseReflectorConfig } from "./load.ts";
import { printConfig } from "./print-config.ts";
import { lineOfRule } from "./rule-line.ts";

const file = (policies: string, peer = ""): string => `bgp:
  asn: 65000
  routerId: 10.0.0.1
  reflector: {}
  peers:
    - { address: 10.0.0.9, asn: 65001${peer} }
  policies:
${policies}`;

function faults(text: string): readonly string[] {
  try {
    parseReflectorConfig(text, "f.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n");
  }
}

const all = `    guard:
      default: deny
      rules:
        - name: own
          match:
            type: [2, macip, ead]
            routeTarget: ["65000:100", "*:200"]
            community: no-export
            largeCommunity: "65000:*:1"
            extendedCommunity: [mac-mobility, "0x030c*"]
            nextHop: 10.0.0.0/8
            prefix: ["10.0.0.0/8 ge 16 le 24", fd00::/8]
            vni: [100, 200-299]
            rd: "10.0.0.1:*"
            mac: 02:00:00:00:00:00/24
            neighbourAs: 65001
            throughAs: [65001]
            originAs: 65002
          set:
            localPref: 200
            med: none
            nextHop: 10.0.0.7
            community: { add: "65000:1", remove: ["65000:*"], replace: [no-export] }
            largeCommunity: { add: ["65000:1:2"] }
            extendedCommunity: { remove: encapsulation }
            routeTarget: { rewrite: [{ from: "65001:*", to: "65000:*" }] }
          action: accept
        - action: continue
`;

test("every key of a policy is read, printed and read again, and rules know their lines", () => {
  const peer = ', importPolicy: guard, exportPolicy: guard, rewriteRouteTargets: true, admission: { nextHops: own, rds: [own, "65000:*"] }';
  const config = parseReflectorConfig(file(all, `${peer}, maxRoutes: { limit: 9, action: reset, restart: 60 }`), "f.yaml");
  assert.deepEqual(parseReflectorConfig(printConfig(config), "g.yaml"), config);
  assert.deepEqual(config.bgp.policies["guard"]!.rules.map(lineOfRule), [11, 35]);
  assert.deepEqual(config.bgp.peers[0]!.maxRoutes, { limit: 9, warning: 75, action: "reset", restart: 60 });
  assert.deepEqual(config.bgp.peers[0]!.admission, { nextHops: ["own"], rds: ["own", "65000:*"] });
});

const bad: readonly (readonly [what: string, text: string, fault: RegExp])[] = [
  [
    "no default",
    file("    p: { rules: [] }"),
    /^f\.yaml:8:8: bgp\.policies\.p\.default: is missing; needs one of accept, deny \[WEFT_CONFIG_MISSING_KEY\]$/,
  ],
  ["no action", file("    p: { default: deny, rules: [{ match: { type: 2 } }] }"), /rules\[0\]\.action: is missing/],
  [
    "a policy that is not there",
    file("    guard: { default: deny }", ", importPolicy: gaurd"),
    /^f\.yaml:6:54: bgp\.peers\[0\]\.importPolicy: no policy "gaurd"; policies: guard; did you mean "guard"\? \[WEFT_CONFIG_REFERENCE\]$/,
  ],
  [
    "no route target",
    file('    p: { default: deny, rules: [{ match: { routeTarget: ["65000"] }, action: deny }] }'),
    /routeTarget\[0\]: "65000" is not a route target; allowed: a route target as ASN:NUMBER or ADDRESS:NUMBER, with \* for either part \[WEFT_CONFIG_VALUE\]$/,
  ],
  [
    "an unknown type",
    file("    p: { default: deny, rules: [{ match: { type: [macipp] }, action: deny }] }"),
    /type\[0\]: macipp is neither; allowed: a whole number from 0 to 255, or one of/,
  ],
  [
    "a list for nothing",
    file("    p: { default: deny, rules: [{ match: { mac: [] }, action: deny }] }"),
    /match\.mac: is empty; no route could match/,
  ],
  [
    "adding what is open",
    file('    p: { default: deny, rules: [{ set: { community: { add: "65000:*" } }, action: accept }] }'),
    /add\[0\]: "65000:\*" leaves something open/,
  ],
  [
    "nobody's target",
    file('    p: { default: deny, rules: [{ set: { routeTarget: { rewrite: [{ from: "1:*", to: "*:*" }] } }, action: accept }] }'),
    /rewrite\[0\]\.to: "\*:\*" does not say whose target/,
  ],
  [
    "changing what is denied",
    file("    p: { default: deny, rules: [{ set: { med: 1 }, action: deny }] }"),
    /set: changes routes that the rule denies; drop `set`/,
  ],
  [
    "two rules of a name",
    file("    p: { default: deny, rules: [{ name: a, action: deny }, { name: a, action: deny }] }"),
    /WEFT_CONFIG_DUPLICATE/,
  ],
  [
    "restart without reset",
    file("    p: { default: deny }", ", maxRoutes: { limit: 1, action: warn, restart: 5 }"),
    /only a session that is reset comes back/,
  ],
  [
    "our own targets",
    file("    p: { default: deny }", ", rewriteRouteTargets: true").replace("asn: 65001", "asn: 65000"),
    /a peer of our own AS has our route targets/,
  ],
];

for (const [what, text, fault] of bad)
  test(`refused: ${what}`, () => {
    const found = faults(text);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, fault);
  });
