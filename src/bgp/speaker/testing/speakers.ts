// SPDX-License-Identifier: Apache-2.0
/** Speakers on addresses of the loopback net, for tests without root. */
import net from "node:net";
import { type Ip, parseIp } from "../../../base/net/ip.ts";
import { type Clock, systemClock } from "../../../base/run/clock.ts";
import { MemoryJournal } from "../../../base/run/journal.ts";
import { MemoryMetrics } from "../../../base/run/metrics.ts";
import type { LocalRoute } from "../../rib/types.ts";
import { type PeerConfig, type SpeakerConfig, defaultGracefulRestart, defaultTimers } from "../config.ts";
import { Speaker, type SpeakerOptions } from "../speaker.ts";

export interface RunningSpeaker {
  readonly speaker: Speaker;
  readonly journal: MemoryJournal;
  readonly metrics: MemoryMetrics;
  readonly config: SpeakerConfig;
}

export function ip(text: string): Ip {
  return parseIp(text)!;
}

/** AS 65000; listens at `address`, which is its router id as well. */
export function speakerConfig(address: string, port: number, over: Partial<SpeakerConfig> = {}): SpeakerConfig {
  return {
    asn: 65_000,
    routerId: ip(address),
    listen: [{ address: ip(address), port }],
    peers: [],
    dynamicPeers: [],
    timers: defaultTimers,
    gracefulRestart: defaultGracefulRestart,
    ...over,
  };
}

/** A peer in AS 65000 for l2vpn-evpn; TTL as within one AS. */
export function peerConfig(address: string, port: number, local: string, over: Partial<PeerConfig> = {}): PeerConfig {
  return { address: ip(address), port, localAddress: ip(local), asn: 65_000, families: ["l2vpn-evpn"], ...over };
}

export function makeSpeaker(config: SpeakerConfig, over: Partial<SpeakerOptions> = {}): RunningSpeaker {
  const journal = new MemoryJournal();
  const metrics = new MemoryMetrics();
  return { speaker: new Speaker({ config, clock: systemClock, journal, metrics, ...over }), journal, metrics, config };
}

/** A clock on which everything takes a fraction of the time, so that seconds of the protocol are milliseconds of a test. */
export function hurriedClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    wall: () => systemClock.wall(),
    after: (ms, run) => systemClock.after(ms / factor, run),
    every: (ms, run) => systemClock.every(ms / factor, run),
    soon: (run) => systemClock.soon(run),
  };
}

/** A port that nobody uses on any loopback address right now. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until `done` gives something true; fails with `what` when that takes longer than any machine should need. */
export async function until<T>(what: string, done: () => T | undefined | false | null): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const result = done();
    if (result !== undefined && result !== false && result !== null) return result;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function isUp(s: RunningSpeaker, peer: string): boolean {
  return s.speaker.peers().some((p) => p.address === peer && p.phase === "established");
}

// ORIGIN IGP, AS_PATH empty, LOCAL_PREF 100, extended communities: route target 65000:100.
const attributes = Uint8Array.from([0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100]);

/** Type 2 for MAC 02:00:00:xx:xx:xx in VNI 100 — RFC 7432 §7.2. */
export function macRoute(n: number): LocalRoute {
  const nlri = new Uint8Array(35);
  nlri.set([2, 33, 0, 1, 10, 0, 0, 1, 0, 100]);
  nlri.set([48, 2, 0, 0, n >> 16, n >> 8, n, 0, 0, 0, 100], 24);
  return { family: "l2vpn-evpn", nlri, attributes, nextHop: Uint8Array.of(10, 0, 0, 99) };
}

/** Routes `from` to below `to` of {@link macRoute}, on their way. */
export function announceMacs(s: RunningSpeaker, from: number, to: number): void {
  for (let i = from; i < to; i++) s.speaker.rib.announceLocal(macRoute(i));
  s.speaker.changed();
}
