// SPDX-License-Identifier: Apache-2.0
import type { Place } from "../../src/lab/system/place.ts";
import { type Answer, Generator } from "./generator.ts";
import type { Course, Load } from "./loads.ts";
import { cpuSeconds, longestPause, residentOctets, type Running, waitedSeconds } from "./reflectors.ts";

/** Figures of one run by name; the unit is in the name. */
export type Figures = Readonly<Record<string, number>>;

export interface Measured {
  readonly place: Place;
  readonly reflector: Running;
  readonly load: Load;
  /** generator.c, compiled. */
  readonly program: string;
  /** The reflector runs with the pause probe. */
  readonly pauses: boolean;
  /** Of churn, seconds. */
  readonly seconds: number;
}

/** Everything that a run of a load measures. */
export async function measure(m: Measured): Promise<Figures> {
  const generator = new Generator(m.program, m.place, m.load.crowd);
  try {
    return await courses[m.load.course](m, generator);
  } finally {
    generator.end();
  }
}

/**
 * ms until a reflector is done with the sessions that just came up. FRR sends nothing to new peers for a second and 50 ms for each, ten at most:
 * routes that came earlier would be timed with that wait.
 */
const settling = (clients: number): number => Math.min(3000 + clients * 50, 12_000);

const megabytes = (octets: number): number => octets / 1e6;

/** Announcements that came twice, of one's own route, or withdrawals of nothing: what a client has to throw away. */
function wasted({ repeated, echoed, unasked }: Answer): number {
  return repeated + echoed + unasked;
}

const courses: Readonly<Record<Course, (m: Measured, g: Generator) => Promise<Figures>>> = {
  async fill({ reflector, load }, g) {
    const { senders, clients, routes } = load.crowd;
    await g.connect(0, clients);
    await g.idle(settling(clients));
    const idle = residentOctets(reflector);
    const cpu = cpuSeconds(reflector);
    const waited = waitedSeconds(reflector);
    const filled = await g.announce();
    const used = cpuSeconds(reflector) - cpu;
    const starved = waitedSeconds(reflector) - waited;
    const resident = residentOctets(reflector);
    await g.idle(500);
    const one = reflector.make === "relay" ? undefined : await g.one(reflector.make === "frr" ? 40 : 500);
    const gone = reflector.make === "relay" ? undefined : await g.withdraw();
    return {
      "k routes/s": (senders * routes) / filled.seconds / 1e3,
      "M deliveries/s": (filled.announced - filled.echoed) / filled.seconds / 1e6,
      "converged, s": filled.seconds,
      "reflector CPU, cores": used / filled.seconds,
      "reflector waited for a core, share": starved / filled.seconds,
      "generator CPU, cores": filled.cpu / filled.seconds,
      "wasted deliveries": wasted(gone ?? filled),
      "resident before, MB": megabytes(idle),
      "resident, MB": megabytes(resident),
      ...(one && { "one route, p50 ms": one.p50 / 1e3, "one route, p99 ms": one.p99 / 1e3 }),
      ...(gone && { "withdraw, s": gone.seconds }),
    };
  },

  async late({ reflector, load, place, pauses }, g) {
    const { clients } = load.crowd;
    const pause = async (name: string): Promise<Figures> => (pauses ? { [name]: await longestPause(reflector, place) } : {});
    await g.connect(0, clients - 1);
    await g.idle(settling(clients));
    await pause("");
    const filled = await g.announce();
    const filling = await pause("pause while filling, ms");
    await g.idle(1000);
    await pause("");
    const { up, full } = await g.connect(clients - 1, clients);
    const joining = await pause("pause while joining, ms");
    await g.idle(1000);
    await pause("");
    const { seconds } = await g.leave(0);
    const down = await pause("pause while down, ms");
    return {
      "converged, s": filled.seconds,
      "session up, ms": up * 1e3,
      "late joiner, ms": full * 1e3,
      "peer down, ms": seconds * 1e3,
      ...filling,
      ...joining,
      ...down,
    };
  },

  async churn({ reflector, load, seconds }, g) {
    const rate = 5000;
    await g.connect(0, load.crowd.clients);
    await g.idle(settling(load.crowd.clients));
    await g.announce();
    const before = residentOctets(reflector);
    const cpu = cpuSeconds(reflector);
    const moved = await g.churn(rate, seconds);
    return {
      "moves/s": rate,
      "p50 ms": moved.p50 / 1e3,
      "p99 ms": moved.p99 / 1e3,
      "worst ms": moved.worst / 1e3,
      "behind at the end, ms": moved.behind * 1e3,
      "reflector CPU, cores": (cpuSeconds(reflector) - cpu) / moved.seconds,
      "generator CPU, cores": moved.cpu / moved.seconds,
      "resident before, MB": megabytes(before),
      "resident, MB": megabytes(residentOctets(reflector)),
    };
  },

  async stalled({ reflector, load }, g) {
    const samples = reflector.make === "frr" ? 40 : 500;
    const last = load.crowd.clients - 1;
    await g.connect(0, load.crowd.clients);
    await g.idle(settling(load.crowd.clients));
    await g.announce();
    const alone = await g.one(samples);
    const before = residentOctets(reflector);
    await g.stall(last);
    const rounds = 8;
    let seconds = 0;
    for (let sequence = 1; sequence <= rounds; sequence++) seconds += (await g.announce(sequence)).seconds;
    const beside = await g.one(samples);
    const resident = residentOctets(reflector);
    const again = await g.resume(last);
    return {
      "p50 before, ms": alone.p50 / 1e3,
      "p50 beside it, ms": beside.p50 / 1e3,
      "p50 beside it, times": beside.p50 / alone.p50,
      "all changed for the others, s": seconds / rounds,
      "resident before, MB": megabytes(before),
      "resident, MB": megabytes(resident),
      "newest state after reading again, s": again.seconds,
      "routes sent to it then": again.announced,
    };
  },
};
