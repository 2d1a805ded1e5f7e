// SPDX-License-Identifier: Apache-2.0
/** docs/operate/two-hosts.md, typed as it stands there, from nothing to the ping and the tables it promises. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { vtysh } from "../../src/lab/peer/frr.ts";
import type { Place } from "../../src/lab/system/place.ts";
import { waitFor } from "../../src/lab/system/wait-for.ts";
import { Scratch } from "../harness/scratch.ts";
import { done } from "./machine.ts";
import { block } from "./page.ts";
import { type Variant, pings, text, twoHosts } from "./two-hosts.ts";

const net = new Scratch("doctwo");
after(async () => await net.remove());

const variants: readonly Variant[] = [
  { prefix: "a", devices: "adopt" },
  { prefix: "b", devices: "own", password: true },
  { prefix: "c", devices: "own", ipv6: true },
  { prefix: "d", devices: "adopt", ipv6: true },
];

async function routesAt(rr: Place, variant: Variant): Promise<string> {
  return variant.ipv6 === true ? await done(rr, "weft bgp routes") : await vtysh(rr, "show bgp l2vpn evpn");
}

/** A line of output without what differs from run to run. */
function lasting(line: string): string {
  return line
    .replaceAll(/ +/g, " ")
    .replace(/pid \d+, up \S+/, "pid P, up T")
    .replace(/\d+ routes$/, "N routes")
    .replace(/\d+ objects/, "N objects")
    .replaceAll(/ fe80:\S+/g, "")
    .trim();
}

for (const variant of variants) {
  const name = [variant.devices, ...(variant.ipv6 === true ? ["IPv6"] : []), ...(variant.password === true ? ["password"] : [])].join(", ");
  test(`${name}: the workloads reach each other, and the tables say what the page says`, async () => {
    const { h1, h2, rr } = await twoHosts(net, variant);
    await pings(h1);
    const vtep = variant.ipv6 === true ? "2001:db8::2" : "10.0.0.2";
    const network = variant.devices === "adopt" ? "vx100" : "blue";
    const looked = await done(h1, block(text, "look"));
    assert.match(looked, /^agent h1 {2}ready$/m);
    assert.match(looked, new RegExp(`^${network} +100 +02:00:00:00:01:01 +local +p-w1 `, "m"));
    assert.match(looked, new RegExp(`^${network} +100 +02:00:00:00:01:02 +remote +${vtep} `, "m"));
    assert.match(looked, new RegExp(`^02:00:00:00:01:02 dst ${vtep} self extern_learn`, "m"));
    assert.match(looked, new RegExp(`^00:00:00:00:00:00 dst ${vtep} self extern_learn permanent`, "m"));
    if (variant.devices === "own" && variant.ipv6 !== true) {
      const printed = looked.split("\n").map(lasting);
      for (const line of block(text, "looked").trimEnd().split("\n").map(lasting))
        assert.ok(printed.includes(line), `the page shows "${line}", printed is:\n${looked}`);
    }
    for (const mac of ["02:00:00:00:01:01", "02:00:00:00:01:02"])
      await waitFor(`${mac} at the reflector`, async () => (await routesAt(rr, variant)).includes(`[2]:[0]:[48]:[${mac}]`));
    await waitFor("no problem on either host", async () =>
      [await done(h1, "weft status -o json"), await done(h2, "weft status -o json")].every((s) => /"problems":\s*\[\]/.test(s)),
    );
    assert.equal(await done(h1, "weft kernel diff"), "");
  });
}
