// SPDX-License-Identifier: Apache-2.0
/** A peer that announces a million routes to an agent that takes five thousand from it, beside one that announces a hundred. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Ip } from "../../src/base/net/ip.ts";
import type { PeerRow, StatusReply } from "../../src/contract/inspect.ts";
import { inspect } from "../../src/lab/peer/inspect.ts";
import { startWeft, weft, weftReady, weftRunFolder } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer } from "../harness/raw-peer.ts";
import { Scratch } from "../harness/scratch.ts";
import { announceMany } from "./mac-routes.ts";
import { residentMegabytes } from "./resident.ts";

const net = new Scratch("hosflo");
const [us, honestAddress, floodAddress] = ["10.0.0.1" as Ip, "10.0.0.2" as Ip, "10.0.0.3" as Ip];
/** The honest one's; the flood begins far from it. */
const [honestRoutes, floodFrom, million] = [100, 0x100000, 1_000_000] as const;
let agent: Place;
let others: Place;
let honest: RawPeer;

before(async () => {
  agent = await net.host("agent", { ownNamespaces: true });
  others = await net.host("others");
  await net.segment([
    [agent, `${us}/24`],
    [others, `${honestAddress}/24`, `${floodAddress}/24`],
  ]);
  const common = { asn: 65000, passive: true };
  const config = {
    host: "h1",
    bgp: {
      asn: 65000,
      routerId: us,
      peers: [
        { ...common, address: honestAddress },
        { ...common, address: floodAddress, maxRoutes: 5000 },
      ],
    },
    vtep: { address: us },
    networks: [{ name: "blue", vni: 100 }],
  };
  await startWeft(agent, "agent", { config });
  await weftReady(agent, "agent");
  honest = await RawPeer.established(others, { from: honestAddress, to: us });
  honest.send(announceMany(0, honestRoutes, 0));
  await waitFor("the honest one's entries", async () => (await entries()) === honestRoutes);
});
after(async () => await net.remove());

/** Remote MACs in the kernel. */
async function entries(): Promise<number> {
  const lines = (await net.run(agent, ["bridge", "fdb", "show", "dev", "vx100"])).split("\n");
  return lines.filter((l) => l.startsWith("02:00:00:") && l.includes(" dst ")).length;
}

async function row(peer: string): Promise<PeerRow> {
  return (await inspect<readonly PeerRow[]>(weftRunFolder(agent), "/v1/bgp/peers")).find((p) => p.peer === peer)!;
}

test("the session ends with Maximum Number of Prefixes Reached; nothing of it is left, and nobody else lost anything", async () => {
  const { pid } = await inspect<StatusReply>(weftRunFolder(agent), "/v1/status");
  const before = residentMegabytes(pid);
  const flood = await RawPeer.established(others, { from: floodAddress, to: us });
  for (let n = 0; n < million; n += 10_000) flood.send(announceMany(floodFrom + n, floodFrom + n + 10_000, 0));
  // AFI 25, SAFI 70, 5000.
  assert.equal(await flood.refusal(), "6/1 00194600001388");
  await waitFor("the flood to be gone", async () => (await entries()) === honestRoutes);
  const grown = residentMegabytes(pid) - before;
  assert.ok(grown < 60, `${grown} MB`);
  const refused = await row(floodAddress);
  assert.notEqual(refused.state, "established");
  assert.match(refused.lastError ?? "", /Maximum Number of Prefixes Reached/);
  const { state, flaps, received } = await row(honestAddress);
  assert.deepEqual([state, flaps, received], ["established", 0, honestRoutes]);
  const events = (await weft(agent, ["events", "-o", "json"])).stdout;
  assert.match(events, /Maximum Number of Prefixes Reached/);
});

test("it stays out until somebody lets it in, and others are still heard", async () => {
  const again = await RawPeer.connect(others, { from: floodAddress, to: us });
  await waitFor("the end of the connection", () => again.closed);
  honest.send(announceMany(honestRoutes, honestRoutes + 50, 0));
  await waitFor("new entries", async () => (await entries()) === honestRoutes + 50);
  await weft(agent, ["bgp", "enable", floodAddress]);
  const back = await RawPeer.established(others, { from: floodAddress, to: us });
  back.send(announceMany(floodFrom, floodFrom + 1000, 0));
  await waitFor("its entries", async () => (await entries()) === honestRoutes + 1050);
  back.close();
  await waitFor("its entries to go", async () => (await entries()) === honestRoutes + 50);
});
