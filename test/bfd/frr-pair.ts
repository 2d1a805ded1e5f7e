// SPDX-License-Identifier: Apache-2.0
import { frrBgpd } from "../../src/lab/peer/frr-bgp-config.ts";
import { startFrr, vtyshJson } from "../../src/lab/peer/frr.ts";
import type { Place } from "../../src/lab/system/place.ts";
import type { Scratch } from "../harness/scratch.ts";
import { asn, startReady } from "../resilience/pair.ts";
import { longHold } from "./watched-hosts.ts";

/** A reflector of ours, and two FRRs: one on its segment, one behind a router. Each has a session over IPv4 and one over IPv6. */
export interface FrrPair {
  readonly rr: Place;
  readonly near: Place;
  readonly far: Place;
  /** `port1` is near's. */
  readonly segment: Place;
}

/** [reflector, FRR] */
export const nearAddresses = [
  ["10.0.0.9", "10.0.0.2"],
  ["fd00::9", "fd00::2"],
] as const;
export const farAddresses = [
  ["10.1.0.9", "10.2.0.2"],
  ["fd01::9", "fd02::2"],
] as const;

/** Where the FRRs are. */
export const ranges = ["10.0.0.0/24", "fd00::/64", "10.2.0.0/24", "fd02::/64"] as const;

export function watchedRange(range: string): object {
  return { range, asn, client: true, bfd: true };
}

/** Configuration of the reflector. */
export function reflectorWith(dynamicPeers: readonly object[]): object {
  return { bgp: { asn, routerId: "10.0.0.9", reflector: {}, timers: longHold, dynamicPeers } };
}

export async function frrPair(net: Scratch): Promise<FrrPair> {
  const [rr, router, near, far] = [await net.host("rr"), await net.host("router"), await net.host("near"), await net.host("far")];
  const segment = await net.segment([
    [rr, "10.0.0.9/24", "fd00::9/64"],
    [near, "10.0.0.2/24", "fd00::2/64"],
  ]);
  await net.link(rr, "eth1", router, "east");
  await net.link(far, "eth0", router, "west");
  await net.ip(rr, ["address add 10.1.0.9/24 dev eth1", "address add fd01::9/64 dev eth1 nodad"]);
  await net.ip(router, [
    "address add 10.1.0.1/24 dev east",
    "address add fd01::1/64 dev east nodad",
    "address add 10.2.0.1/24 dev west",
    "address add fd02::1/64 dev west nodad",
  ]);
  await net.ip(far, ["address add 10.2.0.2/24 dev eth0", "address add fd02::2/64 dev eth0 nodad"]);
  await net.ip(rr, ["route add 10.2.0.0/24 via 10.1.0.1", "route add fd02::/64 via fd01::1"]);
  await net.ip(far, ["route add 10.1.0.0/24 via 10.2.0.1", "route add fd01::/64 via fd02::1"]);
  await startReady(rr, "reflector", reflectorWith(ranges.map(watchedRange)));
  for (const [place, id, addresses] of [
    [near, "10.0.0.2", nearAddresses],
    [far, "10.2.0.2", farAddresses],
  ] as const) {
    await startFrr(place, {
      zebra: "",
      bfdd: "",
      bgpd: frrBgpd(place.namespace, asn, id, neighbours(addresses.map(([rrAddress]) => rrAddress))),
    });
  }
  return { rr, near, far, segment };
}

function neighbours(addresses: readonly string[]): readonly string[] {
  return [
    ...addresses.flatMap((a) => [
      ` neighbor ${a} remote-as ${asn}`,
      ` neighbor ${a} timers connect 1`,
      ` neighbor ${a} timers 30 90`,
      ` neighbor ${a} bfd`,
    ]),
    " address-family l2vpn evpn",
    ...addresses.map((a) => `  neighbor ${a} activate`),
    " exit-address-family",
  ];
}

/** A row of FRR's `show bfd peers json`. */
export interface FrrBfdPeer {
  readonly multihop: boolean;
  readonly peer: string;
  readonly local?: string;
  readonly status: "up" | "down" | "init" | "shutdown";
  readonly diagnostic: string;
  readonly "remote-diagnostic": string;
  readonly id: number;
  readonly "remote-id": number;
  readonly "remote-detect-multiplier": number;
  readonly "receive-interval": number;
  readonly "transmit-interval": number;
  readonly "remote-receive-interval": number;
  readonly "remote-transmit-interval": number;
}

export async function frrBfd(place: Place, peer: string): Promise<FrrBfdPeer | undefined> {
  return (await vtyshJson<readonly FrrBfdPeer[]>(place, "show bfd peers")).find((p) => p.peer === peer);
}

export async function frrEstablished(place: Place, peer: string): Promise<boolean> {
  const { peers } = await vtyshJson<{ readonly peers: Readonly<Record<string, { readonly state: string }>> }>(
    place,
    "show bgp l2vpn evpn summary",
  );
  return peers[peer]?.state === "Established";
}
