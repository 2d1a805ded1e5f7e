// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync } from "node:fs";
import type { Clock } from "../../base/run/clock.ts";
import type { Journal } from "../../base/run/journal.ts";
import type { Metrics } from "../../base/run/metrics.ts";
import type { ServerFolder } from "./dnsmasq-process.ts";
import * as ev from "./events.ts";
import { type Lease, leaseChanges, readLeases } from "./lease-file.ts";

/** Octets. */
const longestLog = 1 << 20;
const longestRead = 1 << 16;
/** Events about refused requests of one domain follow each other no sooner, ms. */
const refusalPause = 10_000;
/** What dnsmasq logs of a request that it has nothing for. */
const refusal = /(DHCP(?:DISCOVER|REQUEST|SOLICIT)?\S*\(.*no address|no address range available|no addresses available)/;

export interface ReportOptions {
  readonly domain: string;
  readonly folder: ServerFolder;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly metrics: Metrics;
}

/** What a server does, read from the files that it writes. */
export class ServerReport {
  readonly #o: ReportOptions;
  #leases: readonly Lease[];
  #leasesAt = 0;
  #logAt = 0;
  #refused = 0;
  #refusedSaid = "";
  #toldRefusedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ReportOptions) {
    this.#o = options;
    // Those of an earlier run are no news.
    this.#leases = readLeases(this.#text(options.folder.leases));
    this.#leasesAt = modified(options.folder.leases);
    this.#logAt = sizeOf(options.folder.log);
  }

  get leases(): readonly Lease[] {
    return this.#leases;
  }

  /** A new process writes a new log. */
  reset(): void {
    this.#logAt = 0;
  }

  /** Tells what is new since the last look. */
  look(): void {
    this.#lookAtLeases();
    this.#lookAtLog();
    this.#tellRefused();
  }

  /** `: its last words`; empty when it said nothing. */
  lastWords(): string {
    const last = this.#text(this.#o.folder.log).trimEnd().split("\n").at(-1) ?? "";
    return last === "" ? "" : `: ${last.slice(0, 300)}`;
  }

  #lookAtLeases(): void {
    const { folder, journal, domain } = this.#o;
    const at = modified(folder.leases);
    if (at === this.#leasesAt) return;
    this.#leasesAt = at;
    const now = readLeases(this.#text(folder.leases));
    const { given, ended } = leaseChanges(this.#leases, now);
    for (const { ip, name } of given) journal.emit(ev.leaseGiven, { domain, ip, name });
    for (const { ip, name } of ended) journal.emit(ev.leaseEnded, { domain, ip, name });
    this.#leases = now;
  }

  #lookAtLog(): void {
    const { folder, metrics, domain } = this.#o;
    const size = sizeOf(folder.log);
    if (size <= this.#logAt) return;
    const fresh = readFrom(folder.log, Math.max(this.#logAt, size - longestRead), size);
    this.#logAt = size;
    for (const line of fresh.split("\n")) {
      if (!refusal.test(line)) continue;
      this.#refused++;
      this.#refusedSaid = line.slice(line.indexOf("]: ") + 3, 300);
      metrics.add(ev.refused, { domain });
    }
    // dnsmasq appends: it goes on at the beginning.
    if (size > longestLog) {
      truncateSync(folder.log);
      this.#logAt = 0;
    }
  }

  #tellRefused(): void {
    const { clock, journal, domain } = this.#o;
    if (this.#refused === 0 || clock.now() - this.#toldRefusedAt < refusalPause) return;
    this.#toldRefusedAt = clock.now();
    journal.emit(ev.requestRefused, { domain, said: this.#refusedSaid, requests: this.#refused });
    this.#refused = 0;
  }

  #text(file: string): string {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(file: string, from: number, to: number): string {
  const fd = openSync(file, "r");
  try {
    const octets = Buffer.alloc(to - from);
    return octets.toString("utf8", 0, readSync(fd, octets, 0, octets.length, from));
  } finally {
    closeSync(fd);
  }
}
