// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { namespacePath } from "../../src/base/sys/namespace.ts";
import { addVtepDevices } from "../../src/lab/member/frr-vtep.ts";
import { frrBgpd, frrLeafLines, frrReflectorLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr } from "../../src/lab/peer/frr.ts";
import { startGobgp } from "../../src/lab/peer/gobgp.ts";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { NetlinkConnection } from "../../src/netlink/socket/netlink-connection.ts";

export type LeafKind = "weft" | "frr";
export type ReflectorKind = "weft" | "frr" | "gobgp";
export const asn = 65000;
export const vni = 100;

/** A VTEP at `place` with br100 and vx100 made by hand, so that both kinds fill the same devices. `more`: of an agent's configuration. */
export async function startLeaf(kind: LeafKind, place: Place, address: string, reflector: string, more: object = {}): Promise<void> {
  await addVtepDevices(place.namespace, { vni, vtep: address });
  if (kind === "frr") {
    await startFrr(place, { zebra: "", bgpd: frrBgpd("leaf", asn, address, frrLeafLines({ asn, routerId: address, peers: [reflector] })) });
    return;
  }
  const peers = [{ address: reflector, asn, families: ["l2vpn-evpn"] }];
  const bgp = { asn, routerId: address, listen: [], timers: { connectRetry: 1 }, peers };
  await startWeft(place, "agent", { config: { bgp, vtep: { address }, adopt: true, ...more } });
  await weftReady(place, "agent");
}

export async function startReflector(kind: ReflectorKind, place: Place, address: string, range: string): Promise<void> {
  if (kind === "gobgp") {
    await startGobgp(place, { asn, routerId: address, clients: [range] });
  } else if (kind === "frr") {
    await startFrr(place, { zebra: "", bgpd: frrBgpd("rr", asn, address, frrReflectorLines({ asn, routerId: address, range })) });
  } else {
    const dynamicPeers = [{ range, asn, client: true, families: ["l2vpn-evpn"] }];
    const bgp = { asn, routerId: address, listen: [address], reflector: { clusterId: address }, dynamicPeers };
    await startWeft(place, "reflector", { config: { bgp } });
    await weftReady(place, "reflector");
  }
}

/** Waits until both leaves flood to each other, which says that routes go both ways. */
export async function meet(a: Place, b: Place): Promise<void> {
  for (const place of [a, b]) {
    const conn = new NetlinkConnection({ namespace: namespacePath(place.namespace) });
    const { ifindex } = conn.dump("link", { name: "vx100" })[0]!;
    await waitFor(
      `${place.namespace}: a flood entry`,
      async () => conn.dump("fdb", { ifindex }).some((e) => e.mac === "00:00:00:00:00:00"),
      {
        within: 30_000,
      },
    );
    conn.close();
  }
  await sleep(500);
}
