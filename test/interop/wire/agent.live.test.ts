// SPDX-License-Identifier: Apache-2.0
/** What running agents and a reflector say to each other, as tshark reads it: a port comes, moves and goes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { reloadWeft, startWeft, weft, weftReady, writeWeftConfig } from "../../../src/lab/peer/weft.ts";
import { stopProcess } from "../../../src/lab/system/managed-process.ts";
import type { Place } from "../../../src/lab/system/place.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { Capture } from "../../harness/capture.ts";
import { Scratch } from "../../harness/scratch.ts";
import { type Dissection, dissect } from "./dissection.ts";
import { type Fields, fieldsLike } from "./expected-fields.ts";

const net = new Scratch("dissagent");
const reflectorAddresses = ["10.0.0.9", "fd00::9"] as const;
const mac = "02:01:00:00:01:01";
let reflector: Place;
/** The first two over IPv4, the third over IPv6. */
let hosts: readonly Place[];
let capture: Capture;

const addressOf = (n: number): string => (n === 3 ? "fd00::3" : `10.0.0.${n}`);

function config(n: number, withPort: boolean): object {
  return {
    host: `h${n}`,
    bgp: {
      asn: 65000,
      routerId: `10.0.0.${n}`,
      peers: [{ address: reflectorAddresses[n === 3 ? 1 : 0], asn: 65000, localAddress: addressOf(n) }],
    },
    vtep: { address: addressOf(n) },
    networks: [{ name: "web", vni: 4096 }],
    ports: withPort ? [{ name: "web", network: "web", interface: "p-web", mac, ips: ["10.1.1.1", "fd00:1:1::1"] }] : [],
  };
}

before(async () => {
  reflector = await net.host("rr");
  hosts = await Promise.all([1, 2, 3].map(async (n) => await net.host(`h${n}`, { ownNamespaces: true })));
  await net.segment([
    [reflector, ...reflectorAddresses.map((a) => `${a}/${a.includes(":") ? 64 : 24}`)],
    ...hosts.map((h, i) => [h, `10.0.0.${i + 1}/24`, `fd00::${i + 1}/64`] as const),
  ]);
  capture = new Capture(reflector, "eth0", "tcp port 179");
  await capture.started();
  const client = { asn: 65000, client: true };
  await startWeft(reflector, "reflector", {
    config: {
      bgp: {
        asn: 65000,
        routerId: reflectorAddresses[0],
        listen: reflectorAddresses,
        reflector: {},
        dynamicPeers: ["10.0.0.0/24", "fd00::/64"].map((range) => ({ ...client, range })),
      },
    },
  });
  await weftReady(reflector, "reflector");
  for (const [i, host] of hosts.entries()) await startWeft(host, "agent", { config: config(i + 1, i === 0) });
  for (const host of hosts) await weftReady(host, "agent");
});
after(async () => await net.remove());

/** The host end of a workload's veth appears at a host. */
async function attach(n: number): Promise<void> {
  const workload = await net.host(`w${n}`);
  await net.ip(workload, [
    `link add eth0 address ${mac} type veth peer name p-web`,
    "link set eth0 up",
    `link set p-web netns ${hosts[n - 1]!.namespace}`,
  ]);
}

/** Packets that match, waited for until there are enough. */
async function packets(filter: string, enough: number): Promise<readonly Dissection[]> {
  return await waitFor(`${enough} packets: ${filter}`, async () => {
    const found = await dissect(capture.file, filter);
    return found.length >= enough && found;
  });
}

function assertSays(d: Dissection, fields: Fields): void {
  assert.deepEqual(fieldsLike(d, fields), fields);
}

const usual: Fields = { "bgp.ext_com.value_as2": ["65000"], "bgp.ext_com.value_an4": ["4096"], "bgp.ext_com.tunnel_type": ["8"] };

test("each agent announces its flood address: type 3", async () => {
  for (const n of [1, 2, 3]) {
    const six = n === 3;
    const [d] = await packets(`${six ? "ipv6" : "ip"}.src == ${addressOf(n)} && bgp.evpn.nlri.rt == 3`, 1);
    const own = [addressOf(n)];
    assertSays(d!, {
      ...usual,
      "bgp.evpn.nlri.etag": ["0"],
      "bgp.evpn.nlri.ip.addr": six ? [] : own,
      "bgp.evpn.nlri.ipv6.addr": six ? own : [],
      "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4": six ? [] : own,
      "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6": six ? own : [],
      "bgp.update.path_attribute.pmsi.tunnel.type": ["6"],
      // The VNI: behind the encapsulation community tshark knows that it is no MPLS label.
      "bgp.evpn.nlri.vni": ["4096"],
    });
  }
});

/** Addresses in the type-2 routes for the port, over all packets of one direction. */
function addressesOf(found: readonly Dissection[]): readonly string[] {
  const all = found.flatMap((d) => [...(d.values.get("bgp.evpn.nlri.ip.addr") ?? []), ...(d.values.get("bgp.evpn.nlri.ipv6.addr") ?? [])]);
  return [...new Set(all)].toSorted();
}

test("a port appears: its MAC, with IPv4 and with IPv6", async () => {
  await attach(1);
  const filter = `ip.src == ${addressOf(1)} && bgp.evpn.nlri.mac_addr == ${mac}`;
  const found = await waitFor("both addresses", async () => {
    const now = await dissect(capture.file, filter);
    return addressesOf(now).length === 2 && now;
  });
  assert.deepEqual(addressesOf(found), ["10.1.1.1", "fd00:1:1::1"]);
  for (const d of found) {
    assert.ok(d.values.get("bgp.evpn.nlri.mac_addr")!.every((m) => m === mac));
    assert.ok(d.values.get("bgp.evpn.nlri.mpls_ls1")!.every((label) => label === "256"));
    assertSays(d, { ...usual, "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4": [addressOf(1)] });
  }
});

test("reflected to the others with the originator and the cluster", async () => {
  const [d] = await packets(`ipv6.src == ${reflectorAddresses[1]} && ipv6.dst == ${addressOf(3)} && bgp.evpn.nlri.mac_addr == ${mac}`, 1);
  assertSays(d!, {
    ...usual,
    "bgp.update.path_attribute.originator_id": ["10.0.0.1"],
    "bgp.path_attribute.cluster_id": [reflectorAddresses[0]],
    "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4": [addressOf(1)],
  });
});

test("the port moves: the next sequence number from the other host, and withdrawals from the first", async () => {
  writeWeftConfig(hosts[1]!, "agent", config(2, true));
  await reloadWeft(hosts[1]!);
  await attach(2);
  const [moved] = await packets(`ip.src == ${addressOf(2)} && bgp.evpn.nlri.mac_addr == ${mac}`, 1);
  assertSays(moved!, { "bgp.ext_com_evpn.mmac.seq": ["1"], "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4": [addressOf(2)] });
  writeWeftConfig(hosts[0]!, "agent", config(1, false));
  await reloadWeft(hosts[0]!);
  const filter = `ip.src == ${addressOf(1)} && bgp.update.path_attribute.mp_unreach_nlri && bgp.evpn.nlri.mac_addr == ${mac}`;
  const gone = await packets(filter, 1);
  assertSays(gone[0]!, { "bgp.update.path_attribute.type_code": ["15"] });
});

test("a refresh, a session shut down with words, an agent that stops", async () => {
  assert.equal((await weft(hosts[2]!, ["bgp", "refresh", reflectorAddresses[1]])).status, 0);
  await packets(`ipv6.src == ${reflectorAddresses[1]} && bgp.route_refresh.subtype == 2`, 1);
  assert.equal((await weft(reflector, ["bgp", "shutdown", addressOf(3), "--message", "new cables"])).status, 0);
  await packets(`ipv6.dst == ${addressOf(3)} && bgp.type == 3`, 1);
  await stopProcess(hosts[1]!, "agent");
  // Its end of the connection is the last that is waited for.
  await packets(`ip.src == ${addressOf(2)} && tcp.port == 179 && (tcp.flags.fin == 1 || tcp.flags.reset == 1)`, 1);
});

test("nothing of all this is malformed to tshark", async () => {
  await capture.stop();
  // Both ends of three sessions; a packet may hold more than one message.
  for (const [type, least] of [
    [1, 6],
    [2, 12],
    [3, 1],
    [4, 6],
    [5, 2],
  ] as const)
    assert.ok((await dissect(capture.file, `bgp.type == ${type}`)).length >= least, `type ${type}`);
  assert.deepEqual(await capture.malformed(), []);
});
