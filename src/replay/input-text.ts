// SPDX-License-Identifier: Apache-2.0
import { fromHex } from "../base/bytes/hex.ts";
import { formatFdbEntry } from "../netlink/route/fdb.ts";
import { formatNeighbour } from "../netlink/route/neighbour.ts";
import type { NetlinkEvent } from "../netlink/route/request.ts";
import { explain } from "../bgp/wire/explain/explain.ts";
import type { InputRecord } from "../record/recording.ts";

/** Inputs of which every replay has thousands and that tell people nothing. */
const silent: ReadonlySet<InputRecord["in"]> = new Set(["turn", "flush", "executed", "dumped"]);

/** What came in, a line for each; none for what only kept the loop going. */
export function inputTexts(input: InputRecord, peerName: (slot: number) => string): readonly string[] {
  if (silent.has(input.in)) return [];
  switch (input.in) {
    case "peer-up":
      return [`peer ${input.peer.name} is up (AS ${input.peer.asn}, ${input.peer.role})`];
    case "peer-down":
      return [`peer ${peerName(input.slot)} is down${(input.keepStale ?? []).length > 0 ? ", its routes are kept" : ""}`];
    case "update":
      return [`UPDATE from ${peerName(input.slot)}: ${updateText(input.body)}`];
    case "events":
      return input.list.map((e) => `kernel${input.ns === null ? "" : ` ${input.ns}`}: ${eventText(e)}`);
    case "sightings":
      return input.list.map((s) => `heard${s.ns === "" ? "" : ` ${s.ns}`}: ${s.ip} is at ${s.mac}`);
    case "timer":
      return ["a timer runs"];
    case "config":
      return ["the configuration is read again"];
    case "converged":
      return [`converged: ${input.why}`];
    case "end":
      return [`the recording ends: ${input.why}`];
    default: {
      const { in: kind, ...rest } = input;
      return [[kind, ...Object.entries(rest).flatMap(([key, v]) => (key === "t" ? [] : [`${key} ${String(v)}`]))].join(" ")];
    }
  }
}

function updateText(body: string): string {
  const explained = explain("update", fromHex(body) ?? new Uint8Array(0));
  if (!explained.ok) return `malformed, ${explained.message}`;
  const texts = routesIn(explained.value);
  return texts.length === 0 ? `${body.length / 2} octets without routes` : texts.join(", ");
}

/** The texts of all routes, wherever an explanation has them. */
function routesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(routesIn);
  if (typeof value !== "object" || value === null) return [];
  const { text } = value as { readonly text?: unknown };
  return typeof text === "string" ? [text] : Object.values(value).flatMap(routesIn);
}

function eventText(e: NetlinkEvent): string {
  const verb = e.change === "new" ? "" : "deleted ";
  if (e.object === "fdb") return `${verb}fdb ${formatFdbEntry(e.value)}`;
  if (e.object === "neighbour") return `${verb}neighbour ${formatNeighbour(e.value)}`;
  if (e.object === "link") return `${verb}link ${e.value.ifindex} ${e.value.name} ${e.value.up ? "up" : "down"} mtu ${e.value.mtu}`;
  if (e.object === "address") return `${verb}address ${e.value.ip}/${e.value.prefixLength} of ${e.value.ifindex}`;
  return `${verb}${e.object}`;
}
