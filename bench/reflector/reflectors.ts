// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { frrBgpd, frrReflectorLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { frrAnswers, startFrr } from "../../src/lab/peer/frr.ts";
import { gobgpConfig } from "../../src/lab/peer/gobgp.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { signal } from "../../src/base/sys/process-identity.ts";
import { type ManagedProcess, startProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import type { StatusReply } from "../../src/contract/inspect.ts";
import { asn, clientRange, reflectorAddress as address } from "./generator.ts";

/** `relay` is bench/reflector/relay.ts: no reflector, but the most that Node and the kernel can do. */
export type Make = "weft" | "frr" | "gobgp" | "relay";

/** Whether a make is installed here. */
export function isInstalled(make: Make): boolean {
  const programs = { weft: [], relay: [], frr: ["/usr/lib/frr/bgpd"], gobgp: ["/usr/bin/gobgpd"] };
  return programs[make].every((p) => existsSync(p));
}

export function versionOf(make: Make): string {
  const first = (argv: readonly string[]): string => execFileSync(argv[0]!, argv.slice(1), { encoding: "utf8" }).split("\n")[0]!.trim();
  if (make === "frr") return first(["/usr/lib/frr/bgpd", "--version"]).replace("bgpd version", "FRR");
  if (make === "gobgp") return first(["gobgpd", "--version"]).replace("gobgpd version", "GoBGP");
  return make === "weft" ? "Weft, from the emitted package" : "relay";
}

/** The package as npm would install it: emitted JavaScript, because stripping types takes memory that no user's reflector takes. */
export function buildPackage(folder: string): string {
  const root = path.resolve(import.meta.dirname, "../..");
  mkdirSync(path.join(folder, "bin"), { recursive: true });
  execFileSync(path.join(root, "node_modules/.bin/tsc"), [
    "-p",
    path.join(root, "tsconfig.build.json"),
    "--outDir",
    path.join(folder, "dist"),
  ]);
  copyFileSync(path.join(root, "bin/weft"), path.join(folder, "bin/weft"));
  copyFileSync(path.join(root, "package.json"), path.join(folder, "package.json"));
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  return path.join(folder, "bin/weft");
}

/** A reflector under measurement. */
export interface Running {
  readonly make: Make;
  readonly process: ManagedProcess;
}

/** @param program of Weft, see {@link buildPackage}; @param env for its process; @param bfd have Weft watch its clients */
export async function startReflector(
  make: Make,
  place: Place,
  program: string,
  env: Readonly<Record<string, string>> = {},
  bfd = false,
): Promise<Running> {
  const process = await starters[make](place, program, env, bfd);
  return { make, process };
}

type Starter = (place: Place, program: string, env: Readonly<Record<string, string>>, bfd: boolean) => Promise<ManagedProcess>;

const starters: Readonly<Record<Make, Starter>> = {
  async weft(place, program, env, bfd) {
    const bgp = {
      asn,
      routerId: address,
      listen: [address],
      reflector: { clusterId: address },
      dynamicPeers: [{ range: clientRange, asn, client: true, families: ["l2vpn-evpn"], bfd }],
    };
    const run = `${place.folder}/run`;
    mkdirSync(run, { recursive: true });
    writeFileSync(`${place.folder}/reflector.yaml`, stringify({ bgp }));
    const argv = [program, "reflector", "--config", `${place.folder}/reflector.yaml`, "--run-dir", run];
    const p = await startProcess(place, "reflector", argv, env);
    await waitFor("weft reflector", async () => {
      const { state } = await inspect<StatusReply>(run, "/v1/status");
      return state === "ready" || state === "degraded";
    });
    return p;
  },

  async frr(place) {
    const lines = [" bgp listen limit 5000", ...frrReflectorLines({ asn, routerId: address, range: clientRange })];
    // Without zebra every next hop counts as reachable, which is all that a reflector wants of it.
    const more = { bgpd: ["-Z", "--limit-fds", "4096"] };
    const [bgpd] = await startFrr(place, { bgpd: frrBgpd("rr", asn, address, lines) }, { arguments: more });
    await waitFor("bgpd", async () => await frrAnswers(place, "bgpd"));
    return bgpd!;
  },

  async gobgp(place) {
    const file = `${place.folder}/gobgpd.toml`;
    writeFileSync(file, gobgpConfig({ asn, routerId: address, localAddress: address, clients: [clientRange] }));
    const p = await startProcess(place, "gobgpd", ["gobgpd", "-f", file, "--pprof-disable"]);
    await listening(place);
    return p;
  },

  async relay(place) {
    const p = await startProcess(place, "relay", [process.execPath, path.join(import.meta.dirname, "relay.ts"), address]);
    await listening(place);
    return p;
  },
};

async function listening(place: Place): Promise<void> {
  await waitFor("port 179", () => execFileSync("ip", ["netns", "exec", place.namespace, "ss", "-Hltn", "sport", "=", "179"]).length > 0);
}

/** Octets of resident memory now. */
export function residentOctets(r: Running): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${r.process.identity.pid}/status`, "utf8"))![1]) * 1024;
}

/** Seconds of CPU that it has used. */
export function cpuSeconds(r: Running): number {
  const fields = readFileSync(`/proc/${r.process.identity.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Seconds that its main thread was ready to run and others had the cores: what a machine that is not quiet cost it. */
export function waitedSeconds(r: Running): number {
  return Number(readFileSync(`/proc/${r.process.identity.pid}/schedstat`, "utf8").split(" ")[1]) / 1e9;
}

export const pauseProbe = path.join(import.meta.dirname, "pause-probe.ts");

/** ms of the longest time without a turn of the loop since the last call; of Weft started with {@link pauseProbe}. */
export async function longestPause(r: Running, place: Place): Promise<number> {
  const file = `${place.folder}/pause`;
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  signal(r.process.identity, "SIGUSR2");
  return await waitFor("the pause probe", () => {
    const [, ms] = /^\d+ ([\d.]+)\n$/.exec(existsSync(file) ? readFileSync(file, "utf8") : "") ?? [];
    return ms !== undefined && readFileSync(file, "utf8") !== before ? Number(ms) : undefined;
  });
}
