// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../../base/bytes/hex.ts";
import type { Reaction } from "../fault.ts";
import { type AttributeContext, checkAttributes, decodeAttributes } from "./decode.ts";

const origin = "40 01 01 00";
const asPath = "40 02 06 02 01 0000fde9";
const nextHop = "40 03 04 0a000001";
const localPref = "40 05 04 00000064";
const sound = `${origin} ${asPath} ${nextHop} ${localPref}`;
const evpnReach = "90 0e 001c 0019 46 04 0a000001 00 03 11 00010a0000010064 00000000 20 0a000001";

const ibgp: AttributeContext = { fourOctetAs: true, peer: "ibgp", reach: "body" };
const ebgp: AttributeContext = { ...ibgp, peer: "ebgp" };

interface Rule {
  readonly rule: string;
  /** Appended to the sound block, unless `block` is given. */
  readonly hex?: string;
  readonly block?: string;
  readonly context?: AttributeContext;
  readonly reaction: Reaction;
  readonly attribute: number;
  readonly subcode: number;
  /** Of the NOTIFICATION; not looked at when left out. */
  readonly data?: string;
  readonly message: RegExp;
}

const rules: readonly Rule[] = [
  // RFC 7606 §3(c), §4, §3(d), §3(g)
  {
    rule: "§3(c) ORIGIN marked optional",
    block: `c0010100 ${asPath} ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 1,
    subcode: 4,
    data: "c0010100",
    message: /flags 0xc0.*must be 0x40/,
  },
  {
    rule: "§3(c) COMMUNITIES not transitive",
    hex: "80 08 04 fde80001",
    reaction: "withdraw",
    attribute: 8,
    subcode: 4,
    message: /flags 0x80/,
  },
  {
    rule: "§3(c) MULTI_EXIT_DISC transitive",
    hex: "c0 04 04 00000001",
    reaction: "withdraw",
    attribute: 4,
    subcode: 4,
    message: /flags 0xc0/,
  },
  {
    rule: "§3(d) ORIGIN missing",
    block: `${asPath} ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 1,
    subcode: 3,
    data: "01",
    message: /ORIGIN: .*missing/,
  },
  {
    rule: "§3(d) AS_PATH missing",
    block: `${origin} ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 3,
    data: "02",
    message: /AS_PATH: .*missing/,
  },
  {
    rule: "§3(d) NEXT_HOP missing",
    block: `${origin} ${asPath} ${localPref}`,
    reaction: "withdraw",
    attribute: 3,
    subcode: 3,
    data: "03",
    message: /NEXT_HOP: .*missing/,
  },
  {
    rule: "§3(d) LOCAL_PREF missing inside",
    block: `${origin} ${asPath} ${nextHop}`,
    reaction: "withdraw",
    attribute: 5,
    subcode: 3,
    data: "05",
    message: /LOCAL_PREF: .*missing/,
  },
  { rule: "§3(g) ORIGIN twice", hex: "40 01 01 02", reaction: "discard", attribute: 1, subcode: 1, message: /more than once/ },
  {
    rule: "§3(g) MP_REACH_NLRI twice",
    hex: `${evpnReach} ${evpnReach}`,
    reaction: "reset",
    attribute: 14,
    subcode: 1,
    data: "",
    message: /more than once/,
  },
  {
    rule: "§3(g) MP_UNREACH_NLRI twice",
    hex: "80 0f 03 001946 80 0f 03 001946",
    reaction: "reset",
    attribute: 15,
    subcode: 1,
    data: "",
    message: /more than once/,
  },
  {
    rule: "§4 length runs past the block",
    hex: "c0 08 05 fde80001",
    reaction: "withdraw",
    attribute: 8,
    subcode: 5,
    data: "c00805fde80001",
    message: /runs past the attributes by 1/,
  },
  { rule: "§4 two octets left", hex: "c0 08", reaction: "withdraw", attribute: 8, subcode: 5, message: /2 octets left/ },
  {
    rule: "§4 three octets left of an extended attribute",
    hex: "d0 08 00",
    reaction: "withdraw",
    attribute: 8,
    subcode: 5,
    message: /3 octets left/,
  },
  {
    rule: "§5.3 MP_REACH_NLRI runs past the block",
    hex: "80 0e 20 001946",
    reaction: "reset",
    attribute: 14,
    subcode: 5,
    message: /runs past/,
  },
  {
    rule: "RFC 4271 §6.3 unknown well-known attribute",
    hex: "40 63 01 00",
    reaction: "reset",
    attribute: 99,
    subcode: 2,
    data: "40630100",
    message: /nobody knows/,
  },
  // RFC 7606 §7
  {
    rule: "§7.1 ORIGIN length",
    block: `40010200 00 ${asPath} ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 1,
    subcode: 5,
    message: /length 2, must be 1/,
  },
  {
    rule: "§7.1 ORIGIN value",
    block: `40010103 ${asPath} ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 1,
    subcode: 6,
    data: "40010103",
    message: /value 3/,
  },
  {
    rule: "§7.2 AS_PATH segment type",
    block: `${origin} 40 02 06 05 01 0000fde9 ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /segment type 5/,
  },
  {
    rule: "§7.2 AS_PATH segment overrun",
    block: `${origin} 40 02 06 02 02 0000fde9 ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /2 AS numbers, only 4 octets/,
  },
  {
    rule: "§7.2 AS_PATH segment underrun",
    block: `${origin} 40 02 07 02 01 0000fde9 02 ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /one octet left/,
  },
  {
    rule: "§7.2 AS_PATH empty segment",
    block: `${origin} 40 02 02 02 00 ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /without AS numbers/,
  },
  {
    rule: "RFC 7607 §2 AS 0 in AS_PATH",
    block: `${origin} 40 02 06 02 01 00000000 ${nextHop} ${localPref}`,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /AS number 0/,
  },
  {
    rule: "RFC 5065 §5 confederation segment from outside",
    block: `${origin} 40 02 06 03 01 0000fde9 ${nextHop}`,
    context: ebgp,
    reaction: "withdraw",
    attribute: 2,
    subcode: 11,
    message: /confederation segment/,
  },
  {
    rule: "§7.3 NEXT_HOP length",
    block: `${origin} ${asPath} 40 03 03 0a0000 ${localPref}`,
    reaction: "withdraw",
    attribute: 3,
    subcode: 5,
    message: /length 3, must be 4/,
  },
  { rule: "§7.4 MULTI_EXIT_DISC length", hex: "80 04 02 0000", reaction: "withdraw", attribute: 4, subcode: 5, message: /length 2/ },
  {
    rule: "§7.5 LOCAL_PREF length, inside",
    block: `${origin} ${asPath} ${nextHop} 40 05 05 0000000064`,
    reaction: "withdraw",
    attribute: 5,
    subcode: 5,
    message: /length 5/,
  },
  {
    rule: "§7.5 LOCAL_PREF from outside",
    block: sound,
    context: ebgp,
    reaction: "discard",
    attribute: 5,
    subcode: 9,
    message: /external peer/,
  },
  {
    rule: "§7.5 malformed LOCAL_PREF from outside",
    block: `${origin} ${asPath} ${nextHop} 40 05 01 00`,
    context: ebgp,
    reaction: "discard",
    attribute: 5,
    subcode: 9,
    message: /external peer/,
  },
  {
    rule: "§7.6 ATOMIC_AGGREGATE length",
    hex: "40 06 01 00",
    reaction: "discard",
    attribute: 6,
    subcode: 5,
    message: /length 1, must be 0/,
  },
  {
    rule: "§7.7 AGGREGATOR length, four octets",
    hex: "c0 07 06 fde8 0a000001",
    reaction: "discard",
    attribute: 7,
    subcode: 5,
    message: /length 6, must be 8/,
  },
  {
    rule: "§7.7 AGGREGATOR length, two octets",
    block: `${origin} 40 02 04 02 01 fde9 ${nextHop} ${localPref} c0 07 08 0000fde8 0a000001`,
    context: { ...ibgp, fourOctetAs: false },
    reaction: "discard",
    attribute: 7,
    subcode: 5,
    message: /length 8, must be 6/,
  },
  {
    rule: "§7.8 COMMUNITIES length",
    hex: "c0 08 05 fde8000100",
    reaction: "withdraw",
    attribute: 8,
    subcode: 5,
    message: /length 5, must be a non-zero multiple of 4/,
  },
  { rule: "§7.8 COMMUNITIES empty", hex: "c0 08 00", reaction: "withdraw", attribute: 8, subcode: 5, message: /length 0/ },
  { rule: "§7.9 ORIGINATOR_ID length", hex: "80 09 03 0a0000", reaction: "withdraw", attribute: 9, subcode: 5, message: /length 3/ },
  {
    rule: "§7.9 ORIGINATOR_ID from outside",
    block: `${origin} ${asPath} ${nextHop} 80 09 04 0a000001`,
    context: ebgp,
    reaction: "discard",
    attribute: 9,
    subcode: 9,
    message: /external peer/,
  },
  { rule: "§7.10 CLUSTER_LIST length", hex: "80 0a 06 0a0000010a00", reaction: "withdraw", attribute: 10, subcode: 5, message: /length 6/ },
  { rule: "§7.10 CLUSTER_LIST empty", hex: "80 0a 00", reaction: "withdraw", attribute: 10, subcode: 5, message: /length 0/ },
  {
    rule: "§7.10 CLUSTER_LIST from outside",
    block: `${origin} ${asPath} ${nextHop} 80 0a 04 0a000001`,
    context: ebgp,
    reaction: "discard",
    attribute: 10,
    subcode: 9,
    message: /external peer/,
  },
  {
    rule: "§7.11 MP_REACH_NLRI next hop length",
    hex: "80 0e 0a 0019 46 05 0a00000100 00",
    reaction: "disable-family",
    attribute: 14,
    subcode: 9,
    message: /l2vpn-evpn: next hop length 5/,
  },
  {
    rule: "§5.3 MP_REACH_NLRI too short",
    hex: "80 0e 04 0019 46 00",
    reaction: "disable-family",
    attribute: 14,
    subcode: 5,
    message: /length 4, must be at least 5/,
  },
  { rule: "§5.3 MP_REACH_NLRI without a family", hex: "80 0e 02 0019", reaction: "reset", attribute: 14, subcode: 5, message: /length 2/ },
  {
    rule: "§3(c) MP_REACH_NLRI flags",
    hex: "c0 0e 1c 0019 46 04 0a000001 00 03 11 00010a0000010064 00000000 20 0a000001",
    reaction: "withdraw",
    attribute: 14,
    subcode: 4,
    message: /flags 0xc0/,
  },
  {
    rule: "§3(j) MP_REACH_NLRI flags, and its routes cannot be read either",
    hex: "c0 0e 0b 0019 46 04 0a000001 00 03 11",
    reaction: "disable-family",
    attribute: 14,
    subcode: 4,
    message: /flags 0xc0/,
  },
  {
    rule: "§5.3 MP_REACH_NLRI with a route that runs past the end",
    hex: "80 0e 0b 0019 46 04 0a000001 00 03 11",
    reaction: "disable-family",
    attribute: 14,
    subcode: 9,
    message: /NLRI 1: EVPN route type 3: length 17 runs past/,
  },
  {
    rule: "§7.12 MP_UNREACH_NLRI too short",
    hex: "80 0f 02 0019",
    reaction: "reset",
    attribute: 15,
    subcode: 5,
    message: /length 2, must be at least 3/,
  },
  {
    rule: "§5.3 MP_UNREACH_NLRI with an IPv6 prefix of 129 bits",
    hex: `80 0f 15 0002 01 81 ${"00".repeat(17)}`,
    reaction: "disable-family",
    attribute: 15,
    subcode: 9,
    message: /ipv6-unicast: NLRI 1: prefix length 129/,
  },
  {
    rule: "§7.14 EXTENDED COMMUNITIES length",
    hex: "c0 10 07 0002fde8000000",
    reaction: "withdraw",
    attribute: 16,
    subcode: 5,
    message: /length 7, must be a non-zero multiple of 8/,
  },
  {
    rule: "§7.15 IPv6 extended communities length",
    hex: "c0 19 08 0002fde800000064",
    reaction: "withdraw",
    attribute: 25,
    subcode: 5,
    message: /multiple of 20/,
  },
  { rule: "§7.16 ATTR_SET length", hex: "c0 80 03 000000", reaction: "withdraw", attribute: 128, subcode: 5, message: /at least 4/ },
  {
    rule: "RFC 6793 §6 malformed AS4_PATH",
    block: `${origin} 40 02 04 02 01 fde9 ${nextHop} ${localPref} c0 11 02 02 00`,
    context: { ...ibgp, fourOctetAs: false },
    reaction: "discard",
    attribute: 17,
    subcode: 9,
    message: /without AS numbers/,
  },
  {
    rule: "RFC 6793 §6 AS4_PATH from a new speaker",
    hex: "c0 11 06 02 01 0000fde9",
    reaction: "discard",
    attribute: 17,
    subcode: 9,
    message: /four-octet AS numbers/,
  },
  {
    rule: "RFC 6793 §6 AS4_AGGREGATOR length",
    block: `${origin} 40 02 04 02 01 fde9 ${nextHop} ${localPref} c0 12 06 00000a000001`,
    context: { ...ibgp, fourOctetAs: false },
    reaction: "discard",
    attribute: 18,
    subcode: 5,
    message: /length 6, must be 8/,
  },
  {
    rule: "RFC 6514 §5 PMSI_TUNNEL too short",
    hex: "c0 16 04 00060000",
    reaction: "withdraw",
    attribute: 22,
    subcode: 5,
    message: /length 4/,
  },
  {
    rule: "RFC 6514 §5 PMSI_TUNNEL identifier",
    hex: "c0 16 08 00 06 000064 0a0000",
    reaction: "withdraw",
    attribute: 22,
    subcode: 9,
    message: /identifier of 3 octets/,
  },
  { rule: "RFC 7311 §3 AIGP", hex: "80 1a 02 0100", reaction: "discard", attribute: 26, subcode: 5, message: /at least 3/ },
  {
    rule: "RFC 8092 §6 LARGE_COMMUNITY length",
    hex: "c0 20 0b 0000fde800000001000000",
    reaction: "withdraw",
    attribute: 32,
    subcode: 5,
    message: /multiple of 12/,
  },
  { rule: "RFC 9234 §5 OTC length", hex: "c0 23 02 fde8", reaction: "withdraw", attribute: 35, subcode: 5, message: /length 2, must be 4/ },
];

for (const r of rules) {
  test(`RFC 7606: ${r.rule}`, () => {
    const bytes = fromHex(r.block ?? `${sound} ${r.hex}`)!;
    const { attributes, faults } = decodeAttributes(bytes, r.context ?? ibgp);
    assert.equal(faults.length, 1, faults.map((f) => f.message).join("; "));
    const [f] = faults;
    assert.equal(f!.reaction, r.reaction);
    assert.equal(f!.attribute, r.attribute);
    assert.match(f!.message, r.message);
    assert.equal(f!.notification.code, 3);
    assert.equal(f!.notification.subcode, r.subcode);
    if (r.data !== undefined) assert.equal(toHex(f!.notification.data), r.data);
    assert.equal(f!.family !== undefined, r.reaction === "disable-family");
    assert.ok(attributes.length >= 2, "the sound attributes are still there");
  });
}

test("a sound block has no fault", () => {
  assert.deepEqual(checkAttributes(fromHex(`${sound} ${evpnReach}`)!, ibgp), []);
  assert.deepEqual(checkAttributes(fromHex(`${origin} ${asPath} ${nextHop}`)!, ebgp), []);
});

test("a block without its MP_REACH_NLRI is judged as if it were there", () => {
  const block = fromHex(`${origin} ${asPath} ${localPref}`)!;
  assert.deepEqual(checkAttributes(block, { fourOctetAs: true, peer: "ibgp", reach: "mp" }), []);
  const faults = checkAttributes(fromHex(asPath)!, { fourOctetAs: true, peer: "ebgp", reach: "mp" });
  assert.deepEqual(
    faults.map((f) => f.attribute),
    [1],
  );
});

test("the first of two stays — RFC 7606 §3(g)", () => {
  const { attributes } = decodeAttributes(fromHex(`${sound} 40010102`)!, ibgp);
  assert.deepEqual(
    attributes.filter((a) => a.kind === "origin"),
    [{ kind: "origin", flags: 0x40, origin: "igp" }],
  );
});

test("nobody's rules apply to a message from a file", () => {
  const unknown: AttributeContext = { fourOctetAs: true, peer: "unknown", reach: "body" };
  assert.deepEqual(checkAttributes(fromHex(`${origin} ${asPath} ${nextHop}`)!, unknown), []);
  assert.deepEqual(checkAttributes(fromHex(`${sound} 80 09 04 0a000001 c0 11 06 02 01 0000fde9`)!, unknown), []);
});

test("a NOTIFICATION about a huge attribute still fits into a message", () => {
  const [f] = checkAttributes(Uint8Array.of(0xd0, 0x08, 0x23, 0x29, ...new Uint8Array(9001)), { ...ibgp, reach: "none" });
  assert.equal(f!.notification.data.length, 4096 - 21);
});
