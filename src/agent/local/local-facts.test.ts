// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, macOf } from "../../base/net/mac.ts";
import type { LocalChange } from "../../evpn/types.ts";
import type { NetworkPlan, PortPlan } from "../desired/network-plan.ts";
import type { ActualLink, BridgeEntry, KernelEvent } from "../kernel/actual.ts";
import { Mirror } from "../kernel/mirror.ts";
import { LocalFacts } from "./local-facts.ts";

const mac = "02:00:00:00:01:01" as Mac;
const ip = "192.168.1.1" as Ip;
const plan: NetworkPlan = {
  network: "blue",
  vni: 100,
  mode: "adopt",
  domain: undefined,
  ns: "",
  bridge: "br",
  vxlan: "vx",
  vtep: "10.0.0.1" as Ip,
  port: 4789,
  mtu: undefined,
  gateway: undefined,
  unknownNeighbours: "flood",
};

function device(index: number, name: string, more: Partial<ActualLink> = {}): KernelEvent {
  const link: ActualLink = {
    index,
    name,
    type: "veth",
    up: true,
    running: true,
    mtu: 1500,
    address: undefined,
    master: index === 1 ? 0 : 1,
    alias: undefined,
    addressless: true,
    group: 0,
    peer: 0,
    vxlan: undefined,
    bridge: undefined,
    port: undefined,
    ...more,
  };
  return { kind: "link", link };
}

const vxlan = { vni: 100, local: undefined, port: 4789, learning: false, external: false };

/** A bridge (1) with a VXLAN (2) and two ports (3, 4), and what the facts say about each thing that happens. */
class Scene {
  readonly mirror = new Mirror();
  readonly facts = new LocalFacts();

  constructor(ports: readonly PortPlan[] = []) {
    this.mirror.addNamespace("");
    this.facts.configure([plan], ports);
    const devices = [device(1, "br", { type: "bridge" }), device(2, "vx", { type: "vxlan", vxlan }), device(3, "p3"), device(4, "p4")];
    this.happens(...devices);
  }

  happens(...events: readonly KernelEvent[]): readonly string[] {
    this.mirror.apply("", events);
    return this.facts.update(this.mirror, this.mirror.takeChanges()).map(text);
  }

  entry(port: number, more: Partial<BridgeEntry> = {}): readonly string[] {
    return this.happens({ kind: "bridge-entry", bridge: 1, mac, entry: { port, kind: "learned", extern: false, ...more } });
  }

  aged(): readonly string[] {
    return this.happens({ kind: "bridge-entry", bridge: 1, mac, entry: undefined });
  }

  neighbour(origin: "own" | "daemon" | "static" | "dynamic" | undefined): readonly string[] {
    return this.happens({ kind: "neighbour", index: 1, ip, neighbour: origin && { mac, origin } });
  }
}

function text(c: LocalChange): string {
  switch (c.kind) {
    case "mac-up":
      return `${c.mac.mac} at ${c.mac.port} ${c.mac.origin}${c.mac.sticky ? " sticky" : ""}`;
    case "mac-down":
      return `${c.mac} gone`;
    case "neighbour-up":
      return `${c.neighbour.ip} is ${c.neighbour.mac} ${c.neighbour.origin}`;
    case "neighbour-down":
      return `${c.ip} gone`;
    default:
      return c.kind;
  }
}

test("a learned MAC is told, moves between ports, and is taken back when it ages out", () => {
  const scene = new Scene();
  assert.deepEqual(scene.entry(3), [`${mac} at p3 learned`]);
  assert.deepEqual(scene.entry(3), []);
  assert.deepEqual(scene.entry(4), [`${mac} at p4 learned`]);
  assert.deepEqual(scene.aged(), [`${mac} gone`]);
});

test("entries of ours, behind the VXLAN, and addresses of the bridge's own ports are no workloads", () => {
  const scene = new Scene();
  assert.deepEqual(scene.entry(2, { extern: true }), []);
  assert.deepEqual(scene.entry(2), []);
  assert.deepEqual(scene.entry(3, { kind: "local" }), []);
});

test("a static entry may not move", () => {
  assert.deepEqual(new Scene().entry(3, { kind: "static" }), [`${mac} at p3 learned sticky`]);
});

test("a port without carrier has nobody behind it", () => {
  const scene = new Scene();
  scene.entry(3, { kind: "static" });
  assert.deepEqual(scene.happens(device(3, "p3", { running: false })), [`${mac} gone`]);
  assert.deepEqual(scene.happens(device(3, "p3")), [`${mac} at p3 learned sticky`]);
  assert.deepEqual(scene.happens({ kind: "link-gone", index: 3 }), [`${mac} gone`]);
});

test("an address is told while its MAC is here, whichever is known first", () => {
  const scene = new Scene();
  assert.deepEqual(scene.neighbour("dynamic"), []);
  assert.deepEqual(scene.entry(3), [`${mac} at p3 learned`, `${ip} is ${mac} learned`]);
  assert.deepEqual(scene.entry(2, { extern: true }), [`${ip} gone`, `${mac} gone`]);
  assert.deepEqual(scene.neighbour("own"), []);
  assert.deepEqual(scene.entry(3), [`${mac} at p3 learned`]);
  assert.deepEqual(scene.neighbour("static"), [`${ip} is ${mac} learned`]);
  assert.deepEqual(scene.neighbour("daemon"), [`${ip} gone`]);
});

const declared: PortPlan = { name: "w", network: "blue", interface: "p9", mac, ips: [ip], sticky: false };

test("a declared MAC counts from its interface on, and is told again when the bridge sees it after a claim from elsewhere", () => {
  const scene = new Scene([declared]);
  assert.deepEqual(scene.happens(device(9, "p9")), [`${mac} at p9 declared`, `${ip} is ${mac} declared`]);
  // Claimed elsewhere: our own entry takes the place of the bridge's. Nothing new about this host.
  assert.deepEqual(scene.entry(2, { extern: true }), []);
  assert.deepEqual(scene.entry(9), [`${mac} at p9 declared`]);
  assert.deepEqual(scene.aged(), []);
  assert.deepEqual(scene.happens({ kind: "link-gone", index: 9 }), [`${ip} gone`, `${mac} gone`]);
});

test("a network that is no longer served takes back what was told", () => {
  const scene = new Scene();
  scene.entry(3);
  assert.deepEqual(scene.facts.configure([], []).map(text), [`${mac} gone`]);
  scene.facts.configure([plan], []);
  assert.deepEqual(scene.happens(), [`${mac} at p3 learned`]);
});

test("more MACs at once than a call takes arguments come and go like few", () => {
  const scene = new Scene();
  const entry: BridgeEntry = { port: 3, kind: "learned", extern: false };
  const found = Array.from({ length: 200_000 }, (_, i): KernelEvent => ({ kind: "bridge-entry", bridge: 1, mac: macOf(0x0200, i), entry }));
  assert.equal(scene.happens(...found.slice(0, 1)).length, 1);
  scene.mirror.apply("", found);
  assert.equal(scene.happens().length, found.length - 1);
  assert.equal(scene.facts.configure([], []).length, found.length);
});
