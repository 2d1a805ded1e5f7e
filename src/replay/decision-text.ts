// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../base/bytes/hex.ts";
import { explain } from "../bgp/wire/explain/explain.ts";
import type { Channel } from "./decision.ts";

/** A decision for people: routes by their usual text instead of their octets. `peerName` names the peer of a slot. */
export function decisionText(channel: Channel | "question", text: string, peerName: (slot: number) => string): string {
  if (channel === "routes") return routeText(text);
  if (channel.startsWith("to ")) return `to ${peerName(Number(channel.slice(3)))}: ${text}`;
  return channel === "question" ? `asks: ${text}` : text;
}

function routeText(text: string): string {
  const [verb, nlri, attributes] = text.split(" ");
  const explained = explain("nlri", fromHex(nlri ?? "") ?? new Uint8Array(0));
  const value = explained.ok ? (explained.value as { readonly text?: string }) : {};
  const route = value.text ?? nlri ?? "";
  return attributes === undefined ? `${verb} ${route}` : `${verb} ${route}, attributes ${attributes}`;
}
