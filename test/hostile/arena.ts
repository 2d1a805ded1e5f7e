// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../src/base/net/ip.ts";
import { frrBgpd, frrReflectorLines } from "../../src/lab/peer/frr-bgp-config.ts";
import { frrAnswers, startFrr } from "../../src/lab/peer/frr.ts";
import { startWeft, weftReady } from "../../src/lab/peer/weft.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { RawPeer, encodeOpen, identifierOf, keepalive, plainCapabilities, rawOpen } from "../harness/raw-peer.ts";
import { messageType } from "../../src/bgp/wire/frame.ts";
import type { SessionCase } from "./session-cases.ts";
import type { Scratch } from "../harness/scratch.ts";
import { Observer } from "./observer.ts";
import { type Side, type UpdateCase, type Wanted, soundly } from "./update-cases.ts";

export type Make = "weft" | "frr";

const address = "10.0.0.4" as Ip;
const nets: { readonly [S in Side]: string } = { internal: "10.7", external: "10.8" };
const asns: { readonly [S in Side]: number } = { internal: 65000, external: 65001 };
/** Enhanced route refresh beside the usual. */
const capabilities = [...plainCapabilities(), { kind: "enhanced-route-refresh" as const }];

/** A route reflector of either make in AS 65000, beside a host with any number of addresses to be its clients. */
export class Arena {
  readonly reflector: Place;
  readonly address = address;
  readonly clients: Place;
  #last = 0;
  #route = 0;

  private constructor(reflector: Place, clients: Place) {
    this.reflector = reflector;
    this.clients = clients;
  }

  /** @param bgp more keys of Weft's `bgp` section */
  static async start(net: Scratch, make: Make, bgp: object = {}): Promise<Arena> {
    const [reflector, clients] = [await net.host(`${make}rr`), await net.host(`${make}cl`)];
    await net.segment(
      [
        [reflector, `${address}/24`],
        [clients, "10.0.0.2/24"],
      ],
      { name: `${make}seg` },
    );
    // Every address of a net on the loopback is ours to bind to.
    for (const n of Object.values(nets)) {
      await net.ip(clients, [`address add ${n}.0.1/16 dev lo`]);
      await net.ip(reflector, [`route add ${n}.0.0/16 via 10.0.0.2`]);
    }
    if (make === "weft") await startWeftReflector(reflector, bgp);
    else await startFrrReflector(reflector);
    return new Arena(reflector, clients);
  }

  /** An address that no client had. */
  nextAddress(side: Side = "internal"): Ip {
    this.#last++;
    return `${nets[side]}.${1 + (this.#last >> 8)}.${this.#last & 255}` as Ip;
  }

  async connect(from = this.nextAddress()): Promise<RawPeer> {
    return await RawPeer.connect(this.clients, { from, to: address });
  }

  async established(open: Parameters<typeof RawPeer.established>[2] = {}, side: Side = "internal"): Promise<RawPeer> {
    return await RawPeer.established(this.clients, { from: this.nextAddress(side), to: address }, { asn: asns[side], ...open });
  }

  async observer(): Promise<Observer> {
    return new Observer(await this.established());
  }

  /** `1/2 0012`: what a new peer gets for the case. */
  async answer(c: SessionCase): Promise<string> {
    const from = this.nextAddress();
    const peer = await this.connect(from);
    if (c.after !== "connected") peer.send(encodeOpen(rawOpen({ identifier: identifierOf(from), capabilities })));
    if (c.after !== "connected") await peer.next(messageType.keepalive);
    if (c.after === "established") peer.send(keepalive);
    peer.send(c.octets(from));
    return await peer.refusal();
  }

  /** Routes that nobody announced yet; each call gives another. */
  nextRoute(): number {
    this.#route += 4;
    return this.#route;
  }

  /**
   * Announces a route, sends the case about it and a sound route behind, and gives what became of the first as another client sees it.
   * @param sender a session to use; one that was ended is of no use any more
   */
  async judge(c: UpdateCase, side: Side, sender: RawPeer, observer: Observer): Promise<Wanted> {
    const victim = this.nextRoute();
    sender.send(soundly(side, victim));
    await observer.hears(victim);
    sender.send(c.octets(victim), soundly(side, victim + 2));
    await waitFor(`${c.what}: an end, or the route behind`, () => sender.closed || observer.has(victim + 2), { every: 1 });
    return sender.closed ? "reset" : observer.has(victim) ? "kept" : "withdraw";
  }
}

async function startWeftReflector(place: Place, bgp: object): Promise<void> {
  const dynamicPeers = [
    { range: `${nets.internal}.0.0/16`, asn: asns.internal, client: true },
    { range: `${nets.external}.0.0/16`, asn: asns.external, multihop: 64 },
  ];
  const config = { bgp: { asn: 65000, routerId: address, listen: [address], reflector: { clusterId: address }, dynamicPeers, ...bgp } };
  await startWeft(place, "reflector", { config });
  await weftReady(place, "reflector");
}

async function startFrrReflector(place: Place): Promise<void> {
  const lines = frrReflectorLines({ asn: asns.internal, routerId: address, range: `${nets.internal}.0.0/16` });
  const outside = [
    " no bgp ebgp-requires-policy",
    " neighbor outside peer-group",
    ` neighbor outside remote-as ${asns.external}`,
    " neighbor outside ebgp-multihop 64",
    ` bgp listen range ${nets.external}.0.0/16 peer-group outside`,
    " address-family l2vpn evpn",
    "  neighbor outside activate",
    " exit-address-family",
  ];
  await startFrr(place, { zebra: "", bgpd: frrBgpd("rr", 65000, address, [" bgp listen limit 5000", ...lines, ...outside]) });
  await waitFor("bgpd", async () => await frrAnswers(place, "bgpd"));
}
