// SPDX-License-Identifier: Apache-2.0
import { command } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";

/** A row of `bridge -j fdb show`. */
export interface FdbRow {
  readonly mac: string;
  readonly ifname: string;
  /** Remote VTEP, on a VXLAN device's own table. */
  readonly dst?: string;
  readonly master?: string;
  readonly flags: readonly string[];
  readonly state: string;
}

/** A row of `ip -j neigh show`. */
export interface NeighbourRow {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
  readonly extern_learn?: null;
  readonly proto?: string;
}

/** `bridge fdb show`, of one device when named. */
export async function fdb(place: Place, device?: string): Promise<readonly FdbRow[]> {
  const rows = JSON.parse(
    await command(enter(place, ["bridge", "-j", "fdb", "show", ...(device === undefined ? [] : ["dev", device])])),
  ) as FdbRow[];
  return rows.map((r) => ({ ...r, ifname: r.ifname ?? device! }));
}

/** The VTEP that a VXLAN device sends frames for `mac` to. */
export async function vtepOf(place: Place, vxlan: string, mac: string): Promise<string | undefined> {
  return (await fdb(place, vxlan)).find((r) => r.mac === mac && r.dst !== undefined)?.dst;
}

/** VTEPs in the flood list of a VXLAN device, sorted. */
export async function floodList(place: Place, vxlan: string): Promise<readonly string[]> {
  const rows = await fdb(place, vxlan);
  return rows.flatMap((r) => (r.mac === "00:00:00:00:00:00" && r.dst !== undefined ? [r.dst] : [])).toSorted();
}

/** `ip neigh show`, both families, of one device when named. */
export async function neighbours(place: Place, device?: string): Promise<readonly NeighbourRow[]> {
  const rows = JSON.parse(
    await command(enter(place, ["ip", "-j", "neigh", "show", ...(device === undefined ? [] : ["dev", device])])),
  ) as NeighbourRow[];
  return rows.map((r) => ({ ...r, dev: r.dev ?? device! }));
}

/** The MAC that a device's neighbour table has for an address. */
export async function neighbourMac(place: Place, device: string, ip: string): Promise<string | undefined> {
  return (await neighbours(place, device)).find((r) => r.dst === ip && !r.state.includes("FAILED"))?.lladdr;
}

/** `bridge -j link show dev PORT`: what the bridge does with its frames. */
export async function portState(place: Place, port: string): Promise<string | undefined> {
  const rows = JSON.parse(await command(enter(place, ["bridge", "-j", "link", "show", "dev", port]))) as { readonly state?: string }[];
  return rows[0]?.state;
}

/** `ip -j link show`. */
export async function links(
  place: Place,
): Promise<readonly { readonly ifname: string; readonly master?: string; readonly mtu: number; readonly operstate: string }[]> {
  return JSON.parse(await command(enter(place, ["ip", "-j", "link", "show"]))) as [];
}
