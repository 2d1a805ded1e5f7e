// SPDX-License-Identifier: Apache-2.0
/**
 * UPDATEs with one fault each, and what RFC 7606 wants of a speaker that gets them, from within its AS or from another. Every attribute
 * that we read has its row; the types see to it.
 */
import type { Attribute } from "../../src/bgp/wire/attribute/attribute.ts";
import { attributeTable } from "../../src/bgp/wire/attribute/table.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import { rawMessage } from "../harness/raw-peer.ts";
import {
  attribute,
  emptyPath,
  externalPath,
  hex,
  localPref,
  macNlri,
  mpReach,
  mpUnreach,
  origin,
  routeTarget,
  update,
} from "../interop/exabgp/update-builder.ts";

/** `kept`: the route stays (an attribute may be discarded); `withdraw`: it goes; `reset`: the session ends. */
export type Wanted = "kept" | "withdraw" | "reset";

export interface UpdateCase {
  readonly what: string;
  /** Any of these is as the RFCs want it. */
  readonly wanted: readonly Wanted[];
  /** The message, about the route of {@link macNlri}(n). */
  octets(n: number): Uint8Array;
}

interface Row {
  /** A sound value, hex. */
  readonly value: string;
  /** Values of wrong lengths, hex. */
  readonly lengths: readonly string[];
  /** Values that mean nothing, hex. */
  readonly values?: readonly string[];
  /** RFC 7606 §7 and the attribute's own RFC; of values and lengths alike. */
  readonly malformed: Wanted;
  /** In every announcement within an AS — RFC 4271 §5. */
  readonly mandatory?: true;
  /** From whom it is ignored, whatever is in it — RFC 6793 §6, RFC 7606 §7.5, §7.9, §7.10. */
  readonly ignored?: "always" | "from outside";
}

type Single = Exclude<Attribute["kind"], "raw" | "mp-reach" | "mp-unreach" | "next-hop">;

/** NEXT_HOP has no place beside MP_REACH_NLRI and is ignored there — RFC 4760 §3. */
const rows: { readonly [K in Single]: Row } = {
  origin: { value: "00", lengths: ["", "0000"], values: ["03", "ff"], malformed: "withdraw", mandatory: true },
  "as-path": {
    value: "",
    lengths: ["02", "02 01 0000fd", "02 02 0000fde8", "02 01 0000fde9 02"],
    values: ["02 00", "00 01 0000fde9", "05 01 0000fde9"],
    malformed: "withdraw",
    mandatory: true,
  },
  "multi-exit-disc": { value: "00000005", lengths: ["", "000001", "0000000001"], malformed: "withdraw" },
  "local-pref": {
    value: "00000064",
    lengths: ["", "000064", "0000006400"],
    malformed: "withdraw",
    mandatory: true,
    ignored: "from outside",
  },
  "atomic-aggregate": { value: "", lengths: ["00", "00000000"], malformed: "kept" },
  aggregator: { value: "0000fde90a000001", lengths: ["", "fde90a000001", "0000fde90a00000100"], malformed: "kept" },
  communities: { value: "fde80001", lengths: ["", "fde800", "fde8000100"], malformed: "withdraw" },
  "originator-id": { value: "0a000001", lengths: ["", "0a0000", "0a00000100"], malformed: "withdraw", ignored: "from outside" },
  "cluster-list": { value: "0a000001", lengths: ["", "0a0000", "0a00000100"], malformed: "withdraw", ignored: "from outside" },
  "extended-communities": { value: "0002fde800000064", lengths: ["", "0002fde8000000", "0002fde80000006400"], malformed: "withdraw" },
  "as4-path": { value: "02 01 0000fde9", lengths: ["02 02 0000fde9"], malformed: "kept", ignored: "always" },
  "as4-aggregator": { value: "0000fde90a000001", lengths: ["0000"], malformed: "kept", ignored: "always" },
  "pmsi-tunnel": { value: "00 06 000064 0a000001", lengths: ["00", "00 06 0000"], malformed: "withdraw" },
  "large-communities": { value: "0000fde80000000100000002", lengths: ["", "00".repeat(11), "00".repeat(13)], malformed: "withdraw" },
};

/** Where the sender is: in the AS of the reflector, or in another. */
export type Side = "internal" | "external";

/** Attributes of a sound announcement by their types. */
const usual: Readonly<Record<Side, ReadonlyMap<number, Uint8Array>>> = {
  internal: new Map([
    [1, origin],
    [2, emptyPath],
    [5, localPref],
    [16, routeTarget],
  ]),
  external: new Map([
    [1, origin],
    [2, externalPath],
    [16, routeTarget],
  ]),
};

/** A sound announcement of {@link macNlri}(n). */
export function soundly(side: Side, n: number): Uint8Array {
  return update(mpReach(macNlri(n)), ...usual[side].values());
}

/** A sound announcement with attributes instead of its own of the same type, in ascending order. */
function announcing(side: Side, n: number, type: number, ...instead: readonly Uint8Array[]): Uint8Array {
  const others = [...usual[side]].filter(([t]) => t !== type);
  const before = others.filter(([t]) => t < type).map(([, a]) => a);
  const behind = others.filter(([t]) => t > type).map(([, a]) => a);
  return update(mpReach(macNlri(n)), ...before, ...instead, ...behind);
}

function casesOf(side: Side, kind: Single): readonly UpdateCase[] {
  const { code, name, flags } = attributeTable[kind];
  const row = rows[kind];
  const ignored = row.ignored === "always" || (row.ignored === "from outside" && side === "external");
  const one = (what: string, wanted: Wanted, ...instead: readonly Uint8Array[]): UpdateCase => ({
    what: `${name} ${what}`,
    wanted: [ignored ? "kept" : wanted],
    octets: (n) => announcing(side, n, code, ...instead),
  });
  const sound = usual[side].get(code) ?? attribute(flags, code, row.value);
  const overrun = attribute(flags, code, row.value, hex(row.value).length + 3);
  return [
    one("with its optional bit turned round", "withdraw", attribute(flags ^ 0x80, code, row.value)),
    one("with its transitive bit turned round", "withdraw", attribute(flags ^ 0x40, code, row.value)),
    ...row.lengths.map((v) => one(`of ${hex(v).length} octets: ${v}`, row.malformed, attribute(flags, code, v))),
    ...(row.values ?? []).map((v) => one(`with the value ${v}`, row.malformed, attribute(flags, code, v))),
    one("twice", "kept", sound, sound),
    {
      what: `${name} that runs past the attributes`,
      wanted: ["withdraw"],
      octets: (n) => update(mpReach(macNlri(n)), ...[...usual[side]].filter(([t]) => t !== code).map(([, a]) => a), overrun),
    },
    ...(row.mandatory === true ? [one("missing", "withdraw")] : []),
    // RFC 7606 §5.2: without routes that are announced there is nothing to treat as withdrawn.
    {
      what: `${name} malformed beside withdrawals alone`,
      wanted: [ignored || row.malformed === "kept" ? "withdraw" : "reset"],
      octets: (n) => update(mpUnreach(macNlri(n)), attribute(flags, code, row.lengths[0]!)),
    },
  ];
}

const message = (what: string, wanted: readonly Wanted[], octets: (n: number) => Uint8Array): UpdateCase => ({ what, wanted, octets });
const reachOf = (value: string, flags = 0x80, length?: number): Uint8Array => attribute(flags, 14, value, length);

/** MP_REACH_NLRI, MP_UNREACH_NLRI and the message around the attributes — RFC 7606 §3, §5, §7.11, §7.12. */
function aroundRoutes(side: Side): readonly UpdateCase[] {
  const others = [...usual[side].values()];
  return [
    message("MP_REACH_NLRI marked transitive", ["withdraw"], (n) => update(flagged(mpReach(macNlri(n)), 0xd0), ...others)),
    message("MP_REACH_NLRI marked well-known", ["withdraw"], (n) => update(flagged(mpReach(macNlri(n)), 0x10), ...others)),
    message("MP_REACH_NLRI twice", ["reset"], (n) => update(mpReach(macNlri(n)), mpReach(macNlri(n + 1)), ...others)),
    message("MP_REACH_NLRI of two octets", ["reset"], () => update(reachOf("0019"), ...others)),
    message("MP_REACH_NLRI that runs past the attributes", ["reset"], (n) =>
      update(...others, reachOf(`0019 46 04 0a000001 00 ${macNlri(n)}`, 0x80, 200)),
    ),
    message("next hop of five octets", ["reset", "withdraw"], (n) => update(reachOf(`0019 46 05 0a00000100 00 ${macNlri(n)}`), ...others)),
    message("next hop of no octets", ["reset", "withdraw"], (n) => update(reachOf(`0019 46 00 00 ${macNlri(n)}`), ...others)),
    message("next hop past its attribute", ["reset"], () => update(reachOf("0019 46 40 0a000001 00"), ...others)),
    message("MP_UNREACH_NLRI marked transitive", ["withdraw"], (n) => update(flagged(mpUnreach(macNlri(n)), 0xd0))),
    message("MP_UNREACH_NLRI twice", ["reset"], (n) => update(mpUnreach(macNlri(n)), mpUnreach(macNlri(n)))),
    message("MP_UNREACH_NLRI of two octets", ["reset"], () => update(attribute(0x80, 15, "0019"))),
    message("withdrawn routes past the message", ["reset"], () => rawMessage(messageType.update, hex("0005 0000"))),
    message("attributes past the message", ["reset"], () => rawMessage(messageType.update, hex("0000 0006 40010100"))),
    message("a well-known attribute that nobody knows", ["reset"], (n) => announcing(side, n, 99, attribute(0x40, 99, "0102"))),
    message("an optional transitive attribute that nobody knows", ["kept"], (n) => announcing(side, n, 99, attribute(0xc0, 99, "0102"))),
    message("an optional non-transitive attribute that nobody knows", ["kept"], (n) =>
      announcing(side, n, 99, attribute(0x80, 99, "0102")),
    ),
    message("one octet behind the attributes", ["withdraw"], (n) => announcing(side, n, 99, hex("c0"))),
  ];
}

function flagged(octets: Uint8Array, flags: number): Uint8Array {
  octets[0] = flags;
  return octets;
}

/** Routes whose inner lengths do not add up, with the one at stake behind: RFC 7606 §5.3 leaves the choice, but none may go on. */
export const malformedRoutes: Readonly<Record<string, string>> = {
  "type 1 of 24 octets": `01 18 ${"00".repeat(24)}`,
  "type 1 of 26 octets": `01 1a ${"00".repeat(26)}`,
  "type 2 of 32 octets": `02 20 ${"00".repeat(32)}`,
  "type 2 of no octets": "02 00",
  "type 2 with a MAC of 47 bits": macNlri(1).replace(" 30 02", " 2f 02"),
  "type 2 with an IP of 33 bits": macNlri(1).replace(" 00 000064", " 21 000064"),
  "type 2 without its IP": macNlri(1).replace(" 00 000064", " 20 000064"),
  "type 2 with half a label": `${macNlri(1).replace("02 21", "02 23")} 0000`,
  "type 3 with an IP of 0 bits": "03 0d 00010a0000010064 00000000 00",
  "type 3 of 16 octets": "03 10 00010a0000010064 00000000 20 0a0000",
  "type 4 with an IP of 24 bits": `04 16 00010a0000010000 ${"00".repeat(10)} 18 0a0000`,
  "type 4 of 10 octets": `04 0a ${"00".repeat(10)}`,
  "type 5 of 33 octets": `05 21 ${"00".repeat(33)}`,
  "type 5 with an IPv4 prefix of 33 bits": `05 22 ${"00".repeat(22)} 21 ${"00".repeat(11)}`,
  "type 5 with an IPv6 prefix of 129 bits": `05 3a ${"00".repeat(22)} 81 ${"00".repeat(35)}`,
};

export function updateCases(side: Side): readonly UpdateCase[] {
  return [
    ...(Object.keys(rows) as Single[]).flatMap((kind) => casesOf(side, kind)),
    ...aroundRoutes(side),
    ...Object.entries(malformedRoutes).map(([what, nlri]) =>
      message(`route ${what}`, ["kept", "reset"], (n) => update(mpReach(`${nlri} ${macNlri(n)}`), ...usual[side].values())),
    ),
  ];
}
