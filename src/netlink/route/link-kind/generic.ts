// SPDX-License-Identifier: Apache-2.0
import type { RawAttribute } from "../../wire/attribute.ts";
import type { MessageWriter } from "../../wire/message-writer.ts";

/** A kind that this library has no options for: `dummy`, `vrf`, `vlan`, `ipvlan`, `tun` … Its data is kept as it came. */
export interface GenericKind {
  readonly kind: "generic";
  readonly name: string;
  /** IFLA_INFO_DATA. */
  readonly data?: readonly RawAttribute[];
}

export function encodeGeneric(w: MessageWriter, kind: GenericKind): void {
  for (const a of kind.data ?? []) w.attribute(a.type, a.bytes);
}
