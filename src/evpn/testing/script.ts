// SPDX-License-Identifier: Apache-2.0
/**
 * Scenarios as text: a line is a command to the tables of h1 (VTEP 10.0.0.1), the `> ` lines below it what came out.
 * MACs go by one letter, `M`, the all-zero one by `0`; everything else stands as people write it.
 *
 *   network NAME vni N [rd RD] [import RT,RT] [export RT] [vtep IP]     no network NAME
 *   learn|declare [NAME] M PORT [sticky]     down [NAME] M     neighbour IP M [declared]     no neighbour IP
 *   remote VTEP M[/IP] [seq N] [sticky] [rd RD] [rt RT] [label N] [tag N] [tunnel N]     gone VTEP M[/IP] [rd RD]
 *   multicast VTEP [label N] [pmsi TYPE|none] [endpoint IP] [rt RT]     no multicast VTEP
 *   after SECONDS     tick     clear M     clear IP
 */
import type { Ip } from "../../base/net/ip.ts";
import { type Mac, zeroMac } from "../../base/net/mac.ts";
import { formatPrefix } from "../../base/net/prefix.ts";
import type { Rd } from "../../base/net/rd.ts";
import { decodeEvpn } from "../../bgp/wire/nlri/evpn/table.ts";
import { Evpn } from "../evpn.ts";
import { importInfo } from "../forward/import-info.ts";
import type { DuplicatePolicy, EvpnEvent, EvpnOutput, ForwardingChange, MacVrf, Origination, PrefixPath } from "../types.ts";
import { asAttributeSet, attributeSet, best, macIpNlri, multicastNlri } from "./remote-route.ts";

export const blue: MacVrf = {
  network: "blue",
  vni: 100,
  rd: "10.0.0.1:100" as Rd,
  importTargets: ["65000:100"],
  exportTargets: ["65000:100"],
  vtep: "10.0.0.1" as Ip,
};

export function macOf(letter: string): Mac {
  return letter === "0" ? zeroMac : (`02:00:00:00:00:${letter.charCodeAt(0).toString(16)}` as Mac);
}

function letterOf(mac: Mac): string {
  return String.fromCharCode(Number.parseInt(mac.slice(-2), 16));
}

/** Runs the commands of `text` and gives it back with what really came out. */
export function play(text: string, duplicates: Partial<DuplicatePolicy> = {}): string {
  const script = new Script(duplicates);
  const lines: string[] = [];
  for (const line of text.split("\n").map((l) => l.trim())) {
    if (line === "" || line.startsWith(">")) continue;
    lines.push(line, ...render(script.run(line)).map((out) => `> ${out}`));
  }
  return lines.join("\n");
}

/** A script without indentation and empty lines, to compare with {@link play}. */
export function plain(text: string): string {
  return text
    .split("\n")
    .map((l) => l.trim())
    .filter((l) => l !== "")
    .join("\n");
}

const nothing: EvpnOutput = { routes: [], forwarding: [], events: [] };

class Script {
  readonly evpn: Evpn;
  readonly #networks = new Map<string, MacVrf>();
  #now = 0;

  constructor(duplicates: Partial<DuplicatePolicy>) {
    this.evpn = new Evpn({ duplicates });
  }

  run(line: string): EvpnOutput {
    const words = line.split(/\s+/);
    const negated = words[0] === "no";
    const [verb, ...rest] = negated ? words.slice(1) : words;
    switch (verb) {
      case "network":
        return this.#network(rest, negated);
      case "learn":
      case "declare":
      case "down":
        return this.#mac(verb, rest);
      case "neighbour":
        return this.#neighbour(rest, negated);
      case "remote":
      case "gone":
        return this.#remote(rest, verb === "gone");
      case "multicast":
        return this.#multicast(rest, negated);
      case "after":
        this.#now += Number(rest[0]) * 1000;
        return nothing;
      case "tick":
        return this.evpn.tick(this.#now);
      case "clear":
        if (rest[0]!.length > 1) return this.evpn.clearDuplicateIp("blue", rest[0] as Ip, this.#now) ?? nothing;
        return this.evpn.clearDuplicate("blue", macOf(rest[0]!), this.#now) ?? nothing;
      default:
        throw new Error(`no such command: ${line}`);
    }
  }

  #network([name, ...rest]: string[], negated: boolean): EvpnOutput {
    if (negated) this.#networks.delete(name!);
    else {
      const vni = Number(option(rest, "vni"));
      this.#networks.set(name!, {
        network: name!,
        vni,
        rd: (option(rest, "rd") ?? `10.0.0.1:${vni}`) as Rd,
        importTargets: (option(rest, "import") ?? `65000:${vni}`).split(","),
        exportTargets: (option(rest, "export") ?? `65000:${vni}`).split(","),
        vtep: (option(rest, "vtep") ?? "10.0.0.1") as Ip,
      });
    }
    return this.evpn.configure([...this.#networks.values()], this.#now);
  }

  #mac(verb: "learn" | "declare" | "down", words: string[]): EvpnOutput {
    const network = words[0]!.length > 1 ? words.shift()! : "blue";
    const mac = macOf(words[0]!);
    if (verb === "down") return this.evpn.applyLocal([{ kind: "mac-down", network, mac }], this.#now);
    const origin = verb === "learn" ? "learned" : "declared";
    const fact = { network, mac, port: words[1]!, sticky: words.includes("sticky"), origin } as const;
    return this.evpn.applyLocal([{ kind: "mac-up", mac: fact }], this.#now);
  }

  #neighbour([ip, mac, origin]: string[], negated: boolean): EvpnOutput {
    if (negated) return this.evpn.applyLocal([{ kind: "neighbour-down", network: "blue", ip: ip as Ip }], this.#now);
    const neighbour = { network: "blue", ip: ip as Ip, mac: macOf(mac!), origin: origin === "declared" ? origin : "learned" } as const;
    return this.evpn.applyLocal([{ kind: "neighbour-up", neighbour }], this.#now);
  }

  #remote([vtep, target, ...rest]: string[], gone: boolean): EvpnOutput {
    const [letter, ip] = target!.split("/");
    const label = Number(option(rest, "label") ?? 100);
    const nlri = macIpNlri(
      option(rest, "rd") ?? `${vtep!.includes(":") ? "10.9.9.9" : vtep}:100`,
      macOf(letter!),
      ip as Ip | undefined,
      label,
      Number(option(rest, "tag") ?? 0),
    );
    if (gone) return this.evpn.applyBest([best(nlri, undefined)], this.#now);
    const sequence = option(rest, "seq");
    const tunnel = option(rest, "tunnel");
    const attributes = attributeSet({
      nextHop: vtep as Ip,
      targets: [option(rest, "rt") ?? "65000:100"],
      sticky: rest.includes("sticky"),
      ...(sequence === undefined ? {} : { sequence: Number(sequence) }),
      ...(tunnel === undefined ? {} : { tunnels: tunnel === "none" ? [] : tunnel.split(",").map(Number) }),
    });
    return this.evpn.applyBest([best(nlri, attributes)], this.#now);
  }

  #multicast([vtep, ...rest]: string[], gone: boolean): EvpnOutput {
    const nlri = multicastNlri(`${vtep!.includes(":") ? "10.9.9.9" : vtep}:100`, vtep as Ip);
    if (gone) return this.evpn.applyBest([best(nlri, undefined)], this.#now);
    const pmsi = option(rest, "pmsi") ?? "6";
    const endpoint = (option(rest, "endpoint") ?? vtep) as Ip;
    const attributes = attributeSet({
      nextHop: vtep as Ip,
      targets: [option(rest, "rt") ?? "65000:100"],
      ...(pmsi === "none" ? {} : { pmsi: { tunnel: Number(pmsi), label: Number(option(rest, "label") ?? 100), endpoint } }),
    });
    return this.evpn.applyBest([best(nlri, attributes)], this.#now);
  }
}

function option(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}

export function render(out: EvpnOutput): string[] {
  return [...out.routes.map(renderRoute), ...out.forwarding.map(renderForwarding), ...out.events.map(renderEvent)];
}

function renderRoute(o: Origination): string {
  const route = decodeEvpn(o.kind === "withdraw" ? o.nlri : o.route.nlri);
  if (route.kind !== "mac-ip" && route.kind !== "inclusive-multicast") throw new Error(`unexpected route ${route.kind}`);
  const what =
    route.kind === "mac-ip" ? `${letterOf(route.mac)}${route.ip === undefined ? "" : `/${route.ip}`}` : `multicast ${route.originator}`;
  if (o.kind === "withdraw") return `withdraw ${what} rd ${route.rd}`;
  const info = importInfo(asAttributeSet(o.route));
  const label = route.kind === "mac-ip" ? route.label : info.pmsi?.label;
  const moved = info.sequence > 0 ? ` seq ${info.sequence}` : "";
  return `announce ${what} rd ${route.rd} vni ${label} rt ${info.targets.join(",")} via ${info.vtep}${moved}${info.sticky ? " sticky" : ""}`;
}

function renderForwarding(f: ForwardingChange): string {
  if (f.kind === "prefix")
    return `${f.domain} ${formatPrefix(f.prefix)} ${f.paths.length === 0 ? "gone" : `by ${f.paths.map(renderPath).join(" and ")}`}`;
  const at = f.network === "blue" ? "" : `${f.network} `;
  switch (f.kind) {
    case "remote-mac": {
      if (!f.remote) return `${at}mac ${letterOf(f.mac)} gone`;
      const vni = f.remote.vni === 100 ? "" : ` vni ${f.remote.vni}`;
      return `${at}mac ${letterOf(f.mac)} at ${f.remote.vtep}${vni} seq ${f.remote.sequence}${f.remote.sticky ? " sticky" : ""}`;
    }
    case "remote-neighbour":
      return `${at}neighbour ${f.ip} ${f.mac === undefined ? "gone" : `is ${letterOf(f.mac)}`}`;
    case "flood":
      return `${at}flood ${f.present ? "to" : "no more to"} ${f.vtep}${f.vni === 100 ? "" : ` vni ${f.vni}`}`;
    case "local-mac":
      break;
  }
  return `${at}${f.verdict} local ${letterOf(f.mac)}`;
}

function renderPath(p: PrefixPath): string {
  return p.kind === "gateway" ? `${p.via} in ${p.network}` : `${p.vtep} router ${p.routerMac} vni ${p.vni}`;
}

function renderEvent(e: EvpnEvent): string {
  switch (e.kind) {
    case "mac-moved":
      return `event: ${letterOf(e.mac)} moved from ${e.from} to ${e.to} seq ${e.sequence}`;
    case "duplicate-detected":
      return `event: ${letterOf(e.mac)} is a duplicate, ${e.moves} moves in ${e.seconds} s`;
    case "duplicate-cleared":
      return `event: ${letterOf(e.mac)} cleared by ${e.by}`;
    case "duplicate-ip-detected":
      return `event: ${e.ip} is a duplicate, ${e.moves} moves in ${e.seconds} s, stays with ${letterOf(e.mac)}`;
    case "duplicate-ip-cleared":
      return `event: ${e.ip} cleared by ${e.by}`;
    case "sticky-conflict":
      return `event: sticky conflict for ${letterOf(e.mac)} with ${e.vtep}`;
    case "router-mac-conflict":
      return `event: ${e.vteps.join(" and ")} both say that their router MAC in ${e.domain} is ${e.mac}`;
    case "route-ignored":
      break;
  }
  return `event: ignored ${e.nlri}: ${e.why}`;
}
