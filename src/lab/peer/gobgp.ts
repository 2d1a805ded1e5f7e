// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { command } from "../system/command.ts";
import { type ManagedProcess, startProcess } from "../system/managed-process.ts";
import { type Place, enter } from "../system/place.ts";
import { waitFor } from "../system/wait-for.ts";

export interface GobgpOptions {
  readonly asn: number;
  readonly routerId: string;
  readonly localAddress?: string;
  /** Reflect for whoever connects from these prefixes. MD5 does not work with such peers (GoBGP 3.10). */
  readonly clients?: readonly string[];
  /** Neighbours by address. */
  readonly peers?: readonly { readonly address: string; readonly password?: string; readonly client?: boolean }[];
  /** Seconds. */
  readonly holdTime?: number;
  /** Offer graceful restart with this restart time, seconds. */
  readonly gracefulRestart?: number;
  /** And long-lived graceful restart with this stale time, seconds. */
  readonly longLived?: number;
  /** Several paths of an EVPN route, both ways: it sends at most so many — RFC 7911. */
  readonly addPaths?: number;
  /** Route target constraint: it asks for the route targets of its VRFs. */
  readonly rtConstrain?: boolean;
}

const api = "127.0.0.1:50051";

/** Starts gobgpd and waits until its API answers. */
export async function startGobgp(place: Place, options: GobgpOptions): Promise<ManagedProcess> {
  mkdirSync(place.folder, { recursive: true });
  const file = `${place.folder}/gobgpd.toml`;
  writeFileSync(file, gobgpConfig(options));
  const p = await startProcess(place, "gobgpd", ["gobgpd", "-f", file, "--api-hosts", api, "--pprof-disable"]);
  await waitFor("gobgpd: its API", async () => (await gobgp(place, ["global"])) !== "");
  return p;
}

/** Runs the client: `gobgp neighbor`, `gobgp global rib add -a evpn …`. */
export async function gobgp(place: Place, argv: readonly string[]): Promise<string> {
  return await command(enter(place, ["gobgp", ...argv]));
}

export async function gobgpJson<T>(place: Place, argv: readonly string[]): Promise<T> {
  return JSON.parse(await gobgp(place, ["-j", ...argv])) as T;
}

export function gobgpConfig(o: GobgpOptions): string {
  const hold = o.holdTime ?? 90;
  const timers = (path: string): string =>
    `[${path}.timers.config]\nhold-time = ${hold}\nkeepalive-interval = ${Math.max(1, Math.floor(hold / 3))}\nconnect-retry = 1\nidle-hold-time-after-reset = 1\n`;
  const reflect = (path: string): string =>
    `[${path}.route-reflector.config]\nroute-reflector-client = true\nroute-reflector-cluster-id = "${o.routerId}"\n`;
  const transport = (path: string): string =>
    o.localAddress === undefined ? "" : `[${path}.transport.config]\nlocal-address = "${o.localAddress}"\n`;
  const restart = o.gracefulRestart;
  const family = (path: string, name: string): string =>
    `[[${path}.afi-safis]]\n[${path}.afi-safis.config]\nafi-safi-name = "${name}"\n${restart === undefined ? "" : `[${path}.afi-safis.mp-graceful-restart.config]\nenabled = true\n`}${
      o.longLived === undefined
        ? ""
        : `[${path}.afi-safis.long-lived-graceful-restart.config]\nenabled = true\nrestart-time = ${o.longLived}\n`
    }`;
  const addPaths = (path: string): string =>
    o.addPaths === undefined ? "" : `[${path}.afi-safis.add-paths.config]\nreceive = true\nsend-max = ${o.addPaths}\n`;
  const evpn = (path: string): string => family(path, "l2vpn-evpn") + addPaths(path) + (o.rtConstrain === true ? family(path, "rtc") : "");
  const graceful = (path: string): string =>
    restart === undefined
      ? ""
      : `[${path}.graceful-restart.config]\nenabled = true\nrestart-time = ${restart}\n${o.longLived === undefined ? "" : "long-lived-enabled = true\n"}`;
  const parts = [`[global.config]\nas = ${o.asn}\nrouter-id = "${o.routerId}"\n`];
  if (o.localAddress !== undefined) parts[0] += `local-address-list = ["${o.localAddress}"]\n`;
  if (o.clients !== undefined) {
    parts.push(`[[peer-groups]]\n[peer-groups.config]\npeer-group-name = "clients"\npeer-as = ${o.asn}\n`);
    parts.push(timers("peer-groups"), reflect("peer-groups"), graceful("peer-groups"), evpn("peer-groups"));
    for (const prefix of o.clients) {
      parts.push(`[[dynamic-neighbors]]\n[dynamic-neighbors.config]\nprefix = "${prefix}"\npeer-group = "clients"\n`);
    }
  }
  for (const p of o.peers ?? []) {
    parts.push(`[[neighbors]]\n[neighbors.config]\nneighbor-address = "${p.address}"\npeer-as = ${o.asn}\n`);
    if (p.password !== undefined) parts[parts.length - 1] += `auth-password = "${p.password}"\n`;
    parts.push(
      timers("neighbors"),
      transport("neighbors"),
      p.client === true ? reflect("neighbors") : "",
      graceful("neighbors"),
      evpn("neighbors"),
    );
  }
  return parts.join("\n");
}
