// SPDX-License-Identifier: Apache-2.0
/**
 * Scenarios as text: a line is a command to the tables of h1 (VTEP 10.0.0.1), the `> ` lines below it what came out.
 * MACs go by one letter, `M`, the all-zero one by `0`; everything else stands as people write it.
 *
 *   network NAME vni N [rd RD] [import RT,RT] [export RT] [vtep IP] [domain NAME] [gateway IP/LENGTH]…     no network NAME
 *   domain NAME l3vni N [rd RD] [import RT,RT] [export RT] [vtep IP] [router M]     no domain NAME
 *   local NAME PREFIX     no local NAME PREFIX
 *   learn|declare [NAME] M PORT [sticky]     down [NAME] M     neighbour [NAME] IP M [declared]     no neighbour [NAME] IP
 *   remote VTEP M[/IP] [seq N] [sticky] [rd RD] [rt RT] [label N] [tag N] [tunnel N]
 *     [label2 N] [router M] [gateway]     gone VTEP M[/IP] [rd RD]
 *   prefix VTEP PREFIX [label N] [router M] [gw IP] [esi N] [rd RD] [rt RT] [pref N] [med N]     no prefix VTEP PREFIX [rd RD]
 *   segment VTEP N [label N] [rt RT]     no segment VTEP N
 *   multicast VTEP [label N] [pmsi TYPE|none] [endpoint IP] [rt RT]     no multicast VTEP
 *   after SECONDS     tick     clear M     clear IP
 */
import { type Ip, parseIp } from "../../base/net/ip.ts";
import { parseInterfaceAddress, parsePrefix } from "../../base/net/prefix.ts";
import type { Rd } from "../../base/net/rd.ts";
import type { Esi } from "../../bgp/wire/nlri/evpn/esi.ts";
import { Evpn } from "../evpn.ts";
import type { DuplicatePolicy, EvpnOutput, IpVrf, MacVrf, RoutedSubnet } from "../types.ts";
import { macOf } from "./letter-mac.ts";
import { attributeSet, best, macIpNlri, multicastNlri, prefixNlri, segmentNlri } from "./remote-route.ts";
import { render } from "./render.ts";

export const blue: MacVrf = {
  network: "blue",
  vni: 100,
  rd: "10.0.0.1:100" as Rd,
  importTargets: ["65000:100"],
  exportTargets: ["65000:100"],
  vtep: "10.0.0.1" as Ip,
};

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
  readonly #domains = new Map<string, IpVrf>();
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
      case "domain":
        return this.#domain(rest, negated);
      case "local":
        return this.#local(rest, negated);
      case "multicast":
        return this.#multicast(rest, negated);
      case "prefix":
        return this.#prefix(rest, negated);
      case "segment":
        return this.#segment(rest, negated);
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
        domain: option(rest, "domain"),
        subnets: options(rest, "gateway").map(routedSubnet),
      });
    }
    return this.#configure();
  }

  #domain([name, ...rest]: string[], negated: boolean): EvpnOutput {
    if (negated) this.#domains.delete(name!);
    else {
      const l3vni = Number(option(rest, "l3vni"));
      this.#domains.set(name!, {
        domain: name!,
        l3vni,
        rd: (option(rest, "rd") ?? `10.0.0.1:${l3vni}`) as Rd,
        importTargets: (option(rest, "import") ?? `65000:${l3vni}`).split(","),
        exportTargets: (option(rest, "export") ?? `65000:${l3vni}`).split(","),
        vtep: (option(rest, "vtep") ?? "10.0.0.1") as Ip,
        routerMac: macOf(option(rest, "router") ?? "A"),
      });
    }
    return this.#configure();
  }

  #configure(): EvpnOutput {
    return this.evpn.configure([...this.#networks.values()], this.#now, [...this.#domains.values()]);
  }

  #local([domain, text]: string[], negated: boolean): EvpnOutput {
    const prefix = parsePrefix(text!)!;
    const change = negated
      ? ({ kind: "prefix-down", domain: domain!, prefix } as const)
      : ({ kind: "prefix-up", prefix: { domain: domain!, prefix, origin: "static" } } as const);
    return this.evpn.applyLocal([change], this.#now);
  }

  #mac(verb: "learn" | "declare" | "down", words: string[]): EvpnOutput {
    const network = words[0]!.length > 1 ? words.shift()! : "blue";
    const mac = macOf(words[0]!);
    if (verb === "down") return this.evpn.applyLocal([{ kind: "mac-down", network, mac }], this.#now);
    const origin = verb === "learn" ? "learned" : "declared";
    const fact = { network, mac, port: words[1]!, sticky: words.includes("sticky"), origin } as const;
    return this.evpn.applyLocal([{ kind: "mac-up", mac: fact }], this.#now);
  }

  #neighbour(words: string[], negated: boolean): EvpnOutput {
    const network = parseIp(words[0]!) ? "blue" : words.shift()!;
    const [ip, mac, origin] = words;
    if (negated) return this.evpn.applyLocal([{ kind: "neighbour-down", network, ip: ip as Ip }], this.#now);
    const neighbour = { network, ip: ip as Ip, mac: macOf(mac!), origin: origin === "declared" ? origin : "learned" } as const;
    return this.evpn.applyLocal([{ kind: "neighbour-up", neighbour }], this.#now);
  }

  #remote([vtep, target, ...rest]: string[], gone: boolean): EvpnOutput {
    const [letter, ip] = target!.split("/");
    const label = Number(option(rest, "label") ?? 100);
    const nlri = macIpNlri(
      option(rest, "rd") ?? rdOf(vtep!),
      macOf(letter!),
      ip as Ip | undefined,
      label,
      Number(option(rest, "tag") ?? 0),
      option(rest, "label2") === undefined ? undefined : Number(option(rest, "label2")),
    );
    if (gone) return this.evpn.applyBest([best(nlri, undefined)], this.#now);
    const sequence = option(rest, "seq");
    const tunnel = option(rest, "tunnel");
    const attributes = attributeSet({
      nextHop: vtep as Ip,
      targets: (option(rest, "rt") ?? "65000:100").split(","),
      sticky: rest.includes("sticky"),
      isGateway: rest.includes("gateway"),
      routerMac: routerOf(rest),
      ...(sequence === undefined ? {} : { sequence: Number(sequence) }),
      ...(tunnel === undefined ? {} : { tunnels: tunnel === "none" ? [] : tunnel.split(",").map(Number) }),
    });
    return this.evpn.applyBest([best(nlri, attributes)], this.#now);
  }

  #prefix([vtep, text, ...rest]: string[], gone: boolean): EvpnOutput {
    const prefix = parsePrefix(text!)!;
    const overlay = { esi: option(rest, "esi"), gateway: option(rest, "gw") as Ip | undefined };
    const label = Number(option(rest, "label") ?? (overlay.esi === undefined && overlay.gateway === undefined ? 5000 : 0));
    const nlri = prefixNlri(option(rest, "rd") ?? rdOf(vtep!), prefix, label, { esi: esiOf(overlay.esi), gateway: overlay.gateway });
    if (gone) return this.evpn.applyBest([best(nlri, undefined)], this.#now);
    const [pref, med] = [option(rest, "pref"), option(rest, "med")];
    const attributes = attributeSet({
      nextHop: vtep as Ip,
      targets: (option(rest, "rt") ?? "65000:5000").split(","),
      routerMac: routerOf(rest),
      ...(pref === undefined ? {} : { localPref: Number(pref) }),
      ...(med === undefined ? {} : { med: Number(med) }),
    });
    return this.evpn.applyBest([best(nlri, attributes)], this.#now);
  }

  #segment([vtep, esi, ...rest]: string[], gone: boolean): EvpnOutput {
    const nlri = segmentNlri(rdOf(vtep!), esiOf(esi)!, Number(option(rest, "label") ?? 100));
    const attributes = attributeSet({ nextHop: vtep as Ip, targets: [option(rest, "rt") ?? "65000:100"] });
    return this.evpn.applyBest([best(nlri, gone ? undefined : attributes)], this.#now);
  }

  #multicast([vtep, ...rest]: string[], gone: boolean): EvpnOutput {
    const nlri = multicastNlri(rdOf(vtep!), vtep as Ip);
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

function rdOf(vtep: string): string {
  return `${vtep.includes(":") ? "10.9.9.9" : vtep}:100`;
}

function esiOf(digit: string | undefined): Esi | undefined {
  return digit === undefined ? undefined : (`00:00:00:00:00:00:00:00:00:0${digit}` as Esi);
}

function routerOf(words: readonly string[]) {
  const letter = option(words, "router");
  return letter === undefined ? undefined : macOf(letter);
}

function routedSubnet(text: string): RoutedSubnet {
  return { prefix: parsePrefix(text)!, gateway: parseInterfaceAddress(text)!.ip };
}

function options(words: readonly string[], name: string): string[] {
  return words.flatMap((word, i) => (word === name ? [words[i + 1]!] : []));
}

function option(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}
