// SPDX-License-Identifier: Apache-2.0
import type { Timer } from "../base/run/clock.ts";
import { returnStartMemory } from "../base/sys/free-memory.ts";
import { ListenError } from "../bgp/speaker/errors.ts";
import type { PerPeerMetrics } from "../bgp/speaker/peer-metrics.ts";
import { Speaker } from "../bgp/speaker/speaker.ts";
import type { AgentConfig } from "../contract/config/load.ts";
import type { Daemon, DaemonContext } from "../daemon/daemon.ts";
import { BfdPeers } from "../daemon/bfd-peers.ts";
import { BgpInspect } from "../daemon/bgp-inspect.ts";
import { bmpStations, stationConfigs } from "../daemon/bmp-stations.ts";
import type { BmpExporter } from "../bmp/station/exporter.ts";
import { RequestError } from "../daemon/errors.ts";
import type { InspectProvider, StatusPart } from "../daemon/provider.ts";
import { speakerConfig } from "../daemon/speaker-config.ts";
import { EvpnError } from "../evpn/errors.ts";
import { recordRib } from "../record/record-rib.ts";
import { Announcer } from "./announcer.ts";
import { Discovery } from "./discovery/discovery.ts";
import { configChanges } from "./config-changes.ts";
import { dhcpFolder } from "./dhcp/dnsmasq-process.ts";
import { DhcpService } from "./dhcp/dhcp-service.ts";
import { servicePlans } from "./dhcp/service-plan.ts";
import * as ev from "./events.ts";
import { hostAccess, recordHost } from "./host-access.ts";
import { evpnProvider, networkState } from "./inspect/evpn-provider.ts";
import { findProblems } from "./inspect/find-problems.ts";
import { measureQuestions } from "./inspect/dropped-questions.ts";
import { KernelCounter } from "./inspect/kernel-counter.ts";
import { measureNat } from "./inspect/measure-nat.ts";
import { natProvider } from "./inspect/nat-provider.ts";
import { kernelDiff } from "./inspect/kernel-diff.ts";
import { Takeovers } from "./nat/takeover.ts";
import { Memberships } from "./memberships.ts";
import { checkHost } from "./probe.ts";
import { routeTexts } from "./route-texts.ts";
import { Vtep } from "./vtep.ts";
import { warmUp } from "./warm-up.ts";

const listenProblem = "WEFT_BGP_LISTEN";
/** ms */
const listenRetry = 1000;

function isAddressMissing(error: ListenError): boolean {
  const { code, errnoName } = (error.cause ?? {}) as { readonly code?: string; readonly errnoName?: string };
  return code === "EADDRNOTAVAIL" || errnoName === "EADDRNOTAVAIL";
}

/**
 * The agent, wired from top to bottom: configuration → speaker → VTEP (EVPN tables → wanted state → kernel). Best paths go down,
 * routes of this host go up.
 */
export class Agent implements Daemon<AgentConfig> {
  readonly #context: DaemonContext;
  readonly vtep: Vtep;
  readonly speaker: Speaker;
  readonly inspect: InspectProvider;
  readonly #bgp: BgpInspect;
  readonly #bfd: BfdPeers;
  readonly #stations: BmpExporter;
  readonly #discovery: Discovery;
  readonly #dhcp: DhcpService;
  readonly #takeovers: Takeovers;
  #unsubscribe: (() => void) | undefined;
  #stopped = false;
  #speakerRetry: Timer | undefined;

  constructor(config: AgentConfig, context: DaemonContext) {
    this.#context = context;
    const { clock, journal, metrics, recorder } = context;
    const host = hostAccess(clock, context.runDirectory.path);
    const announcer = new Announcer(
      () => this.speaker.rib,
      () => this.speaker.changed(),
    );
    const memberships = new Memberships(() => this.speaker.rib, config.bgp);
    const discovery = new Discovery({ clock, metrics, onSightings: (list) => vtep.sighted(list) });
    const dhcp = new DhcpService({ folder: dhcpFolder(context.runDirectory.path), clock, journal, metrics });
    this.#dhcp = dhcp;
    const vtep: Vtep = new Vtep({
      ...(recorder ? recordHost(host, recorder) : host),
      config,
      journal,
      metrics,
      originate: (routes) => {
        recorder?.decision({ out: "routes", do: routeTexts(routes) });
        announcer.add(routes);
      },
      onInstances: (vrfs) => {
        if (memberships.follow(vrfs)) this.speaker.changed();
      },
      onPlaces: ({ plans }) => dhcp.follow(servicePlans(vtep.config, plans)),
      onNamespaces: (namespaces) => discovery.follow(namespaces),
      onQuestions: (questions) => discovery.ask(questions),
      onProxied: (takeover) => this.#takeovers.announce([takeover]),
      onInput: recorder && ((input) => recorder.input(input)),
    });
    this.vtep = vtep;
    this.#discovery = discovery;
    this.#takeovers = new Takeovers(clock, journal);
    const speaker = (): Speaker => this.speaker;
    const perPeerMetrics = (): PerPeerMetrics => vtep.config.metrics.perPeer;
    this.#bfd = new BfdPeers({ speaker, localAsn: config.bgp.asn, clock, journal, metrics, perPeerMetrics, problems: context.problems });
    this.speaker = new Speaker({
      config: speakerConfig(config.bgp),
      clock,
      journal,
      metrics,
      perPeerMetrics,
      ribTap: recorder && recordRib(recorder),
      // Read when the first session opens: where an earlier process left something in the kernel, peers may have its routes, too.
      get restarting() {
        return context.runDirectory.hadPredecessor || vtep.adopted > 0;
      },
      onPeer: (peer) => this.#bfd.look(peer),
      onConverged: () => this.vtep.convergedBy("every peer was heard or waited for"),
    });
    this.#stations = bmpStations(this.speaker, config.host, config.bgp, context);
    this.#bgp = new BgpInspect({
      speaker: this.speaker,
      config: () => vtep.config.bgp,
      problems: context.problems,
      bfd: (peer) => this.#bfd.stateOf(peer),
      importTargets: (network) => vtep.vrfs.find((v) => v.network === network)?.importTargets,
    });
    this.inspect = {
      status: () => this.#status(),
      bgp: this.#bgp,
      bfd: this.#bfd,
      evpn: evpnProvider(vtep, clock),
      dhcp,
      nat: natProvider(vtep),
      kernel: {
        diff: () => {
          // It reads the kernel anew, and the VTEP learns from it.
          recorder?.input({ in: "kernel-diff" });
          return kernelDiff(vtep);
        },
      },
    };
    metrics.onScrape(() => this.#findProblems());
    const counter = new KernelCounter(metrics);
    metrics.onScrape(() => {
      measureNat(vtep, metrics, counter);
      measureQuestions(vtep, counter);
    });
  }

  /** @throws AgentError when this host or kernel lacks what the agent needs; NetlinkError, SystemCallError, ListenError */
  async start(): Promise<void> {
    checkHost();
    await this.vtep.start();
    this.#unsubscribe = this.speaker.rib.subscribe((changes) => this.vtep.applyBest(changes));
    await this.#dhcp.start();
    await this.#warmUp();
    // Asked to stop before it began to speak.
    if (this.#stopped) return;
    await this.#stations.start();
    await this.#startSpeaker();
    const { peers, dynamicPeers } = this.vtep.config.bgp;
    if (peers.length + dynamicPeers.length === 0) this.vtep.convergedBy("there are no peers");
    await this.vtep.reconciler.settle();
  }

  /** An agent that is not warm is slow for a moment, and works. */
  async #warmUp(): Promise<void> {
    await warmUp(this.vtep.config).catch((e: unknown) => this.#context.journal.emit(ev.warmUpFailed, { error: String(e) }));
    returnStartMemory();
  }

  /**
   * An address to listen on that is not there yet (the VTEP's, set up later than the agent) is waited for: the kernel is
   * programmed meanwhile, and the status says what is missing. @throws ListenError for any other reason
   */
  async #startSpeaker(): Promise<void> {
    const { clock, problems } = this.#context;
    try {
      await this.speaker.start();
      problems.clear(listenProblem, "bgp");
    } catch (e) {
      if (!(e instanceof ListenError) || !isAddressMissing(e)) throw e;
      problems.report(listenProblem, "bgp", `${e.message}; tried again until the address is there`);
      this.#speakerRetry = clock.after(listenRetry, () => void this.#startSpeaker().catch((error: unknown) => this.#context.fail(error)));
    }
  }

  /** Forwarding goes on: the kernel stays as it is, and peers keep our routes for the restart time. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#context.recorder?.end("the agent stops");
    this.#unsubscribe?.();
    this.#speakerRetry?.cancel();
    await this.#bfd.stop();
    await this.#dhcp.stop();
    await this.#stations.stop();
    await this.speaker.stop("restart");
    this.#discovery.close();
    this.#takeovers.stop();
    await this.vtep.stop();
  }

  async reconfigure(config: AgentConfig): Promise<readonly string[]> {
    const before = this.vtep.config;
    const changes = configChanges(before, config);
    const { refused } = changes;
    if (refused.length > 0) throw new RequestError("WEFT_CONFIG_INVALID", `needs a restart of the agent: ${refused.join(", ")}`);
    try {
      this.vtep.reconfigure(config);
    } catch (e) {
      if (e instanceof EvpnError) throw new RequestError("WEFT_CONFIG_INVALID", e.message, { cause: e });
      throw e;
    }
    try {
      await this.speaker.reload(speakerConfig(config.bgp));
      this.#bfd.lookAtAll();
    } catch (e) {
      this.vtep.reconfigure(before);
      // An address that cannot be listened on was found after the rest was changed; this one could be, a moment ago.
      await this.speaker.reload(speakerConfig(before.bgp));
      this.#bfd.lookAtAll();
      throw e;
    }
    return [...changes.applied, ...this.#stations.reconfigure(stationConfigs(config.bgp))];
  }

  #findProblems(): void {
    const { problems } = this.#context;
    findProblems(this.vtep, problems);
    this.#bfd.findProblems();
    problems.replace("WEFT_DHCP_DOWN", this.#dhcp.problems());
    problems.replace("WEFT_DISCOVERY", this.#discovery.problems(), "warning");
  }

  #status(): StatusPart {
    const { vtep } = this;
    this.#findProblems();
    const { config, reconciler, audit, resolved } = vtep;
    const failing = resolved.plans.filter((p) => networkState(vtep, p).state === "failing").length;
    return {
      ready: vtep.ready,
      host: config.host,
      ...this.#bgp.status(),
      networks: { total: resolved.plans.length + resolved.refused.length, failing: failing + resolved.refused.length },
      dhcp: this.#dhcp.status(),
      kernel: {
        objects: vtep.desired.objects.size,
        pending: reconciler.waiting.size + reconciler.dirtyCount,
        failing: reconciler.failures.size + reconciler.conflicts.size,
        lastAudit: audit.lastRun === undefined ? null : new Date(audit.lastRun).toISOString(),
      },
    };
  }
}
