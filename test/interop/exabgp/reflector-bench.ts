// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { type Ip, ipToBytes } from "../../../src/base/net/ip.ts";
import type { PeerRow, RouteRow, RoutesReply } from "../../../src/contract/inspect.ts";
import { inspect } from "../../../src/lab/peer/inspect.ts";
import { startWeft, weft, weftReady, weftRunFolder } from "../../../src/lab/peer/weft.ts";
import type { Place } from "../../../src/lab/system/place.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { Capture } from "../../harness/capture.ts";
import { RawPeer } from "../../harness/raw-peer.ts";
import type { Scratch } from "../../harness/scratch.ts";

/** Where the reflector listens. Its AS is 65000. */
export const reflectorAddress = "10.0.0.4" as Ip;

/** Ranges of peers that the reflector takes: its clients, and another AS. */
export type PeerRange = "client" | "external";
const nets: { readonly [K in PeerRange]: string } = { client: "10.7", external: "10.8" };
/** tshark has a field of its own for the subcodes of each code. */
const minorErrors = ["", "_open", "_update", "_expired", "_state", "_cease", "_capability", "_unknown"].map(
  (s) => `bgp.notify.minor_error${s}`,
);
export const externalAsn = 65001;

/** A `weft reflector` beside a host that can be any number of peers, each with an address of its own. */
export class ReflectorBench {
  readonly net: Scratch;
  readonly reflector: Place;
  readonly peers: Place;
  readonly capture: Capture;
  #last = 0;

  private constructor(net: Scratch, reflector: Place, peers: Place, capture: Capture) {
    this.capture = capture;
    this.net = net;
    this.reflector = reflector;
    this.peers = peers;
  }

  static async start(net: Scratch): Promise<ReflectorBench> {
    const [reflector, peers] = [await net.host("rr"), await net.host("peers")];
    await net.segment([
      [reflector, `${reflectorAddress}/24`],
      [peers, "10.0.0.2/24"],
    ]);
    for (const n of Object.values(nets)) {
      // Every address of a net on the loopback is ours to bind to.
      await net.ip(peers, [`address add ${n}.0.1/16 dev lo`]);
      await net.ip(reflector, [`route add ${n}.0.0/16 via 10.0.0.2`]);
    }
    const capture = new Capture(reflector, "eth0", "tcp port 179");
    await capture.started();
    const common = { families: ["l2vpn-evpn"] };
    await startWeft(reflector, "reflector", {
      config: {
        bgp: {
          asn: 65000,
          routerId: reflectorAddress,
          listen: [reflectorAddress],
          reflector: { clusterId: reflectorAddress },
          dynamicPeers: [
            { range: `${nets.client}.0.0/16`, asn: 65000, client: true, ...common },
            { range: `${nets.external}.0.0/16`, asn: externalAsn, multihop: 64, ...common },
          ],
        },
      },
    });
    await weftReady(reflector, "reflector");
    return new ReflectorBench(net, reflector, peers, capture);
  }

  /** A connection from an address that no other peer had. */
  async connect(range: PeerRange = "client"): Promise<RawPeer> {
    return await RawPeer.connect(this.peers, { from: this.#address(range), to: reflectorAddress });
  }

  /** The same, with a session. */
  async established(range: PeerRange = "client", open: Parameters<typeof RawPeer.established>[2] = {}): Promise<RawPeer> {
    const asn = range === "external" ? externalAsn : 65000;
    return await RawPeer.established(this.peers, { from: this.#address(range), to: reflectorAddress }, { asn, ...open });
  }

  async rows(): Promise<readonly PeerRow[]> {
    return await inspect<readonly PeerRow[]>(weftRunFolder(this.reflector), "/v1/bgp/peers");
  }

  async row(peer: string): Promise<PeerRow | undefined> {
    return (await this.rows()).find((p) => p.peer === peer);
  }

  /** Routes that the reflector holds of a peer. */
  async routes(peer: string): Promise<readonly RouteRow[]> {
    return (await inspect<RoutesReply>(weftRunFolder(this.reflector), `/v1/bgp/routes?peer=${peer}`)).rows;
  }

  /** A sample of `weft metrics` by its name and labels: `weft_x_total{peer="10.7.0.1"}`; 0 while there is none. */
  async metric(sample: string): Promise<number> {
    const { stdout } = await weft(this.reflector, ["metrics"]);
    const line = stdout.split("\n").find((l) => l.startsWith(`${sample} `));
    return line === undefined ? 0 : Number(line.slice(sample.length + 1));
  }

  async gone(peer: string): Promise<void> {
    await waitFor(`${peer}: its session to be gone`, async () => (await this.row(peer))?.state !== "established");
  }

  /**
   * Ends the capture, and gives the NOTIFICATIONs that the reflector sent, as tshark reads them: `2/6`.
   * Nothing that the reflector sent may be malformed, whatever it was sent.
   */
  async dissectedAnswers(): Promise<readonly string[]> {
    const last = await this.connect();
    // Source and destination in the IP header of what that one gets: all before it is in the file then.
    await this.capture.has(Uint8Array.of(...ipToBytes(reflectorAddress), ...ipToBytes(last.address)));
    last.close();
    await this.capture.stop();
    const ours = `ip.src == ${reflectorAddress}`;
    assert.deepEqual(await this.capture.malformed(ours), []);
    const rows = await this.capture.fields(`${ours} && bgp.type == 3`, ["bgp.notify.major_error", ...minorErrors]);
    return rows.map(([major, ...minor]) => `${major}/${minor.join("")}`);
  }

  #address(range: PeerRange): Ip {
    this.#last++;
    return `${nets[range]}.${1 + (this.#last >> 8)}.${this.#last & 255}` as Ip;
  }
}
