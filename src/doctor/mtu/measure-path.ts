// SPDX-License-Identifier: Apache-2.0
import type { Ip } from "../../base/net/ip.ts";
import type { EchoOutcome, EchoProbe } from "../../base/sys/echo-socket.ts";

/** Sends one probe; {@link EchoSocket.probe}. */
export type Probe = (probe: EchoProbe) => EchoOutcome;

/** What a path carries. */
export type PathResult =
  /** As much as was wanted. */
  | { readonly kind: "enough" }
  /** A hop said how much it takes; `from` undefined: the device of this host. */
  | { readonly kind: "told"; readonly carries: number; readonly from: Ip | undefined }
  /**
   * Larger packets vanish. `last` is the last hop that they reached, `next` the first that smaller ones reach and they do not; undefined
   * where hops do not say.
   */
  | { readonly kind: "swallowed"; readonly carries: number; readonly last: Ip | undefined; readonly next: Ip | undefined }
  /** Not even small packets are answered: nothing can be said. */
  | { readonly kind: "no-answer"; readonly why: string };

/** Octets; every IPv4 path carries 68 (RFC 791), so no path that works at all fails for the size of this. */
const small = 68;
const mostHops = 30;
const fullTtl = 64;
/** ms */
const firstWait = 1000;
/** What is silent is asked again: one lost packet is no narrow path. */
const attempts = 3;

/**
 * How large packets get through: asks with the size that is wanted, believes hops that say what they take, and closes in on sizes that
 * vanish without a word. Pure but for `probe`.
 * @param want octets of the IP packet
 */
export function measurePath(probe: Probe, to: Ip, want: number): PathResult {
  const first = again(() => probe({ size: small, ttl: fullTtl, wait: firstWait }));
  if (first.kind !== "arrived") return { kind: "no-answer", why: whyNot(first) };
  // Ten times as long as it takes is lost, not late; with a floor for hosts that are busy.
  const wait = Math.min(firstWait, Math.max(150, first.ms * 10));
  const send = (size: number, ttl = fullTtl): EchoOutcome => again(() => probe({ size, ttl, wait }));
  let [carries, fails] = [small, want + 1];
  let told: { readonly mtu: number; readonly from: Ip | undefined } | undefined;
  for (
    let size = want;
    fails - carries > 1;
    size = told !== undefined && told.mtu > carries && told.mtu < fails ? told.mtu : (carries + fails) >> 1
  ) {
    const outcome = send(size);
    if (outcome.kind === "arrived") carries = size;
    else fails = size;
    if (outcome.kind === "too-big") told = { mtu: outcome.mtu, from: outcome.from };
    if (told !== undefined && carries === told.mtu) return { kind: "told", carries, from: told.from };
    if (carries === want) return { kind: "enough" };
  }
  return { kind: "swallowed", carries, ...whereLost(send, to, carries, fails) };
}

/** Walks out with small packets and with those that vanish: where the two part, there it is. */
function whereLost(send: (size: number, ttl: number) => EchoOutcome, to: Ip, carries: number, fails: number) {
  let last: Ip | undefined;
  for (let ttl = 1; ttl <= mostHops; ttl++) {
    const reached = hopOf(send(carries, ttl), to);
    const large = hopOf(send(fails, ttl), to);
    if (large !== undefined) last = large;
    else if (reached !== undefined) return { last, next: reached };
    if (reached === to) break;
  }
  return { last, next: undefined };
}

function hopOf(outcome: EchoOutcome, to: Ip): Ip | undefined {
  if (outcome.kind === "expired") return outcome.from;
  return outcome.kind === "arrived" ? to : undefined;
}

function again(ask: () => EchoOutcome): EchoOutcome {
  let outcome = ask();
  for (let i = 1; i < attempts && outcome.kind === "silent"; i++) outcome = ask();
  return outcome;
}

function whyNot(outcome: EchoOutcome): string {
  switch (outcome.kind) {
    case "unreachable":
      return `${outcome.from ?? "this host"} says that it cannot be reached (${outcome.why})`;
    case "silent":
      return "no answer to ICMP echo: the host is down, or a firewall drops it";
    case "expired":
      return `the TTL ends at ${outcome.from ?? "a hop"}: a loop of routes`;
    default:
      return `${outcome.kind === "too-big" ? (outcome.from ?? "this host") : "a hop"} takes not even ${small} octets`;
  }
}
