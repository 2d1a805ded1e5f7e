// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { fromHex, toHex } from "../../src/base/bytes/hex.ts";
import { keepalive } from "../../src/bgp/wire/keepalive.ts";
import { explain } from "../../src/bgp/wire/explain/explain.ts";
import { type Message, decodeMessage, encodeMessage } from "../../src/bgp/wire/message.ts";
import { notification } from "../../src/bgp/wire/notification.ts";
import { makeOpen } from "../../src/bgp/wire/open.ts";
import { refreshSubtype, routeRefresh } from "../../src/bgp/wire/route-refresh.ts";
import { attributes } from "../../src/bgp/wire/testing/arbitrary-attribute.ts";
import { capability } from "../../src/bgp/wire/testing/arbitrary-capability.ts";
import { routesOf } from "../../src/bgp/wire/testing/arbitrary-nlri.ts";
import { capturedMessages } from "../../src/bgp/wire/testing/captured-messages.ts";
import fc from "fast-check";
import { type Target, fate } from "../target.ts";
import { contexts, samples } from "./attribute.ts";

/** A whole message of a type around a body. */
export function around(type: number, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(19 + body.length);
  whole.fill(0xff, 0, 16).set([whole.length >> 8, whole.length & 255, type], 16);
  whole.set(body, 19);
  return whole;
}

/** The body of a type, judged under every context: what is sound gives its own octets back. */
function judge(type: number, body: Uint8Array): string {
  const whole = around(type, body);
  const words: string[] = [];
  for (const context of contexts) {
    const decoded = decodeMessage(whole, context);
    words.push(...decoded.faults.map((f) => `${f.reaction}: ${f.message}`));
    if (!decoded.ok) {
      const { code, subcode, data } = decoded.notification;
      assert.ok(code >= 1 && code <= 8, `code ${code}`);
      assert.ok(data.length + 21 <= 65535, "data of a NOTIFICATION");
      words.push(`${code}/${subcode} ${decoded.message}`);
    } else if (decoded.faults.length === 0) {
      assert.equal(toHex(encodeMessage(decoded.message, context)), toHex(whole));
      words.push(...partsOf(decoded.message));
    }
  }
  // What people are told of it may fail no more than the session.
  const told = explain("message", whole);
  if (told.ok) assert.equal(toHex(told.reencoded), toHex(whole));
  JSON.stringify(told);
  return fate(words);
}

function partsOf(m: Message): readonly string[] {
  if (m.kind === "open") return m.parameters.flatMap((p) => (p.kind === "capabilities" ? p.capabilities.map((c) => c.kind) : [p.kind]));
  if (m.kind === "update") return m.attributes.map((a) => a.kind);
  return [m.kind];
}

export const captured = (type: number): readonly Uint8Array[] =>
  capturedMessages.filter((m) => m.type === type).map((m) => fromHex(m.body)!);

const bodyOf = (m: Message, context = contexts[0]!): Uint8Array => encodeMessage(m, context).subarray(19);

/** OPENs with capabilities of every kind. */
export function soundOpens(): readonly Uint8Array[] {
  const open = fc
    .array(capability, { maxLength: 8 })
    .map((list) => makeOpen({ asn: 65000, holdTime: 90, identifier: 0x0a000001, capabilities: list }));
  return samples(open, 40).map((m) => bodyOf(m));
}

/** UPDATEs with attributes of every kind. */
export function soundUpdates(): readonly Uint8Array[] {
  const prefixes = routesOf("ipv4-unicast", false);
  const update = fc
    .tuple(prefixes, attributes({ fourOctetAs: true, peer: "unknown" }), prefixes)
    .map(([withdrawn, list, announced]): Message => ({ kind: "update", withdrawn, attributes: list, announced }));
  return samples(update, 60).map((m) => bodyOf(m));
}

/** Each type of message, and octets that are to be one. */
export function messageTargets(): readonly Target[] {
  const notifications = [
    notification(6, 2, Uint8Array.of(3, 65, 66, 67)),
    notification(3, 5, Uint8Array.of(0x40, 1, 0)),
    notification(6, 9),
  ];
  const refreshes = Object.values(refreshSubtype).map((s) => routeRefresh("l2vpn-evpn", s));
  const target = (name: string, type: number, corpus: readonly Uint8Array[], weight = 1): Target => ({
    name: `message/${name}`,
    corpus,
    weight,
    longest: type === 2 ? 65535 - 19 : 4077,
    run: (input) => judge(type, input),
  });
  return [
    target("open", 1, [...captured(1), ...soundOpens()], 2),
    target("update", 2, [...captured(2), ...soundUpdates()], 4),
    target(
      "notification",
      3,
      notifications.map((m) => bodyOf(m)),
    ),
    target("keepalive", 4, [bodyOf(keepalive)]),
    target(
      "route-refresh",
      5,
      refreshes.map((m) => bodyOf(m)),
    ),
  ];
}
