// SPDX-License-Identifier: Apache-2.0
import { AttributeCursor, NLA_F_NESTED, type RawAttribute } from "../../wire/attribute.ts";
import { type OptionRow, readOption, text, writeOptions } from "../../wire/attribute-codec.ts";
import type { MessageWriter } from "../../wire/message-writer.ts";
import { type BridgeKind, bridgeRows, bridgeRowsByAttribute, bridgeVolatile } from "./bridge.ts";
import { type GenericKind, encodeGeneric } from "./generic.ts";
import { type VethKind, encodeVeth } from "./veth.ts";
import { type VxlanKind, vxlanRows, vxlanRowsByAttribute, writeVxlanAddresses } from "./vxlan.ts";

/** What a link is, with the options of that kind. Physical devices and `lo` have no kind. */
export type LinkKind = BridgeKind | VxlanKind | VethKind | GenericKind;

// linux/if_link.h
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;

/** Name as in `ip link add … type NAME`. */
export function linkKindName(kind: LinkKind): string {
  return kind.kind === "generic" ? kind.name : kind.kind;
}

/** Writes IFLA_INFO_KIND and IFLA_INFO_DATA. `fdOf` gives an open descriptor of a namespace, for a veth's peer. */
export function encodeLinkKind(w: MessageWriter, kind: LinkKind, fdOf: (namespace: string) => number): void {
  text.write(w, IFLA_INFO_KIND, linkKindName(kind));
  const data = w.beginNested(IFLA_INFO_DATA | NLA_F_NESTED);
  if (kind.kind === "bridge") writeOptions(w, bridgeRows, kind);
  else if (kind.kind === "veth") encodeVeth(w, kind, fdOf);
  else if (kind.kind === "generic") encodeGeneric(w, kind);
  else {
    writeOptions(w, vxlanRows, kind);
    writeVxlanAddresses(w, kind);
  }
  if (kind.kind === "bridge" || kind.kind === "vxlan") for (const a of kind.unknown ?? []) w.attribute(a.type, a.bytes);
  w.endNested(data);
}

/** @throws NetlinkDecodeError */
export function decodeLinkKind(name: string, data: AttributeCursor | undefined): LinkKind {
  if (name === "veth") return { kind: "veth" };
  const a = data ?? new AttributeCursor(new Uint8Array(0));
  if (name === "bridge") return { kind: "bridge", ...readAll(a, bridgeRowsByAttribute, bridgeVolatile) };
  if (name === "vxlan") return { kind: "vxlan", ...readAll(a, vxlanRowsByAttribute, new Set()) };
  const attributes: RawAttribute[] = [];
  while (a.next()) attributes.push(a.raw());
  return attributes.length === 0 ? { kind: "generic", name } : { kind: "generic", name, data: attributes };
}

function readAll<T extends object>(
  a: AttributeCursor,
  rows: ReadonlyMap<number, OptionRow<T>>,
  ignore: ReadonlySet<number>,
): Partial<T> & { unknown?: readonly RawAttribute[] } {
  const into: Partial<T> = {};
  const unknown: RawAttribute[] = [];
  while (a.next()) if (!ignore.has(a.type)) readOption(a, rows, into, unknown);
  return unknown.length === 0 ? into : { ...into, unknown };
}
