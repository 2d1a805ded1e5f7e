// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import { encodeMessage } from "../message.ts";
import { attributes, lenientContext } from "../testing/arbitrary-attribute.ts";
import { knownFamily } from "../testing/arbitrary-nlri.ts";
import { type Explanation, explain } from "./explain.ts";

const marker = "ff".repeat(16);
/** A type-2 route as FRR announces it, hand-made: MP_REACH_NLRI first, with the extended-length bit and a reserved octet that is not zero. */
const body =
  "0000 0060 900e002c 0019 46 04 0a000001 01 02 21 00010a0000010064 00000000000000000000 00000000 30 020000000102 00 000064" +
  " 40010100 50020006 0201 0000fde9 400504 00000064 c01018 0002fde800000064 030c000000000008 0600010000000000";

function value(e: Explanation): Record<string, unknown> {
  assert.ok(e.ok, e.ok ? "" : e.message);
  return JSON.parse(JSON.stringify(e.value)) as Record<string, unknown>;
}

test("an UPDATE body, every field by name", () => {
  const bytes = fromHex(body)!;
  const e = explain("update", bytes);
  const update = value(e);
  assert.equal(e.ok && toHex(e.reencoded), toHex(bytes));
  const [reach, origin, path, , communities] = update["attributes"] as Record<string, unknown>[];
  assert.deepEqual(reach!["flags"], { octet: 0x90, optional: true, transitive: false, partial: false, extendedLength: true });
  assert.deepEqual(reach!["nextHop"], { address: "10.0.0.1", octets: "0a000001" });
  assert.equal(reach!["reserved"], 1);
  const [route] = reach!["routes"] as Record<string, unknown>[];
  assert.deepEqual(
    { ...route },
    {
      type: 2,
      name: "mac-ip",
      text: "[2]:[0]:[48]:[02:00:00:00:01:02]",
      rd: "10.0.0.1:100",
      esi: "00:00:00:00:00:00:00:00:00:00",
      tag: 0,
      mac: "02:00:00:00:01:02",
      label: { field: 100, vni: 100, mpls: 6 },
    },
  );
  assert.equal(origin!["origin"], "igp");
  assert.equal(path!["text"], "65001");
  assert.deepEqual(
    (communities!["communities"] as Record<string, unknown>[]).map((c) => [c["name"], c["text"]]),
    [
      ["route-target", "RT:65000:100"],
      ["encapsulation", "ET:vxlan"],
      ["mac-mobility", "MM:0, sticky MAC"],
    ],
  );
});

test("an UPDATE may come with its header or without", () => {
  for (const hex of ["00000000", `${marker}00170200000000`]) {
    const e = explain("update", fromHex(hex)!);
    assert.equal(value(e)["endOfRib"], "ipv4-unicast");
    assert.equal(e.ok && toHex(e.reencoded), hex);
  }
  const other = explain("update", fromHex(`${marker}001304`)!);
  assert.ok(!other.ok && other.verdict === "reset" && /keepalive, not UPDATE/.test(other.message));
});

test("every type of message", () => {
  const open = value(
    explain(
      "message",
      fromHex(`${marker} 0037 01 04 5ba0 005a 0a000001 1a 0206 0104 0019 0046 0206 4104 fa56ea00 0208 4006 0078 0019 4680`)!,
    ),
  );
  assert.deepEqual([open["type"], open["asn"], open["identifier"], open["holdTime"]], ["OPEN", 4200000000, "10.0.0.1", 90]);
  const parameters = open["parameters"] as { capabilities: { name: string }[] }[];
  assert.deepEqual(
    parameters.map((p) => p.capabilities.map((c) => c.name)),
    [["multiprotocol"], ["four-octet-as"], ["graceful-restart"]],
  );
  const notification = value(explain("message", fromHex(`${marker} 0019 03 06 02 03 627965`)!));
  assert.deepEqual([notification["subcodeName"], notification["communication"]], ["Administrative Shutdown", "bye"]);
  const reset = value(explain("message", fromHex(`${marker} 0017 03 06 09 06 02`)!));
  assert.equal(reset["text"], "Cease/Hard Reset: Cease/Administrative Shutdown");
  assert.deepEqual(value(explain("message", fromHex(`${marker} 0013 04`)!)), { type: "KEEPALIVE" });
  const refresh = value(explain("message", fromHex(`${marker} 0017 05 0019 01 46`)!));
  assert.deepEqual([refresh["family"], refresh["meaning"]], ["l2vpn-evpn", "beginning of refresh"]);
});

test("one route gives an object, several give a list", () => {
  const type3 = "03 11 00010a0000010064 00000000 20 0a000001";
  const one = value(explain("nlri", fromHex(type3)!));
  assert.deepEqual([one["family"], one["type"], one["originator"]], ["l2vpn-evpn", 3, "10.0.0.1"]);
  const two = explain("nlri", fromHex(`${type3} 0b 02 beef`)!);
  assert.ok(two.ok && Array.isArray(two.value));
  assert.deepEqual(
    two.value.map((route) => (route as Record<string, unknown>)["name"]),
    ["inclusive-multicast", "leaf-ad"],
  );
  const withPathId = explain("nlri", fromHex("00000007 180a0102")!, { family: "ipv4-unicast", addPath: new Set(["ipv4-unicast"]) });
  assert.equal(value(withPathId)["pathId"], 7);
  const vpn = value(explain("nlri", fromHex("70 000641 0000fde800000064 0a0102")!, { family: "vpnv4" }));
  assert.deepEqual(vpn["labels"], [{ field: 1601, vni: 1601, mpls: 100 }]);
});

test("the verdict of RFC 7606 on what is malformed", () => {
  const pathAndHop = "400206 0201 0000fde9 400304 0a000001";
  const cases: readonly [string, string, string, number, string | null][] = [
    ["update", `0000 0018 40010100 ${pathAndHop} 400601 00 180a0102`, "discard", 5, "ATOMIC_AGGREGATE"],
    ["update", `0000 0014 40010107 ${pathAndHop} 180a0102`, "withdraw", 6, "ORIGIN"],
    ["update", "0000 000d 800e0a 0019 46 05 0a00000100 00", "disable-family", 9, "MP_REACH_NLRI"],
    ["update", "0000 0005 400101", "reset", 1, null],
    ["message", "ffffffffffffffffffffffffffffff00001304", "reset", 1, null],
    ["nlri", "02 05 0000000000", "disable-family", 9, null],
    ["nlri", "", "disable-family", 9, null],
  ];
  for (const [as, hex, verdict, subcode, attributeName] of cases) {
    const e = explain(as as "update", fromHex(hex)!);
    assert.ok(!e.ok, hex);
    assert.deepEqual([e.verdict, e.notification.subcode], [verdict, subcode], e.message);
    const guilty = e.faults.find((f) => f.verdict === verdict)!;
    assert.equal(guilty.attributeName, attributeName);
  }
});

test("two-octet AS numbers are read when asked for", () => {
  const bytes = fromHex("0000 0012 40010100 400204 0201 fde9 400304 0a000001 180a0102")!;
  assert.ok(!explain("update", bytes).ok);
  const e = explain("update", bytes, { fourOctetAs: false });
  assert.equal(e.ok && toHex(e.reencoded), toHex(bytes));
});

test("any octets are explained and made again, or judged; never a throw", () => {
  const message = lenientContext.chain((own) =>
    attributes(own).map((list) => ({
      bytes: encodeMessage({ kind: "update", withdrawn: [], attributes: list, announced: [] }, own),
      options: { fourOctetAs: own.fourOctetAs, addPath: own.addPath! },
    })),
  );
  fc.assert(
    fc.property(message, fc.nat(), fc.option(fc.integer({ min: 0, max: 255 })), ({ bytes, options }, where, octet) => {
      if (octet !== null) bytes[where % bytes.length] = octet;
      const e = explain("message", bytes, options);
      if (e.ok) assert.equal(toHex(e.reencoded), toHex(bytes));
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom("message" as const, "update" as const, "nlri" as const),
      fc.uint8Array({ maxLength: 60 }),
      knownFamily,
      (as, bytes, family) => {
        const e = explain(as, bytes, { family });
        if (e.ok) assert.equal(toHex(e.reencoded), toHex(bytes));
        JSON.stringify(e.ok ? e.value : e.faults);
      },
    ),
    { numRuns: 1000 },
  );
});
