// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** What `nft -j list table` says of one table, as far as somebody here asks. */
export interface Listing {
  /** Name → number of rules. */
  readonly chains: ReadonlyMap<string, number>;
  readonly sets: ReadonlyMap<string, ListedSet>;
  readonly counters: ReadonlyMap<string, Count>;
  /** Of all but counts and elements that packets put there: the same as long as nobody changes the table. */
  readonly digest: string;
}

export interface ListedSet {
  readonly kind: "set" | "map";
  /** `203.0.113.7 : 10.0.0.7`; undefined when there are prefixes, ranges or concatenations among them. */
  readonly elements: readonly string[] | undefined;
  /** By the key of the element, of those that count. */
  readonly counts: ReadonlyMap<string, Count>;
}

export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Chains whose names begin so hold no rules: they are notes, see `rulesets.ts`. */
export const markPrefix = "made_";

/** Reads the JSON of `list table`. @returns undefined when no table is in it */
export function readListing(json: string): Listing | undefined {
  const items = ((JSON.parse(json) as JsonObject)["nftables"] ?? []) as readonly JsonObject[];
  let found = false;
  const chains = new Map<string, number>();
  const sets = new Map<string, ListedSet>();
  const counters = new Map<string, Count>();
  const hash = createHash("sha1");
  const dynamic = filledByRules(items);
  for (const item of items) {
    const [kind, body] = Object.entries(item)[0] as [string, JsonObject];
    if (kind === "metainfo") continue;
    const name = textOf(body["name"]);
    if (kind === "table") found = true;
    else if (kind === "chain") chains.set(name, chains.get(name) ?? 0);
    else if (kind === "rule") {
      const chain = textOf(body["chain"]);
      chains.set(chain, (chains.get(chain) ?? 0) + 1);
    } else if (kind === "set" || kind === "map") sets.set(name, readSet(kind, body));
    else if (kind === "counter") counters.set(name, { packets: Number(body["packets"]), bytes: Number(body["bytes"]) });
    if (kind !== "chain" || !name.startsWith(markPrefix)) {
      const { elem, ...rest } = body;
      const kept = (kind === "set" && dynamic.has(name)) || elem === undefined ? rest : body;
      hash.update(`${kind} ${JSON.stringify(lasting(kept))}\n`);
    }
  }
  return found ? { chains, sets, counters, digest: hash.digest("hex").slice(0, 16) } : undefined;
}

function readSet(kind: "set" | "map", body: JsonObject): ListedSet {
  const counts = new Map<string, Count>();
  const texts: string[] = [];
  let plain = true;
  for (const element of (body["elem"] ?? []) as readonly Json[]) {
    const [key, value] = kind === "map" ? (element as readonly [Json, Json]) : [element, undefined];
    const inner = isObject(key) && isObject(key["elem"] ?? null) ? (key["elem"] as JsonObject) : undefined;
    const bare = inner ? inner["val"]! : key;
    const text = value === undefined ? "" : valueText(value);
    if (typeof bare === "object" || text === undefined) {
      plain = false;
      continue;
    }
    texts.push(value === undefined ? String(bare) : `${bare} : ${text}`);
    const counter = inner?.["counter"];
    if (isObject(counter ?? null))
      counts.set(String(bare), {
        packets: Number((counter as JsonObject)["packets"]),
        bytes: Number((counter as JsonObject)["bytes"]),
      });
  }
  return { kind, elements: plain ? texts : undefined, counts };
}

/** A plain value, or a verdict without a target, which is listed as `{ "drop": null }`. */
function valueText(value: Json): string | undefined {
  if (!isObject(value)) return typeof value === "object" ? undefined : String(value);
  const [verdict, ...more] = Object.entries(value);
  return verdict?.[1] === null && more.length === 0 ? verdict[0] : undefined;
}

/** Names of sets to which rules add elements (`add @name { … }`): libnftables 1.0 does not say which are dynamic. */
function filledByRules(items: readonly JsonObject[]): ReadonlySet<string> {
  const out = new Set<string>();
  for (const { rule } of items) {
    if (!isObject(rule ?? null)) continue;
    for (const expr of ((rule as JsonObject)["expr"] ?? []) as readonly Json[]) {
      const statement = isObject(expr) ? expr["set"] : undefined;
      if (isObject(statement ?? null)) out.add(textOf((statement as JsonObject)["set"]).slice(1));
    }
  }
  return out;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without what changes by itself: handles and counts. */
function lasting(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(lasting);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([k]) => !passing.has(k));
  // The kernel gives the elements of a hash in an order of its own.
  return Object.fromEntries(kept.map(([k, v]) => [k, k === "elem" && Array.isArray(v) ? sorted(v.map(lasting)) : lasting(v)]));
}

const passing: ReadonlySet<string> = new Set(["handle", "packets", "bytes"]);

function sorted(values: readonly Json[]): readonly Json[] {
  return values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
