// SPDX-License-Identifier: Apache-2.0
import { command } from "../../../src/lab/system/command.ts";

/** A packet as tshark reads it: every field by its name, in the order in which they come. */
export interface Dissection {
  /** `bgp.evpn.nlri.mac_addr` → `02:00:00:00:00:01`. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The octets that tshark took for the field, in hex. */
  readonly octets: ReadonlyMap<string, readonly string[]>;
}

type Json = string | number | readonly Json[] | { readonly [name: string]: Json };

/** Packets of a capture file that match a display filter. */
export async function dissect(file: string, displayFilter: string): Promise<readonly Dissection[]> {
  const argv = ["tshark", "-r", file, "-Y", displayFilter, "-T", "json", "-x", "--no-duplicate-keys"];
  const packets = JSON.parse(await command(argv)) as readonly { readonly _source: { readonly layers: Json } }[];
  return packets.map((p) => {
    const [values, octets] = [new Map<string, string[]>(), new Map<string, string[]>()];
    gather("", p._source.layers, values, octets);
    return { values, octets };
  });
}

function gather(name: string, json: Json, values: Map<string, string[]>, octets: Map<string, string[]>): void {
  if (name.endsWith("_raw")) {
    // `[hex, position, length, bitmask, type]`, or a list of those.
    const rows = (Array.isArray((json as readonly Json[])[0]) ? json : [json]) as readonly (readonly string[])[];
    for (const row of rows) push(octets, name.slice(0, -4), row[0]!);
  } else if (Array.isArray(json)) {
    for (const one of json as readonly Json[]) gather(name, one, values, octets);
  } else if (typeof json === "object") {
    for (const [key, value] of Object.entries(json)) gather(key, value, values, octets);
  } else {
    push(values, name, String(json));
  }
}

function push(into: Map<string, string[]>, name: string, value: string): void {
  const list = into.get(name);
  if (list) list.push(value);
  else into.set(name, [value]);
}
