// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import { formatPrefix, type Prefix, prefixContains } from "../../base/net/prefix.ts";
import type { AgentFile } from "./agent-schema.ts";
import type { FloatingIpSection } from "./nat-schema.ts";
import { type ConfigPath, formatPath } from "./problem.ts";
import type { Complain } from "./read-file.ts";
import { suggest } from "./suggest.ts";

/** What must hold for NAT. A floating IP may name a port that another host's file has: that is no error. */
export function checkNat(file: AgentFile, complain: Complain): void {
  const needs =
    file.floatingIps.length > 0
      ? "there are floating IPs"
      : file.domains.some((d) => d.nat || d.external)
        ? "a domain has `nat` or `external`"
        : "";
  if (file.public === undefined && needs !== "") {
    complain(
      "WEFT_CONFIG_MISSING_KEY",
      ["public"],
      `is missing, but ${needs}`,
      "needs a section with `interface`",
      "add `public: { interface: … }`",
    );
  }
  file.floatingIps.forEach((f, i) => checkFloating(file, f, ["floatingIps", i], complain));
  checkDisjoint(
    file.floatingIps.map((f) => f.address),
    "floating IP",
    (i) => ["floatingIps", i, "address"],
    complain,
  );
  checkDisjoint(
    file.domains.flatMap((d) => d.external?.subnets ?? []),
    "announced subnet",
    (i) => externalPath(file, i),
    complain,
  );
  checkPorts(file, complain);
}

function externalPath(file: AgentFile, n: number): ConfigPath {
  let left = n;
  for (const [i, d] of file.domains.entries()) {
    const count = d.external?.subnets.length ?? 0;
    if (left < count) return ["domains", i, "external", "subnets", left];
    left -= count;
  }
  return ["domains"];
}

function checkFloating(file: AgentFile, f: FloatingIpSection, path: ConfigPath, complain: Complain): void {
  const named = f.port !== undefined;
  if (named === (f.ip !== undefined) || named === (f.domain !== undefined)) {
    const mend = "give `port`, or `ip` and `domain`";
    complain("WEFT_CONFIG_CONFLICT", path, "does not say where it leads, or says it twice", mend);
    return;
  }
  if (f.ip !== undefined && (isIp4(f.ip.ip) !== isIp4(f.address.ip) || f.ip.length !== f.address.length)) {
    const wrong = `${formatPrefix(f.ip)} and ${formatPrefix(f.address)} are not of one family and length`;
    complain("WEFT_CONFIG_CONFLICT", [...path, "ip"], wrong, "one address inside for one outside");
  }
  if (named && f.address.length < (isIp4(f.address.ip) ? 32 : 128)) {
    complain(
      "WEFT_CONFIG_CONFLICT",
      [...path, "address"],
      "is a prefix, but a port has single addresses",
      "an address, or `ip` with a prefix",
    );
  }
  if (f.domain === undefined || file.domains.some((d) => d.name === f.domain)) return;
  const names = file.domains.map((d) => d.name);
  const meant = suggest(f.domain, names);
  const known = names.length === 0 ? "the file has no domains" : `known: ${names.join(", ")}`;
  const mend = meant ? `did you mean "${meant}"?` : "add it to `domains`";
  complain("WEFT_CONFIG_REFERENCE", [...path, "domain"], `no domain is named "${f.domain}"`, known, mend);
}

function checkDisjoint(prefixes: readonly Prefix[], what: string, path: (i: number) => ConfigPath, complain: Complain): void {
  prefixes.forEach((p, i) => {
    const earlier = prefixes.findIndex((q, n) => n < i && (prefixContains(p, q.ip) || prefixContains(q, p.ip)));
    if (earlier < 0) return;
    complain(
      "WEFT_CONFIG_DUPLICATE",
      path(i),
      `${what} ${formatPrefix(p)} is already at ${formatPath(path(earlier))}`,
      "each must be unique",
    );
  });
}

function checkPorts(file: AgentFile, complain: Complain): void {
  const ranges = [
    ...(file.public?.ports ? [{ range: file.public.ports, path: ["public", "ports"] as ConfigPath }] : []),
    ...file.domains.flatMap((d, i) => (d.nat?.ports ? [{ range: d.nat.ports, path: ["domains", i, "nat", "ports"] as ConfigPath }] : [])),
  ];
  ranges.forEach(({ range: { first, last }, path }, i) => {
    if (first > last) complain("WEFT_CONFIG_CONFLICT", path, `${first} to ${last} holds no port`, "`first` at most `last`");
    const earlier = ranges.find(({ range }, n) => n < i && range.first <= last && first <= range.last);
    if (!earlier) return;
    const other = `${formatPath(earlier.path)}, ${earlier.range.first} to ${earlier.range.last}`;
    complain("WEFT_CONFIG_CONFLICT", path, `${first} to ${last} overlaps ${other}`, "ranges that have no port in common");
  });
  // A domain without ports of its own takes those that all share.
  const shared = file.public?.ports === undefined && file.domains.some((d) => d.nat && !d.nat.ports);
  const own = file.domains.findIndex((d) => d.nat?.ports);
  if (!shared || own < 0) return;
  const mend = "give `public.ports` a range beside it";
  complain(
    "WEFT_CONFIG_CONFLICT",
    ["domains", own, "nat", "ports"],
    "overlaps the ports that other domains share, 1024 to 65535",
    "",
    mend,
  );
}
