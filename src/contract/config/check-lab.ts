// SPDX-License-Identifier: Apache-2.0
import { formatPrefix } from "../../base/net/prefix.ts";
import { checkUnique } from "./check-unique.ts";
import type { LabTopology } from "./lab-schema.ts";
import type { Complain } from "./read-file.ts";
import { suggest } from "./suggest.ts";

/** What must hold between the parts of a topology. */
export function checkLab(lab: LabTopology, complain: Complain): void {
  checkUnique(
    lab.reflectors,
    (r) => r.name,
    "reflector",
    (i) => ["reflectors", i, "name"],
    complain,
  );
  lab.reflectors.forEach((r, i) => {
    if (r.name in lab.nodes) complain("WEFT_CONFIG_DUPLICATE", ["reflectors", i], `"${r.name}" is also a node`, "each name must be unique");
  });
  checkZones(lab, complain);
  const networks = Object.entries(lab.networks);
  const vnis = [
    ...Object.entries(lab.domains).map(([name, d]) => ({ vni: d.l3vni, path: ["domains", name, "l3vni"] })),
    ...networks.map(([name, n]) => ({ vni: n.vni, path: ["networks", name, "vni"] })),
  ];
  checkUnique(
    vnis,
    (o) => o.vni,
    "VNI",
    (i) => vnis[i]!.path,
    complain,
  );
  for (const name of Object.keys(lab.workloads)) checkWorkload(lab, name, complain);
  for (const [network] of networks) {
    const ips = Object.entries(lab.workloads).flatMap(([name, w]) =>
      w.network === network ? w.ip.map((ip) => ({ ip, path: ["workloads", name, "ip"] })) : [],
    );
    checkUnique(
      ips,
      (o) => o.ip.ip,
      "address",
      (i) => ips[i]!.path,
      complain,
    );
  }
}

function checkZones(lab: LabTopology, complain: Complain): void {
  const zones = Object.keys(lab.zones);
  const members = [
    ...lab.reflectors.map((r, i) => ({ zone: r.zone, path: ["reflectors", i] })),
    ...Object.entries(lab.nodes).map(([name, n]) => ({ zone: n.zone, path: ["nodes", name] })),
  ];
  for (const { zone, path } of members) {
    if (zone === undefined && zones.length === 0) continue;
    if (zone !== undefined && zones.includes(zone)) continue;
    const known = zones.length === 0 ? "the file has no zones" : `zones: ${zones.join(", ")}`;
    const meant = zone === undefined ? undefined : suggest(zone, zones);
    const wrong = zone === undefined ? "is in no zone" : `no zone is named "${zone}"`;
    const code = zone === undefined ? "WEFT_CONFIG_CONFLICT" : "WEFT_CONFIG_REFERENCE";
    complain(code, zone === undefined ? path : [...path, "zone"], wrong, known, meant ? `did you mean "${meant}"?` : "");
  }
  if (zones.length === 0) return;
  lab.reflectors.forEach((r, i) => {
    if (r.kind !== "weft")
      complain(
        "WEFT_CONFIG_CONFLICT",
        ["reflectors", i],
        `is of kind ${r.kind}, and the lab has zones`,
        "reflectors of zones are of kind weft",
      );
  });
  if (lab.underlay.routing === "frr-bgp") {
    const wrong = "all spines are of one AS, and those of different zones could not learn from each other";
    complain("WEFT_CONFIG_CONFLICT", ["underlay", "routing"], wrong, "with zones: static or frr-ospf");
  }
}

function checkWorkload(lab: LabTopology, name: string, complain: Complain): void {
  const workload = lab.workloads[name]!;
  const path = ["workloads", name];
  const refer = (key: "node" | "network", names: readonly string[]): void => {
    const value = workload[key];
    if (names.includes(value)) return;
    const meant = suggest(value, names);
    const known = names.length === 0 ? `the file has no ${key}s` : `known: ${names.join(", ")}`;
    complain("WEFT_CONFIG_REFERENCE", [...path, key], `no ${key} is named "${value}"`, known, meant ? `did you mean "${meant}"?` : "");
  };
  refer("node", Object.keys(lab.nodes));
  refer("network", Object.keys(lab.networks));
  const kind = lab.nodes[workload.node]?.kind;
  if (kind === "gobgp" || kind === "exabgp") {
    const wrong = `node "${workload.node}" is of kind ${kind}, which has no data plane`;
    complain("WEFT_CONFIG_CONFLICT", [...path, "node"], wrong, "workloads run on kinds weft and frr");
  }
  if (workload.ip.length === 0) complain("WEFT_CONFIG_VALUE", [...path, "ip"], "is empty", "a workload needs at least one address");
  checkUnique(workload.ip, formatPrefix, "address", () => [...path, "ip"], complain);
}
