// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import type { Scratch } from "../harness/scratch.ts";
import { type Edits, done, edited } from "./machine.ts";
import { block, page } from "./page.ts";

export interface Variant {
  /** Who makes the devices of the network. */
  readonly devices: "adopt" | "own";
  readonly password?: boolean;
  readonly ipv6?: boolean;
  /** Begins the names of the hosts, when one file builds several. */
  readonly prefix?: string;
}

export interface TwoHosts {
  readonly h1: Place;
  readonly h2: Place;
  readonly rr: Place;
}

export const text = page("docs/operate/two-hosts.md");

/** What the page says about h2. */
export const toSecondHost: Edits = [
  ["10.0.0.1", "10.0.0.2"],
  ["192.168.1.1", "192.168.1.2"],
  ["02:00:00:00:01:01", "02:00:00:00:01:02"],
  ["2001:db8::1", "2001:db8::2"],
  ["host: h1", "host: h2"],
];

export function editsFor(host: 1 | 2): Edits {
  return host === 1 ? [] : toSecondHost;
}

/** `agent.yaml` of h1 as the page has it, with what its later sections change. */
export function agentFile(variant: Variant): string {
  let file = block(text, variant.devices);
  if (variant.ipv6 === true) {
    const [networks] = /^(networks|adopt):[\s\S]*/m.exec(file) ?? [""];
    file = `${block(text, "ipv6")}${networks}`;
  }
  if (variant.password === true) file = file.replace(/^ {2}peers:\n.*\n/m, block(text, "peers-password"));
  return file;
}

/** `frr.conf` of the reflector as the page has it, with what its later sections change. */
export function reflectorFile(variant: Variant): string {
  let file = block(text, "frr");
  if (variant.password === true) file = file.replace(/^ neighbor HOSTS remote-as 65000\n/m, (l) => `${l}${block(text, "frr-password")}`);
  return file;
}

/** Follows the page from nothing to step 4: reflector, networks, agents, workloads. */
export async function twoHosts(net: Scratch, variant: Variant): Promise<TwoHosts> {
  const p = variant.prefix ?? "";
  const hosts = [await net.host(`${p}h1`, { ownNamespaces: true }), await net.host(`${p}h2`, { ownNamespaces: true })] as const;
  const rr = await net.host(`${p}rr`);
  const address = (n: number): string => (variant.ipv6 === true ? `2001:db8::${n}/64` : `10.0.0.${n}/24`);
  await net.segment(
    [
      [hosts[0], address(1)],
      [hosts[1], address(2)],
      [rr, address(4)],
    ],
    { mtu: 1500, name: `${p}segment` },
  );
  if (variant.ipv6 === true) {
    writeFileSync(`${rr.folder}/reflector.yaml`, block(text, "reflector-ipv6"));
    await restartWeft(rr, "reflector");
    await weftReady(rr, "reflector");
  } else {
    await startFrr(rr, { zebra: "", bgpd: reflectorFile(variant) });
  }
  for (const [i, host] of hosts.entries()) {
    const edits = editsFor(i === 0 ? 1 : 2);
    if (variant.devices === "adopt") {
      const devices = block(text, "adopt-devices");
      await done(
        host,
        edited(
          variant.ipv6 === true ? devices.replace("local 10.0.0.1", "local 2001:db8::1").replace("mtu 1450", "mtu 1430") : devices,
          edits,
        ),
      );
    }
    // Two namespaces of one machine have one host name; two hosts have not.
    writeFileSync(`${host.folder}/agent.yaml`, edited(`host: h1\n${agentFile(variant)}`, edits));
    await done(host, block(text, "check"));
    await restartWeft(host, "agent");
  }
  for (const [i, host] of hosts.entries()) {
    await weftReady(host, "agent");
    const mtu = variant.ipv6 === true ? "1430" : "1450";
    await done(host, edited(block(text, "workload"), [...editsFor(i === 0 ? 1 : 2), ["mtu 1450", `mtu ${mtu}`]]));
    if (variant.devices === "adopt") await done(host, block(text, "plug"));
  }
  return { h1: hosts[0], h2: hosts[1], rr };
}

/** The page's ping from h1 to h2, again until it is answered. */
export async function pings(h1: Place): Promise<void> {
  await waitFor("the ping of the page", async () => (await done(h1, block(text, "ping"))).includes(" 0% packet loss"), { within: 30_000 });
}
