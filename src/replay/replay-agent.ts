// SPDX-License-Identifier: Apache-2.0
import type { Journal } from "../base/run/journal.ts";
import { MemoryMetrics } from "../base/run/metrics.ts";
import { Announcer } from "../agent/announcer.ts";
import { kernelDiff } from "../agent/inspect/kernel-diff.ts";
import { Memberships } from "../agent/memberships.ts";
import { routeTexts } from "../agent/route-texts.ts";
import { Vtep } from "../agent/vtep.ts";
import { EvpnError } from "../evpn/errors.ts";
import type { AgentHeader, InputRecord } from "../record/recording.ts";
import type { Course } from "./course.ts";
import type { Feed } from "./feed.ts";
import { ReplayClock } from "./replay-clock.ts";
import { ReplayHost } from "./replay-host.ts";
import { feedRib, replayRib } from "./replay-rib.ts";

/** A VTEP with its table of routes, on the host of a recording; wired as `src/agent/agent.ts` does. */
export function replayAgent(header: AgentHeader, course: Course, journal: Journal, seed?: number): Feed {
  const clock = new ReplayClock(course);
  const host = new ReplayHost(course);
  const { rib, slots } = replayRib(header.config.bgp, course, seed);
  // Every flush is in the recording.
  const announcer = new Announcer(
    () => rib,
    () => undefined,
  );
  const memberships = new Memberships(() => rib, header.config.bgp);
  const vtep = new Vtep({
    config: header.config,
    clock,
    journal,
    metrics: new MemoryMetrics(),
    connect: (ns) => host.connect(ns),
    namespaces: host.namespaces,
    sysctls: host.sysctls,
    rulesets: host.rulesets,
    originate: (routes) => {
      for (const text of routeTexts(routes)) course.decide({ channel: "routes", text });
      announcer.add(routes);
    },
    onInstances: (vrfs) => void memberships.follow(vrfs),
  });
  const feed = (input: InputRecord): void => {
    switch (input.in) {
      case "start":
        // What its start throws ended the recorded agent, too.
        vtep.start().catch(() => undefined);
        return void rib.subscribe((changes) => vtep.applyBest(changes));
      case "timer":
        return clock.fire(input.due);
      case "turn":
        return void clock.turn();
      case "events":
        return host.events(input.ns, input.list);
      case "overrun":
        return host.overrun(input.ns, input.reason);
      case "tables":
        return host.tables(input.ns, input.tables);
      case "dumped":
        return host.dumped(input);
      case "executed":
        return course.executed(input.upTo);
      case "config":
        return refusable(() => vtep.reconfigure(input.config));
      case "sightings":
        return vtep.sighted(input.list);
      case "converged":
        return vtep.convergedBy(input.why);
      case "clear-duplicates":
        return void vtep.clearDuplicates({
          ...(input.network === null ? {} : { network: input.network }),
          ...(input.mac === null ? {} : { mac: input.mac }),
          ...(input.ip === undefined ? {} : { ip: input.ip }),
        });
      case "kernel-diff":
        // What it throws was the answer to who asked.
        return void kernelDiff(vtep).catch(() => undefined);
      case "end":
        return undefined;
      default:
        return feedRib(rib, slots, input);
    }
  };
  return { feed, turn: () => clock.turn(), learn: (answer) => host.learn(answer) };
}

/** A configuration that was refused is refused again. */
function refusable(run: () => void): void {
  try {
    run();
  } catch (e) {
    if (!(e instanceof EvpnError)) throw e;
  }
}
