// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import { command, tryCommand } from "../../src/lab/system/command.ts";
import { type Place, enter } from "../../src/lab/system/place.ts";
import type { Scratch } from "../harness/scratch.ts";

/** Two tenants with the same addresses, each with a domain and a network; one workload of each on each host. */
export const tenants = [
  { name: "shop", vni: 101 },
  { name: "bank", vni: 102 },
] as const;
export type Tenant = (typeof tenants)[number];

export function macOf(tenant: Tenant, host: number): string {
  return `02:0d:00:00:${String(tenant.vni).slice(1)}:0${host}`;
}

export function agentConfig(host: number): object {
  return {
    host: `h${host}`,
    bgp: { asn: 65000, routerId: `10.0.0.${host}`, timers: { connectRetry: 1 }, peers: [{ address: `10.0.0.${3 - host}`, asn: 65000 }] },
    vtep: { address: `10.0.0.${host}` },
    domains: tenants.map(({ name, vni }) => ({
      name,
      l3vni: 5000 + vni,
      redistribute: ["connected"],
      dns: { records: [{ name: `far.${name}`, ips: [`10.5.1.1${3 - host}`] }] },
    })),
    networks: tenants.map(({ name, vni }) => ({
      name: `${name}net`,
      vni,
      domain: name,
      subnets: [
        { cidr: "10.5.1.0/24", gateway: "10.5.1.1" },
        { cidr: "fd05:1::/64", gateway: "fd05:1::1" },
      ],
      // One tenant has its addresses by DHCPv6, the other makes them itself.
      dhcp: {
        ipv6: name === "shop" ? "stateful" : "slaac",
        routes: [{ prefix: "172.20.0.0/16", via: `10.5.1.25${vni - 101}` }],
        raInterval: 4,
      },
    })),
    ports: tenants.map((t) => ({
      name: `${t.name}-w${host}`,
      network: `${t.name}net`,
      interface: `p-${t.name}`,
      mac: macOf(t, host),
      ips: [`10.5.1.1${host}`, `fd05:1::1${host}`],
    })),
  };
}

export interface Fabric {
  readonly hosts: readonly [Place, Place];
  /** The workload of a tenant at host 1 or 2. */
  readonly workload: (tenant: Tenant, host: number) => Place;
}

export async function twoTenants(net: Scratch): Promise<Fabric> {
  const hosts = [await net.host("h1", { ownNamespaces: true }), await net.host("h2", { ownNamespaces: true })] as const;
  await net.segment(
    [
      [hosts[0], "10.0.0.1/24"],
      [hosts[1], "10.0.0.2/24"],
    ],
    { mtu: 1500 },
  );
  await Promise.all(hosts.map((h, i) => startWeft(h, "agent", { config: agentConfig(i + 1) })));
  await Promise.all(hosts.map((h) => weftReady(h, "agent", { within: 60_000 })));
  const workloads = new Map<string, Place>();
  for (const [i, host] of hosts.entries()) {
    for (const t of tenants) {
      const place = await net.host(`${t.name[0]}${i + 1}`);
      workloads.set(`${t.name}${i + 1}`, place);
      // A host that listens to router advertisements, and is none itself.
      await net.run(place, ["sysctl", "-qw", "net.ipv6.conf.all.forwarding=0", "net.ipv6.conf.default.accept_ra=1"]);
      await net.ip(place, [
        `link add eth0 address ${macOf(t, i + 1)} type veth peer name p-${t.name} netns ${host.namespace}`,
        "link set eth0 up",
      ]);
    }
  }
  return { hosts, workload: (tenant, host) => workloads.get(`${tenant.name}${host}`)! };
}

/** Options that dhclient-script(8) is given, as `new_ip_address=…` lines; does nothing else. */
const script = '#!/bin/sh\n[ "$reason" = PREINIT ] || [ "$reason" = PREINIT6 ] || env | grep "^new_" > "$WEFT_OUT"\n';
const config = `option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
send dhcp-client-identifier = hardware;
request subnet-mask, routers, domain-name-servers, domain-name, domain-search, interface-mtu, rfc3442-classless-static-routes, host-name,
 dhcp6.name-servers, dhcp6.domain-search;
initial-delay 0;
backoff-cutoff 2;
timeout 20;
retry 1;
initial-interval 1;
`;

/** Asks as a real client does, once; undefined when nobody gave anything within `seconds`. */
export async function dhclient(place: Place, family: 4 | 6, seconds = 20): Promise<Readonly<Record<string, string>> | undefined> {
  const out = `${place.folder}/dhclient${family}`;
  writeFileSync(`${out}.sh`, script, { mode: 0o755 });
  writeFileSync(`${out}.conf`, config.replace("timeout 20", `timeout ${seconds}`));
  writeFileSync(`${out}.leases`, "");
  writeFileSync(`${out}.env`, "");
  const files = ["-cf", `${out}.conf`, "-lf", `${out}.leases`, "-pf", `${out}.pid`, "-sf", `${out}.sh`, "-e", `WEFT_OUT=${out}.env`];
  const argv = ["dhclient", `-${family}`, "-1", "-d", "-v", ...files, "eth0"];
  // It stays in the foreground to renew: it is ended once it has what it asked for, or had time enough.
  const watch = `"$@" 2>"${out}.log" & pid=$!; i=0; while [ $i -lt ${seconds * 10} ] && ! [ -s "${out}.env" ]; do sleep 0.1; i=$((i+1)); done; kill $pid; wait $pid`;
  await tryCommand(enter(place, ["sh", "-c", watch, "sh", ...argv]), { timeout: (seconds + 10) * 1000 });
  const text = await command(["cat", `${out}.env`]);
  if (text.trim() === "") return undefined;
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => [line.slice("new_".length, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** Asks a server for a name; its addresses, or the server's refusal (`ENOTFOUND`, `EREFUSED`). */
export async function resolve(place: Place, server: string, name: string, type = "A"): Promise<readonly string[] | string> {
  const program = `const r = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 3 }); r.setServers(["${server}"]);
r.resolve("${name}", "${type}").then((a) => console.log(JSON.stringify(a)), (e) => console.log(JSON.stringify(e.code)));`;
  return JSON.parse(await command(enter(place, [process.execPath, "-e", program]))) as readonly string[] | string;
}
