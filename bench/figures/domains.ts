// SPDX-License-Identifier: Apache-2.0
/**
 * `node bench/figures/domains.ts [DOMAINS]` (root): an agent with 200 routed domains of five networks each, every one with a gateway for IPv4 and IPv6: how
 * long until all is made, what it takes when it is started again on what it finds, and one audit.
 */
import { readFileSync } from "node:fs";
import { restartWeft, startWeft, weft, weftReady } from "../../src/lab/peer/weft.ts";
import { recordedProcesses, stopProcess } from "../../src/lab/system/managed-process.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { Scratch } from "../../test/harness/scratch.ts";
import { machineLine } from "../spread.ts";

const domains = Number(process.argv[2] ?? 200);
const networksEach = 5;

function config(): object {
  const names = Array.from({ length: domains }, (_, i) => `d${i}`);
  return {
    bgp: { asn: 65000, routerId: "10.0.0.1" },
    vtep: { address: "10.0.0.1" },
    domains: names.map((name, i) => ({ name, l3vni: 50_000 + i })),
    networks: names.flatMap((domain, i) =>
      Array.from({ length: networksEach }, (_, n) => ({
        name: `${domain}-n${n}`,
        vni: 1000 + i * networksEach + n,
        domain,
        // The same in each domain.
        subnets: [
          { cidr: `10.1.${n}.0/24`, gateway: `10.1.${n}.1` },
          { cidr: `fd00:${n}::/64`, gateway: `fd00:${n}::1` },
        ],
      })),
    ),
  };
}

function usage(host: Place): { readonly cpuMs: number; readonly mb: number } {
  const { pid } = recordedProcesses(host.folder).find((p) => p.name === "agent")!.identity;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  const mb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, mb };
}

const net = new Scratch("benchdom");
try {
  const host = await net.host("h1", { ownNamespaces: true });
  await net.segment([[host, "10.0.0.1/24"]]);
  const rows: string[] = [];
  const run = async (what: string, start: () => Promise<unknown>): Promise<void> => {
    const since = performance.now();
    await start();
    await weftReady(host, "agent", { within: 300_000 });
    const { cpuMs, mb } = usage(host);
    rows.push(`| ${what} | ${(performance.now() - since).toFixed(0)} ms, CPU ${cpuMs} ms, ${mb.toFixed(0)} MB |`);
  };
  await run("start → everything is made", async () => await startWeft(host, "agent", { config: config() }));
  const diff = await weft(host, ["kernel", "diff", "-o", "json"]);
  rows.push(`| differences then | ${(JSON.parse(diff.stdout) as unknown[]).length} |`);
  await stopProcess(host, "agent", "SIGKILL");
  await run("killed and started again → everything was looked at", async () => await restartWeft(host, "agent"));
  const before = usage(host).cpuMs;
  const since = performance.now();
  const again = await weft(host, ["kernel", "diff", "-o", "json"]);
  rows.push(
    `| \`weft kernel diff\`, which reads all of it anew | ${(performance.now() - since).toFixed(0)} ms, CPU ${usage(host).cpuMs - before} ms, ${(JSON.parse(again.stdout) as unknown[]).length} differences |`,
  );
  // 200 namespaces take the kernel a while to let go of.
  await stopProcess(host, "agent");
  await weft(host, ["agent", "cleanup"], { timeout: 120_000 });
  console.log(`${machineLine()}\n\n| ${domains} domains × ${networksEach} networks | |\n|---|---|\n${rows.join("\n")}`);
} finally {
  await net.remove();
}
