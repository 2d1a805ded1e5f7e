// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../base/net/ip.ts";
import type { Rd } from "../base/net/rd.ts";
import { RibRig } from "../bgp/rib/testing/rib-rig.ts";
import type { MacVrf } from "../evpn/types.ts";
import { Memberships } from "./memberships.ts";

const vrf = (network: string, ...importTargets: string[]): MacVrf => ({
  network,
  vni: 100,
  rd: "10.0.0.1:100" as Rd,
  importTargets,
  exportTargets: importTargets,
  vtep: "10.0.0.1" as Ip,
});

class Rig extends RibRig {
  readonly memberships = new Memberships(() => this.rib, { asn: 65000, routerId: "10.0.0.1" as Ip });
  readonly reflector = this.peer(9, { role: "non-client", families: ["l2vpn-evpn", "rt-constrain"] });

  /** What the reflector was told, NLRI in hex. */
  told(...vrfs: MacVrf[]): readonly string[] {
    this.memberships.follow(vrfs);
    this.settle();
    return [...this.at(this.reflector).memberships.keys()].toSorted();
  }
}

const origin = "0000fde8";

test("every form of import target is asked for as its eight octets", () => {
  assert.deepEqual(new Rig().told(vrf("a", "65000:100", "10.0.0.1:7", "4200000000:1", "65000L:1")), [
    `60${origin}0002fde800000064`,
    `60${origin}01020a0000010007`,
    `60${origin}02020000fde80001`,
    `60${origin}0202fa56ea000001`,
  ]);
});

test("a wildcard cannot be said as a prefix: everything is asked for", () => {
  const rig = new Rig();
  assert.deepEqual(rig.told(vrf("a", "*:100"), vrf("b", "65000:5")), ["00", `60${origin}0002fde800000005`]);
  assert.deepEqual(rig.told(vrf("b", "65000:5")), [`60${origin}0002fde800000005`]);
});

test("networks that come and go are the difference, and those that share a route target keep it", () => {
  const rig = new Rig();
  rig.told(vrf("a", "65000:1"), vrf("b", "65000:1", "65000:2"));
  const far = rig.at(rig.reflector);
  const before = far.messages;
  assert.deepEqual(rig.told(vrf("a", "65000:1")), [`60${origin}0002fde800000001`]);
  assert.equal(far.messages - before, 1, "one withdrawal");
  assert.equal(rig.memberships.follow([vrf("c", "65000:1")]), false);
  assert.deepEqual(rig.told(), []);
});
