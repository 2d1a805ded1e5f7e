// SPDX-License-Identifier: Apache-2.0
import type { Writer } from "../../../base/bytes/writer.ts";
import type { CodecContext } from "../context.ts";
import { Malformed } from "../errors.ts";
import type { Family } from "../family.ts";
import type { Nlri } from "./nlri.ts";
import { u32At } from "./octets-at.ts";
import { encodeNlriInto, nlriCodec } from "./table.ts";

/**
 * Decodes a field of NLRI one after the other, each behind its path identifier where that was negotiated.
 * @throws Malformed when one is unsound or runs past the end — RFC 7606 §5.3: then none of the field may be used
 */
export function decodeNlriField(b: Uint8Array, offset: number, end: number, family: Family, context: CodecContext): readonly Nlri[] {
  const codec = nlriCodec(family);
  if (!codec) return offset === end ? [] : [{ kind: "opaque-nlri", octets: b.slice(offset, end) }];
  const withPathId = context.addPath?.has(family) ?? false;
  const routes: Nlri[] = [];
  for (let at = offset; at < end;) {
    let pathId: number | undefined;
    if (withPathId) {
      if (at + 4 > end) throw new Malformed(`NLRI ${routes.length + 1}: path identifier cut off`);
      pathId = u32At(b, at);
      at += 4;
    }
    const length = codec.length(b, at, end);
    if (typeof length === "string") throw new Malformed(`NLRI ${routes.length + 1}: ${length}`);
    const route = codec.decode(b, at, at + length);
    routes.push(pathId === undefined ? route : { ...route, pathId });
    at += length;
  }
  return routes;
}

export function encodeNlriField(routes: readonly Nlri[], family: Family, context: CodecContext, w: Writer): void {
  const withPathId = context.addPath?.has(family) ?? false;
  for (const route of routes) {
    if (withPathId && route.kind !== "opaque-nlri") w.u32(route.pathId ?? 0);
    encodeNlriInto(family, route, w);
  }
}
