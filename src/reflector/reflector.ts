// SPDX-License-Identifier: Apache-2.0
import { returnStartMemory } from "../base/sys/free-memory.ts";
import type { PerPeerMetrics } from "../bgp/speaker/peer-metrics.ts";
import { Speaker } from "../bgp/speaker/speaker.ts";
import { warmUp } from "../bgp/speaker/warm-up.ts";
import type { BmpExporter } from "../bmp/station/exporter.ts";
import type { ReflectorConfig } from "../contract/config/load.ts";
import { BfdPeers } from "../daemon/bfd-peers.ts";
import { BgpInspect } from "../daemon/bgp-inspect.ts";
import { bmpStations, stationConfigs } from "../daemon/bmp-stations.ts";
import type { Daemon, DaemonContext } from "../daemon/daemon.ts";
import type { InspectProvider, StatusPart } from "../daemon/provider.ts";
import { speakerConfig } from "../daemon/speaker-config.ts";
import { recordRib } from "../record/record-rib.ts";
import type { Recorder } from "../record/recorder.ts";

/** A BGP speaker without a kernel part: it keeps routes and hands them on. */
export class Reflector implements Daemon<ReflectorConfig> {
  readonly inspect: InspectProvider;
  readonly #speaker: Speaker;
  readonly #bfd: BfdPeers;
  readonly #stations: BmpExporter;
  readonly #recorder: Recorder | undefined;
  #config: ReflectorConfig;

  constructor(config: ReflectorConfig, context: DaemonContext) {
    this.#config = config;
    const { clock, journal, metrics, problems, recorder, runDirectory } = context;
    this.#recorder = recorder;
    const speaker = (): Speaker => this.#speaker;
    const perPeerMetrics = (): PerPeerMetrics => this.#config.metrics.perPeer;
    this.#bfd = new BfdPeers({ speaker, localAsn: config.bgp.asn, clock, journal, metrics, perPeerMetrics, problems });
    this.#speaker = new Speaker({
      config: speakerConfig(config.bgp),
      clock,
      journal,
      metrics,
      restarting: runDirectory.hadPredecessor,
      perPeerMetrics,
      ribTap: recorder && recordRib(recorder),
      onPeer: (peer) => this.#bfd.look(peer),
    });
    this.#stations = bmpStations(this.#speaker, config.host, config.bgp, context);
    const bgp = new BgpInspect({
      speaker: this.#speaker,
      config: () => this.#config.bgp,
      problems,
      bfd: (peer) => this.#bfd.stateOf(peer),
    });
    this.inspect = { bgp, bfd: this.#bfd, status: () => this.#status(bgp) };
  }

  async start(): Promise<void> {
    warmUp();
    returnStartMemory();
    await this.#stations.start();
    await this.#speaker.start();
  }

  /** Clients keep our routes for the restart time: an upgrade of a reflector must not be seen in the traffic. */
  async stop(): Promise<void> {
    this.#recorder?.end("the reflector stops");
    await this.#bfd.stop();
    await this.#stations.stop();
    await this.#speaker.stop("restart");
  }

  #status(bgp: BgpInspect): StatusPart {
    this.#bfd.findProblems();
    return { host: this.#config.host, ready: true, ...bgp.status() };
  }

  async reconfigure(config: ReflectorConfig): Promise<readonly string[]> {
    const [before, after] = [this.#config.bgp, config.bgp].map((bgp) => JSON.stringify({ ...bgp, bmp: [] }));
    const changes =
      before === after
        ? []
        : ["bgp: policies, limits and the like hold from now on; sessions whose address, AS, password or the like differ begin anew"];
    await this.#speaker.reload(speakerConfig(config.bgp));
    this.#bfd.lookAtAll();
    changes.push(...this.#stations.reconfigure(stationConfigs(config.bgp)));
    this.#config = config;
    return changes;
  }
}
