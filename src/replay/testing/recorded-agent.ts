// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as realTurn } from "node:timers/promises";
import type { Ip } from "../../base/net/ip.ts";
import { ManualClock } from "../../base/run/clock.ts";
import { MemoryJournal } from "../../base/run/journal.ts";
import { Rib } from "../../bgp/rib/rib.ts";
import type { BestChange, PeerSlot } from "../../bgp/rib/types.ts";
import { Announcer } from "../../agent/announcer.ts";
import { recordHost } from "../../agent/host-access.ts";
import { routeTexts } from "../../agent/route-texts.ts";
import { agentConfig, FakeHost } from "../../agent/testing/fake-host.ts";
import type { Vtep } from "../../agent/vtep.ts";
import { parseRecording, type Recording } from "../../record/read-recording.ts";
import { recordRib } from "../../record/record-rib.ts";
import { Recorder } from "../../record/recorder.ts";

const peer = {
  role: "non-client",
  asn: 65000,
  families: ["l2vpn-evpn"],
  fourOctetAs: true,
  maxMessage: 4096,
} as const;

/** An agent's VTEP and table of routes on a kernel in memory, recorded; routes come from another speaker, as octets. */
export class RecordedAgent {
  readonly host: FakeHost;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "weft-record-"));
  readonly #recorder: Recorder;
  readonly rib: Rib;
  readonly #far: Rib;
  readonly #yaml: string;
  #slot: PeerSlot = 0;

  constructor(yaml: string, host = new FakeHost()) {
    this.host = host;
    this.#yaml = yaml;
    const options = { path: this.file, clock: new ManualClock(), journal: new MemoryJournal(), version: "test" };
    this.#recorder = new Recorder({ ...options, clock: host.clock }, { component: "agent", config: agentConfig(yaml) });
    const nowhere = { write: (_: PeerSlot, __: Uint8Array, release: () => void) => (release(), true) };
    this.rib = new Rib({ asn: 65000, routerId: 0x0a000001, output: nowhere, tap: recordRib(this.#recorder) });
    const deliver = (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length;) {
        const end = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
        if (bytes[at + 18] === 2) this.rib.update(this.#slot, bytes, at + 19, end);
        at = end;
      }
    };
    this.#far = new Rib({ asn: 65000, routerId: 0x0a000004, output: { write: (_, bytes, release) => (deliver(bytes), release(), true) } });
  }

  get file(): string {
    return path.join(this.#folder, "agent.jsonl");
  }

  get vtep(): Vtep {
    return this.host.vtep;
  }

  async start(): Promise<void> {
    const recorder = this.#recorder;
    const announcer = new Announcer(
      () => this.rib,
      () => this.rib.flush(),
    );
    await this.host.start(this.#yaml, (o) => ({
      ...o,
      ...recordHost(o, recorder),
      onInput: (input) => recorder.input(input),
      originate: (routes) => {
        recorder.decision({ out: "routes", do: routeTexts(routes) });
        announcer.add(routes);
      },
    }));
    this.rib.subscribe((changes) => this.vtep.applyBest(changes));
    this.#slot = this.rib.addPeer({ ...peer, name: "10.0.0.4", address: "10.0.0.4" as Ip, routerId: 0x0a000004 });
    this.#far.addPeer({ ...peer, name: "10.0.0.1", address: "10.0.0.1" as Ip, routerId: 0x0a000001 });
    await this.settle();
  }

  /** The other speaker announces these, or takes them back. */
  async hear(...changes: readonly BestChange[]): Promise<void> {
    for (const { family, nlri, path: p } of changes) {
      if (p) this.#far.announceLocal({ family, nlri, attributes: p.attributes.raw, nextHop: p.attributes.nextHop });
      else this.#far.withdrawLocal(family, nlri);
    }
    await this.settle();
  }

  async settle(): Promise<void> {
    while (this.#far.flush());
    while (this.rib.flush());
    await this.host.settle();
    await realTurn();
  }

  /** Time passes; timers run. */
  async wait(ms: number): Promise<void> {
    this.host.clock.advance(ms);
    await this.settle();
  }

  /** Ends the recording and reads it. */
  async end(): Promise<{ readonly recording: Recording; readonly text: string }> {
    this.#recorder.end("the test ends");
    await this.host.stop();
    const text = readFileSync(this.file, "utf8");
    rmSync(this.#folder, { recursive: true });
    return { recording: parseRecording(text, "agent.jsonl"), text };
  }
}
