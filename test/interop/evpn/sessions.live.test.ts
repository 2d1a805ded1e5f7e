// SPDX-License-Identifier: Apache-2.0
/** Sessions that end in every way, with what is forwarded meanwhile and afterwards. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { PeerRow, RouteRow, RoutesReply } from "../../../src/contract/inspect.ts";
import { RunningPing, ping } from "../../../src/lab/measure/ping.ts";
import { inspect } from "../../../src/lab/peer/inspect.ts";
import { vtyshConfigure, vtyshJson } from "../../../src/lab/peer/frr.ts";
import { reloadWeft, restartWeft, weft, weftReady, weftRunFolder, writeWeftConfig } from "../../../src/lab/peer/weft.ts";
import { stopProcess } from "../../../src/lab/system/managed-process.ts";
import { waitFor } from "../../../src/lab/system/wait-for.ts";
import { fdb, links, neighbours } from "../../harness/kernel-tables.ts";
import { Scratch } from "../../harness/scratch.ts";
import { Fabric, type FabricOptions, type Leaf, type Reflector, asn, vxlan } from "./fabric.ts";
import { everybodyAnswers, tablesAreTrue } from "./truth.ts";

const net = new Scratch("evsess");
after(async () => await net.remove());

async function up(options: FabricOptions): Promise<Fabric> {
  await net.remove();
  const fabric = await Fabric.up(net, options);
  for (const [i, leaf] of fabric.leaves.entries()) await fabric.add(i + 1, leaf);
  await everybodyAnswers(fabric, 1);
  await tablesAreTrue(fabric);
  return fabric;
}

async function peerOf(leaf: Leaf, r: Reflector): Promise<PeerRow | undefined> {
  return (await inspect<readonly PeerRow[]>(weftRunFolder(leaf.place), "/v1/bgp/peers")).find((p) => p.peer === r.address);
}

async function sessionIs(leaf: Leaf, r: Reflector, up: boolean): Promise<PeerRow> {
  return await waitFor(
    `${leaf.name}: session with ${r.address} ${up ? "up" : "down"}`,
    async () => {
      if (leaf.kind === "frr") return (await frrState(leaf, r)) === up ? ({} as PeerRow) : undefined;
      const row = await peerOf(leaf, r);
      return row !== undefined && (row.state === "established") === up ? row : undefined;
    },
    { within: 30_000 },
  );
}

async function frrPeer(leaf: Leaf, r: Reflector): Promise<{ readonly state: string; readonly pfxRcd: number } | undefined> {
  const reply = await vtyshJson<{ readonly peers?: Readonly<Record<string, { readonly state: string; readonly pfxRcd: number }>> }>(
    leaf.place,
    "show bgp l2vpn evpn summary",
  );
  return reply.peers?.[r.address];
}

async function frrState(leaf: Leaf, r: Reflector): Promise<boolean> {
  return (await frrPeer(leaf, r))?.state === "Established";
}

/** A session that is up says nothing yet: each leaf has a type-3 route and, with its one workload, three of type 2. */
async function toldEverything(fabric: Fabric, r: Reflector): Promise<void> {
  const routes = 4 * (fabric.leaves.length - 1);
  for (const leaf of fabric.leaves) {
    await waitFor(
      `${leaf.name}: ${routes} routes of ${r.address}`,
      async () => {
        const received = leaf.kind === "frr" ? (await frrPeer(leaf, r))?.pfxRcd : (await peerOf(leaf, r))?.received;
        return (received ?? 0) >= routes;
      },
      { within: 30_000 },
    );
  }
}

async function routesOf(leaf: Leaf): Promise<readonly RouteRow[]> {
  return (await inspect<RoutesReply>(weftRunFolder(leaf.place), "/v1/bgp/routes")).rows;
}

async function losesNothing(run: RunningPing): Promise<void> {
  const had = run.received;
  await waitFor("more answers", () => run.received > had);
  const { lost, sent } = await run.stop();
  assert.equal(lost, 0, `${lost} of ${sent} lost`);
}

const three = { h1: "adopt", h2: "own", f3: "frr" } as const;

for (const kind of ["weft", "gobgp"] as const) {
  test(`routes outlive a ${kind} reflector that was killed, and agents restart without a lost packet`, async () => {
    const fabric = await up({ leaves: three, reflectors: [kind], gracefulRestart: 60 });
    const [r, h1, h2] = [fabric.reflectors[0]!, fabric.leaf("h1"), fabric.leaf("h2")];
    let run = new RunningPing(fabric.workload("w1").place, "192.168.1.2");

    // The agents help a reflector that restarts.
    await stopProcess(r.place, kind === "weft" ? "reflector" : "gobgpd", "SIGKILL");
    for (const leaf of [h1, h2]) await sessionIs(leaf, r, false);
    assert.ok(
      (await routesOf(h1)).some((row) => row.stale && row.mac === fabric.workload("w2").mac),
      "routes are kept, and known to be stale",
    );
    await tablesAreTrue(fabric, [h1, h2]);
    // GoBGP says to peers that it knows by a range that it did not keep its forwarding state, and then routes have to go at once
    // (RFC 4724 §4.2) and come back.
    if (kind === "gobgp") await losesNothing(run);
    await fabric.startReflector(r);
    for (const leaf of fabric.leaves) await sessionIs(leaf, r, true);
    await waitFor("h1: no stale route", async () => (await routesOf(h1)).every((row) => !row.stale));
    await tablesAreTrue(fabric);
    if (kind === "gobgp") run = new RunningPing(fabric.workload("w1").place, "192.168.1.2");

    // The reflector helps an agent that restarts, whichever way it ended.
    for (const [leaf, how] of [
      [h1, "SIGKILL"],
      [h2, "SIGTERM"],
    ] as const) {
      await stopProcess(leaf.place, "agent", how);
      const had = run.received;
      await waitFor("answers without the agent", () => run.received > had + 20);
      await tablesAreTrue(fabric, [h1, h2]);
      await restartWeft(leaf.place, "agent");
      await weftReady(leaf.place, "agent");
      await sessionIs(leaf, r, true);
      await waitFor(`${leaf.name}: every peer was heard`, async () =>
        (await weft(leaf.place, ["events"])).stdout.includes("agent.converged"),
      );
      await tablesAreTrue(fabric);
      assert.equal((await weft(leaf.place, ["kernel", "diff", "-o", "json"])).stdout.trim(), "[]");
    }
    await losesNothing(run);
  });
}

test("of two reflectors, FRR and ours, either one can die and come back without a lost packet", async () => {
  const fabric = await up({ leaves: three, reflectors: ["frr", "weft"] });
  const [frr, ours] = fabric.reflectors as readonly [Reflector, Reflector];
  const [h1, h2, f3] = fabric.leaves as readonly [Leaf, Leaf, Leaf];
  await toldEverything(fabric, frr);
  await toldEverything(fabric, ours);
  const run = new RunningPing(fabric.workload("w1").place, "192.168.1.3");
  for (const [r, name] of [
    [frr, "bgpd"],
    [ours, "reflector"],
  ] as const) {
    await stopProcess(r.place, name, "SIGKILL");
    for (const leaf of [h1, h2, f3]) await sessionIs(leaf, r, false);
    await tablesAreTrue(fabric);
    await fabric.startReflector(r);
    await toldEverything(fabric, r);
    await tablesAreTrue(fabric);
  }
  await losesNothing(run);
});

test("a peer that falls silent is given up with the hold time, and taken back", async () => {
  const fabric = await up({ leaves: three, reflectors: ["weft"], peer: { holdTime: 3 }, holdTime: 3 });
  const [h1, h2, f3] = fabric.leaves as readonly [Leaf, Leaf, Leaf];
  const r = fabric.reflectors[0]!;
  // One host vanishes: nobody tells anybody.
  await net.run(fabric.segment, ["nft", "-f", "-"], silence(fabric.portOf(h1)));
  const down = await sessionIs(h1, r, false);
  assert.match(down.lastError ?? "", /hold time/i);
  const gone = fabric.workload("w1").mac;
  for (const leaf of [h2, f3]) {
    await waitFor(`${leaf.name}: nothing of h1`, async () => {
      const rows = await fdb(leaf.place);
      return (
        !rows.some((row) => row.dst === h1.address || row.mac === gone) && !(await neighbours(leaf.place)).some((n) => n.lladdr === gone)
      );
    });
  }
  await net.run(fabric.segment, ["nft", "delete", "table", "netdev", "silence"]);
  for (const leaf of fabric.leaves) await sessionIs(leaf, r, true);
  await everybodyAnswers(fabric, 1);
  await tablesAreTrue(fabric);

  // A link without carrier, seen from the other side of a switch: as silent as the above, but not for the one whose link it is.
  await net.ip(fabric.segment, [`link set ${fabric.portOf(f3)} down`]);
  await sessionIs(f3, r, false);
  await waitFor("h1: nothing of f3", async () => !(await fdb(h1.place)).some((row) => row.dst === f3.address));
  await net.ip(fabric.segment, [`link set ${fabric.portOf(f3)} up`]);
  for (const leaf of fabric.leaves) await sessionIs(leaf, r, true);
  await everybodyAnswers(fabric, 1);
  await tablesAreTrue(fabric);
});

test("MD5 keys have to be the same, on the side that connects and on the one that listens", async () => {
  const fabric = await up({ leaves: three, reflectors: ["weft", "frr"], peer: { password: "s3cret" }, password: "s3cret" });
  const [h1, , f3] = fabric.leaves as readonly [Leaf, Leaf, Leaf];
  const [ours, frr] = fabric.reflectors as readonly [Reflector, Reflector];
  for (const leaf of fabric.leaves) for (const r of fabric.reflectors) await sessionIs(leaf, r, true);

  // We connect with the wrong key: to ourselves and to FRR.
  const right = fabric.agentConfig(h1) as { readonly bgp: { readonly peers: readonly object[] } };
  const wrong = { ...right, bgp: { ...right.bgp, peers: right.bgp.peers.map((p) => ({ ...p, password: "wr0ng" })) } };
  writeWeftConfig(h1.place, "agent", wrong);
  await reloadWeft(h1.place);
  for (const r of [ours, frr]) {
    await sessionIs(h1, r, false);
    await waitFor(`h1: an attempt at ${r.address} that failed`, async () => ((await peerOf(h1, r))?.lastError ?? null) !== null);
  }
  writeWeftConfig(h1.place, "agent", right);
  await reloadWeft(h1.place);
  for (const r of [ours, frr]) await sessionIs(h1, r, true);
  await tablesAreTrue(fabric);

  // FRR connects to us with the wrong key.
  const password = (key: string): readonly string[] => [`router bgp ${asn}`, `neighbor ${ours.address} password ${key}`];
  await vtyshConfigure(f3.place, password("wr0ng"));
  await sessionIs(f3, ours, false);
  await waitFor("f3: a refused attempt", async () => (await refusedSegments(ours)) > 0);
  assert.equal(await frrState(f3, ours), false);
  await vtyshConfigure(f3.place, password("s3cret"));
  await sessionIs(f3, ours, true);
  await tablesAreTrue(fabric);
});

test("SIGTERM leaves forwarding as it is, and cleanup leaves nothing of ours", async () => {
  const fabric = await up({ leaves: { h1: "adopt", h2: "own" }, reflectors: ["weft"] });
  const [h1, h2] = fabric.leaves as readonly [Leaf, Leaf];
  for (const leaf of fabric.leaves) await stopProcess(leaf.place, "agent", "SIGTERM");
  await tablesAreTrue(fabric);
  await everybodyAnswers(fabric);
  for (const leaf of fabric.leaves) assert.equal((await weft(leaf.place, ["agent", "cleanup"])).status, 0);
  for (const leaf of fabric.leaves) {
    assert.deepEqual(
      (await fdb(leaf.place)).filter((row) => row.flags.includes("extern_learn")),
      [],
    );
    assert.deepEqual(
      (await neighbours(leaf.place)).filter((n) => n.extern_learn !== undefined),
      [],
    );
    assert.match((await weft(leaf.place, ["agent", "cleanup"])).stdout, /nothing of ours/);
  }
  const names = async (leaf: Leaf): Promise<readonly string[]> => (await links(leaf.place)).map((l) => l.ifname);
  assert.ok((await names(h1)).includes(vxlan), "devices of the administrator stay");
  assert.deepEqual((await names(h2)).toSorted(), ["eth0", "lo", "p-w2"]);
  assert.equal((await ping(fabric.workload("w1").place, "192.168.1.2", { count: 1 })).received, 0);
});

/** TCP segments that a host dropped for their MD5 signature. */
async function refusedSegments(r: Reflector): Promise<number> {
  const text = await net.run(r.place, ["cat", "/proc/net/netstat"]);
  const rows = text
    .split("\n")
    .filter((l) => l.startsWith("TcpExt:"))
    .map((l) => l.split(" "));
  return ["TCPMD5Failure", "TCPMD5NotFound", "TCPMD5Unexpected"].reduce(
    (sum, name) => sum + Number(rows[1]?.[rows[0]?.indexOf(name) ?? -1] ?? 0),
    0,
  );
}

/** Loses everything that comes from a host and everything that goes to it. */
function silence(port: string): string {
  return `table netdev silence {
  chain in { type filter hook ingress device "${port}" priority -500; policy drop; }
  chain out { type filter hook egress device "${port}" priority -500; policy drop; }
}
`;
}
