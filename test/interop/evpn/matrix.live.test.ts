// SPDX-License-Identifier: Apache-2.0
/** A leaf that adopts devices, one that makes its own and an FRR VTEP, behind every kind of reflector and over both underlays. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { ping, reaches } from "../../../src/lab/measure/ping.ts";
import { Scratch } from "../../harness/scratch.ts";
import { Fabric, type FabricOptions } from "./fabric.ts";
import { underlayCount, watchUnderlay } from "./solicitations.ts";
import { everybodyAnswers, tablesAreTrue } from "./truth.ts";

const net = new Scratch("evmatrix");
after(async () => await net.remove());

const mixed = { h1: "adopt", h2: "own", f3: "frr" } as const;
const weftOnly = { h1: "adopt", h2: "own" } as const;

const cases: readonly (readonly [name: string, options: FabricOptions])[] = [
  ["a weft reflector", { leaves: mixed, reflectors: ["weft"] }],
  ["an FRR reflector", { leaves: mixed, reflectors: ["frr"] }],
  ["a GoBGP reflector", { leaves: mixed, reflectors: ["gobgp"] }],
  ["reflectors of weft and FRR", { leaves: mixed, reflectors: ["weft", "frr"] }],
  ["reflectors of GoBGP and weft", { leaves: mixed, reflectors: ["gobgp", "weft"] }],
  ["a weft and an FRR reflector at IPv6 addresses", { leaves: mixed, reflectors: ["weft", "frr"], sessions: 6 }],
  // FRR 8.4 has no part in an IPv6 underlay: as a VTEP it reads the IPv4 address of a VXLAN device only, and as a reflector
  // it resets the session for a PMSI tunnel attribute that is not as long as one with an IPv4 address.
  ["a weft reflector over IPv6", { leaves: weftOnly, reflectors: ["weft"], underlay: 6 }],
  ["a GoBGP reflector over IPv6", { leaves: weftOnly, reflectors: ["gobgp"], underlay: 6 }],
];

for (const [name, options] of cases) {
  test(`behind ${name} every leaf forwards to every other, and nobody asks for what is known`, async () => {
    await net.remove();
    const fabric = await Fabric.up(net, options);
    for (const [i, leaf] of fabric.leaves.entries()) await fabric.add(i + 1, leaf, { declared: leaf.kind === "own" });
    await everybodyAnswers(fabric);
    await tablesAreTrue(fabric);

    const [first, ...others] = [...fabric.workloads.values()];
    await watchUnderlay(fabric);
    for (const w of fabric.workloads.values()) await net.ip(w.place, ["neigh flush dev eth0"]);
    for (const w of others) for (const ip of w.ips) assert.equal((await ping(first!.place, ip, { count: 3 })).lost, 0);
    const known = await underlayCount(fabric);
    assert.ok(known.frames >= others.length * 2 * 3 * 2, `${known.frames} frames were counted`);
    assert.deepEqual({ arp: known.arp, nd: known.nd }, { arp: 0, nd: 0 });
    // The count is able to see what it has to be zero of.
    for (const ip of ["192.168.1.200", "fd00:1::200"]) assert.ok(!(await reaches(first!.place, ip)));
    await waitFor("questions for what nobody knows", async () => {
      const { arp, nd } = await underlayCount(fabric);
      return arp > 0 && nd > 0;
    });
  });
}
