// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { counter, gauge, type SampleSource } from "../base/run/metrics.ts";
import { SampleText } from "./exposition.ts";
import { LoopLag } from "./loop-lag.ts";
import { PrometheusMetrics } from "./prometheus.ts";

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Map<string, number>;
}

/** Reads the text format strictly: a family's lines stand together, behind its HELP and TYPE, no series twice. */
function readExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  let open: Family | undefined;
  let name = "";
  let help = "";
  assert.ok(text.endsWith("\n"));
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const head = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (head?.[1] === "HELP") {
      [name, help] = [head[2]!, head[3]!];
      assert.ok(!families.has(name), `${name} comes twice`);
    } else if (head) {
      assert.equal(head[2], name);
      families.set(name, (open = { type: head[3]!, help, samples: new Map() }));
    } else {
      const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line);
      assert.ok(sample, line);
      assert.ok(sample[1] === name || (open?.type === "histogram" && sample[1]!.startsWith(`${name}_`)), line);
      const series = `${sample[1]}${sample[2] ?? ""}`;
      assert.ok(!open!.samples.has(series), `${series} comes twice`);
      assert.ok(!Number.isNaN(Number(sample[3]!.replace("Nan", "NaN"))) || sample[3] === "Nan", line);
      open!.samples.set(series, Number(sample[3]));
    }
  }
  return families;
}

const size = gauge("weft_test_size_bytes", 'How large: "quoted" \\ and so on', ["peer"]);
const seen = counter("weft_test_seen_total", "Seen", ["peer", "reason"]);

function sourceOf(peers: readonly string[], turn: () => void = () => undefined): SampleSource {
  return {
    kinds: [size, seen],
    *samples(put) {
      for (const [i, peer] of peers.entries()) {
        put(size, { peer }, i);
        put(seen, { peer, reason: "loop" }, i * 2);
        turn();
        yield;
      }
    },
  };
}

test("any label comes back as it was", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: "binary", maxLength: 12 }), { minLength: 1, maxLength: 20 }), (peers) => {
      const text = new SampleText([size, seen]);
      Array.from(sourceOf(peers).samples((kind, labels, value) => text.put(kind, labels, value)));
      const read = [...readExposition(text.finish()).get(size.name)!.samples].map(([series, value]) => {
        const label = /\{peer="([^]*)"\}$/.exec(series)![1]!;
        return [label.replaceAll(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)), value];
      });
      assert.deepEqual(
        read,
        peers.map((p, i) => [p, i]),
      );
    }),
  );
});

test("thousands of things are read in many turns of the loop, and all at once where there are no more", async () => {
  const metrics = new PrometheusMetrics();
  let [turns, most, now] = [0, 0, 0];
  let over = false;
  const nextTurn = (): void => {
    turns++;
    now = 0;
    if (!over) setImmediate(nextTurn);
  };
  setImmediate(nextTurn);
  const busy = (): void => {
    most = Math.max(most, ++now);
    // As long as a look at a peer with everything about it takes when the machine is slow.
    for (const end = performance.now() + 0.05; performance.now() < end;);
  };
  metrics.addSource(
    sourceOf(
      Array.from({ length: 500 }, (_, i) => `10.0.0.${i}`),
      busy,
    ),
  );
  const families = readExposition(await metrics.text());
  assert.equal(families.get(seen.name)!.samples.size, 500);
  assert.ok(turns > 5 && most < 250, `${turns} turns, up to ${most} things in one`);
  [turns, most, now] = [0, 0, 0];
  const whole = metrics.text(true);
  over = true;
  assert.equal(readExposition(await whole).get(size.name)!.samples.size, 500);
  assert.equal(most, 500);
});

test("the lag of the loop is a histogram that adds up and only rises", async () => {
  const metrics = new PrometheusMetrics();
  const lag = new LoopLag();
  metrics.addHistogram(() => lag.read());
  lag.start();
  const read = async (): Promise<readonly number[]> => {
    const family = readExposition(await metrics.text()).get("weft_loop_lag_seconds")!;
    assert.equal(family.type, "histogram");
    const buckets = [...family.samples].filter(([series]) => series.includes("_bucket{"));
    assert.equal(buckets.at(-1)![0], 'weft_loop_lag_seconds_bucket{le="+Inf"}');
    assert.equal(buckets.at(-1)![1], family.samples.get("weft_loop_lag_seconds_count"));
    assert.ok(family.samples.get("weft_loop_lag_seconds_sum")! >= 0);
    const counts = buckets.map(([, n]) => n);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    return counts;
  };
  let before = await read();
  // Until a pause of a tenth of a second is in it: above the bound of 50 ms there is then one more than below.
  let seenPause = false;
  for (let round = 0; round < 100 && !seenPause; round++) {
    for (const end = performance.now() + 100; performance.now() < end;);
    await new Promise((resolve) => void setTimeout(resolve, 25));
    const now = await read();
    for (const [i, n] of now.entries()) assert.ok(n >= before[i]!);
    before = now;
    seenPause = now.at(-1)! > now[5]!;
  }
  assert.ok(seenPause);
  lag.stop();
});
