// SPDX-License-Identifier: Apache-2.0
import { ipToBytes, isIp4 } from "../../base/net/ip.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import { encodeAttributes } from "../../bgp/wire/attribute/encode.ts";
import { wellKnown } from "../../bgp/wire/attribute/flags.ts";
import { encodeNlri } from "../../bgp/wire/nlri/table.ts";
import type { Family } from "../../bgp/wire/family.ts";
import type { LocalRoute } from "../../bgp/rib/types.ts";
import type { Origination } from "../../evpn/types.ts";
import type { NatPlan } from "../desired/nat/resolve-nat.ts";

/** ORIGIN igp, empty AS_PATH, LOCAL_PREF 100; shared by all, as the RIB packs by attributes. */
const attributes = encodeAttributes(
  [
    { kind: "origin", flags: wellKnown, origin: "igp" },
    { kind: "as-path", flags: wellKnown, segments: [] },
    { kind: "local-pref", flags: wellKnown, preference: 100 },
  ],
  { fourOctetAs: true, peer: "ibgp" },
);

/** Prefixes of this host that routers of the underlay are told. */
export class UnicastRoutes {
  #told = new Map<string, LocalRoute>();

  /** @returns what is new and what is to be taken back */
  update(wanted: NatPlan["announced"]): readonly Origination[] {
    const next = new Map<string, LocalRoute>();
    const out: Origination[] = [];
    for (const { prefix, nextHop } of wanted) {
      const family: Family = isIp4(prefix.ip) ? "ipv4-unicast" : "ipv6-unicast";
      const name = formatPrefix(prefix);
      const before = this.#told.get(name);
      const hop = ipToBytes(nextHop);
      const same = before !== undefined && Buffer.compare(before.nextHop, hop) === 0;
      const route = same ? before : { family, nlri: encodeNlri(family, { kind: "unicast", prefix }), attributes, nextHop: hop };
      next.set(name, route);
      if (!same) out.push({ kind: "announce", route });
    }
    for (const [name, { family, nlri }] of this.#told) if (!next.has(name)) out.push({ kind: "withdraw", nlri, family });
    this.#told = next;
    return out;
  }
}
