// SPDX-License-Identifier: Apache-2.0
/** docs/operate/dhcp.md: its configuration at a host, asked by real clients, and what its commands show then. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { restartWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { startProcess } from "../../src/lab/system/managed-process.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { dhclient, resolve } from "../dhcp/tenants.ts";
import { Scratch } from "../harness/scratch.ts";
import { done } from "./machine.ts";
import { block, page } from "./page.ts";

const net = new Scratch("docdhcp");
after(async () => await net.remove());

const text = page("docs/operate/dhcp.md");
const good = block(text, "agent");
let h1: Place;
let w1: Place;
let w2: Place;

/** The file with other settings for the network, or another section `domains`. */
function changed(settings: string, domains: string): string {
  const indented = settings.replaceAll(/^(?=.)/gm, "    ");
  return good.replace("    dhcp: true\n", indented).replace("domains:\n  - name: shop\n", domains);
}

async function showsServed(): Promise<void> {
  await waitFor("the server", async () => (await done(h1, "weft status")).includes("1 of 1 domains served"));
}

before(async () => {
  h1 = await net.host("h1", { ownNamespaces: true });
  await net.segment([[h1, "10.0.0.1/24"]]);
  writeFileSync(`${h1.folder}/agent.yaml`, good);
  await restartWeft(h1, "agent");
  await weftReady(h1, "agent");
  [w1, w2] = [await net.host("w1"), await net.host("w2")];
  for (const [n, w] of [w1, w2].entries())
    await net.ip(w, [
      `link add eth0 address 02:00:00:00:01:0${n + 1} type veth peer name p-w${n + 1} netns ${h1.namespace}`,
      "link set eth0 up",
    ]);
  await showsServed();
});

test("two workloads ask, and the page's commands show it", async () => {
  const given = await Promise.all([w1, w2].map(async (w) => await dhclient(w, 4)));
  assert.deepEqual(
    given.map((g) => [g?.["ip_address"], g?.["domain_search"]]),
    [
      ["10.1.1.11", "blue.shop.internal. shop.internal."],
      ["10.1.1.12", "blue.shop.internal. shop.internal."],
    ],
  );
  await waitFor("the leases", async () => (await done(h1, "weft status")).includes(block(text, "served")));
  const out = await done(h1, block(text, "look"));
  assert.match(out, /10\.1\.1\.12 in domain shop is given to w2/);
  assert.match(out, /^weft_dhcp_leases\{domain="shop",family="ipv4"\} 2$/m);
});

test("other settings of the network, and names", async () => {
  writeFileSync(`${h1.folder}/agent.yaml`, changed(block(text, "settings"), block(text, "names")));
  await done(h1, "weft reload");
  await showsServed();
  const got = await waitFor("the new routes", async () => {
    const answer = await dhclient(w1, 4);
    return answer?.["rfc3442_classless_static_routes"] === undefined ? undefined : answer;
  });
  assert.deepEqual(
    [got["rfc3442_classless_static_routes"], got["domain_name_servers"], got["dhcp_lease_time"], got["domain_name"]],
    ["0 10 1 1 1 12 172 16 10 1 1 250", "10.1.1.53", "600", "blue.shop.example.net"],
  );
  await net.ip(w1, ["address add 10.1.1.11/24 dev eth0"]);
  assert.deepEqual(await resolve(w1, "10.1.1.1", "db.blue.shop.example.net"), ["10.1.1.40"]);
  assert.deepEqual(await resolve(w1, "10.1.1.1", "w2.blue.shop.example.net"), ["10.1.1.12"]);
  // The resolver of the page's `upstream`, at the other workload.
  await net.ip(w2, ["address add 10.1.1.53/24 dev eth0"]);
  const upstream = ["--no-hosts", "--no-resolv", "--pid-file=", "--user=root", "--host-record=www.example.org,192.0.2.80", "-k"];
  await startProcess(w2, "upstream", ["dnsmasq", "--conf-file=/dev/null", ...upstream]);
  await waitFor("a name of the world", async () => (await resolve(w1, "10.1.1.1", "www.example.org"))[0] === "192.0.2.80");
});
