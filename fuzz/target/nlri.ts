// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { toHex } from "../../src/base/bytes/hex.ts";
import { Writer } from "../../src/base/bytes/writer.ts";
import { malformedMessage } from "../../src/bgp/wire/errors.ts";
import type { Family } from "../../src/bgp/wire/family.ts";
import { evpnRouteTable } from "../../src/bgp/wire/nlri/evpn/table.ts";
import { decodeNlriField, encodeNlriField } from "../../src/bgp/wire/nlri/field.ts";
import { encodeNlri, formatNlri, nlriKey, nlriTable } from "../../src/bgp/wire/nlri/table.ts";
import { evpnRoute, routeOf, routesOf } from "../../src/bgp/wire/testing/arbitrary-nlri.ts";
import { type Target, fate } from "../target.ts";
import { contexts, samples } from "./attribute.ts";

/** A field of NLRI, with path identifiers and without. */
function judge(family: Family, input: Uint8Array): string {
  const words: string[] = [];
  for (const addPath of [new Set<Family>(), new Set([family])]) {
    const context = { ...contexts[0]!, addPath };
    try {
      const routes = decodeNlriField(input, 0, input.length, family, context);
      const w = new Writer(64);
      encodeNlriField(routes, family, context, w);
      assert.equal(toHex(w.finish()), toHex(input));
      for (const route of routes) {
        const octets = encodeNlri(family, route);
        assert.equal(typeof formatNlri(family, route), "string");
        assert.match(nlriKey(family, octets), /^([0-9a-f]{2})*$/);
        words.push(route.kind);
      }
    } catch (error) {
      const message = malformedMessage(error);
      if (message === undefined) throw error;
      words.push(message);
    }
  }
  return fate(words);
}

const fieldsOf = (family: Family): readonly Uint8Array[] =>
  samples(routesOf(family, false, 3), 30).map((routes) => {
    const w = new Writer(64);
    encodeNlriField(routes, family, contexts[0]!, w);
    return w.finish();
  });

/** Every family of the table, and every EVPN route type. */
export function nlriTargets(): readonly Target[] {
  return [
    ...nlriTable
      .filter(({ family }) => routeOf[family] !== undefined)
      .map(({ family }) => ({ name: `nlri/${family}`, corpus: fieldsOf(family), run: (input: Uint8Array) => judge(family, input) })),
    ...Object.keys(evpnRouteTable).map((kind) => ({
      name: `evpn/${kind}`,
      corpus: samples(evpnRoute, 400)
        .filter((r) => r.kind === kind)
        .slice(0, 20)
        .map((r) => encodeNlri("l2vpn-evpn", r)),
      run: (input: Uint8Array) => judge("l2vpn-evpn", input),
    })),
  ];
}
