// SPDX-License-Identifier: Apache-2.0
import { isIp4 } from "../../base/net/ip.ts";
import type { Clock } from "../../base/run/clock.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import { SystemCallError } from "../../base/sys/errors.ts";
import { hostNamespace, type NamespaceName } from "../desired/object.ts";
import { questions as questionCount, sightings as sightingCount, sightingsDropped } from "../events.ts";
import { arpProbe } from "./arp-probe.ts";
import type { FollowedNamespaces } from "./followed-namespaces.ts";
import { FrameTap } from "./frame-tap.ts";
import type { Sighting } from "./sighting.ts";
import { type Question, solicitation } from "./solicitation.ts";

export interface DiscoveryOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly onSightings: (sightings: readonly Sighting[]) => void;
}

/** Listens in the namespaces that have networks. Where it cannot, addresses become known as the kernel tells them, and that is shown. */
export class Discovery {
  readonly #o: DiscoveryOptions;
  readonly #taps = new Map<NamespaceName, { readonly identity: object; readonly tap: FrameTap | undefined }>();
  readonly #failed = new Map<NamespaceName, string>();

  constructor(options: DiscoveryOptions) {
    this.#o = options;
    options.metrics.onScrape(() => this.#measure());
  }

  /** Makes the namespaces that are listened in exactly these. */
  follow(namespaces: FollowedNamespaces): void {
    for (const [ns, { identity, tap }] of this.#taps) {
      if (namespaces.get(ns) === identity) continue;
      tap?.close();
      this.#taps.delete(ns);
      this.#failed.delete(ns);
    }
    for (const [ns, identity] of namespaces) if (!this.#taps.has(ns)) this.#taps.set(ns, { identity, tap: this.#open(ns) });
  }

  /** Sends questions out of their bridges. */
  ask(questions: readonly Question[]): void {
    for (const q of questions) this.#taps.get(q.ns)?.tap?.send(q.index, isIp4(q.ip) ? arpProbe(q) : solicitation(q));
    this.#o.metrics.add(questionCount, {}, questions.length);
  }

  /** Object → what is wrong. */
  problems(): ReadonlyMap<string, string> {
    return new Map([...this.#failed].map(([ns, why]) => [ns === hostNamespace ? "the host namespace" : `namespace ${ns}`, why]));
  }

  close(): void {
    this.follow(new Map());
  }

  #open(ns: NamespaceName): FrameTap | undefined {
    const { clock, metrics, onSightings } = this.#o;
    try {
      return new FrameTap({
        ns,
        clock,
        onSightings: (list) => {
          metrics.add(sightingCount, {}, list.length);
          onSightings(list);
        },
      });
    } catch (e) {
      if (!(e instanceof SystemCallError)) throw e;
      const mend = e.errnoName === "EPERM" ? "; give the agent CAP_NET_RAW, or set discovery: false" : "";
      this.#failed.set(ns, `ARP and neighbour discovery of workloads cannot be heard (${e.message})${mend}`);
      return undefined;
    }
  }

  #measure(): void {
    for (const { tap } of this.#taps.values()) if (tap) this.#o.metrics.add(sightingsDropped, {}, tap.takeDropped());
  }
}
