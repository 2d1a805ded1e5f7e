// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ip } from "../../base/net/ip.ts";
import type { EchoOutcome, EchoProbe } from "../../base/sys/echo-socket.ts";
import { measurePath, type Probe } from "./measure-path.ts";

interface Hop {
  readonly ip: string;
  /** What the way to this hop takes; more is lost. */
  readonly takes?: number;
  /** The hop before says so. */
  readonly answers?: boolean;
  /** Does not say that a TTL ended. */
  readonly mute?: boolean;
}

const end = "10.0.0.9" as Ip;

/** A path in memory; the last hop is the target. */
function path(hops: readonly Hop[], losesFirst = false): Probe & { count: number } {
  let lost = !losesFirst;
  const probe = ({ size, ttl }: EchoProbe): EchoOutcome => {
    probe.count++;
    if (!lost) {
      lost = true;
      return { kind: "silent" };
    }
    for (const [i, hop] of hops.entries()) {
      if (size > (hop.takes ?? 9000))
        return hop.answers === true ? { kind: "too-big", from: hops[i - 1]?.ip as Ip | undefined, mtu: hop.takes! } : { kind: "silent" };
      if (hop.ip === end) return { kind: "arrived", ms: 1 };
      if (ttl === i + 1) return hop.mute === true ? { kind: "silent" } : { kind: "expired", from: hop.ip as Ip };
    }
    return { kind: "silent" };
  };
  probe.count = 0;
  return probe;
}

test("a path that carries enough is asked twice", () => {
  const probe = path([{ ip: "10.0.0.1" }, { ip: end }]);
  assert.deepEqual(measurePath(probe, end, 1550), { kind: "enough" });
  assert.equal(probe.count, 2);
});

test("hops that say what they take are believed, one behind the other", () => {
  const probe = path([{ ip: "10.0.0.1" }, { ip: "10.0.0.2", takes: 1500, answers: true }, { ip: end, takes: 1400, answers: true }]);
  assert.deepEqual(measurePath(probe, end, 1550), { kind: "told", carries: 1400, from: "10.0.0.2" });
  assert.deepEqual(measurePath(path([{ ip: end, takes: 1500, answers: true }]), end, 1550), {
    kind: "told",
    carries: 1500,
    from: undefined,
  });
});

test("what vanishes is closed in on, and the place is where large packets stop and small ones go on", () => {
  for (let takes = 69; takes < 1550; takes += 37) {
    const probe = path([{ ip: "10.0.0.1" }, { ip: "10.0.0.2", takes }, { ip: end }]);
    assert.deepEqual(measurePath(probe, end, 1550), { kind: "swallowed", carries: takes, last: "10.0.0.1", next: "10.0.0.2" });
  }
});

test("hops that do not say that a TTL ended", () => {
  const mute = path([{ ip: "10.0.0.1", mute: true }, { ip: "10.0.0.2", takes: 1500, mute: true }, { ip: end }]);
  assert.deepEqual(measurePath(mute, end, 1550), { kind: "swallowed", carries: 1500, last: undefined, next: end });
});

test("a hop that tells more than gets through: the truth is found all the same", () => {
  const probe = path([{ ip: "10.0.0.1" }, { ip: "10.0.0.2", takes: 1500, answers: true }, { ip: end, takes: 1450 }]);
  assert.deepEqual(measurePath(probe, end, 1550), { kind: "swallowed", carries: 1450, last: "10.0.0.2", next: end });
});

test("one that lies about its size does not catch us in a circle", () => {
  const probe: Probe = ({ size }) => (size > 1000 ? { kind: "too-big", from: "10.0.0.1" as Ip, mtu: 0 } : { kind: "arrived", ms: 1 });
  assert.equal((measurePath(probe, end, 1550) as { carries: number }).carries, 1000);
});

test("one lost packet is no narrow path, and no answer is no measurement", () => {
  assert.deepEqual(measurePath(path([{ ip: end }], true), end, 1550), { kind: "enough" });
  assert.equal(measurePath(() => ({ kind: "silent" }), end, 1550).kind, "no-answer");
  const refused = measurePath(() => ({ kind: "unreachable", from: undefined, why: "ENETUNREACH" }), end, 1550);
  assert.match((refused as { why: string }).why, /this host says that it cannot be reached \(ENETUNREACH\)/);
});
